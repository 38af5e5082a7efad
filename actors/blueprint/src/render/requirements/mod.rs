//! What @pm delivers: `requirements.json` for machines and `requirements.md` for the people who sign it.
//!
//! Invariant: both list the same items under the same ids; `gathered_at` stands in the JSON alone, so that the
//! document of an unchanged specification stays the same.

mod document;
mod domain;

pub(super) use document::target;
pub(super) use domain::{permission_matrix, rules};

use serde_json::{Map, Value, json};

use super::flows::{self, Flow};
use super::json as part;
use super::view::{View, cut};
use crate::model::{AppModel, Priority, Requirement};
use crate::{Artifact, Meter, Stopped};

/// Renders `requirements.json` and `requirements.md`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the run was cancelled.
pub fn render(
    model: &AppModel,
    gathered_at: &str,
    meter: &Meter,
) -> Result<Vec<Artifact>, Stopped> {
    let view = View::new(model, meter)?;
    meter.spend(
        u64::try_from(model.requirements.len() * 8 + model.entities.len() * 64).unwrap_or(0),
    )?;
    let flows = flows::flows(&view);
    let json = part::print(&requirements(&view, &flows, gathered_at));
    let markdown = document::document(&view, &flows, meter)?;
    Ok(vec![
        Artifact::text("requirements.json", "application/json", json),
        Artifact::text("requirements.md", "text/markdown", markdown),
    ])
}

/// One persona: a role with a face and goals. The document prints the same list.
pub(super) struct Persona {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) goals: Vec<String>,
    pub(super) pains: Vec<String>,
}

/// Personas follow from roles: what a role does in the requirements are its goals, nothing else is known about it.
pub(super) fn personas(model: &AppModel) -> Vec<Persona> {
    let persona = |(at, role): (usize, &crate::model::Role)| {
        let mine = |r: &&Requirement| r.actors.contains(&role.id);
        let mut own: Vec<&Requirement> = model.requirements.iter().filter(mine).collect();
        own.sort_by_key(|requirement| requirement.priority);
        let goal = |r: &&Requirement| match &r.rationale {
            Some(why) => cut(&format!("{} – {why}", r.title), 300),
            None => r.title.clone(),
        };
        Persona {
            id: format!("PER-{}", at + 1),
            name: role.label.clone(),
            role: role.id.clone(),
            goals: own.iter().take(5).map(goal).collect(),
            pains: model
                .product
                .problem
                .iter()
                .filter(|_| at == 0)
                .cloned()
                .collect(),
        }
    };
    model
        .roles
        .iter()
        .take(12)
        .enumerate()
        .map(persona)
        .collect()
}

/// `MoSCoW` word of a priority.
pub(super) fn moscow(priority: Priority) -> &'static str {
    match priority {
        Priority::P0 => "must",
        Priority::P1 => "should",
        Priority::P2 => "could",
    }
}

fn requirements(view: &View, flows: &[Flow], gathered_at: &str) -> Value {
    let model = view.model;
    json!({
        "schemaVersion": "1.0",
        "storyId": cut(&model.story_id, 128),
        "gatheredAt": gathered_at,
        "gatheredBy": "@pm",
        "source": "prd",
        "product": product(model),
        "personas": model_personas(model),
        "roles": roles(model),
        "functional": model.requirements.iter().map(functional).collect::<Vec<_>>(),
        "acceptance": acceptance(model),
        "nonFunctional": non_functional(model),
        "constraints": constraints(model),
        "assumptions": assumptions(model),
        "exclusions": exclusions(model),
        "domainModel": domain_model(model),
        "relations": model.relations.iter().map(|row| part::relation(model, row)).collect::<Vec<_>>(),
        "permissions": part::permissions(view),
        "interactions": flows.iter().map(interaction).collect::<Vec<_>>(),
        "edgeCases": model.edge_cases,
        "terminology": model.terminology,
        "openQuestions": model.open_questions,
        "successMetrics": success_metrics(model),
        "complexity": complexity(model),
        "coverage": coverage(model),
    })
}

fn product(model: &AppModel) -> Value {
    let product = &model.product;
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(cut(&product.name, 120)));
    map.insert("vision".to_owned(), json!(cut(&product.vision, 2000)));
    if let Some(problem) = &product.problem {
        map.insert("problem".to_owned(), json!(problem));
    }
    map.insert("language".to_owned(), json!(product.language));
    map.insert("platforms".to_owned(), json!(product.platforms));
    Value::Object(map)
}

fn model_personas(model: &AppModel) -> Vec<Value> {
    let all = personas(model).into_iter().zip(&model.roles);
    all.map(|(persona, role)| {
        json!({
            "id": persona.id, "name": persona.name, "role": persona.role,
            "goals": persona.goals, "pains": persona.pains, "trace": part::trace(&role.trace),
        })
    })
    .collect()
}

fn roles(model: &AppModel) -> Vec<Value> {
    let row = |role: &crate::model::Role| {
        json!({
            "id": role.id, "label": role.label, "description": role.description,
            "trace": part::trace(&role.trace),
        })
    };
    model.roles.iter().map(row).collect()
}

