//! What @architect delivers: `architecture.json` and `architecture.md`.
//!
//! Invariant: both are printed from one [`Design`], so that a table in the document is a list in the JSON.

mod choices;
mod decisions;
mod delivery;
mod diagrams;
mod document;
mod interface;
mod operation;
mod threats;

use serde_json::{Value, json};

use self::choices::Choice;
use self::decisions::Decision;
use self::interface::{Endpoint, Policy};
use self::threats::Threat;
use super::json as part;
use super::view::View;
use crate::model::AppModel;
use crate::{Artifact, Meter, Stopped};

/// Renders `architecture.json` and `architecture.md`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the run was cancelled.
pub fn render(model: &AppModel, meter: &Meter) -> Result<Vec<Artifact>, Stopped> {
    let view = View::new(model, meter)?;
    // Traceability looks at every requirement with every screen, endpoint and decision.
    let lists = view.screens.len() + 6 * model.entities.len() + 20;
    meter.spend(u64::try_from(model.requirements.len() * lists).unwrap_or(u64::MAX))?;
    let design = Design::new(&view);
    let json = part::print(&architecture(&design));
    let markdown = document::document(&design, meter)?;
    Ok(vec![
        Artifact::text("architecture.json", "application/json", json),
        Artifact::text("architecture.md", "text/markdown", markdown),
    ])
}

/// Everything that was decided.
struct Design<'a> {
    view: &'a View<'a>,
    choices: Vec<Choice>,
    endpoints: Vec<Endpoint>,
    policies: Vec<Policy>,
    threats: Vec<Threat>,
    decisions: Vec<Decision>,
}

impl<'a> Design<'a> {
    fn new(view: &'a View<'a>) -> Self {
        Self {
            view,
            choices: choices::choices(),
            endpoints: interface::endpoints(view),
            policies: interface::policies(view),
            threats: threats::threats(view),
            decisions: decisions::decisions(view),
        }
    }
}

fn architecture(design: &Design) -> Value {
    let model = design.view.model;
    let mut stack = serde_json::Map::new();
    for (side, words) in choices::summary() {
        stack.insert(side.to_owned(), json!(words));
    }
    let choices: Vec<Value> = design.choices.iter().map(Choice::json).collect();
    stack.insert("choices".to_owned(), Value::Array(choices));
    json!({
        "schemaVersion": "1.0",
        "stack": stack,
        "data_model": {
            "entities": model.entities.iter()
                .map(|entity| Value::Object(part::entity(entity, part::columns(entity))))
                .collect::<Vec<_>>(),
            "relationships": model.relations.iter().map(|row| part::relation(model, row)).collect::<Vec<_>>(),
        },
        "api_design": {
            "endpoints": design.endpoints.iter().map(Endpoint::json).collect::<Vec<_>>(),
        },
        "security": {
            "auth_strategy": AUTH_STRATEGY,
            "rls_policies": design.policies.iter().map(Policy::json).collect::<Vec<_>>(),
            "threats": design.threats.iter().map(Threat::json).collect::<Vec<_>>(),
        },
        "decisions": design.decisions.iter().map(Decision::json).collect::<Vec<_>>(),
        "sql": crate::sql::migration(model),
    })
}

/// How people prove who they are, and how that becomes rights.
const AUTH_STRATEGY: &str = "Supabase Auth with e-mail and password. The session carries a signed token; the database \
    reads the account from it (auth.uid()) and its roles from user_roles through the security-definer function \
    has_role; everyone may read their own roles. Every table has row-level security; what no policy allows is refused.";
