//! User flows: what people do, step by step. The requirements list them as interactions, the UX specification draws them.
//!
//! Invariant: a flow only uses screens that its role may open and moves that its role may make.

use super::view::{View, words};
use crate::model::{Action, Entity, Transition};
use crate::screens::ScreenKind;

/// One flow.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// `INT-n`.
    pub(crate) id: String,
    /// "Create appointment".
    pub(crate) name: String,
    /// Who does it, as people say it.
    pub(crate) role: String,
    /// What it is for.
    pub(crate) description: String,
    /// What the person does and sees.
    pub(crate) steps: Vec<String>,
    /// What can go wrong, and what the application does then.
    pub(crate) edge_cases: Vec<(String, String)>,
    /// For a life cycle: state before, state after, who; empty for a flow that goes from step to step.
    pub(crate) moves: Vec<[String; 3]>,
    /// States that the screens show on the way.
    pub(crate) states: Vec<&'static str>,
    /// Requirements it serves.
    pub(crate) fr: Vec<String>,
}

/// All flows, numbered.
pub(crate) fn flows(view: &View) -> Vec<Flow> {
    let mut all = vec![sign_in(view)];
    for entity in &view.model.entities {
        all.extend(create(view, entity));
        all.extend(find(view, entity));
        all.extend(life_cycle(view, entity));
    }
    all.extend(manage_roles(view));
    for (at, flow) in all.iter_mut().enumerate() {
        flow.id = format!("INT-{}", at + 1);
    }
    all
}

fn case(what: &str, then: &str) -> (String, String) {
    (what.to_owned(), then.to_owned())
}

fn sign_in(view: &View) -> Flow {
    let fr = view
        .screens
        .iter()
        .find(|screen| screen.kind == ScreenKind::SignIn);
    Flow {
        id: String::new(),
        name: "Sign in".to_owned(),
        role: "Everyone".to_owned(),
        description: "A person proves who they are and lands where they wanted to go.".to_owned(),
        steps: vec![
            "Open the start page and choose to sign in".to_owned(),
            "Enter e-mail and password".to_owned(),
            "The session starts and the role of the person is read".to_owned(),
            "Arrive at the dashboard, or at the page that was asked for".to_owned(),
        ],
        edge_cases: vec![
            case(
                "Wrong e-mail or password",
                "One message for both, so that no account is revealed",
            ),
            case(
                "The session has ended",
                "Back to the sign-in page, then to the page that was open",
            ),
        ],
        moves: Vec::new(),
        states: vec!["loading", "error"],
        fr: fr.map(|screen| screen.fr.clone()).unwrap_or_default(),
    }
}

fn create(view: &View, entity: &Entity) -> Option<Flow> {
    let form = view.screens.iter().find(|screen| {
        screen.kind == ScreenKind::Form
            && !screen.is_edit()
            && screen.entity.as_deref() == Some(entity.name.as_str())
    })?;
    let who = usual_creator(view, entity, &form.roles);
    let needed: Vec<&str> = entity
        .fields
        .iter()
        .filter(|field| field.required)
        .map(|f| f.label.as_str())
        .collect();
    let fill = match needed.as_slice() {
        [] => "Fill in the form".to_owned(),
        all => format!("Fill in {}", all.join(", ")),
    };
    let mut edge_cases = vec![
        case(
            "A field is missing or wrong",
            "The message stands at the field, nothing is lost",
        ),
        case(
            "The network fails while saving",
            "A message with a retry, the form keeps its content",
        ),
    ];
    if entity.fields.iter().any(|field| field.unique) {
        edge_cases.push(case("A unique value is already taken", "The field says so"));
    }
    if entity.fields.iter().any(|field| field.references.is_some()) {
        edge_cases.push(case(
            "A chosen row was deleted meanwhile",
            "The choice is refreshed",
        ));
    }
    let mut fr = form.fr.clone();
    if fr.is_empty() {
        fr = view.model.requirements_of(&entity.name);
    }
    Some(Flow {
        id: String::new(),
        name: form.name.clone(),
        role: view.role(&who).to_owned(),
        description: format!("Puts a new entry into: {}.", entity.label_plural),
        steps: vec![
            format!("Open “{}”", entity.label_plural),
            format!("Choose “{}”", form.name),
            fill,
            "Save; the entry is checked and stored".to_owned(),
            "See the new entry".to_owned(),
        ],
        edge_cases,
        moves: Vec::new(),
        states: vec!["loading", "error", "success", "forbidden"],
        fr,
    })
}

