//! Components: the shared ones, and one per screen.
//!
//! Invariant: every component that a page names is in the list.

use serde_json::{Value, json};

use super::super::view::View;
use super::states;
use crate::model::{Action, Entity, FieldType};
use crate::screens::{Screen, ScreenKind};

/// One component.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) level: &'static str,
    /// shadcn/ui part it builds on; empty for none.
    pub(super) base: &'static str,
    /// Name, type, required.
    pub(super) props: Vec<(&'static str, String, bool)>,
    pub(super) states: Vec<&'static str>,
    pub(super) a11y: &'static str,
}

impl Component {
    pub(super) fn json(&self) -> Value {
        let props = self.props.iter();
        let props: Vec<Value> = props
            .map(|(name, kind, required)| json!({ "name": name, "type": kind, "required": required }))
            .collect();
        json!({
            "name": self.name, "level": self.level, "base": self.base, "props": props,
            "states": self.states, "a11y": self.a11y,
        })
    }
}

type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    &'static str,
);

const SHARED: [Row; 17] = [
    (
        "Button",
        "atom",
        "button",
        &[
            (
                "variant",
                "default | secondary | outline | ghost | destructive",
            ),
            ("size", "sm | default | lg"),
        ],
        &["default", "hover", "focus", "disabled", "busy"],
        "At least 24 by 24 pixels; says what it does, not “OK”",
    ),
    (
        "Input",
        "atom",
        "input",
        &[("value", "string")],
        &["default", "focus", "invalid", "disabled"],
        "Named by its label; aria-invalid and aria-describedby point to the message",
    ),
    (
        "Textarea",
        "atom",
        "textarea",
        &[("value", "string")],
        &["default", "focus", "invalid", "disabled"],
        "As Input; grows with its text",
    ),
    (
        "Select",
        "atom",
        "select",
        &[("value", "string"), ("options", "{ value, label }[]")],
        &["default", "focus", "invalid", "disabled"],
        "Native select: works with keyboard, touch and screen reader",
    ),
    (
        "Checkbox",
        "atom",
        "checkbox",
        &[("checked", "boolean")],
        &["off", "on", "focus", "disabled"],
        "The label is part of the target",
    ),
    (
        "Label",
        "atom",
        "label",
        &[("htmlFor", "string")],
        &["default"],
        "Stands above its control and marks required fields in words",
    ),
    (
        "Badge",
        "atom",
        "badge",
        &[("variant", "default | secondary | outline | destructive")],
        &["default"],
        "State is words, never colour alone",
    ),
    (
        "Skeleton",
        "atom",
        "skeleton",
        &[],
        &["default"],
        "Hidden from screen readers; the region says that it is busy",
    ),
    (
        "Card",
        "molecule",
        "card",
        &[("title", "string")],
        &["default"],
        "Its title is a heading of the right level",
    ),
    (
        "Alert",
        "molecule",
        "alert",
        &[("title", "string"), ("retry", "() => void")],
        &["default", "destructive"],
        "role=alert for errors, role=status for the rest",
    ),
    (
        "Dialog",
        "molecule",
        "dialog",
        &[("open", "boolean"), ("title", "string")],
        &["closed", "open"],
        "Focus moves in, stays in and returns; Escape closes",
    ),
    (
        "FormField",
        "molecule",
        "form",
        &[("label", "string"), ("error", "string")],
        &["default", "invalid"],
        "Ties label, control, hint and message together",
    ),
    (
        "DataTable",
        "organism",
        "table",
        &[("rows", "Row[]"), ("columns", "Column[]")],
        &["loading", "empty", "error", "success"],
        "A real table with header cells; on narrow screens rows become cards",
    ),
    (
        "Pagination",
        "molecule",
        "pagination",
        &[("page", "number"), ("pages", "number")],
        &["default", "disabled"],
        "A labelled navigation; the current page is announced",
    ),
    (
        "EmptyState",
        "molecule",
        "card",
        &[("message", "string")],
        &["default"],
        "Says what is missing and offers the next step",
    ),
    (
        "StateActions",
        "molecule",
        "button",
        &[("state", "string")],
        &["default", "busy"],
        "One button per allowed move, named by its result",
    ),
    (
        "AppLayout",
        "template",
        "sidebar",
        &[("role", "string")],
        &["narrow", "wide"],
        "Skip link first; header, navigation and main are landmarks; the current page is marked",
    ),
];

/// All components: shared ones, then one per screen.
pub(super) fn components(view: &View) -> Vec<Component> {
    let shared = SHARED
        .into_iter()
        .map(|(name, level, base, props, states, a11y)| Component {
            name: name.to_owned(),
            level,
            base,
            props: props
                .iter()
                .map(|(name, kind)| (*name, (*kind).to_owned(), false))
                .collect(),
            states: states.to_vec(),
            a11y,
        });
    shared
        .chain(view.screens.iter().map(page_component))
        .collect()
}

fn page_component(screen: &Screen) -> Component {
    let by_id = screen.route.contains(":id");
    Component {
        name: screen.component.clone(),
        level: "template",
        base: "",
        props: if by_id {
            vec![("id", "string (from the route)".to_owned(), true)]
        } else {
            Vec::new()
        },
        states: states(screen.kind),
        a11y: "One first-level heading with the name of the page; focus moves to it after navigation",
    }
}

/// Names of the components on `screen`.
pub(super) fn of_screen(view: &View, screen: &Screen) -> Vec<String> {
    let entity = screen
        .entity
        .as_deref()
        .and_then(|name| view.model.entity(name));
    let mut names = vec![screen.component.clone()];
    let mut add = |list: &[&str]| names.extend(list.iter().map(|name| (*name).to_owned()));
    match screen.kind {
        ScreenKind::Landing => add(&["Card", "Button"]),
        ScreenKind::SignIn => add(&["Card", "FormField", "Label", "Input", "Button", "Alert"]),
        ScreenKind::Dashboard => add(&[
            "AppLayout",
            "Card",
            "DataTable",
            "Skeleton",
            "EmptyState",
            "Alert",
        ]),
        ScreenKind::Roles => add(&[
            "AppLayout",
            "DataTable",
            "Select",
            "Button",
            "Dialog",
            "Skeleton",
            "Alert",
        ]),
        ScreenKind::List => {
            add(&[
                "AppLayout",
                "Input",
                "DataTable",
                "Pagination",
                "Skeleton",
                "EmptyState",
                "Alert",
            ]);
            if entity.is_some_and(|entity| entity.states.is_some()) {
                add(&["Select", "Badge"]);
            }
        }
        ScreenKind::Detail => {
            add(&["AppLayout", "Card", "Skeleton", "Alert"]);
            if entity.is_some_and(|entity| entity.states.is_some()) {
                add(&["Badge", "StateActions"]);
            }
            if entity.is_some_and(|e| !view.who_may(&e.name, Action::Delete).is_empty()) {
                add(&["Button", "Dialog"]);
            }
        }
        ScreenKind::Form => {
            add(&["AppLayout", "FormField", "Label", "Button", "Alert"]);
            if let Some(entity) = entity {
                add(&controls(entity));
            }
        }
    }
    names
}

fn controls(entity: &Entity) -> Vec<&'static str> {
    let mut controls = Vec::new();
    for field in &entity.fields {
        let control = match field.kind {
            FieldType::Text | FieldType::Json => "Textarea",
            FieldType::Enum | FieldType::Uuid => "Select",
            FieldType::Boolean => "Checkbox",
            _ => "Input",
        };
        if !controls.contains(&control) {
            controls.push(control);
        }
    }
    controls
}
