//! `architecture.md`, sections 1 to 8 and 13: structure, data, interface, security, decisions.
//!
//! Invariant: section numbers are fixed; other sections refer to them.

use super::super::flows::movers;
use super::super::md::{self, Document};
use super::super::requirements::{permission_matrix, rules};
use super::super::view::{capital, standard_columns, type_word, words};
use super::{AUTH_STRATEGY, Design, choices, delivery, diagrams, operation};
use crate::model::{Action, Entity, Priority};
use crate::{Meter, Stopped};

/// Prints the document.
pub(super) fn document(design: &Design, meter: &Meter) -> Result<String, Stopped> {
    let mut out = Document::new();
    out.heading(
        1,
        &format!("{} – architecture", design.view.model.product.name),
    );
    overview(&mut out, design);
    structure(&mut out, design);
    stack(&mut out, design);
    let fields: usize = design
        .view
        .model
        .entities
        .iter()
        .map(|e| e.fields.len() + 4)
        .sum();
    meter.spend(u64::try_from(fields + design.policies.len()).unwrap_or(u64::MAX))?;
    data(&mut out, design);
    interface(&mut out, design);
    sequences(&mut out, design);
    states(&mut out, design);
    security(&mut out, design);
    operation::quality(&mut out, design);
    operation::deployment(&mut out);
    operation::observability(&mut out);
    operation::testing(&mut out, design);
    decisions(&mut out, design);
    delivery::delivery(&mut out, design);
    delivery::risks(&mut out, design);
    delivery::traceability(&mut out, design);
    delivery::open_ends(&mut out, design);
    Ok(out.finish())
}

fn overview(out: &mut Document, design: &Design) {
    let model = design.view.model;
    out.heading(2, "1 Overview and drivers");
    out.paragraph(&md::or_dash(md::text(&model.product.vision)));
    let musts = model
        .requirements
        .iter()
        .filter(|r| r.priority == Priority::P0);
    let mut drivers: Vec<String> = musts
        .take(6)
        .map(|r| format!("{} {}", r.id, md::text(&r.title)))
        .collect();
    let quality = model.non_functional.iter().take(6);
    drivers.extend(quality.map(|n| format!("{} {}", n.id, md::text(&n.description))));
    let limits = model.constraints.iter().take(6);
    drivers.extend(limits.map(|c| format!("{} {}", c.id, md::text(&c.description))));
    if !drivers.is_empty() {
        out.paragraph("What shapes the architecture most:");
    }
    out.bullets(drivers);
    out.paragraph(&format!(
        "Size: {} entities, {} roles, {} screens, {} endpoints, {} row policies. Complexity: {} ({} of 25).",
        model.entities.len(),
        model.roles.len(),
        design.view.screens.len(),
        design.endpoints.len(),
        design.policies.len(),
        model.complexity.result(),
        model.complexity.total(),
    ));
}

fn structure(out: &mut Document, design: &Design) {
    let model = design.view.model;
    out.heading(2, "2 Context and containers (C4)");
    out.heading(3, "Context");
    out.fence("mermaid", &diagrams::context(model));
    out.heading(3, "Containers");
    out.fence("mermaid", &diagrams::containers(model));
}

fn stack(out: &mut Document, design: &Design) {
    out.heading(2, "3 Stack");
    if let Some(sentence) = choices::requested(design.view.model) {
        out.paragraph(&md::text(&sentence));
    }
    let row = |choice: &choices::Choice| {
        vec![
            choice.area.to_owned(),
            choice.taken.to_owned(),
            md::code(&choice.version.replace('>', "from ").replace("= ", "")),
            choice.why.to_owned(),
            choice.rejected.join("; "),
        ]
    };
    let rows: Vec<_> = design.choices.iter().map(row).collect();
    out.table(&["Area", "Choice", "Version", "Why", "Rejected"], &rows, "");
    out.paragraph(
        "Versions are exact pins; they change together with a build of the whole application.",
    );
}

fn data(out: &mut Document, design: &Design) {
    let model = design.view.model;
    out.heading(2, "4 Data model");
    out.fence("mermaid", &diagrams::data(model));
    for entity in &model.entities {
        out.heading(3, &format!("{} ({})", entity.label, entity.table));
        if !entity.description.is_empty() {
            out.paragraph(&md::text(&entity.description));
        }
        out.table(&["Column", "Type", "Rules"], &column_rows(entity), "");
    }
}

