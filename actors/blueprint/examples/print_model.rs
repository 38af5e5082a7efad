//! Prints what is understood from a specification: `cargo run --example print_model -- FILE [--json]`.
//!
//! Invariant: reads one file, writes to standard output, nothing else.

use std::io::Write as _;
use std::process::ExitCode;

use aios_blueprint::model::{AppModel, Entity, Field, Requirement};
use aios_blueprint::{Meter, Request};

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        return ExitCode::from(64);
    };
    let Ok(spec) = std::fs::read_to_string(&path) else {
        return ExitCode::from(66);
    };
    let request = Request {
        spec,
        ..Request::default()
    };
    let Ok(model) = aios_blueprint::model(&request, &Meter::default()) else {
        return ExitCode::FAILURE;
    };
    let json = std::env::args().any(|arg| arg == "--json");
    let text = if json {
        serde_json::to_string_pretty(&model).unwrap_or_default()
    } else {
        summary(&model)
    };
    let written = writeln!(std::io::stdout(), "{text}");
    if written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn summary(model: &AppModel) -> String {
    let product = &model.product;
    let mut out = vec![format!(
        "{} [{}] {}\n  {}",
        product.name, model.story_id, product.language, product.vision
    )];
    out.extend(model.roles.iter().map(|role| {
        format!(
            "ROLE {} {:?}: {}",
            role.id, role.trace.origin, role.description
        )
    }));
    out.extend(model.entities.iter().map(entity));
    out.extend(
        model
            .relations
            .iter()
            .map(|row| format!("REL {} {:?} {} ({})", row.from, row.kind, row.to, row.name)),
    );
    out.extend(model.permissions.iter().map(|row| {
        format!(
            "PERM {} {} {:?} {:?}",
            row.role, row.entity, row.actions, row.scope
        )
    }));
    out.extend(model.requirements.iter().map(requirement));
    out.extend(around(model));
    out.join("\n")
}

/// What surrounds the requirements.
fn around(model: &AppModel) -> Vec<String> {
    let mut out = Vec::new();
    out.extend(model.non_functional.iter().map(|row| {
        format!(
            "{} {}/{} {:?} {}",
            row.id, row.category, row.aspect, row.target, row.description
        )
    }));
    out.extend(
        model
            .constraints
            .iter()
            .map(|row| format!("{} {} {}", row.id, row.kind, row.description)),
    );
    out.extend(
        model
            .exclusions
            .iter()
            .map(|row| format!("{} {}", row.id, row.description)),
    );
    out.extend(
        model
            .open_questions
            .iter()
            .map(|row| format!("{} {} {:?}", row.id, row.question, row.fr)),
    );
    out.extend(
        model
            .success_metrics
            .iter()
            .map(|row| format!("{} {} {:?}", row.id, row.metric, row.target)),
    );
    out.extend(
        model
            .terminology
            .iter()
            .map(|row| format!("TERM {}: {}", row.term, row.definition)),
    );
    out.extend(added(model));
    out
}

/// What was added to the text, and what of it was left over.
fn added(model: &AppModel) -> Vec<String> {
    let mut out = Vec::new();
    out.extend(
        model
            .edge_cases
            .iter()
            .map(|row| format!("{} {} => {}", row.id, row.scenario, row.handling)),
    );
    out.extend(
        model
            .assumptions
            .iter()
            .map(|row| format!("{} {}", row.id, row.description)),
    );
    out.extend(model.warnings.iter().map(|row| format!("WARN {row}")));
    out.push(format!(
        "{:?} {} {}/{}",
        model.complexity,
        model.complexity.result(),
        model.coverage.traced,
        model.coverage.sentences
    ));
    out.extend(
        model
            .coverage
            .untraced
            .iter()
            .take(40)
            .map(|row| format!("  untraced: {row}")),
    );
    out
}

fn entity(entity: &Entity) -> String {
    let fields: Vec<String> = entity.fields.iter().map(field).collect();
    let states = entity.states.as_ref().map(|states| {
        let step = |step: &aios_blueprint::model::Transition| {
            format!("{}>{}{:?}", step.from, step.to, step.by)
        };
        let steps: Vec<String> = states.transitions.iter().map(step).collect();
        format!("\n   STATES {} {}", states.initial, steps.join(" "))
    });
    format!(
        "ENTITY {} [{}] {:?} owned={} by={:?}: {}\n   {}{}",
        entity.name,
        entity.table,
        entity.trace.origin,
        entity.owned,
        entity.owner_role,
        entity.description,
        fields.join(", "),
        states.unwrap_or_default()
    )
}

fn field(field: &Field) -> String {
    let required = if field.required { "!" } else { "" };
    let values = if field.values.is_empty() {
        String::new()
    } else {
        format!("({})", field.values.join("|"))
    };
    let target = field
        .references
        .as_ref()
        .map(|to| format!("->{to}"))
        .unwrap_or_default();
    format!(
        "{}{required}:{:?}{values}{target}/{:?}",
        field.name, field.kind, field.trace.origin
    )
}

fn requirement(item: &Requirement) -> String {
    let criteria: Vec<String> = item
        .acceptance
        .iter()
        .map(|row| {
            format!(
                "\n     {}: {} / {} / {}",
                row.id, row.given, row.when, row.then
            )
        })
        .collect();
    format!(
        "{} {:?} {:?} {:?} {} | {} | {} | {:?} {:?}{}",
        item.id,
        item.priority,
        item.trace.origin,
        item.source_id,
        item.feature,
        item.title,
        item.description,
        item.actors,
        item.entities,
        criteria.concat()
    )
}
