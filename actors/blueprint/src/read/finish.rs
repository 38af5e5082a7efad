//! Completing the model: relations, numbering, assumptions, coverage.
//!
//! Invariant: ids are unique and sequential, and every assumption the model rests on is listed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::derived::{self, Language};
use super::doc::Doc;
use super::draft::Draft;
use super::phrases;
use super::requirements::Found;
use super::sections::SectionKind;
use super::words::shortened;
use crate::model::{
    Action, AppModel, Assumption, Entity, Field, Origin, Priority, Relation, RelationType, Trace,
};
use crate::{Meter, Stopped};

/// Sentences shown as untraced.
const UNTRACED_MAX: usize = 200;
/// Bytes of one of them.
const UNTRACED_BYTES_MAX: usize = 300;

/// Relations from the references, named by the sentences that state them.
pub(super) fn relations(model: &mut AppModel, draft: &Draft, keys: &BTreeMap<String, String>) {
    let mut out: Vec<Relation> = Vec::new();
    for entity in &model.entities {
        for field in &entity.fields {
            let Some(target) = &field.references else {
                continue;
            };
            if !out.iter().any(|known| joins(known, &entity.name, target)) {
                out.push(relation(&entity.name, target, &field.trace, draft, keys));
            }
        }
    }
    // Joins are entities; the relation through them is worth a line of its own.
    for link in draft
        .links
        .iter()
        .filter(|link| link.kind == RelationType::ManyToMany)
    {
        if let (Some(from), Some(to)) = (keys.get(&link.from), keys.get(&link.to))
            && !out.iter().any(|known| joins(known, from, to))
        {
            out.push(Relation {
                from: from.clone(),
                to: to.clone(),
                kind: RelationType::ManyToMany,
                name: link.name.clone(),
                trace: Trace {
                    origin: link.origin,
                    ..Trace::default()
                },
            });
        }
    }
    out.truncate(300);
    model.relations = out;
}

fn joins(relation: &Relation, left: &str, right: &str) -> bool {
    (relation.from == left && relation.to == right)
        || (relation.from == right && relation.to == left)
}

/// The relation that a reference of `entity` to `target` backs, in the direction in which the text states it.
fn relation(
    entity: &str,
    target: &str,
    trace: &Trace,
    draft: &Draft,
    keys: &BTreeMap<String, String>,
) -> Relation {
    let ends = |from: &str, to: &str| {
        let is = |key: &str, name: &str| keys.get(key).is_some_and(|known| known == name);
        draft
            .links
            .iter()
            .find(|link| is(&link.from, from) && is(&link.to, to))
    };
    let forward = ends(entity, target);
    let link = forward.or_else(|| ends(target, entity));
    let onward = forward.is_some() || link.is_none();
    let one = link.is_some_and(|link| link.kind == RelationType::OneToOne);
    let (from, to) = if onward {
        (entity, target)
    } else {
        (target, entity)
    };
    Relation {
        from: from.to_owned(),
        to: to.to_owned(),
        kind: match (one, onward) {
            (true, _) => RelationType::OneToOne,
            (_, true) => RelationType::ManyToOne,
            (_, false) => RelationType::OneToMany,
        },
        name: link.map_or_else(|| "belongs to".to_owned(), |link| link.name.clone()),
        trace: trace.clone(),
    }
}

