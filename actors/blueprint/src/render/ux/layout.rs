//! Layout trees of the kinds of screen, filled with the real fields of an entity.
//!
//! Invariant: a control appears in a form exactly when the field can be entered there.

use super::super::view::{View, words};
use super::super::wireframe::{Node, draw};
use super::menu;
use crate::model::{Action, Entity, Field, FieldType};
use crate::screens::{Screen, ScreenKind, is_portuguese};

/// Most fields drawn; the table of fields in the requirements is complete.
const FIELDS_MAX: usize = 12;

/// The drawing of `screen`.
pub(super) fn wireframe(view: &View, screen: &Screen) -> String {
    let entity = screen
        .entity
        .as_deref()
        .and_then(|name| view.model.entity(name));
    let content = match (screen.kind, entity) {
        (ScreenKind::Landing, _) => return draw(&screen.route, landing(view)),
        (ScreenKind::SignIn, _) => return draw(&screen.route, sign_in(view, screen)),
        (ScreenKind::Dashboard, _) => dashboard(view, screen),
        (ScreenKind::Roles, _) => roles(view, screen),
        (ScreenKind::List, Some(entity)) => list(view, screen, entity),
        (ScreenKind::Detail, Some(entity)) => detail(view, screen, entity),
        (ScreenKind::Form, Some(entity)) => form(view, screen, entity),
        (ScreenKind::List | ScreenKind::Detail | ScreenKind::Form, None) => Vec::new(),
    };
    let role = screen.roles.first().map_or("", String::as_str);
    let mut items: Vec<Node> = menu(view, role)
        .take(10)
        .map(|s| Node::Text(s.name.clone()))
        .collect();
    items.insert(0, Node::Text(view.model.product.name.clone()));
    items.insert(1, Node::Gap);
    let parts = Node::Row(vec![(1, Node::Column(items)), (3, Node::Column(content))]);
    draw(&screen.route, vec![parts])
}

fn say(view: &View, en: &str, pt: &str) -> String {
    if is_portuguese(view.model) {
        pt.to_owned()
    } else {
        en.to_owned()
    }
}

fn title(screen: &Screen) -> Node {
    Node::Text(screen.name.to_uppercase())
}

fn landing(view: &View) -> Vec<Node> {
    let model = view.model;
    let points = model.requirements.iter().take(3);
    let cards: Vec<(usize, Node)> = points
        .map(|r| {
            (
                1,
                Node::Card(r.feature.clone(), vec![Node::Text(r.title.clone())]),
            )
        })
        .collect();
    vec![
        Node::Text(model.product.name.to_uppercase()),
        Node::Text(model.product.vision.clone()),
        Node::Gap,
        Node::Button(say(view, "Sign in", "Entrar")),
        Node::Gap,
        Node::Row(cards),
    ]
}

fn sign_in(view: &View, screen: &Screen) -> Vec<Node> {
    let control = |label: String| Node::Control {
        label,
        sample: "",
        required: true,
    };
    vec![
        title(screen),
        Node::Gap,
        control("E-mail".to_owned()),
        control(say(view, "Password", "Senha")),
        Node::Gap,
        Node::Button(screen.name.clone()),
    ]
}

fn dashboard(view: &View, screen: &Screen) -> Vec<Node> {
    let mut parts = vec![title(screen), Node::Gap];
    let role = screen.roles.first().map_or("", String::as_str);
    let lists: Vec<&Screen> = menu(view, role)
        .filter(|s| s.kind == ScreenKind::List)
        .take(6)
        .collect();
    for pair in lists.chunks(3) {
        let card = |s: &&Screen| {
            (
                1,
                Node::Card(s.name.clone(), vec![Node::Text("123".to_owned())]),
            )
        };
        parts.push(Node::Row(pair.iter().map(card).collect()));
    }
    let first = lists.first().and_then(|s| s.entity.as_deref());
    if let Some(entity) = first.and_then(|name| view.model.entity(name)) {
        parts.push(Node::Gap);
        parts.push(Node::Table {
            heads: heads(entity, 3),
            rows: 3,
        });
    }
    parts
}

fn roles(view: &View, screen: &Screen) -> Vec<Node> {
    let ticks = || {
        let roles = view.model.roles.iter().take(4);
        let ticks: Vec<Node> = roles.map(|role| Node::Tick(role.label.clone())).collect();
        Node::Column(ticks)
    };
    let person = |name: String| {
        let who = Node::Column(vec![
            Node::Text(name),
            Node::Text("name@example.com".to_owned()),
        ]);
        Node::Card(String::new(), vec![Node::Row(vec![(1, who), (1, ticks())])])
    };
    let name = say(view, "Person", "Pessoa");
    vec![
        title(screen),
        Node::Gap,
        person(format!("{name} 1")),
        person(format!("{name} 2")),
    ]
}

