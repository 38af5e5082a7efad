//! `AppModel`: the one description of the application from which every artifact is rendered.
//!
//! Invariant: renderers read nothing but this model; a fact that is not in it appears in no artifact.
//! Every generated item carries a [`Trace`]: a quoted span of the canonical text, or the assumption it rests on.

use serde::{Deserialize, Serialize};

mod domain;
mod needs;

pub use domain::*;
pub use needs::*;

/// The whole application, as understood from one specification. Field order is output order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppModel {
    /// Slug of the product and a short hash of the canonical text; the same text gives the same id.
    pub story_id: String,
    /// What is built, and why.
    pub product: Product,
    /// Roles that people play; the first one is what a new user gets. Never empty after reading.
    pub roles: Vec<Role>,
    /// Entities of the domain, in order of importance. Never empty after reading. At most 60.
    pub entities: Vec<Entity>,
    /// Relations between entities.
    pub relations: Vec<Relation>,
    /// Who may do what. One row per (role, entity) that has any right.
    pub permissions: Vec<Permission>,
    /// Functional requirements `FR-1…`. Never empty after reading.
    pub requirements: Vec<Requirement>,
    /// Non-functional requirements `NFR-1…`.
    pub non_functional: Vec<NonFunctional>,
    /// Constraints `CON-1…`.
    pub constraints: Vec<Constraint>,
    /// Assumptions `ASM-1…`: everything that was added without words of the specification behind it.
    pub assumptions: Vec<Assumption>,
    /// Exclusions `EXC-1…`: what the specification says is out of scope.
    pub exclusions: Vec<Exclusion>,
    /// Glossary.
    pub terminology: Vec<Term>,
    /// Open questions `OQ-1…`.
    pub open_questions: Vec<OpenQuestion>,
    /// Success metrics `SM-1…`.
    pub success_metrics: Vec<SuccessMetric>,
    /// Edge cases `EC-1…`.
    pub edge_cases: Vec<EdgeCase>,
    /// The five dimensions, 1–5 each.
    pub complexity: Complexity,
    /// How much of the text something was derived from.
    pub coverage: Coverage,
    /// Wishes about looks.
    pub design: Design,
    /// The preset of the generated code.
    pub stack: Stack,
    /// Sentences for the caller: what was mapped, cut or ignored.
    pub warnings: Vec<String>,
}

/// Where a statement comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Kind of source.
    pub origin: Origin,
    /// The words of the canonical text, at most 500 bytes, equal to the text at `span` (or its beginning).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Byte range in the canonical text, end exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
    /// 0–1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// Kinds of source; the words of `requirements.schema.json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Quoted from the specification.
    Spec,
    /// From a domain archetype whose trigger stands in the text.
    Archetype,
    /// Follows from a quoted statement.
    Inferred,
    /// Rests on a listed assumption.
    #[default]
    Assumption,
}

/// What is built.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// Display name, at most 120 characters.
    pub name: String,
    /// `[a-z][a-z0-9-]*`, at most 60.
    pub slug: String,
    /// One or two sentences.
    pub vision: String,
    /// The problem, where the text states one.
    pub problem: Option<String>,
    /// BCP 47.
    pub language: String,
    /// `web`, `mobile-web` …
    pub platforms: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    /// `[a-z][a-z0-9_]{0,40}`.
    pub id: String,
    /// As people say it: "Shop owner".
    pub label: String,
    /// One sentence.
    pub description: String,
    /// May do everything, and manage roles.
    pub is_admin: bool,
    /// Source.
    pub trace: Trace,
}

impl AppModel {
    /// The entity called `name`.
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.name == name)
    }

    /// The rights of `role` on `entity`.
    pub fn permission(&self, role: &str, entity: &str) -> Option<&Permission> {
        self.permissions
            .iter()
            .find(|row| row.role == role && row.entity == entity)
    }

    /// Ids of the requirements that name `entity`.
    pub fn requirements_of(&self, entity: &str) -> Vec<String> {
        self.requirements
            .iter()
            .filter(|requirement| requirement.entities.iter().any(|name| name == entity))
            .map(|requirement| requirement.id.clone())
            .collect()
    }
}
