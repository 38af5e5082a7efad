//! The domain part of `requirements.md`: entities with their fields, life cycles and the permission matrix.
//!
//! Invariant: field rules are printed as the database and the forms check them.

use super::super::md::{self, Document};
use super::super::view::{View, capital, quote, type_word, words};
use crate::model::{AppModel, Entity, Field, RelationType};

/// "belongs to Customer (many-to-one)" for every relation that touches `entity`.
pub(super) fn relations_of(model: &AppModel, entity: &str) -> Vec<String> {
    let kind = |kind: RelationType| match kind {
        RelationType::OneToOne => "one-to-one",
        RelationType::OneToMany => "one-to-many",
        RelationType::ManyToOne => "many-to-one",
        RelationType::ManyToMany => "many-to-many",
    };
    let touches = model
        .relations
        .iter()
        .filter(|row| row.from == entity || row.to == entity);
    touches
        .map(|row| format!("{} {} {} ({})", row.from, row.name, row.to, kind(row.kind)))
        .collect()
}

/// "required, unique, 1–10, at most 80 characters".
pub(in crate::render) fn rules(field: &Field) -> String {
    let mut rules = Vec::new();
    if field.required {
        rules.push("required".to_owned());
    }
    if field.unique {
        rules.push("unique".to_owned());
    }
    match (field.min, field.max) {
        (Some(min), Some(max)) => rules.push(format!("{min} to {max}")),
        (Some(min), None) => rules.push(format!("at least {min}")),
        (None, Some(max)) => rules.push(format!("at most {max}")),
        (None, None) => {}
    }
    if let Some(length) = field.max_length {
        rules.push(format!("at most {length} characters"));
    }
    if !field.values.is_empty() {
        let values: Vec<String> = field.values.iter().map(|value| words(value)).collect();
        rules.push(format!("one of: {}", values.join(", ")));
    }
    if let Some(entity) = &field.references {
        rules.push(format!("refers to {entity}"));
    }
    if field.pii {
        rules.push("personal data".to_owned());
    }
    rules.join("; ")
}

/// Entities, field tables and life cycles.
pub(super) fn domain_model(out: &mut Document, view: &View) {
    out.heading(2, "Domain model");
    out.paragraph(
        "Every entry also has an identifier, the time it was made and the time of its last change. \
         Entities marked “owned” remember the person who made the entry.",
    );
    for entity in &view.model.entities {
        one_entity(out, view, entity);
    }
}

fn one_entity(out: &mut Document, view: &View, entity: &Entity) {
    out.heading(3, &entity.label);
    let owner = entity.owner_role.as_deref().map(|role| view.role(role));
    let mut facts = vec![
        md::text(&entity.description),
        format!("Table {}", md::code(&entity.table)),
    ];
    facts.push(if entity.owned {
        "Owned".to_owned()
    } else {
        "Shared".to_owned()
    });
    facts.extend(owner.map(|role| format!("Usually made by: {}", md::text(role))));
    out.bullets(facts.iter().filter(|fact| !fact.is_empty()));
    let row = |field: &Field| {
        vec![
            md::text(&field.label),
            md::code(&field.name),
            type_word(field.kind).to_owned(),
            md::or_dash(md::text(&rules(field))),
            md::or_dash(quote(&field.trace).map(md::text).unwrap_or_default()),
        ]
    };
    let rows: Vec<_> = entity.fields.iter().map(row).collect();
    out.table(
        &["Field", "Name", "Type", "Rules", "Source words"],
        &rows,
        "No fields.",
    );
    let related = relations_of(view.model, &entity.name);
    if !related.is_empty() {
        out.paragraph("Relations:");
        out.bullets(related.iter().map(|relation| md::text(relation)));
    }
    if let Some(states) = &entity.states {
        let initial = md::text(&words(&states.initial));
        out.paragraph(&format!(
            "Life cycle in {}, starting as “{initial}”:",
            md::code(&states.field)
        ));
        let rows: Vec<_> = states
            .transitions
            .iter()
            .map(|step| {
                let who = if step.by.is_empty() {
                    "everyone who may update".to_owned()
                } else {
                    view.roles(&step.by)
                };
                vec![
                    md::text(&words(&step.from)),
                    md::text(&words(&step.to)),
                    md::text(&who),
                ]
            })
            .collect();
        out.table(&["From", "To", "By"], &rows, "No moves are allowed.");
    }
}

/// Roles across, entities down.
pub(in crate::render) fn permission_matrix(out: &mut Document, view: &View) {
    let labels: Vec<String> = view
        .model
        .roles
        .iter()
        .map(|role| md::text(&capital(&role.label)))
        .collect();
    let mut header = vec!["Entity"];
    header.extend(labels.iter().map(String::as_str));
    let row = |entity: &Entity| {
        let mut cells = vec![md::text(&entity.label)];
        let roles = view.model.roles.iter();
        cells.extend(roles.map(|role| view.rights_cell(&role.id, &entity.name)));
        cells
    };
    let rows: Vec<_> = view.model.entities.iter().map(row).collect();
    out.table(&header, &rows, "No rights are stated.");
    out.paragraph(
        "C create · R read · U update · D delete · (own) only rows that belong to the person. \
         What is not listed is refused.",
    );
}
