//! What holds for every model, whatever text it was read from.
//!
//! Invariant: renderers rely on these rules and check none of them again.

use std::collections::BTreeSet;

use crate::Request;
use crate::canon;
use crate::model::{Action, AppModel, Entity, Field, FieldType, Origin, Scope, States, Trace};

fn identifier(text: &str, first: fn(&char) -> bool, max: usize) -> bool {
    text.len() <= max
        && text.chars().next().is_some_and(|char| first(&char))
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_')
}

fn snake(text: &str) -> bool {
    identifier(text, char::is_ascii_lowercase, 63)
        && !text.chars().any(|char| char.is_ascii_uppercase())
}

fn sequential<'a>(prefix: &str, ids: impl Iterator<Item = &'a String>) {
    for (at, id) in ids.enumerate() {
        assert_eq!(*id, format!("{prefix}-{}", at + 1));
    }
}

/// Everything that holds for every text.
pub(super) fn sound(model: &AppModel, request: &Request) {
    let text = canon::canonical(request).text;
    assert!(!model.entities.is_empty() && model.entities.len() <= 60);
    assert!(!model.requirements.is_empty() && model.requirements.len() <= 500);
    assert!(model.product.name.chars().count() <= 120 && !model.product.name.is_empty());
    assert!(model.product.vision.chars().count() <= 2_000);
    assert!(model.story_id.len() <= 128);
    sound_roles(model, &text);
    sound_names(model);
    model
        .entities
        .iter()
        .for_each(|entity| sound_entity(entity, model, &text));
    acyclic(model);
    sound_requirements(model, &text);
    sound_permissions(model);
    sound_lists(model, &text);
}

fn sound_roles(model: &AppModel, text: &str) {
    assert!((2..=8).contains(&model.roles.len()), "{:?}", model.roles);
    assert_eq!(model.roles.iter().filter(|role| role.is_admin).count(), 1);
    assert!(!model.roles[0].is_admin);
    let mut seen = BTreeSet::new();
    for role in &model.roles {
        assert!(
            snake(&role.id) && role.id.len() <= 41 && seen.insert(&role.id),
            "{}",
            role.id
        );
        traced(&role.trace, text);
    }
}

fn sound_names(model: &AppModel) {
    let (mut tables, mut names) = (BTreeSet::new(), BTreeSet::new());
    for entity in &model.entities {
        let pascal =
            identifier(&entity.name, char::is_ascii_uppercase, 63) && !entity.name.contains('_');
        assert!(
            pascal && names.insert(entity.name.to_lowercase()),
            "{}",
            entity.name
        );
        assert!(
            snake(&entity.table) && tables.insert(&entity.table),
            "{}",
            entity.table
        );
        assert!(!super::lexicon::is_reserved("entity", &entity.name));
        assert!(!super::lexicon::is_reserved("table", &entity.table));
    }
}

fn sound_entity(entity: &Entity, model: &AppModel, text: &str) {
    traced(&entity.trace, text);
    assert!(!entity.fields.is_empty() && entity.fields.len() <= 40);
    assert!(
        !model.requirements_of(&entity.name).is_empty(),
        "{}",
        entity.name
    );
    assert!(!entity.label.is_empty() && !entity.description.is_empty());
    let names: BTreeSet<&str> = entity
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names.len(), entity.fields.len());
    entity
        .fields
        .iter()
        .for_each(|field| sound_field(field, model, text));
    if let Some(states) = &entity.states {
        sound_states(states, entity, model);
    }
    let is_role = |id: &String| model.roles.iter().any(|role| role.id == *id);
    assert!(entity.owner_role.as_ref().is_none_or(is_role));
}

fn sound_field(field: &Field, model: &AppModel, text: &str) {
    traced(&field.trace, text);
    assert!(snake(&field.name), "{}", field.name);
    assert!(
        !super::lexicon::is_reserved("field", &field.name),
        "{}",
        field.name
    );
    assert!(!field.label.trim().is_empty());
    assert_eq!(
        field.kind == FieldType::Enum,
        !field.values.is_empty(),
        "{field:?}"
    );
    assert!(field.values.len() <= 50 && field.values.iter().all(|value| snake(value)));
    assert_eq!(
        field.values.iter().collect::<BTreeSet<_>>().len(),
        field.values.len()
    );
    assert_eq!(
        field.kind == FieldType::Uuid,
        field.references.is_some(),
        "{field:?}"
    );
    assert!(
        field
            .references
            .as_ref()
            .is_none_or(|target| model.entity(target).is_some())
    );
}

fn sound_states(states: &States, entity: &Entity, model: &AppModel) {
    let field = entity
        .fields
        .iter()
        .find(|field| field.name == states.field)
        .unwrap();
    assert_eq!(field.kind, FieldType::Enum);
    assert!(field.values.contains(&states.initial) && states.transitions.len() <= 60);
    for step in &states.transitions {
        assert!(field.values.contains(&step.from) && field.values.contains(&step.to));
        assert!(
            step.by
                .iter()
                .all(|id| model.roles.iter().any(|role| role.id == *id))
        );
    }
}

