//! Prints what is understood from a specification: `cargo run --example print_model -- FILE`.
//!
//! Invariant: reads one file, writes to standard output, nothing else.

use std::io::Write as _;
use std::process::ExitCode;

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

fn summary(model: &aios_blueprint::AppModel) -> String {
    let mut out = vec![
        format!(
            "{} [{}] {}",
            model.product.name, model.story_id, model.product.language
        ),
        format!("  {}", model.product.vision),
    ];
    for role in &model.roles {
        out.push(format!(
            "ROLE {} {:?}: {}",
            role.id, role.trace.origin, role.description
        ));
    }
    for entity in &model.entities {
        let fields: Vec<String> = entity
            .fields
            .iter()
            .map(|field| {
                let flags = format!(
                    "{}{}",
                    if field.required { "!" } else { "" },
                    if field.unique { "u" } else { "" }
                );
                let values = if field.values.is_empty() {
                    String::new()
                } else {
                    format!("({})", field.values.join("|"))
                };
                let to = field
                    .references
                    .as_ref()
                    .map(|to| format!("->{to}"))
                    .unwrap_or_default();
                let origin = format!("{:?}", field.trace.origin)
                    .chars()
                    .next()
                    .unwrap_or('?');
                format!(
                    "{}{flags}:{:?}{values}{to}/{origin}",
                    field.name, field.kind
                )
            })
            .collect();
        out.push(format!(
            "ENTITY {} [{}] {:?} owned={} by={}: {}",
            entity.name,
            entity.table,
            entity.trace.origin,
            entity.owned,
            entity.owner_role.as_deref().unwrap_or("-"),
            entity.description
        ));
        out.push(format!("   {}", fields.join(", ")));
        if let Some(states) = &entity.states {
            let steps: Vec<String> = states
                .transitions
                .iter()
                .map(|step| {
                    format!(
                        "{}>{}{}",
                        step.from,
                        step.to,
                        if step.by.is_empty() {
                            String::new()
                        } else {
                            format!("({})", step.by.join(","))
                        }
                    )
                })
                .collect();
            out.push(format!("   STATES {} {}", states.initial, steps.join(" ")));
        }
    }
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
    for item in &model.requirements {
        out.push(format!(
            "{} {:?} {:?} [{}] {} | {} | {} | actors {:?} entities {:?}",
            item.id,
            item.priority,
            item.trace.origin,
            item.source_id.as_deref().unwrap_or(""),
            item.feature,
            item.title,
            item.description,
            item.actors,
            item.entities
        ));
        out.extend(item.acceptance.iter().map(|row| {
            format!(
                "     {}: {} / {} / {}",
                row.id, row.given, row.when, row.then
            )
        }));
    }
    out.extend(model.non_functional.iter().map(|row| {
        format!(
            "{} {}/{} {:?} {}",
            row.id,
            row.category,
            row.aspect,
            row.target
                .as_ref()
                .map(|target| format!("{}{}{}", target.op, target.value, target.unit)),
            row.description
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
            .map(|row| format!("{} {} -> {:?}", row.id, row.metric, row.target)),
    );
    out.extend(
        model
            .terminology
            .iter()
            .map(|row| format!("TERM {}: {}", row.term, row.definition)),
    );
    out.extend(model.edge_cases.iter().map(|row| {
        format!(
            "{} {} => {} ({})",
            row.id, row.scenario, row.handling, row.severity
        )
    }));
    out.extend(
        model
            .assumptions
            .iter()
            .map(|row| format!("{} {} ({})", row.id, row.description, row.risk)),
    );
    out.extend(model.warnings.iter().map(|row| format!("WARN {row}")));
    out.push(format!(
        "complexity {:?} {} coverage {}/{}",
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
    out.join("\n")
}