/// Requirements with names instead of keys, priorities by order, and one for every entity.
pub(super) fn requirements(
    model: &mut AppModel,
    found: Vec<Found>,
    keys: &BTreeMap<String, String>,
    language: Language,
) {
    let total = found.len();
    let any_ranked = found.iter().any(|found| found.ranked);
    for (at, found) in found.into_iter().enumerate() {
        let mut requirement = found.requirement;
        requirement.entities = requirement
            .entities
            .iter()
            .filter_map(|key| keys.get(key).cloned())
            .collect();
        if !found.ranked {
            // Writers begin with what matters.
            let early = at * 5 < total * 3 || total <= 5;
            requirement.priority = if early && !any_ranked {
                Priority::P0
            } else {
                Priority::P1
            };
        }
        model.requirements.push(requirement);
    }
    for entity in model.entities.clone() {
        let named = model
            .requirements
            .iter()
            .any(|requirement| requirement.entities.contains(&entity.name));
        if !named {
            model.requirements.push(derived::missing(&entity, language));
        }
    }
    if model
        .requirements
        .iter()
        .all(|requirement| requirement.priority != Priority::P0)
        && let Some(first) = model.requirements.first_mut()
    {
        first.priority = Priority::P0;
    }
    for at in 0..model.requirements.len() {
        let requirement = &model.requirements[at];
        if requirement.acceptance.is_empty() {
            let said = phrases::deeds(&requirement.description)
                .first()
                .map(|deed| deed.verb.action);
            let action = if requirement.trace.origin == Origin::Spec {
                said
            } else {
                Some(Action::Create)
            };
            let criterion = derived::acceptance(requirement, action, model, language);
            model.requirements[at].acceptance.push(criterion);
        }
        if model.requirements[at].description.chars().count() < 10 {
            let title = model.requirements[at].title.clone();
            model.requirements[at].description = format!(
                "{title} — {}",
                language.pick("as specified.", "como especificado.")
            );
        }
    }
}

/// Gives every list its ids.
pub(super) fn number(model: &mut AppModel) {
    fn ids<T>(items: &mut [T], prefix: &str, id: impl Fn(&mut T) -> &mut String) {
        for (at, item) in items.iter_mut().enumerate() {
            *id(item) = format!("{prefix}-{}", at + 1);
        }
    }
    ids(&mut model.requirements, "FR", |item| &mut item.id);
    ids(&mut model.non_functional, "NFR", |item| &mut item.id);
    ids(&mut model.constraints, "CON", |item| &mut item.id);
    ids(&mut model.assumptions, "ASM", |item| &mut item.id);
    ids(&mut model.exclusions, "EXC", |item| &mut item.id);
    ids(&mut model.open_questions, "OQ", |item| &mut item.id);
    ids(&mut model.success_metrics, "SM", |item| &mut item.id);
    ids(&mut model.edge_cases, "EC", |item| &mut item.id);
    let criteria = model
        .requirements
        .iter_mut()
        .flat_map(|requirement| &mut requirement.acceptance);
    for (at, criterion) in criteria.enumerate() {
        criterion.id = format!("AC-{}", at + 1);
    }
}

/// Lists what the model rests on beside the text.
pub(super) fn assumptions(
    model: &mut AppModel,
    permissions_assumed: bool,
    roles_assumed: &[String],
    language: Language,
) {
    let mut out: Vec<(String, &str)> = Vec::new();
    for label in roles_assumed {
        out.push((
            language.pick(
                format!("The role \"{label}\" is assumed: the specification names no such role."),
                format!("O papel \"{label}\" é presumido: a especificação não cita esse papel."),
            ),
            "medium",
        ));
    }
    out.extend(
        model
            .entities
            .iter()
            .flat_map(|entity| of_entity(entity, language)),
    );
    if permissions_assumed {
        let english = "Where the specification gives no right, people manage their own rows, read shared ones, and only \
                       administrators manage the rest.";
        let portuguese = "Onde a especificação não define direitos, cada pessoa gerencia os próprios registros, lê os \
                          compartilhados, e só administradores gerenciam o resto.";
        out.push((language.pick(english, portuguese).to_owned(), "medium"));
    }
    let english = "People sign in with an e-mail address and a password; data is kept in Supabase with row-level security.";
    let portuguese =
        "As pessoas entram com e-mail e senha; os dados ficam no Supabase com segurança por linha.";
    out.push((language.pick(english, portuguese).to_owned(), "low"));
    let ours = out.into_iter().map(|(description, risk)| Assumption {
        id: String::new(),
        description: shortened(&description, 480),
        risk: risk.to_owned(),
    });
    let own = std::mem::take(&mut model.assumptions);
    model.assumptions = own.into_iter().chain(ours).take(200).collect();
}