fn list(view: &View, screen: &Screen, entity: &Entity) -> Vec<Node> {
    let mut head = vec![(3, title(screen))];
    if !view.who_may(&entity.name, Action::Create).is_empty() {
        head.push((1, Node::Button(say(view, "New", "Criar"))));
    }
    let search = say(view, "Search", "Buscar");
    let mut tools = vec![(
        1,
        Node::Control {
            label: search,
            sample: "",
            required: false,
        },
    )];
    if let Some(field) = state_field(entity) {
        let label = field.label.clone();
        tools.push((
            1,
            Node::Control {
                label,
                sample: "v",
                required: false,
            },
        ));
    }
    vec![
        Node::Row(head),
        Node::Gap,
        Node::Row(tools),
        Node::Table {
            heads: heads(entity, 4),
            rows: 4,
        },
        Node::Row(vec![
            (2, Node::Text(say(view, "Page 1 of 3", "Página 1 de 3"))),
            (1, Node::Button(say(view, "Previous", "Anterior"))),
            (1, Node::Button(say(view, "Next", "Próxima"))),
        ]),
    ]
}

fn detail(view: &View, screen: &Screen, entity: &Entity) -> Vec<Node> {
    let mut head = vec![(2, title(screen))];
    for (action, en, pt) in [
        (Action::Update, "Edit", "Editar"),
        (Action::Delete, "Delete", "Excluir"),
    ] {
        if !view.who_may(&entity.name, action).is_empty() {
            head.push((1, Node::Button(say(view, en, pt))));
        }
    }
    let mut parts = vec![Node::Row(head), Node::Gap];
    if let Some(states) = &entity.states {
        let next = states
            .transitions
            .iter()
            .filter(|step| step.from == states.initial);
        let buttons = next
            .take(3)
            .map(|step| (1, Node::Button(words(&step.to))))
            .collect();
        let title = say(view, "Change state", "Mudar estado");
        let now = state_field(entity).map_or("", |field| field.label.as_str());
        let now = Node::Text(format!("{now}: {}", words(&states.initial)));
        parts.push(Node::Card(title, vec![now, Node::Row(buttons)]));
    }
    let shown = entity.fields.iter().take(FIELDS_MAX);
    let facts = shown
        .map(|field| Node::Text(format!("{}: ...", field.label)))
        .collect();
    parts.push(Node::Card(say(view, "Details", "Detalhes"), facts));
    for child in children(view, entity).take(2) {
        let table = Node::Table {
            heads: heads(child, 3),
            rows: 2,
        };
        parts.push(Node::Card(child.label_plural.clone(), vec![table]));
    }
    parts
}

fn form(view: &View, screen: &Screen, entity: &Entity) -> Vec<Node> {
    let state = entity.states.as_ref().map(|states| states.field.as_str());
    // The state of a row is moved by its buttons, never typed into a form.
    let fields = entity
        .fields
        .iter()
        .filter(|field| Some(field.name.as_str()) != state);
    let mut parts = vec![title(screen), Node::Gap];
    parts.extend(fields.take(FIELDS_MAX).map(|field| Node::Control {
        label: field.label.clone(),
        sample: sample(field),
        required: field.required,
    }));
    parts.push(Node::Gap);
    parts.push(Node::Row(vec![
        (1, Node::Button(say(view, "Save", "Salvar"))),
        (2, Node::Button(say(view, "Cancel", "Cancelar"))),
    ]));
    parts
}

fn children<'b>(view: &'b View, entity: &'b Entity) -> impl Iterator<Item = &'b Entity> {
    view.model.entities.iter().filter(|other| {
        other
            .fields
            .iter()
            .any(|field| field.references.as_deref() == Some(entity.name.as_str()))
    })
}

fn state_field(entity: &Entity) -> Option<&Field> {
    let states = entity.states.as_ref()?;
    entity
        .fields
        .iter()
        .find(|field| field.name == states.field)
}

fn heads(entity: &Entity, most: usize) -> Vec<String> {
    entity
        .fields
        .iter()
        .take(most)
        .map(|field| field.label.clone())
        .collect()
}

fn sample(field: &Field) -> &'static str {
    match field.kind {
        FieldType::Enum | FieldType::Uuid => "choose v",
        FieldType::Boolean => "x",
        FieldType::Date => "2026-01-31",
        FieldType::Timestamp => "2026-01-31 09:00",
        FieldType::Duration => "30 min",
        FieldType::Money | FieldType::Decimal => "0.00",
        FieldType::Integer | FieldType::Bigint => "0",
        FieldType::Email => "name@example.com",
        FieldType::Url | FieldType::Image | FieldType::File => "https://",
        FieldType::Phone => "+00 000",
        FieldType::Geo => "0.0, 0.0",
        FieldType::Text | FieldType::String | FieldType::Json | FieldType::Slug => "",
    }
}