fn find(view: &View, entity: &Entity) -> Option<Flow> {
    let list = view.screen(ScreenKind::List, &entity.name)?;
    let who = list.roles.first()?;
    let filter = entity.states.as_ref().map(|states| {
        let value = entity
            .fields
            .iter()
            .find(|field| field.name == states.field);
        format!(
            "Narrow the list by {}",
            value.map_or("state", |field| field.label.as_str())
        )
    });
    let mut steps = vec![
        format!("Open “{}”", entity.label_plural),
        format!(
            "Search by {}",
            entity
                .fields
                .first()
                .map_or("name", |_| &entity.display_field().label)
        ),
    ];
    steps.extend(filter);
    steps.push("Open one entry to see everything about it".to_owned());
    Some(Flow {
        id: String::new(),
        name: format!("Find: {}", entity.label_plural),
        role: view.role(who).to_owned(),
        description: format!("Finds an entry among: {}.", entity.label_plural),
        steps,
        edge_cases: vec![
            case(
                "Nothing matches",
                "An empty state with a way to clear the search",
            ),
            case(
                "There is no entry yet",
                "An empty state that offers to make the first one",
            ),
        ],
        moves: Vec::new(),
        states: vec!["loading", "empty", "error"],
        fr: list.fr.clone(),
    })
}

fn life_cycle(view: &View, entity: &Entity) -> Option<Flow> {
    let states = entity.states.as_ref()?;
    let detail = view.screen(ScreenKind::Detail, &entity.name)?;
    let may = view.who_may(&entity.name, Action::Update);
    let first = states.transitions.first()?;
    let role = movers(view, first, &may).first().cloned()?;
    let step = |transition: &Transition| {
        let who = view.roles(&movers(view, transition, &may));
        format!(
            "{who}: {} → {}",
            words(&transition.from),
            words(&transition.to)
        )
    };
    let drawn = |step: &Transition| {
        [
            words(&step.from),
            words(&step.to),
            view.roles(&movers(view, step, &may)),
        ]
    };
    let mut steps = vec![format!(
        "A new entry starts as “{}”",
        words(&states.initial)
    )];
    steps.extend(states.transitions.iter().take(28).map(step));
    Some(Flow {
        id: String::new(),
        name: format!("Life cycle: {}", entity.label),
        role: view.role(&role).to_owned(),
        description: format!(
            "Moves an entry of “{}” from state to state.",
            entity.label_plural
        ),
        steps,
        edge_cases: vec![
            case(
                "Someone else moved it first",
                "The move is refused and the new state is shown",
            ),
            case(
                "The move is not allowed",
                "The button is absent; the database refuses it as well",
            ),
        ],
        moves: states.transitions.iter().map(drawn).collect(),
        states: vec!["loading", "error", "forbidden"],
        fr: detail.fr.clone(),
    })
}

fn manage_roles(view: &View) -> Option<Flow> {
    let screen = view
        .screens
        .iter()
        .find(|screen| screen.kind == ScreenKind::Roles)?;
    Some(Flow {
        id: String::new(),
        name: screen.name.clone(),
        role: view.role(screen.roles.first()?).to_owned(),
        description: "Gives people their roles, and takes them away.".to_owned(),
        steps: vec![
            format!("Open “{}”", screen.name),
            "Find the person".to_owned(),
            "Choose the role".to_owned(),
            "Save; it holds from the next request of that person".to_owned(),
        ],
        edge_cases: vec![case(
            "An administrator takes the administrator role from themselves",
            "Refused with a message, so that nobody locks everybody out",
        )],
        moves: Vec::new(),
        states: vec!["loading", "error", "forbidden"],
        fr: screen.fr.clone(),
    })
}

/// Roles that may make a move: those it names and administrators, as far as they may update at all; without names
/// everyone who may update.
pub(crate) fn movers(view: &View, transition: &Transition, may_update: &[String]) -> Vec<String> {
    if transition.by.is_empty() {
        return may_update.to_vec();
    }
    let admin = |id: &String| {
        view.model
            .roles
            .iter()
            .any(|role| role.is_admin && role.id == *id)
    };
    let named = |id: &&String| transition.by.contains(id) || admin(id);
    may_update.iter().filter(named).cloned().collect()
}

fn usual_creator(view: &View, entity: &Entity, allowed: &[String]) -> String {
    let owner = entity
        .owner_role
        .as_ref()
        .filter(|role| allowed.contains(role));
    let first = allowed
        .first()
        .or_else(|| view.model.roles.first().map(|role| &role.id));
    owner.or(first).cloned().unwrap_or_default()
}
