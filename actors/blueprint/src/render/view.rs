//! What every document needs to know about the application besides the model: its screens, the completed rights and
//! how things are called.
//!
//! Invariant: computed once per artifact and never changed.

use crate::model::{Action, AppModel, Entity, FieldType, Permission, Scope, Trace};
use crate::screens::{self, Screen, ScreenKind};
use crate::{Meter, Stopped};

/// The model and what follows from it.
pub(crate) struct View<'a> {
    pub(crate) model: &'a AppModel,
    pub(crate) screens: Vec<Screen>,
    pub(crate) rights: Vec<Permission>,
}

impl<'a> View<'a> {
    /// Computes the view. The steps cover the loops over pairs of items that it runs.
    ///
    /// # Errors
    /// [`Stopped`] when the meter ran out or the run was cancelled.
    pub(crate) fn new(model: &'a AppModel, meter: &Meter) -> Result<Self, Stopped> {
        let (entities, roles) = (model.entities.len(), model.roles.len());
        let pairs = (entities + 1) * (roles + 1) + model.requirements.len() * (4 * entities + 4);
        meter.spend(u64::try_from(pairs).unwrap_or(u64::MAX))?;
        let screens = screens::screens(model);
        Ok(Self {
            model,
            screens,
            rights: screens::rights(model),
        })
    }

    /// How people call a role.
    pub(crate) fn role<'b>(&'b self, id: &'b str) -> &'b str {
        let role = self.model.roles.iter().find(|role| role.id == id);
        role.map_or(id, |role| role.label.as_str())
    }

    /// How people call several roles: "Patient, Doctor".
    pub(crate) fn roles(&self, ids: &[String]) -> String {
        ids.iter()
            .map(|id| self.role(id))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The screen of this kind about `entity`.
    pub(crate) fn screen(&self, kind: ScreenKind, entity: &str) -> Option<&Screen> {
        let mut all = self.screens.iter();
        all.find(|screen| screen.kind == kind && screen.entity.as_deref() == Some(entity))
    }

    /// Rights on `entity`, one row per role.
    pub(crate) fn rights_on<'b>(&'b self, entity: &'b str) -> impl Iterator<Item = &'b Permission> {
        self.rights.iter().filter(move |row| row.entity == entity)
    }

    /// Ids of the roles that may do `action` to rows of `entity`.
    pub(crate) fn who_may(&self, entity: &str, action: Action) -> Vec<String> {
        let rows = self
            .rights_on(entity)
            .filter(|row| row.actions.contains(&action));
        rows.map(|row| row.role.clone()).collect()
    }

    /// One cell of the permission matrix: `CRU (own)`, or a dash.
    pub(crate) fn rights_cell(&self, role: &str, entity: &str) -> String {
        let Some(row) = self.rights_on(entity).find(|row| row.role == role) else {
            return "–".to_owned();
        };
        let letters: String = row.actions.iter().map(|action| letter(*action)).collect();
        match row.scope {
            Scope::Own => format!("{letters} (own)"),
            Scope::All => letters,
        }
    }
}

/// The columns that every table has; `owner_id` only where rows have an owner.
pub(crate) fn standard_columns(entity: &Entity) -> Vec<(&'static str, FieldType, &'static str)> {
    let mut columns = vec![("id", FieldType::Uuid, "Primary key")];
    if entity.owned {
        columns.push(("owner_id", FieldType::Uuid, "Person the row belongs to"));
    }
    columns.push(("created_at", FieldType::Timestamp, "Set by the database"));
    columns.push(("updated_at", FieldType::Timestamp, "Set by a trigger"));
    columns
}

fn letter(action: Action) -> char {
    match action {
        Action::Create => 'C',
        Action::Read => 'R',
        Action::Update => 'U',
        Action::Delete => 'D',
    }
}

/// The word of the schemas for an action.
pub(crate) fn action_word(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

/// The word of the schemas for a field type.
pub(crate) fn type_word(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Uuid => "uuid",
        FieldType::Text => "text",
        FieldType::String => "string",
        FieldType::Integer => "integer",
        FieldType::Bigint => "bigint",
        FieldType::Decimal => "decimal",
        FieldType::Money => "money",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Timestamp => "timestamp",
        FieldType::Duration => "duration",
        FieldType::Email => "email",
        FieldType::Url => "url",
        FieldType::Phone => "phone",
        FieldType::Enum => "enum",
        FieldType::Json => "json",
        FieldType::Image => "image",
        FieldType::File => "file",
        FieldType::Geo => "geo",
        FieldType::Slug => "slug",
    }
}

/// `in_progress` → "in progress".
pub(crate) fn words(snake: &str) -> String {
    snake.replace('_', " ")
}

/// "in progress" → "In progress".
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// The beginning of `text`, at most `max` characters.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Whether words of the specification stand behind an item.
pub(crate) fn quote(trace: &Trace) -> Option<&str> {
    trace
        .quote
        .as_deref()
        .filter(|quote| !quote.trim().is_empty())
}
