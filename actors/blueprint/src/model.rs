//! `AppModel`: the one description of the application from which every artifact is rendered.
//!
//! Invariant: renderers read nothing but this model; a fact that is not in it appears in no artifact.
//! Every generated item carries a [`Trace`]: a quoted span of the canonical text, or the assumption it rests on.

use serde::{Deserialize, Serialize};

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

/// An entity of the domain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entity {
    /// `PascalCase`, singular: `OrderItem`. Never a reserved word of TypeScript or SQL.
    pub name: String,
    /// `snake_case`, plural: `order_items`.
    pub table: String,
    /// "Order item".
    pub label: String,
    /// "Order items".
    pub label_plural: String,
    /// One sentence.
    pub description: String,
    /// Role that usually creates rows.
    pub owner_role: Option<String>,
    /// Whether rows belong to the person who made them (then the table has `owner_id`).
    pub owned: bool,
    /// Own fields, without `id`, `owner_id`, `created_at` and `updated_at`, which every table has. At least one; the
    /// first text-like field is the display name of a row. References are fields of type `uuid` with `references`.
    pub fields: Vec<Field>,
    /// Life cycle, if it has one; `field` names a field of type `enum` above.
    pub states: Option<States>,
    /// Source.
    pub trace: Trace,
}

/// A field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// `snake_case`; never one of the four standard columns.
    pub name: String,
    /// "Due date".
    pub label: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Must have a value.
    pub required: bool,
    /// Unique over the table.
    pub unique: bool,
    /// Values of an `enum`, `snake_case`, at most 50.
    pub values: Vec<String>,
    /// Smallest number.
    pub min: Option<f64>,
    /// Largest number.
    pub max: Option<f64>,
    /// Longest text in characters.
    pub max_length: Option<u32>,
    /// Name of the entity that a `uuid` field points to.
    pub references: Option<String>,
    /// Personal data.
    pub pii: bool,
    /// Source.
    pub trace: Trace,
}

/// Types of fields; the words of `requirements.schema.json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum FieldType {
    Uuid,
    /// Several lines.
    Text,
    /// One line.
    #[default]
    String,
    Integer,
    Bigint,
    Decimal,
    Money,
    Boolean,
    Date,
    Timestamp,
    /// Whole minutes.
    Duration,
    Email,
    Url,
    Phone,
    Enum,
    Json,
    /// Address of a picture.
    Image,
    /// Address of a file.
    File,
    /// "latitude,longitude".
    Geo,
    Slug,
}

/// A life cycle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct States {
    /// The field that holds the state.
    pub field: String,
    /// First state.
    pub initial: String,
    /// Allowed moves.
    pub transitions: Vec<Transition>,
}

/// One allowed move.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Transition {
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// Roles that may do it; empty: everyone who may update.
    pub by: Vec<String>,
}

/// A relation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Relation {
    /// Entity name.
    pub from: String,
    /// Entity name.
    pub to: String,
    /// Kind, read from `from` to `to`.
    #[serde(rename = "type")]
    pub kind: RelationType,
    /// "has", "belongs to" …
    pub name: String,
    /// Source.
    pub trace: Trace,
}

/// Kinds of relation. A many-to-one is backed by a `uuid` field of `from` with `references: to`; a one-to-many by one of
/// `to`; a many-to-many by a join entity that is an entity of its own in the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum RelationType {
    OneToOne,
    #[default]
    OneToMany,
    ManyToOne,
    ManyToMany,
}

/// Rights of one role on one entity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permission {
    /// Role id.
    pub role: String,
    /// Entity name.
    pub entity: String,
    /// Subset of `create`, `read`, `update`, `delete`.
    pub actions: Vec<Action>,
    /// On which rows; `own` only where the entity is `owned`.
    pub scope: Scope,
}

/// What can be done to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Action {
    Create,
    Read,
    Update,
    Delete,
}

/// Which rows a right covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Rows whose owner is the user.
    #[default]
    Own,
    /// Every row.
    All,
}

/// A functional requirement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirement {
    /// `FR-n`, counted from 1.
    pub id: String,
    /// At most 160 characters.
    pub title: String,
    /// 10 to 2,000 characters.
    pub description: String,
    /// `P0`, `P1` or `P2`.
    pub priority: Priority,
    /// Feature group, from the heading above it or the entity.
    pub feature: String,
    /// Role ids.
    pub actors: Vec<String>,
    /// Entity names.
    pub entities: Vec<String>,
    /// The "so that" of a user story.
    pub rationale: Option<String>,
    /// Acceptance criteria, at least one.
    pub acceptance: Vec<Acceptance>,
    /// Id that the specification itself uses (`FR-AUTH-01`, `US-003`).
    pub source_id: Option<String>,
    /// Source.
    pub trace: Trace,
}