/// Rows can be created in some order: required references never lead back.
fn acyclic(model: &AppModel) {
    let mut safe: BTreeSet<&str> = BTreeSet::new();
    for _ in 0..=model.entities.len() {
        for entity in &model.entities {
            if entity
                .fields
                .iter()
                .filter(|field| field.required)
                .filter_map(|field| field.references.as_deref())
                .all(|target| safe.contains(target))
            {
                safe.insert(&entity.name);
            }
        }
    }
    assert_eq!(safe.len(), model.entities.len());
}

fn sound_requirements(model: &AppModel, text: &str) {
    sequential("FR", model.requirements.iter().map(|item| &item.id));
    sequential(
        "AC",
        model
            .requirements
            .iter()
            .flat_map(|item| &item.acceptance)
            .map(|item| &item.id),
    );
    for item in &model.requirements {
        traced(&item.trace, text);
        assert!(!item.title.trim().is_empty() && item.title.chars().count() <= 160);
        let length = item.description.chars().count();
        assert!((10..=2_000).contains(&length), "{item:?}");
        assert!(!item.acceptance.is_empty() && item.acceptance.len() <= 40);
        assert!(
            item.acceptance
                .iter()
                .all(|row| !row.given.is_empty() && !row.when.is_empty() && !row.then.is_empty()),
            "{item:?}"
        );
        assert!(
            item.entities.len() <= 20
                && item
                    .entities
                    .iter()
                    .all(|name| model.entity(name).is_some())
        );
        assert!(
            item.actors.len() <= 20
                && item
                    .actors
                    .iter()
                    .all(|id| model.roles.iter().any(|role| role.id == *id))
        );
        assert!(item.source_id.as_ref().is_none_or(|id| id.len() <= 64));
    }
}

fn sound_permissions(model: &AppModel) {
    for row in &model.permissions {
        let entity = model.entity(&row.entity).unwrap();
        assert!(row.scope == Scope::All || entity.owned, "{row:?}");
        assert!(row.actions.contains(&Action::Read) && row.actions.is_sorted());
    }
    assert!(model.permissions.len() <= 1_000 && model.relations.len() <= 300);
    for row in &model.relations {
        assert!(model.entity(&row.from).is_some() && model.entity(&row.to).is_some());
    }
}

fn sound_lists(model: &AppModel, text: &str) {
    sequential("NFR", model.non_functional.iter().map(|item| &item.id));
    sequential("CON", model.constraints.iter().map(|item| &item.id));
    sequential("ASM", model.assumptions.iter().map(|item| &item.id));
    sequential("EXC", model.exclusions.iter().map(|item| &item.id));
    sequential("OQ", model.open_questions.iter().map(|item| &item.id));
    sequential("SM", model.success_metrics.iter().map(|item| &item.id));
    sequential("EC", model.edge_cases.iter().map(|item| &item.id));
    assert!(
        model
            .non_functional
            .iter()
            .all(|item| item.description.chars().count() >= 10)
    );
    assert!(
        model
            .constraints
            .iter()
            .all(|item| item.description.chars().count() >= 10)
    );
    assert!(
        model
            .assumptions
            .iter()
            .all(|item| item.description.chars().count() >= 10)
    );
    assert!(
        model.non_functional.len() <= 200
            && model.constraints.len() <= 200
            && model.assumptions.len() <= 200
    );
    assert!(
        model.exclusions.len() <= 200
            && model.open_questions.len() <= 100
            && model.success_metrics.len() <= 50
    );
    assert!(model.edge_cases.len() <= 200 && model.terminology.len() <= 200);
    assert!(
        model.coverage.traced <= model.coverage.sentences && model.coverage.untraced.len() <= 200
    );
    assert!(model.coverage.untraced.iter().all(|line| line.len() <= 300));
    model
        .non_functional
        .iter()
        .for_each(|item| traced(&item.trace, text));
    model
        .constraints
        .iter()
        .for_each(|item| traced(&item.trace, text));
    model
        .exclusions
        .iter()
        .for_each(|item| traced(&item.trace, text));
    model
        .relations
        .iter()
        .for_each(|item| traced(&item.trace, text));
}

/// A quote is what stands at its span; what is not assumed has one.
fn traced(trace: &Trace, text: &str) {
    match (trace.span, &trace.quote) {
        (Some([start, end]), Some(quote)) => {
            assert!(quote.len() <= 500 && text[start..end].starts_with(quote.as_str()));
        }
        _ => assert_eq!(trace.origin, Origin::Assumption, "{trace:?}"),
    }
}