fn column_rows(entity: &Entity) -> Vec<Vec<String>> {
    let standard = standard_columns(entity).into_iter();
    let mut rows: Vec<Vec<String>> = standard
        .map(|(name, kind, words)| {
            vec![md::code(name), type_word(kind).to_owned(), words.to_owned()]
        })
        .collect();
    let own = entity.fields.iter().map(|field| {
        let rules = md::or_dash(md::text(&rules(field)));
        vec![
            md::code(&field.name),
            type_word(field.kind).to_owned(),
            rules,
        ]
    });
    // Own columns stand between the keys and the time stamps, as in the table itself.
    let keys = rows.len() - 2;
    rows.splice(keys..keys, own);
    rows
}

fn interface(out: &mut Document, design: &Design) {
    out.heading(2, "5 Interface");
    out.paragraph(
        "The REST interface of Supabase. Every call runs as the signed-in account; the policies of section 8 decide.",
    );
    let row = |endpoint: &super::Endpoint| {
        vec![
            endpoint.method.to_owned(),
            md::code(&endpoint.path),
            md::text(&endpoint.description),
            md::text(&endpoint.auth),
            md::or_dash(endpoint.fr.join(", ")),
        ]
    };
    let rows: Vec<_> = design.endpoints.iter().map(row).collect();
    out.table(
        &["Method", "Path", "What it does", "Who", "Serves"],
        &rows,
        "None.",
    );
    out.paragraph(
        "Errors: 400 a value breaks a constraint · 401 no session · 403 no policy allows it · 404 no such row, or not \
         visible · 409 a unique value or a reference conflicts.",
    );
}

fn sequences(out: &mut Document, design: &Design) {
    out.heading(2, "6 Key sequences");
    for (title, diagram) in diagrams::sequences(design.view) {
        out.heading(3, &title);
        out.fence("mermaid", &diagram);
    }
}

fn states(out: &mut Document, design: &Design) {
    out.heading(2, "7 State machines");
    let mut any = false;
    for entity in &design.view.model.entities {
        let Some(states) = &entity.states else {
            continue;
        };
        any = true;
        out.heading(3, &entity.label);
        out.fence("mermaid", &diagrams::states(design.view, entity, states));
        let may = design.view.who_may(&entity.name, Action::Update);
        let row = |step: &crate::model::Transition| {
            let who = design.view.roles(&movers(design.view, step, &may));
            let moves = format!("{} → {}", words(&step.from), words(&step.to));
            vec![md::text(&moves), md::or_dash(md::text(&who))]
        };
        let rows: Vec<_> = states.transitions.iter().map(row).collect();
        out.table(&["Move", "By"], &rows, "No moves are allowed.");
    }
    if !any {
        out.paragraph("No entity has a life cycle.");
    }
}

fn security(out: &mut Document, design: &Design) {
    out.heading(2, "8 Security");
    out.heading(3, "Authentication and authorisation");
    out.paragraph(&md::text(AUTH_STRATEGY));
    permission_matrix(out, design.view);
    out.heading(3, "Row-level security");
    let dash = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), md::code);
    let row = |policy: &super::Policy| {
        vec![
            md::code(&policy.table),
            md::text(&capital(design.view.role(&policy.role))),
            policy.action.to_owned(),
            dash(&policy.using),
            dash(&policy.check),
        ]
    };
    let rows: Vec<_> = design.policies.iter().map(row).collect();
    let header = [
        "Table",
        "Role",
        "Action",
        "Visible rows (using)",
        "New rows (check)",
    ];
    out.table(&header, &rows, "No role has any right.");
    out.heading(3, "Threats (STRIDE)");
    let row = |threat: &super::Threat| {
        vec![
            threat.stride.to_owned(),
            md::text(&threat.asset),
            md::text(&threat.danger),
            threat.mitigation.to_owned(),
        ]
    };
    let rows: Vec<_> = design.threats.iter().map(row).collect();
    out.table(&["STRIDE", "Asset", "Threat", "Mitigation"], &rows, "");
}

fn decisions(out: &mut Document, design: &Design) {
    out.heading(2, "13 Decisions");
    for decision in &design.decisions {
        out.heading(3, &format!("{} {}", decision.id, decision.title));
        out.bullets([
            format!("Binds: {}", binds(decision)),
            format!("Prevents: {}", md::text(decision.prevents)),
            format!("Rule: {}", md::text(decision.rule)),
            format!("Consequences: {}", md::text(decision.consequences)),
        ]);
    }
}

/// A decision without ids holds for everything.
fn binds(decision: &super::Decision) -> String {
    if decision.binds.is_empty() {
        "the whole application".to_owned()
    } else {
        decision.binds.join(", ")
    }
}