/// Priorities. P0 = must, P1 = should, P2 = could.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Priority {
    P0,
    #[default]
    P1,
    P2,
}

/// One acceptance criterion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Acceptance {
    /// `AC-n`, counted over the whole model.
    pub id: String,
    pub given: String,
    pub when: String,
    pub then: String,
}

/// A non-functional requirement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NonFunctional {
    /// `NFR-n`.
    pub id: String,
    /// `performance`, `security`, `scalability`, `usability` or `reliability`.
    pub category: String,
    /// `accessibility`, `privacy`, `compliance`, `maintainability`, `observability`, `cost`, `i18n`, `portability` or `none`.
    pub aspect: String,
    /// At least 10 characters.
    pub description: String,
    /// Threshold, where the text gives a number.
    pub target: Option<Target>,
    /// How it is checked.
    pub verification: String,
    /// Source.
    pub trace: Trace,
}

/// A threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// `<`, `<=`, `=`, `>=` or `>`.
    pub op: String,
    /// Number.
    pub value: f64,
    /// `s`, `ms`, `%`, `users` …
    pub unit: String,
}

/// A constraint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraint {
    /// `CON-n`.
    pub id: String,
    /// `technical`, `business` or `regulatory`.
    #[serde(rename = "type")]
    pub kind: String,
    /// At least 10 characters.
    pub description: String,
    /// What follows from it.
    pub impact: String,
    /// Source.
    pub trace: Trace,
}

/// An assumption.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assumption {
    /// `ASM-n`.
    pub id: String,
    /// At least 10 characters.
    pub description: String,
    /// `low`, `medium` or `high`.
    pub risk: String,
}

/// Something out of scope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exclusion {
    /// `EXC-n`.
    pub id: String,
    /// In the words of the specification.
    pub description: String,
    /// Source.
    pub trace: Trace,
}

/// A word of the domain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Term {
    pub term: String,
    pub definition: String,
}

/// An open question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenQuestion {
    /// `OQ-n`.
    pub id: String,
    /// One sentence with a question mark.
    pub question: String,
    /// Work cannot go on without the answer.
    pub blocking: bool,
    /// Requirement ids.
    pub fr: Vec<String>,
}

/// A success metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SuccessMetric {
    /// `SM-n`.
    pub id: String,
    /// What is measured.
    pub metric: String,
    /// Its goal, where the text gives one.
    pub target: Option<String>,
}

/// An edge case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EdgeCase {
    /// `EC-n`.
    pub id: String,
    /// What happens.
    pub scenario: String,
    /// What the application does.
    pub handling: String,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
}

/// The five dimensions of complexity, 1–5 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Complexity {
    pub scope: u8,
    pub integration: u8,
    pub infrastructure: u8,
    pub knowledge: u8,
    pub risk: u8,
}

impl Complexity {
    /// Sum of the five, 5–25.
    pub fn total(self) -> u8 {
        self.scope + self.integration + self.infrastructure + self.knowledge + self.risk
    }

    /// `SIMPLE` up to 8, `STANDARD` up to 15, `COMPLEX` above.
    pub fn result(self) -> &'static str {
        match self.total() {
            0..=8 => "SIMPLE",
            9..=15 => "STANDARD",
            _ => "COMPLEX",
        }
    }
}

/// How much of the text something was derived from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Coverage {
    /// Sentences and list items of the specification.
    pub sentences: usize,
    /// Those with at least one item derived from them.
    pub traced: usize,
    /// Those with none, at most 200, each cut to 300 bytes.
    pub untraced: Vec<String>,
}

/// Wishes about looks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Design {
    /// `minimal`, `corporate` or `playful`.
    pub style: String,
    /// `#rrggbb`.
    pub primary_color: Option<String>,
    /// `#rrggbb`.
    pub secondary_color: Option<String>,
    /// CSS font stack.
    pub font_family: Option<String>,
    /// `none`, `sm`, `md`, `lg` or `full`.
    pub radius: Option<String>,
}

/// The preset of the generated code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stack {
    /// The preset that is generated: `vite-react`.
    pub framework: String,
    /// What the caller asked for.
    pub requested: Option<String>,
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

impl Entity {
    /// The field that names a row in lists and choices: the first one-line text, else the first field.
    pub fn display_field(&self) -> &Field {
        let named = self.fields.iter().find(|field| {
            matches!(
                field.kind,
                FieldType::String | FieldType::Email | FieldType::Slug
            )
        });
        named.unwrap_or(&self.fields[0])
    }
}
