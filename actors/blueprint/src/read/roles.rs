//! Roles: who uses the application.
//!
//! Invariant: at most eight roles, at least one that is no administrator and exactly one that is.

use std::ops::Range;

use super::doc::{Block, Doc, Section};
use super::lexicon;
use super::people::{canonical, in_sentence, role_name};
use super::sections::{SectionKind, own_kind};
use super::words::{label, singular, snake, words};
use crate::model::{Origin, Role};
use crate::{Meter, Stopped};

/// Roles that are generated.
pub(super) const ROLES_MAX: usize = 8;

/// A person that the text speaks of.
#[derive(Clone, Debug)]
struct Found {
    key: String,
    /// 3 named as a role, 2 in a story or with rights, 1 audience.
    strength: u8,
    span: Range<usize>,
    description: String,
    /// What the text calls the administrator: "owner (admin)".
    label: Option<String>,
}

/// Roles in text order, with the words that name them.
pub(super) fn read(doc: &Doc<'_>, meter: &Meter) -> Result<Vec<Role>, Stopped> {
    let mut found: Vec<Found> = Vec::new();
    sections(doc, &mut found);
    tables(doc, &mut found);
    for unit in &doc.units {
        meter.spend(4)?;
        let kind = doc.kind(unit.section);
        if matches!(
            kind,
            SectionKind::Excluded | SectionKind::Later | SectionKind::Noise | SectionKind::Tech
        ) {
            continue;
        }
        for (key, strength) in in_sentence(&unit.text) {
            note(&mut found, &key, strength, &unit.span, "");
        }
    }
    Ok(chosen(doc, found))
}

fn note(found: &mut Vec<Found>, key: &str, strength: u8, span: &Range<usize>, description: &str) {
    let key = canonical(key);
    if key.is_empty()
        || matches!(
            key.as_str(),
            "visitor" | "anonymous user" | "anyone" | "system" | "public" | "stakeholder"
        )
    {
        return;
    }
    match found.iter_mut().find(|known| known.key == key) {
        Some(known) => {
            known.strength = known.strength.max(strength);
            if known.description.is_empty() {
                description.clone_into(&mut known.description);
            }
        }
        None => found.push(Found {
            key,
            strength,
            span: span.clone(),
            description: description.to_owned(),
            label: None,
        }),
    }
}

/// Lists and headings in sections about roles.
fn sections(doc: &Doc<'_>, found: &mut Vec<Found>) {
    let about_roles = |section: &Section| {
        section.kind == SectionKind::Roles && own_kind(&section.heading) == SectionKind::Roles
    };
    for (index, section) in doc.sections.iter().enumerate() {
        let parent = section
            .parent
            .map(|parent| &doc.sections[parent])
            .filter(|parent| about_roles(parent));
        if let Some(parent) = parent.filter(|_| section.kind == SectionKind::Roles)
            && let Some(key) = role_name(section.heading.rsplit(':').next().unwrap_or_default())
        {
            let first = doc.blocks.iter().find(|block| block.section == index);
            let about = first
                .map(|block| first_sentence(without_label(&block.plain)))
                .unwrap_or_default();
            note(
                found,
                &key,
                strength(&parent.heading),
                &section.span,
                &about,
            );
        }
    }
    for block in doc
        .blocks
        .iter()
        .filter(|block| block.is_item() && block.depth() == 0)
    {
        let section = &doc.sections[block.section];
        if about_roles(section) {
            item(block, strength(&section.heading), found);
        }
    }
}

/// "Description: people who …".
fn without_label(text: &str) -> &str {
    text.trim_start_matches("Description")
        .trim_start_matches([':', ' '])
}

/// "Baker: bakes", "Roles: baker, clerk", "Owner (admin)".
fn item(block: &Block, strength: u8, found: &mut Vec<Found>) {
    let head = block.lead();
    let (name, about) = head.unwrap_or_else(|| (block.plain.trim(), ""));
    let lower = name.to_lowercase();
    if head.is_some() && (lower.contains("permission") || lower.contains("role")) {
        for key in super::fields::split_list(about)
            .iter()
            .filter_map(|part| role_name(part))
        {
            note(found, &key, 3, &block.span, "");
        }
        return;
    }
    let Some(key) = role_name(name) else { return };
    note(found, &key, strength, &block.span, &first_sentence(about));
    let called = lower
        .split_once(" (admin")
        .map(|(called, _)| called.trim().to_owned());
    if let (Some(called), Some(admin)) = (called, found.iter_mut().find(|role| role.key == "admin"))
    {
        admin.label = Some(called);
    }
}

/// Personas and audiences describe people; roles say what they may do.
fn strength(heading: &str) -> u8 {
    let lower = heading.to_lowercase();
    if ["persona", "audience", "segment", "target", "público"]
        .iter()
        .any(|word| lower.contains(word))
    {
        2
    } else {
        3
    }
}

fn first_sentence(text: &str) -> String {
    super::sentences::split(text)
        .first()
        .map(|range| text[range.clone()].replace('\n', " "))
        .unwrap_or_default()
}

