//! `ux-spec.md`: what designers and developers read.
//!
//! Invariant: every screen shows its route, roles, states, words and drawing; every requirement has its screens.

use super::super::md::{self, Document};
use super::super::mermaid::{Diagram, Shape};
use super::super::requirements::personas;
use super::super::view::{View, capital};
use super::{Page, Spec, flow_diagram, menu};
use crate::screens::ScreenKind;

/// Rules that hold on every screen.
pub(super) const ACCESSIBILITY: [&str; 14] = [
    "Every text has a contrast of at least 4.5:1, every control outline and focus ring 3:1, in both themes",
    "Everything works with the keyboard alone, in the order in which it is read",
    "Focus is always visible and never hidden behind fixed parts",
    "Every control has a visible label; a placeholder is not a label",
    "Errors stand at their field in words, are tied to it, and are announced",
    "Required fields are marked in words or with a sign that is explained",
    "Targets are at least 24 by 24 pixels with space between them",
    "Each page has one first-level heading and a title that names the page and the product",
    "Landmarks: header, navigation, main; a skip link comes first",
    "State is never shown by colour alone",
    "Tables have header cells; on narrow screens each value keeps its label",
    "Motion is short and stops when the system asks for less of it",
    "Text can grow to 200 % and pages reflow at 320 pixels without a second scroll bar",
    "Deleting and moving to a final state ask first",
];

/// Prints the document.
pub(super) fn document(spec: &Spec) -> String {
    let mut out = Document::new();
    out.heading(
        1,
        &format!("{} – user experience", spec.view.model.product.name),
    );
    principles(&mut out, spec);
    people(&mut out, spec.view);
    sitemap(&mut out, spec.view);
    navigation(&mut out, spec.view);
    flows(&mut out, spec);
    screens(&mut out, spec);
    components(&mut out, spec);
    tokens(&mut out, spec);
    rules(&mut out);
    trace(&mut out, spec.view);
    out.finish()
}

fn principles(out: &mut Document, spec: &Spec) {
    out.heading(2, "1 Goals and principles");
    out.paragraph(&md::or_dash(md::text(&spec.view.model.product.vision)));
    out.numbered([
        "**The next step is obvious.** Each screen has one main action; everything else is quieter.",
        "**People see what they may do.** Pages and buttons follow the role; nothing leads to a refusal.",
        "**Nothing is lost.** Forms keep their content when saving fails; deleting asks first.",
        "**Every state is designed.** Loading, empty, error and forbidden are screens, not accidents.",
        "**The words of the domain.** Labels are those of the specification and its glossary.",
    ]);
    let usability = spec.view.model.non_functional.iter();
    let usability = usability.filter(|n| n.category == "usability" || n.aspect == "accessibility");
    out.bullets(usability.map(|n| format!("{} {}", n.id, md::text(&n.description))));
}

fn people(out: &mut Document, view: &View) {
    out.heading(2, "2 Personas");
    let rows: Vec<_> = personas(view.model)
        .into_iter()
        .map(|persona| {
            let first = menu(view, &persona.role)
                .nth(1)
                .or_else(|| menu(view, &persona.role).next());
            let goals: Vec<String> = persona.goals.iter().map(|goal| md::text(goal)).collect();
            vec![
                persona.id,
                md::text(&capital(&persona.name)),
                md::or_dash(goals.join("; ")),
                md::or_dash(
                    first
                        .map(|screen| md::text(&screen.name))
                        .unwrap_or_default(),
                ),
            ]
        })
        .collect();
    out.table(
        &["Id", "Who", "Wants", "Works mostly in"],
        &rows,
        "No roles.",
    );
}

