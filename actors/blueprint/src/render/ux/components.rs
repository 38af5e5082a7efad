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

/// Name, level, base, properties with their types, states, accessibility.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    &'static str,
);

/// Shared components under the names of the code bundle.
#[rustfmt::skip]
const SHARED: [Row; 29] = [
    ("Button", "atom", "button",
     &[("variant", "default | secondary | outline | ghost | destructive | link"), ("size", "default | sm | lg | icon")],
     &["default", "hover", "focus", "disabled"], "At least 36 pixels high; says what it does, not “OK”"),
    ("Input", "atom", "input", &[("type", "HTML input type")], &["default", "focus", "invalid", "disabled"],
     "Named by its label; aria-invalid and aria-describedby point to the message"),
    ("Textarea", "atom", "textarea", &[("rows", "number")], &["default", "focus", "invalid", "disabled"], "As Input"),
    ("Select", "atom", "select", &[("value", "string")], &["default", "focus", "invalid", "disabled"],
     "Native select: works with keyboard, touch and screen reader"),
    ("Label", "atom", "label", &[("htmlFor", "string")], &["default"], "Stands above its control"),
    ("Badge", "atom", "badge",
     &[("variant", "default | secondary | accent | outline | success | warning | destructive")], &["default"],
     "State is words, never colour alone"),
    ("Skeleton", "atom", "skeleton", &[], &["default"], "Hidden from screen readers"),
    ("Card", "molecule", "card", &[], &["default"], "Its title is a heading"),
    ("Table", "molecule", "table", &[], &["default"], "A real table with header cells"),
    ("Dialog", "molecule", "dialog", &[("open", "boolean"), ("title", "string"), ("onClose", "() => void")],
     &["closed", "open"], "Focus moves in, stays in and returns; Escape closes"),
    ("EmptyState", "molecule", "", &[("title", "string"), ("description", "string"), ("action", "ReactNode")],
     &["default"], "Says what is missing and offers the next step"),
    ("ErrorState", "molecule", "alert", &[("message", "string"), ("onRetry", "() => void")], &["default"],
     "Announced at once; offers a retry"),
    ("ToastProvider", "organism", "sonner", &[], &["default", "destructive"], "Announced politely; never holds the only copy of a message"),
    ("InputField", "molecule", "form", &[("name", "string"), ("label", "string"), ("required", "boolean")],
     &["default", "invalid"], "Ties label, control, hint and message together"),
    ("TextareaField", "molecule", "form", &[("name", "string"), ("label", "string")], &["default", "invalid"], "As InputField"),
    ("CheckboxField", "molecule", "checkbox", &[("name", "string"), ("label", "string")], &["off", "on", "focus"],
     "The label is part of the target"),
    ("SelectField", "molecule", "select", &[("name", "string"), ("values", "string[]")], &["default", "invalid"], "As InputField"),
    ("ReferenceField", "molecule", "select", &[("name", "string"), ("entity", "EntityName")], &["loading", "default", "invalid"],
     "Choices are the names of rows, never their ids"),
    ("EntityTable", "organism", "table", &[("entity", "EntityInfo"), ("columns", "Column[]"), ("filters", "Filter[]")],
     &["loading", "empty", "error", "success"], "On narrow screens rows become cards; the number of results is announced"),
    ("RecordPage", "template", "card", &[("entity", "EntityInfo"), ("facts", "(row) => ReactNode")],
     &["loading", "empty", "error", "success"], "One button per allowed move, named by its result; deleting asks first"),
    ("CreatePage", "template", "form", &[("entity", "EntityInfo"), ("fields", "(form) => ReactNode")],
     &["error", "success"], "Focus goes to the first field that is wrong"),
    ("EditPage", "template", "form", &[("entity", "EntityInfo"), ("fields", "(form) => ReactNode")],
     &["loading", "error", "success"], "As CreatePage"),
    ("RelatedRows", "organism", "card", &[("entity", "EntityInfo"), ("title", "string")], &["loading", "empty", "error", "success"],
     "Each row is a link with the name of the record"),
    ("StateBadge", "atom", "badge", &[("value", "string")], &["default"], "The state in words"),
    ("Facts", "molecule", "", &[], &["default"], "A description list: each value keeps its name"),
    ("PageHeader", "molecule", "", &[("title", "string"), ("actions", "ReactNode")], &["default"], "Holds the only first-level heading"),
    ("RequireRole", "template", "", &[("roles", "Role[]")], &["loading", "forbidden", "success"], "Says why a page is closed"),
    ("ThemeButton", "atom", "button", &[], &["light", "dark"], "Named by what it switches to"),
    ("AppShell", "template", "sidebar", &[], &["narrow", "wide"],
     "Skip link first; navigation and main are landmarks; the current page is marked"),
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
        a11y: "One first-level heading and a document title with the name of the page",
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
    if !matches!(screen.kind, ScreenKind::Landing | ScreenKind::SignIn) {
        add(&["AppShell", "RequireRole", "PageHeader"]);
    }
    match screen.kind {
        ScreenKind::Landing => add(&["Card", "Button", "ThemeButton"]),
        ScreenKind::SignIn => add(&["Card", "Label", "Input", "Button"]),
        ScreenKind::Dashboard => add(&["Card", "RelatedRows", "Skeleton"]),
        ScreenKind::Roles => add(&["Card", "ErrorState", "ToastProvider"]),
        ScreenKind::List => {
            add(&[
                "EntityTable",
                "Input",
                "Table",
                "Skeleton",
                "EmptyState",
                "ErrorState",
            ]);
            if entity.is_some_and(|entity| entity.states.is_some()) {
                add(&["Select", "StateBadge"]);
            }
        }
        ScreenKind::Detail => {
            add(&["RecordPage", "Card", "Facts", "EmptyState", "ErrorState"]);
            if entity.is_some_and(|entity| entity.states.is_some()) {
                add(&["StateBadge", "Button"]);
            }
            if entity.is_some_and(|e| !view.who_may(&e.name, Action::Delete).is_empty()) {
                add(&["Dialog", "ToastProvider"]);
            }
        }
        ScreenKind::Form => {
            add(&[
                if screen.is_edit() {
                    "EditPage"
                } else {
                    "CreatePage"
                },
                "Button",
            ]);
            if let Some(entity) = entity {
                add(&controls(entity));
            }
        }
    }
    names
}

fn controls(entity: &Entity) -> Vec<&'static str> {
    let state = entity.states.as_ref().map(|states| states.field.as_str());
    let mut controls = Vec::new();
    // The state of a row is moved by its buttons, never typed into a form.
    for field in entity
        .fields
        .iter()
        .filter(|field| Some(field.name.as_str()) != state)
    {
        let control = match field.kind {
            FieldType::Text | FieldType::Json => "TextareaField",
            FieldType::Enum => "SelectField",
            FieldType::Uuid => "ReferenceField",
            FieldType::Boolean => "CheckboxField",
            _ => "InputField",
        };
        if !controls.contains(&control) {
            controls.push(control);
        }
    }
    controls
}
