//! What @ux delivers: `ux-spec.json`, `ux-spec.md` and `tokens.json`.
//!
//! Invariant: pages are the screens of [`crate::screens`], colours the tokens of [`crate::tokens`]; nothing is
//! described here that the code bundle does not build from the same lists.

mod components;
mod copy;
mod document;
mod layout;
mod theme;

use serde_json::{Value, json};

use self::components::Component;
use self::copy::Copy;
use super::flows::{self, Flow};
use super::json as part;
use super::mermaid::{Diagram, Shape};
use super::view::View;
use crate::model::AppModel;
use crate::screens::{Screen, ScreenKind};
use crate::tokens::{Tokens, tokens};
use crate::{Artifact, Meter, Stopped};

/// Renders `ux-spec.json`, `ux-spec.md` and `tokens.json`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the run was cancelled.
pub fn render(model: &AppModel, meter: &Meter) -> Result<Vec<Artifact>, Stopped> {
    let view = View::new(model, meter)?;
    let work = view.screens.len() * 80 + model.requirements.len() * view.screens.len();
    meter.spend(u64::try_from(work).unwrap_or(u64::MAX))?;
    let spec = Spec::new(&view);
    let tokens_json = part::print(&theme::dtcg(&spec.tokens));
    let json = part::print(&ux_spec(&spec, &tokens_json));
    let markdown = document::document(&spec);
    Ok(vec![
        Artifact::text("ux-spec.json", "application/json", json),
        Artifact::text("ux-spec.md", "text/markdown", markdown),
        Artifact::text("tokens.json", "application/json", tokens_json),
    ])
}

/// One screen with everything that is said about it.
struct Page<'a> {
    screen: &'a Screen,
    layout: &'static str,
    components: Vec<String>,
    states: Vec<&'static str>,
    copy: Copy,
    wireframe: String,
}

/// The specification before it is printed.
struct Spec<'a> {
    view: &'a View<'a>,
    flows: Vec<Flow>,
    pages: Vec<Page<'a>>,
    components: Vec<Component>,
    tokens: Tokens,
}

impl<'a> Spec<'a> {
    fn new(view: &'a View<'a>) -> Self {
        let page = |screen: &'a Screen| Page {
            screen,
            layout: layout_word(screen.kind),
            components: components::of_screen(view, screen),
            states: states(screen.kind),
            copy: copy::copy(view, screen),
            wireframe: layout::wireframe(view, screen),
        };
        Self {
            view,
            flows: flows::flows(view),
            pages: view.screens.iter().map(page).collect(),
            components: components::components(view),
            tokens: tokens(&view.model.design),
        }
    }
}

fn layout_word(kind: ScreenKind) -> &'static str {
    match kind {
        ScreenKind::Landing => "marketing",
        ScreenKind::SignIn => "auth",
        ScreenKind::Dashboard => "dashboard",
        ScreenKind::List | ScreenKind::Roles => "table",
        ScreenKind::Detail | ScreenKind::Form => "single",
    }
}

fn states(kind: ScreenKind) -> Vec<&'static str> {
    match kind {
        ScreenKind::Landing => vec!["success"],
        ScreenKind::SignIn => vec!["loading", "error", "success"],
        ScreenKind::Dashboard | ScreenKind::List | ScreenKind::Roles | ScreenKind::Detail => {
            vec!["loading", "empty", "error", "forbidden", "success"]
        }
        ScreenKind::Form => vec!["loading", "error", "forbidden", "success"],
    }
}

/// Pages that stand in the menu of a role, in order.
fn menu<'b>(view: &'b View, role: &'b str) -> impl Iterator<Item = &'b Screen> {
    view.screens.iter().filter(move |screen| {
        let in_menu = matches!(
            screen.kind,
            ScreenKind::Dashboard | ScreenKind::List | ScreenKind::Roles
        );
        in_menu && screen.roles.iter().any(|id| id == role)
    })
}

/// The states of a life cycle and who moves between them.
fn moves_diagram(flow: &Flow) -> String {
    let mut diagram = Diagram::flowchart("LR");
    let mut names: Vec<&String> = Vec::new();
    for [from, to, _] in &flow.moves {
        for name in [from, to] {
            if !names.contains(&name) {
                diagram.node(&format!("s{}", names.len()), Shape::Round, name);
                names.push(name);
            }
        }
    }
    let id = |name: &String| {
        format!(
            "s{}",
            names
                .iter()
                .position(|known| *known == name)
                .unwrap_or_default()
        )
    };
    for [from, to, who] in &flow.moves {
        diagram.edge(&id(from), &id(to), who);
    }
    diagram.finish()
}

/// The steps of a flow as a diagram, with what can go wrong beside the last but one.
fn flow_diagram(flow: &Flow) -> String {
    if !flow.moves.is_empty() {
        return moves_diagram(flow);
    }
    let mut diagram = Diagram::flowchart("TD");
    diagram.node("person", Shape::Round, &flow.role);
    let mut before = "person".to_owned();
    let steps: Vec<&String> = flow.steps.iter().take(12).collect();
    for (at, step) in steps.iter().enumerate() {
        let id = format!("s{at}");
        let last = at + 1 == steps.len();
        diagram.node(&id, if last { Shape::Round } else { Shape::Box }, step);
        diagram.edge(&before, &id, "");
        before = id;
    }
    let decisive = format!("s{}", steps.len().saturating_sub(2));
    for (at, (what, then)) in flow.edge_cases.iter().enumerate() {
        let id = format!("e{at}");
        diagram.node(&id, Shape::Box, then);
        diagram.edge(&decisive, &id, what);
    }
    diagram.finish()
}

fn ux_spec(spec: &Spec, tokens_json: &str) -> Value {
    json!({
        "schemaVersion": "1.0",
        "user_flows": spec.flows.iter().map(user_flow).collect::<Vec<_>>(),
        "pages": spec.pages.iter().map(page).collect::<Vec<_>>(),
        "navigation": spec.view.model.roles.iter().map(|role| json!({
            "role": role.id,
            "items": menu(spec.view, &role.id)
                .map(|screen| json!({ "name": screen.name, "route": screen.route }))
                .collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "design_tokens": theme::design_tokens(&spec.tokens, tokens_json),
        "components": spec.components.iter().map(Component::json).collect::<Vec<_>>(),
        "component_library": "shadcn/ui",
        "accessibility_guidelines": document::ACCESSIBILITY,
    })
}

fn user_flow(flow: &Flow) -> Value {
    let cases = flow.edge_cases.iter();
    json!({
        "name": flow.name, "steps": flow.steps, "mermaid": flow_diagram(flow), "fr": flow.fr,
        "edge_cases": cases.map(|(what, then)| format!("{what}: {then}")).collect::<Vec<_>>(),
    })
}

fn page(page: &Page) -> Value {
    let screen = page.screen;
    json!({
        "name": screen.name, "route": screen.route, "layout": page.layout,
        "components": page.components, "roles": screen.roles, "states": page.states,
        "copy": page.copy.json(), "wireframe": { "ascii": page.wireframe }, "fr": screen.fr,
    })
}