/// "| Role | Can |" and matrices whose header names roles.
fn tables(doc: &Doc<'_>, found: &mut Vec<Found>) {
    for table in &doc.tables {
        if matches!(
            doc.kind(table.section),
            SectionKind::Excluded | SectionKind::Later | SectionKind::Noise | SectionKind::Tech
        ) {
            continue;
        }
        let first = table
            .header
            .first()
            .map(|cell| cell.to_lowercase())
            .unwrap_or_default();
        let by_row = lexicon::marks("role.columns").contains(&first.trim());
        if by_row {
            for row in &table.rows {
                if let Some(key) = row.cells.first().and_then(|cell| role_name(cell)) {
                    note(
                        found,
                        &key,
                        3,
                        &row.span,
                        row.cells.get(1).map_or("", String::as_str),
                    );
                }
            }
        }
        let people: Vec<String> = table
            .header
            .iter()
            .skip(1)
            .filter_map(|cell| role_name(cell))
            .collect();
        if people.len() >= 2 && people.len() + 2 >= table.header.len() {
            for key in people {
                note(found, &key, 3, &table.span, "");
            }
        }
    }
}

fn chosen(doc: &Doc<'_>, mut found: Vec<Found>) -> Vec<Role> {
    drop_weak(&mut found);
    found.sort_by_key(|role| {
        (
            role.key == "admin",
            lexicon::newbie_rank(&role.key).is_none(),
        )
    });
    let admin = found
        .iter()
        .position(|role| role.key == "admin")
        .map(|at| found.remove(at));
    found.truncate(ROLES_MAX - 1);
    let mut roles: Vec<Role> = Vec::new();
    for role in found.into_iter().chain(admin) {
        let Some(id) = snake(&role.key).map(|id| id.chars().take(40).collect::<String>()) else {
            continue;
        };
        if roles.iter().any(|known| known.id == id) {
            continue;
        }
        let about = super::words::shortened(role.description.trim(), 240);
        roles.push(Role {
            is_admin: id == "admin",
            description: if about.split_whitespace().count() > 2 {
                about
            } else {
                String::new()
            },
            label: label(role.label.as_deref().unwrap_or(&role.key)),
            id,
            trace: doc.trace(Origin::Spec, &role.span),
        });
    }
    roles
}

/// Where roles are named as such, people who only happen to be mentioned are none.
fn drop_weak(found: &mut Vec<Found>) {
    let best = found
        .iter()
        .map(|role| role.strength)
        .max()
        .unwrap_or_default();
    let specific = found
        .iter()
        .any(|role| role.key != "admin" && role.key != "user" && role.strength >= 2);
    let named = found
        .iter()
        .filter(|role| role.strength == 3 && role.key != "admin")
        .count();
    found.retain(|role| {
        let enough = if named >= 2 {
            role.strength == 3 || role.key == "admin"
        } else {
            role.strength >= best.min(2)
        };
        enough && !(role.key == "user" && specific)
    });
    // Owners and borrowers are whoever owns and borrows; alone in prose they are no roles.
    let relative = |key: &str| lexicon::marks("role.relative").contains(&key);
    let fixed = found
        .iter()
        .any(|role| role.key != "admin" && !relative(&role.key));
    found.retain(|role| role.strength == 3 || !fixed || !relative(&role.key));
    // "owner" beside "restaurant owner" is the same person.
    let keys: Vec<String> = found.iter().map(|role| role.key.clone()).collect();
    found.retain(|role| {
        !keys
            .iter()
            .any(|other| other.ends_with(&format!(" {}", role.key)))
    });
}

/// The roles that `text` speaks of as doers; ids in the order of `roles`.
pub(super) fn actors(text: &str, roles: &[Role]) -> Vec<String> {
    let lower = format!(
        " {} ",
        words(text)
            .iter()
            .map(|word| singular(&word.lower))
            .collect::<Vec<_>>()
            .join(" ")
    );
    roles
        .iter()
        .filter(|role| {
            let name = role.label.to_lowercase();
            lower.contains(&format!(" {name} "))
                || (role.is_admin
                    && (lower.contains(" administrator ") || lower.contains(" administrador ")))
        })
        .map(|role| role.id.clone())
        .collect()
}

/// Whether `key` is the name of a role.
pub(super) fn is_role(key: &str, roles: &[Role]) -> bool {
    roles
        .iter()
        .any(|role| role.label.to_lowercase() == key || role.id == key.replace(' ', "_"))
}

/// Whether an entity called `key` would only be a role again, not records that someone keeps.
pub(super) fn is_only_person(key: &str) -> bool {
    matches!(
        key,
        "user"
            | "admin"
            | "administrator"
            | "account"
            | "user account"
            | "usuário"
            | "usuario"
            | "staff"
            | "everyone"
    ) || super::keys::key_of(key).is_none()
        && !lexicon::is_known_noun(key)
        && super::hints::find(key).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        let meter = Meter::default();
        let doc = super::super::markdown::parse(text, &meter).unwrap();
        read(&doc, &meter)
            .unwrap()
            .into_iter()
            .map(|role| role.id)
            .collect()
    }

    #[test]
    fn reads_roles_from_lists_stories_and_sentences() {
        assert_eq!(
            ids("## Roles\n- **Restaurant owner**: runs a place\n- Customer\n- Admin\n"),
            ["customer", "restaurant_owner", "admin"]
        );
        assert_eq!(
            ids("As a teacher I want to grade essays.\nAs a student, I want to submit essays."),
            ["student", "teacher"]
        );
        assert_eq!(
            ids("Customers can book rooms. System administrators can delete rooms."),
            ["customer", "admin"]
        );
        assert_eq!(
            ids("| Role | Can |\n|--|--|\n| Courier | deliver |\n| Shop manager | sell |\n"),
            ["courier", "shop_manager"]
        );
        assert_eq!(ids("A nice thing."), Vec::<String>::new());
    }
}