fn sitemap(out: &mut Document, view: &View) {
    out.heading(2, "3 Sitemap");
    let mut diagram = Diagram::flowchart("LR");
    for (at, screen) in view.screens.iter().enumerate() {
        let shape = if screen.roles.is_empty() {
            Shape::Round
        } else {
            Shape::Box
        };
        diagram.node(
            &format!("p{at}"),
            shape,
            &format!("{} {}", screen.name, screen.route),
        );
    }
    let place = |kind: ScreenKind| view.screens.iter().position(|screen| screen.kind == kind);
    let dashboard = place(ScreenKind::Dashboard);
    if let (Some(landing), Some(sign_in)) = (place(ScreenKind::Landing), place(ScreenKind::SignIn))
    {
        diagram.edge(&format!("p{landing}"), &format!("p{sign_in}"), "");
        if let Some(dashboard) = dashboard {
            diagram.edge(&format!("p{sign_in}"), &format!("p{dashboard}"), "");
        }
    }
    for (at, screen) in view.screens.iter().enumerate() {
        let parent = match screen.kind {
            ScreenKind::List | ScreenKind::Roles => dashboard,
            ScreenKind::Detail | ScreenKind::Form => view.screens.iter().position(|other| {
                let kind = if screen.is_edit() {
                    ScreenKind::Detail
                } else {
                    ScreenKind::List
                };
                other.kind == kind && other.entity == screen.entity
            }),
            ScreenKind::Landing | ScreenKind::SignIn | ScreenKind::Dashboard => None,
        };
        if let Some(parent) = parent {
            diagram.edge(&format!("p{parent}"), &format!("p{at}"), "");
        }
    }
    out.fence("mermaid", &diagram.finish());
}

fn navigation(out: &mut Document, view: &View) {
    out.heading(2, "4 Navigation per role");
    let row = |role: &crate::model::Role| {
        let items: Vec<String> = menu(view, &role.id)
            .map(|s| format!("{} {}", md::text(&s.name), md::code(&s.route)))
            .collect();
        vec![
            md::text(&capital(&role.label)),
            md::or_dash(items.join(" · ")),
        ]
    };
    let rows: Vec<_> = view.model.roles.iter().map(row).collect();
    out.table(&["Role", "Menu, in order"], &rows, "No roles.");
}

fn flows(out: &mut Document, spec: &Spec) {
    out.heading(2, "5 Flows");
    for flow in &spec.flows {
        out.heading(3, &format!("{} {}", flow.id, flow.name));
        out.paragraph(&format!(
            "{} Who: {}. Serves: {}.",
            md::text(&flow.description),
            md::text(&flow.role),
            md::or_dash(flow.fr.join(", "))
        ));
        out.fence("mermaid", &flow_diagram(flow));
        let row = |(what, then): &(String, String)| vec![md::text(what), md::text(then)];
        let rows: Vec<_> = flow.edge_cases.iter().map(row).collect();
        out.table(
            &["What can go wrong", "What happens then"],
            &rows,
            "Nothing known.",
        );
    }
}

fn screens(out: &mut Document, spec: &Spec) {
    out.heading(2, "6 Screens");
    for page in &spec.pages {
        one_screen(out, spec.view, page);
    }
}

fn one_screen(out: &mut Document, view: &View, page: &Page) {
    let screen = page.screen;
    out.heading(3, &screen.name);
    let who = if screen.roles.is_empty() {
        "everyone".to_owned()
    } else {
        view.roles(&screen.roles)
    };
    out.bullets([
        format!(
            "Route {} · layout {} · component {}",
            md::code(&screen.route),
            page.layout,
            md::code(&screen.component)
        ),
        format!("For: {}", md::text(&who)),
        format!("Serves: {}", md::or_dash(screen.fr.join(", "))),
        format!("Components: {}", md::codes(&page.components)),
    ]);
    out.fence("text", &page.wireframe);
    let copy = &page.copy;
    let states = [
        (
            "loading",
            &copy.loading,
            "outline of the content in skeletons",
        ),
        ("empty", &copy.empty, "empty state with the next step"),
        ("error", &copy.error, "alert with a retry where it helps"),
        (
            "forbidden",
            &copy.forbidden,
            "page with a way back to the dashboard",
        ),
    ];
    let rows: Vec<_> = states
        .into_iter()
        .filter(|(state, ..)| page.states.contains(state))
        .map(|(state, words, look)| {
            vec![
                state.to_owned(),
                md::or_dash(md::text(words)),
                look.to_owned(),
            ]
        })
        .collect();
    out.table(&["State", "Words", "Looks like"], &rows, "Only one state.");
    out.paragraph(&format!(
        "Title “{}” · main action “{}”",
        md::text(&copy.title),
        md::text(&copy.action)
    ));
}