fn functional(requirement: &Requirement) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("id", json!(requirement.id));
    put("title", json!(cut(&requirement.title, 160)));
    put("description", json!(cut(&requirement.description, 2000)));
    put("priority", json!(requirement.priority));
    put("moscow", json!(moscow(requirement.priority)));
    put("feature", json!(requirement.feature));
    put("actors", json!(requirement.actors));
    put("entities", json!(requirement.entities));
    if let Some(why) = &requirement.rationale {
        put("rationale", json!(why));
    }
    let criteria: Vec<&str> = requirement
        .acceptance
        .iter()
        .map(|ac| ac.id.as_str())
        .collect();
    put("acceptance", json!(criteria));
    if let Some(id) = &requirement.source_id {
        put("source_id", json!(cut(id, 64)));
    }
    put("trace", part::trace(&requirement.trace));
    Value::Object(map)
}

fn acceptance(model: &AppModel) -> Vec<Value> {
    let mut all = Vec::new();
    for requirement in &model.requirements {
        for ac in &requirement.acceptance {
            all.push(json!({
                "id": ac.id, "fr": requirement.id, "given": ac.given, "when": ac.when, "then": ac.then,
            }));
        }
    }
    all
}

fn non_functional(model: &AppModel) -> Vec<Value> {
    let row = |nfr: &crate::model::NonFunctional| {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        put("id", json!(nfr.id));
        put("category", json!(nfr.category));
        put("aspect", json!(nfr.aspect));
        put("description", json!(nfr.description));
        if let Some(target) = &nfr.target {
            let value = part::number(target.value);
            put(
                "target",
                json!({ "op": target.op, "value": value, "unit": target.unit }),
            );
        }
        put("verification", json!(nfr.verification));
        put("trace", part::trace(&nfr.trace));
        Value::Object(map)
    };
    model.non_functional.iter().map(row).collect()
}

fn constraints(model: &AppModel) -> Vec<Value> {
    let row = |constraint: &crate::model::Constraint| {
        json!({
            "id": constraint.id, "type": constraint.kind, "description": constraint.description,
            "impact": constraint.impact, "trace": part::trace(&constraint.trace),
        })
    };
    model.constraints.iter().map(row).collect()
}

fn assumptions(model: &AppModel) -> Vec<Value> {
    let row = |asm: &crate::model::Assumption| {
        json!({
            "id": asm.id, "description": asm.description, "risk": asm.risk,
            "validation_needed": asm.risk != "low",
        })
    };
    model.assumptions.iter().map(row).collect()
}

fn exclusions(model: &AppModel) -> Vec<Value> {
    let row = |exclusion: &crate::model::Exclusion| {
        json!({
            "id": exclusion.id, "description": exclusion.description,
            "trace": part::trace(&exclusion.trace),
        })
    };
    model.exclusions.iter().map(row).collect()
}

/// `entity` beside `name` is what AIOS's own schema of requirements calls the same thing.
fn domain_model(model: &AppModel) -> Vec<Value> {
    let row = |entity: &crate::model::Entity| {
        let mut map = part::entity(entity, entity.fields.iter().map(part::field).collect());
        map.insert("entity".to_owned(), json!(entity.name));
        let related: Vec<String> = domain::relations_of(model, &entity.name)
            .into_iter()
            .take(200)
            .collect();
        map.insert("relationships".to_owned(), json!(related));
        Value::Object(map)
    };
    model.entities.iter().map(row).collect()
}

fn interaction(flow: &Flow) -> Value {
    json!({
        "id": flow.id, "flow": flow.name, "description": flow.description,
        "steps": flow.steps, "states": flow.states, "fr": flow.fr,
    })
}

fn success_metrics(model: &AppModel) -> Vec<Value> {
    let row = |metric: &crate::model::SuccessMetric| {
        let mut map = Map::new();
        map.insert("id".to_owned(), json!(metric.id));
        map.insert("metric".to_owned(), json!(metric.metric));
        if let Some(target) = &metric.target {
            map.insert("target".to_owned(), json!(target));
        }
        Value::Object(map)
    };
    model.success_metrics.iter().map(row).collect()
}

fn complexity(model: &AppModel) -> Value {
    let c = model.complexity;
    json!({
        "scope": c.scope, "integration": c.integration, "infrastructure": c.infrastructure,
        "knowledge": c.knowledge, "risk": c.risk, "totalScore": c.total(), "result": c.result(),
    })
}

fn coverage(model: &AppModel) -> Value {
    let coverage = &model.coverage;
    json!({
        "specSentences": coverage.sentences,
        "tracedSentences": coverage.traced,
        "ratio": ratio(coverage.traced, coverage.sentences),
        "untraced": coverage.untraced,
    })
}

/// Share with three digits; an empty text is fully covered.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    ((count(part) / count(whole)).min(1.0) * 1000.0).floor() / 1000.0
}
