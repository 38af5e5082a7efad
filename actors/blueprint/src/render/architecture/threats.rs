//! Threats after STRIDE, derived from what the application really holds.
//!
//! Invariant: a threat is listed only when its asset exists in the model.

use serde_json::{Value, json};

use super::super::view::View;
use crate::model::{Action, AppModel, Entity};

/// One threat.
#[derive(Clone, Debug)]
pub(super) struct Threat {
    /// Letter of STRIDE.
    pub(super) stride: &'static str,
    pub(super) asset: String,
    pub(super) danger: String,
    pub(super) mitigation: &'static str,
}

impl Threat {
    pub(super) fn json(&self) -> Value {
        json!({
            "stride": self.stride, "asset": self.asset, "threat": self.danger,
            "mitigation": self.mitigation,
        })
    }
}

/// All threats.
pub(super) fn threats(view: &View) -> Vec<Threat> {
    let model = view.model;
    let mut all = vec![threat(
        "S",
        "Session",
        "A stolen or guessed password gives access to an account",
        "Sign-in answers the same for unknown and wrong; Supabase limits attempts; sessions are short-lived and renewed",
    )];
    if let Some(names) = named(model, |entity| entity.owned) {
        all.push(threat(
            "S",
            &names,
            "A row is made in the name of another person",
            "owner_id must equal auth.uid() in the insert policy",
        ));
    }
    if let Some(names) = named(model, |entity| entity.states.is_some()) {
        all.push(threat(
            "T",
            &names,
            "A state is skipped by a direct call of the interface",
            "The table of moves is enforced in the database, not only by buttons",
        ));
    }
    all.push(threat(
        "T",
        "All tables",
        "A crafted request writes values that no form would send",
        "Types, limits and references are constraints of the tables",
    ));
    all.extend(of_reading(view));
    all
}

/// Repudiation, disclosure, denial and elevation.
fn of_reading(view: &View) -> Vec<Threat> {
    let model = view.model;
    let mut all = vec![threat(
        "R",
        "All tables",
        "Somebody denies a change",
        "Rows carry the times of creation and change; logs of the interface name the account",
    )];
    if let Some(names) = named(model, |entity| entity.fields.iter().any(|field| field.pii)) {
        all.push(threat(
            "I",
            &names,
            "Personal data reaches people who do not need it",
            "Policies give rows only to the roles of the matrix; personal fields stay out of logs and addresses",
        ));
    }
    all.push(threat(
        "I",
        "All tables",
        "Rows of other people are read by changing an id in the address",
        "Row-level security answers such a request with nothing",
    ));
    all.push(threat(
        "D",
        "Lists",
        "Large or endless queries slow the application down for all",
        "Lists are paged; filtered columns are indexed; the interface limits rows and time",
    ));
    if let Some(names) = named(model, |entity| {
        !view.who_may(&entity.name, Action::Delete).is_empty()
    }) {
        all.push(threat(
            "D",
            &names,
            "Rows are deleted by mistake or in anger",
            "Deleting asks first, is limited to the roles of the matrix, and backups are kept",
        ));
    }
    all.push(threat(
        "E",
        "user_roles",
        "A person gives themselves a stronger role",
        "Only administrators write the table; roles are never read from data that people can change themselves",
    ));
    all
}

fn threat(stride: &'static str, asset: &str, danger: &str, mitigation: &'static str) -> Threat {
    Threat {
        stride,
        asset: asset.to_owned(),
        danger: danger.to_owned(),
        mitigation,
    }
}

/// Tables of the entities that `wanted` accepts; nothing when there are none.
fn named(model: &AppModel, wanted: impl Fn(&Entity) -> bool) -> Option<String> {
    let tables: Vec<&str> = model
        .entities
        .iter()
        .filter(|e| wanted(e))
        .map(|e| e.table.as_str())
        .collect();
    if tables.is_empty() {
        None
    } else {
        Some(tables.join(", "))
    }
}