/// What was added to one entity.
fn of_entity(entity: &Entity, language: Language) -> Vec<(String, &'static str)> {
    let from = |origin: Origin| {
        let added = entity
            .fields
            .iter()
            .filter(|field| field.trace.origin == origin && field.references.is_none());
        added
            .map(|field| field.label.as_str())
            .take(12)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (usual, guessed) = (from(Origin::Archetype), from(Origin::Assumption));
    let plural = &entity.label_plural;
    let many = plural.to_lowercase();
    let mut out = Vec::new();
    let mut add = |english: String, portuguese: String, risk| {
        out.push((language.pick(english, portuguese), risk));
    };
    if !guessed.is_empty() {
        add(
            format!("The specification does not say what {many} hold; assumed: {guessed}."),
            format!("A especificação não diz o que {many} guardam; presumido: {guessed}."),
            "medium",
        );
    }
    if !usual.is_empty() {
        add(
            format!("Fields of {many} that are usual for them, not stated: {usual}."),
            format!("Campos usuais de {many}, não declarados: {usual}."),
            "low",
        );
    }
    if entity.trace.origin == Origin::Archetype {
        add(
            format!(
                "{plural} are kept because the words of the specification usually come with them."
            ),
            format!("{plural} existem porque as palavras da especificação costumam trazê-los."),
            "low",
        );
    }
    let unstated = |field: &Field| field.values.len() > 1 && field.trace.origin != Origin::Spec;
    if entity.states.is_some() && entity.fields.iter().any(unstated) {
        add(
            format!("The life cycle of {many} is the usual one, not stated."),
            format!("O ciclo de vida de {many} é o usual, não declarado."),
            "low",
        );
    }
    out
}

/// Counts the units that something was read from.
pub(super) fn coverage(
    doc: &Doc<'_>,
    model: &mut AppModel,
    noted: &BTreeSet<usize>,
    read: &[Range<usize>],
    meter: &Meter,
) -> Result<(), Stopped> {
    let mut spans: Vec<[usize; 2]> = read.iter().map(|span| [span.start, span.end]).collect();
    let mut add = |trace: &Trace| spans.extend(trace.span);
    model.roles.iter().for_each(|item| add(&item.trace));
    model.relations.iter().for_each(|item| add(&item.trace));
    model.requirements.iter().for_each(|item| add(&item.trace));
    model
        .non_functional
        .iter()
        .for_each(|item| add(&item.trace));
    model.constraints.iter().for_each(|item| add(&item.trace));
    model.exclusions.iter().for_each(|item| add(&item.trace));
    for entity in &model.entities {
        add(&entity.trace);
        entity.fields.iter().for_each(|item| add(&item.trace));
    }
    spans.sort_unstable();
    // Merged, so that one search tells whether a unit is touched.
    let mut merged: Vec<[usize; 2]> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span[0] <= last[1] => last[1] = last[1].max(span[1]),
            _ => merged.push(span),
        }
    }
    let vision = &model.product.vision;
    for (index, unit) in doc.units.iter().enumerate() {
        meter.spend(1)?;
        // Contents and test plans are no specification.
        if doc.kind(unit.section) == SectionKind::Noise || super::product::is_metadata(&unit.text) {
            continue;
        }
        let at = merged.partition_point(|span| span[1] <= unit.span.start);
        let touched = merged.get(at).is_some_and(|span| span[0] < unit.span.end);
        let told = vision.contains(unit.text.trim())
            || model
                .entities
                .iter()
                .any(|entity| entity.description == unit.text)
            || model
                .product
                .problem
                .as_deref()
                .is_some_and(|problem| problem.starts_with(unit.text.trim()));
        model.coverage.sentences += 1;
        if touched || told || noted.contains(&index) {
            model.coverage.traced += 1;
        } else if model.coverage.untraced.len() < UNTRACED_MAX {
            model.coverage.untraced.push(cut(&unit.text));
        }
    }
    Ok(())
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(UNTRACED_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
