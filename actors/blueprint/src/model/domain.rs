//! The domain part of the model: entities, fields, life cycles, relations, rights.
//!
//! Invariant: names are valid identifiers of TypeScript and SQL, unique where the documentation says so.

use serde::{Deserialize, Serialize};

use super::Trace;

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