fn components(out: &mut Document, spec: &Spec) {
    out.heading(2, "7 Components");
    let row = |component: &super::Component| {
        let props: Vec<String> = component
            .props
            .iter()
            .map(|(name, kind, _)| format!("{}: {}", md::code(name), md::text(kind)))
            .collect();
        vec![
            md::code(&component.name),
            component.level.to_owned(),
            md::codes(Some(component.base).filter(|base| !base.is_empty())),
            md::or_dash(props.join(", ")),
            component.states.join(", "),
            md::text(component.a11y),
        ]
    };
    let rows: Vec<_> = spec.components.iter().map(row).collect();
    let header = [
        "Component",
        "Level",
        "shadcn/ui",
        "Properties",
        "States",
        "Accessibility",
    ];
    out.table(&header, &rows, "");
}

fn tokens(out: &mut Document, spec: &Spec) {
    let tokens = &spec.tokens;
    out.heading(2, "8 Tokens");
    out.bullets([
        format!(
            "Style: {}",
            md::or_dash(md::text(&spec.view.model.design.style))
        ),
        format!("Font: {}", md::code(&tokens.font_family)),
        format!(
            "Radius: {} rem; spacing: steps of 0.25 rem",
            tokens.radius_rem
        ),
    ]);
    let pairs = tokens.light.iter().zip(&tokens.dark);
    let row = |((name, light), (_, dark)): (&(&str, String), &(&str, String))| {
        vec![
            md::code(&format!("--{name}")),
            md::code(light),
            md::code(dark),
        ]
    };
    let rows: Vec<_> = pairs.map(row).collect();
    out.table(&["Variable", "Light", "Dark"], &rows, "");
    out.heading(2, "9 Contrast");
    out.paragraph(
        "Computed after WCAG 2.2 and rounded down. Text needs 4.5:1, outlines, rings and marks 3:1. `--border` only \
         decorates; what can be used is outlined with `--input`.",
    );
    let row = |(pair, ratio, level): &(String, f64, &'static str)| {
        vec![md::code(pair), format!("{ratio:.2}:1"), (*level).to_owned()]
    };
    let rows: Vec<_> = tokens.contrast.iter().map(row).collect();
    out.table(&["Pair", "Ratio", "Level"], &rows, "");
}

fn rules(out: &mut Document) {
    out.heading(2, "10 Responsive rules");
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let rows = [
        row([
            "below 640 px",
            "one column; menu behind a button; rows of tables become cards",
            "main action at the foot, full width",
        ]),
        row([
            "640 to 1023 px",
            "one column of content beside a narrow menu",
            "tables scroll inside their frame",
        ]),
        row([
            "from 1024 px",
            "menu beside the content; details in two columns",
            "content at most 1,200 px wide",
        ]),
    ];
    out.table(&["Width", "Layout", "Also"], &rows, "");
    out.paragraph(
        "Motion: 120 to 320 ms, only to show where something came from; none where the system asks for less motion.",
    );
    out.heading(2, "11 Accessibility checklist (WCAG 2.2 AA)");
    out.bullets(ACCESSIBILITY.iter().map(|rule| format!("[ ] {rule}")));
    out.heading(2, "12 Voice");
    out.bullets([
        "Short sentences, active verbs, the words of the glossary.",
        "Buttons name what happens: “Save”, “Delete entry”, never “OK”.",
        "Errors say what happened and what to do next; they never blame and show no codes.",
        "Dates, times, numbers and money follow the locale of the browser.",
    ]);
}

fn trace(out: &mut Document, view: &View) {
    out.heading(2, "13 Requirements and screens");
    let row = |requirement: &crate::model::Requirement| {
        let screens = view
            .screens
            .iter()
            .filter(|screen| screen.fr.contains(&requirement.id));
        vec![
            requirement.id.clone(),
            md::text(&requirement.title),
            md::codes(screens.map(|screen| screen.route.as_str())),
        ]
    };
    let rows: Vec<_> = view.model.requirements.iter().map(row).collect();
    out.table(&["Requirement", "Title", "Screens"], &rows, "");
}
