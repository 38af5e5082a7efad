//! Reading as a whole: what holds for every text, and what the specifications of `tests/specs` mean.
//!
//! Invariant: [`sound`] is the contract that renderers rely on; every model made here is checked against it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::read;
use crate::canon;
use crate::model::{Action, AppModel, Entity, Field, FieldType, Origin, Scope, Trace};
use crate::{Meter, Request};

fn request(spec: &str) -> Request {
    Request {
        spec: spec.to_owned(),
        ..Request::default()
    }
}

fn model(spec: &str) -> AppModel {
    let request = request(spec);
    let model = read(&request, &Meter::default()).unwrap();
    sound(&model, &request);
    model
}

/// The specification in `tests/specs` whose name begins with `number`.
fn specification(number: u8) -> AppModel {
    let text = match number {
        1 => include_str!("../../../../tests/specs/1-prd-equipment-rental.md"),
        2 => include_str!("../../../../tests/specs/2-speckit-community-garden.md"),
        3 => include_str!("../../../../tests/specs/3-user-stories-school-trips.md"),
        4 => include_str!("../../../../tests/specs/4-essay-book-swap.md"),
        5 => include_str!("../../../../tests/specs/5-notes-bakery-production.md"),
        _ => include_str!("../../../../tests/specs/6-short-animal-shelter.md"),
    };
    model(text)
}

fn names(model: &AppModel) -> Vec<&str> {
    model
        .entities
        .iter()
        .map(|entity| entity.name.as_str())
        .collect()
}

fn field<'a>(model: &'a AppModel, entity: &str, name: &str) -> &'a Field {
    let entity = model
        .entity(entity)
        .unwrap_or_else(|| panic!("{entity} in {:?}", names(model)));
    entity
        .fields
        .iter()
        .find(|field| field.name == name)
        .unwrap_or_else(|| panic!("{name} in {:?}", entity.fields))
}

fn identifier(text: &str, first: fn(&char) -> bool, max: usize) -> bool {
    text.len() <= max
        && text.chars().next().is_some_and(|char| first(&char))
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_')
}

fn snake(text: &str) -> bool {
    identifier(text, char::is_ascii_lowercase, 63)
        && !text.chars().any(|char| char.is_ascii_uppercase())
}

fn sequential<'a>(prefix: &str, ids: impl Iterator<Item = &'a String>) {
    for (at, id) in ids.enumerate() {
        assert_eq!(*id, format!("{prefix}-{}", at + 1));
    }
}

/// Everything that holds for every text.
fn sound(model: &AppModel, request: &Request) {
    let text = canon::canonical(request).text;
    assert!(!model.entities.is_empty() && model.entities.len() <= 60);
    assert!(!model.requirements.is_empty() && model.requirements.len() <= 500);
    assert!((2..=8).contains(&model.roles.len()), "{:?}", model.roles);
    assert_eq!(model.roles.iter().filter(|role| role.is_admin).count(), 1);
    assert!(!model.roles[0].is_admin);
    assert!(model.product.name.chars().count() <= 120 && !model.product.name.is_empty());
    assert!(model.product.vision.chars().count() <= 2_000);
    assert!(model.story_id.len() <= 128);
    let mut seen = BTreeSet::new();
    for role in &model.roles {
        assert!(
            snake(&role.id) && role.id.len() <= 41 && seen.insert(role.id.clone()),
            "{}",
            role.id
        );
        traced(&role.trace, &text);
    }
    let mut tables = BTreeSet::new();
    let mut lower = BTreeSet::new();
    for entity in &model.entities {
        assert!(
            identifier(&entity.name, char::is_ascii_uppercase, 63) && !entity.name.contains('_'),
            "{}",
            entity.name
        );
        assert!(lower.insert(entity.name.to_lowercase()), "{}", entity.name);
        assert!(
            snake(&entity.table) && tables.insert(entity.table.clone()),
            "{}",
            entity.table
        );
        assert!(
            !super::lexicon::is_reserved("entity", &entity.name)
                && !super::lexicon::is_reserved("table", &entity.table)
        );
        sound_entity(entity, model, &text);
    }
    acyclic(model);
    sound_requirements(model, &text);
    sound_lists(model, &text);
}

fn sound_entity(entity: &Entity, model: &AppModel, text: &str) {
    traced(&entity.trace, text);
    assert!(!entity.fields.is_empty() && entity.fields.len() <= 40);
    assert!(
        !model.requirements_of(&entity.name).is_empty(),
        "{}",
        entity.name
    );
    assert!(!entity.label.is_empty() && !entity.description.is_empty());
    let mut seen = BTreeSet::new();
    for field in &entity.fields {
        traced(&field.trace, text);
        assert!(
            snake(&field.name) && seen.insert(field.name.clone()),
            "{}",
            field.name
        );
        assert!(
            !super::lexicon::is_reserved("field", &field.name),
            "{}",
            field.name
        );
        assert!(!field.label.trim().is_empty());
        assert_eq!(
            field.kind == FieldType::Enum,
            !field.values.is_empty(),
            "{field:?}"
        );
        assert!(field.values.len() <= 50 && field.values.iter().all(|value| snake(value)));
        assert_eq!(
            field.values.iter().collect::<BTreeSet<_>>().len(),
            field.values.len()
        );
        assert_eq!(
            field.kind == FieldType::Uuid,
            field.references.is_some(),
            "{field:?}"
        );
        if let Some(target) = &field.references {
            assert!(model.entity(target).is_some(), "{target}");
        }
    }
    if let Some(states) = &entity.states {
        let field = entity
            .fields
            .iter()
            .find(|field| field.name == states.field)
            .unwrap();
        assert_eq!(field.kind, FieldType::Enum);
        assert!(field.values.contains(&states.initial) && states.transitions.len() <= 60);
        for step in &states.transitions {
            assert!(field.values.contains(&step.from) && field.values.contains(&step.to));
            assert!(
                step.by
                    .iter()
                    .all(|id| model.roles.iter().any(|role| role.id == *id))
            );
        }
    }
    if let Some(owner) = &entity.owner_role {
        assert!(model.roles.iter().any(|role| role.id == *owner));
    }
}

/// Rows can be created in some order: required references never lead back.
fn acyclic(model: &AppModel) {
    let mut safe: BTreeSet<&str> = BTreeSet::new();
    for _ in 0..=model.entities.len() {
        for entity in &model.entities {
            if entity
                .fields
                .iter()
                .filter(|field| field.required)
                .filter_map(|field| field.references.as_deref())
                .all(|target| safe.contains(target))
            {
                safe.insert(&entity.name);
            }
        }
    }
    assert_eq!(safe.len(), model.entities.len());
}

fn sound_requirements(model: &AppModel, text: &str) {
    sequential("FR", model.requirements.iter().map(|item| &item.id));
    sequential(
        "AC",
        model
            .requirements
            .iter()
            .flat_map(|item| &item.acceptance)
            .map(|item| &item.id),
    );
    for item in &model.requirements {
        traced(&item.trace, text);
        assert!(!item.title.trim().is_empty() && item.title.chars().count() <= 160);
        let length = item.description.chars().count();
        assert!((10..=2_000).contains(&length), "{item:?}");
        assert!(!item.acceptance.is_empty() && item.acceptance.len() <= 40);
        assert!(
            item.acceptance
                .iter()
                .all(|row| !row.given.is_empty() && !row.when.is_empty() && !row.then.is_empty()),
            "{item:?}"
        );
        assert!(
            item.entities.len() <= 20
                && item
                    .entities
                    .iter()
                    .all(|name| model.entity(name).is_some())
        );
        assert!(
            item.actors.len() <= 20
                && item
                    .actors
                    .iter()
                    .all(|id| model.roles.iter().any(|role| role.id == *id))
        );
        assert!(item.source_id.as_ref().is_none_or(|id| id.len() <= 64));
    }
    for row in &model.permissions {
        let entity = model.entity(&row.entity).unwrap();
        assert!(row.scope == Scope::All || entity.owned, "{row:?}");
        assert!(row.actions.contains(&Action::Read) && row.actions.is_sorted());
    }
    assert!(model.permissions.len() <= 1_000 && model.relations.len() <= 300);
    for row in &model.relations {
        assert!(model.entity(&row.from).is_some() && model.entity(&row.to).is_some());
    }
}

fn sound_lists(model: &AppModel, text: &str) {
    sequential("NFR", model.non_functional.iter().map(|item| &item.id));
    sequential("CON", model.constraints.iter().map(|item| &item.id));
    sequential("ASM", model.assumptions.iter().map(|item| &item.id));
    sequential("EXC", model.exclusions.iter().map(|item| &item.id));
    sequential("OQ", model.open_questions.iter().map(|item| &item.id));
    sequential("SM", model.success_metrics.iter().map(|item| &item.id));
    sequential("EC", model.edge_cases.iter().map(|item| &item.id));
    assert!(
        model
            .non_functional
            .iter()
            .all(|item| item.description.chars().count() >= 10)
    );
    assert!(
        model
            .constraints
            .iter()
            .all(|item| item.description.chars().count() >= 10)
    );
    assert!(
        model
            .assumptions
            .iter()
            .all(|item| item.description.chars().count() >= 10)
    );
    assert!(
        model.non_functional.len() <= 200
            && model.constraints.len() <= 200
            && model.assumptions.len() <= 200
    );
    assert!(
        model.exclusions.len() <= 200
            && model.open_questions.len() <= 100
            && model.success_metrics.len() <= 50
    );
    assert!(model.edge_cases.len() <= 200 && model.terminology.len() <= 200);
    assert!(
        model.coverage.traced <= model.coverage.sentences && model.coverage.untraced.len() <= 200
    );
    assert!(model.coverage.untraced.iter().all(|line| line.len() <= 300));
    model
        .non_functional
        .iter()
        .for_each(|item| traced(&item.trace, text));
    model
        .constraints
        .iter()
        .for_each(|item| traced(&item.trace, text));
    model
        .exclusions
        .iter()
        .for_each(|item| traced(&item.trace, text));
    model
        .relations
        .iter()
        .for_each(|item| traced(&item.trace, text));
}

/// A quote is what stands at its span; what is not assumed has one.
fn traced(trace: &Trace, text: &str) {
    match (trace.span, &trace.quote) {
        (Some([start, end]), Some(quote)) => {
            assert!(quote.len() <= 500 && text[start..end].starts_with(quote.as_str()));
        }
        _ => assert_eq!(trace.origin, Origin::Assumption, "{trace:?}"),
    }
}

#[test]
fn six_words_make_a_sensible_model() {
    let model = model("Quiz app with leaderboards and social sharing");
    for name in ["Quiz", "Question", "Attempt", "LeaderboardEntry", "Share"] {
        assert!(
            model.entity(name).is_some(),
            "{name} in {:?}",
            names(&model)
        );
    }
    assert_eq!(
        field(&model, "Question", "quiz_id").references.as_deref(),
        Some("Quiz")
    );
    assert!(
        model
            .entities
            .iter()
            .all(|entity| entity.trace.span.is_some())
    );
}

#[test]
fn nothing_comes_without_a_trigger() {
    let model = model("A notebook for bird sightings.");
    assert!(
        names(&model)
            .iter()
            .all(|name| ["Sighting", "BirdSighting", "Notebook", "Bird"].contains(name)),
        "{:?}",
        names(&model)
    );
}

#[test]
fn reads_the_requirements_document() {
    let model = specification(1);
    assert_eq!(
        names(&model),
        ["Equipment", "Reservation", "Rental", "Inspection", "Repair"]
    );
    assert_eq!(model.product.name, "Toolshed");
    let ids: Vec<&str> = model.roles.iter().map(|role| role.id.as_str()).collect();
    assert_eq!(ids, ["customer", "counter_clerk", "technician", "admin"]);
    assert_eq!(
        model
            .requirements
            .iter()
            .filter(|item| item.source_id.is_some())
            .count(),
        18
    );
    assert_eq!(
        (
            model.exclusions.len(),
            model.non_functional.len(),
            model.success_metrics.len()
        ),
        (4, 6, 3)
    );
    let states = model.entity("Repair").unwrap().states.as_ref().unwrap();
    assert_eq!(
        (states.initial.as_str(), states.transitions.len()),
        ("reported", 2)
    );
    assert_eq!(
        model.permission("customer", "Reservation").unwrap().scope,
        Scope::Own
    );
    assert!(model.coverage.traced * 10 >= model.coverage.sentences * 9);
}

#[test]
fn reads_the_spec_kit_document() {
    let model = specification(2);
    assert_eq!(
        names(&model)[..4],
        ["Plot", "Application", "Harvest", "WorkDay"]
    );
    assert_eq!(model.entities.len(), 5);
    assert_eq!(
        field(&model, "Harvest", "plot_id").references.as_deref(),
        Some("Plot")
    );
    assert!(model.open_questions.iter().any(|item| item.fr.len() == 1));
    assert_eq!(model.exclusions.len(), 3);
}

#[test]
fn reads_the_user_stories() {
    let model = specification(3);
    for name in ["Trip", "ConsentForm", "Payment", "Stop", "Announcement"] {
        assert!(
            model.entity(name).is_some(),
            "{name} in {:?}",
            names(&model)
        );
    }
    assert_eq!(
        model
            .requirements
            .iter()
            .filter(|item| item.source_id.is_some())
            .count(),
        11
    );
    assert_eq!(model.requirements[0].acceptance.len(), 2);
    assert!(model.requirements[0].rationale.is_some());
    let states = model.entity("Trip").unwrap().states.as_ref().unwrap();
    assert_eq!(states.transitions.len(), 3);
    assert!(
        !names(&model)
            .iter()
            .any(|name| ["Photo", "Hotel", "Bus"].contains(name))
    );
}

#[test]
fn reads_the_essay() {
    let model = specification(4);
    for name in ["Book", "LoanRequest", "Loan", "Review", "Meetup"] {
        assert!(
            model.entity(name).is_some(),
            "{name} in {:?}",
            names(&model)
        );
    }
    for name in ["Payment", "Deposit", "Chat", "Message", "Track"] {
        assert!(model.entity(name).is_none(), "{name}");
    }
    assert_eq!(field(&model, "Book", "isbn").kind, FieldType::String);
    assert!(model.exclusions.len() >= 3);
}

#[test]
fn reads_the_notes() {
    let model = specification(5);
    assert_eq!(
        names(&model),
        [
            "Product",
            "Recipe",
            "Ingredient",
            "CustomerOrder",
            "OrderLine",
            "Batch",
            "WasteEntry"
        ]
    );
    let ids: Vec<&str> = model.roles.iter().map(|role| role.id.as_str()).collect();
    assert_eq!(ids, ["baker", "shop_assistant", "admin"]);
    assert_eq!(
        field(&model, "OrderLine", "product_id")
            .references
            .as_deref(),
        Some("Product")
    );
    assert_eq!(model.exclusions.len(), 3);
}

#[test]
fn reads_the_short_text() {
    let model = specification(6);
    for name in ["Animal", "Vaccination", "Shift"] {
        assert!(
            names(&model).iter().any(|known| known.contains(name)),
            "{name} in {:?}",
            names(&model)
        );
    }
    assert!(model.entity("Donation").is_none());
    assert_eq!(
        field(&model, "Animal", "status").values,
        ["available", "reserved", "adopted"]
    );
    assert!(
        model
            .entity("Animal")
            .unwrap()
            .fields
            .iter()
            .all(|field| field.name != "vaccine")
    );
}

#[test]
fn reads_portuguese() {
    let model = model(
        "# Barbearia Fácil\n\nUm sistema para barbearias. O cliente pode agendar um horário com o barbeiro.\n\n## Papéis\n\n- Cliente: agenda horários\n- Barbeiro: atende clientes\n- Administrador\n\n## Entidades\n\n- Serviço: nome, preço, duração em minutos\n- Agendamento: cliente, serviço, data e hora, situação (pendente, confirmado, cancelado)\n\n## Requisitos funcionais\n\n- RF01 - O cliente deve poder criar um agendamento\n- RF02 - O barbeiro deve confirmar agendamentos\n\n## Fora do escopo\n\n- Pagamentos on-line\n",
    );
    assert_eq!(model.product.language, "pt");
    assert_eq!(names(&model), ["Servico", "Agendamento"]);
    assert_eq!(field(&model, "Servico", "preco").kind, FieldType::Money);
    assert_eq!(
        field(&model, "Agendamento", "situacao").values,
        ["pendente", "confirmado", "cancelado"]
    );
    assert_eq!(model.requirements[0].source_id.as_deref(), Some("RF01"));
    assert_eq!(model.roles.len(), 3);
    assert!(model.warnings.is_empty());
}

#[test]
fn other_stacks_are_recorded_and_not_generated() {
    let wish = Request {
        stack_preference: Some("nextjs-react".to_owned()),
        ..request("A shop for tea.")
    };
    let model = read(&wish, &Meter::default()).unwrap();
    sound(&model, &wish);
    assert_eq!(
        (
            model.stack.framework.as_str(),
            model.stack.requested.as_deref()
        ),
        ("vite-react", Some("nextjs-react"))
    );
    assert_eq!((model.warnings.len(), model.constraints.len()), (1, 1));
}

#[test]
fn more_entities_than_can_be_generated_become_questions() {
    let mut spec = "## Data model\n\n".to_owned();
    for at in 0..90 {
        let (first, second) = (char::from(b'a' + at / 26), char::from(b'a' + at % 26));
        spec.push_str(&format!("- Gizmo{first}{second}: name, colour, size\n"));
    }
    let model = model(&spec);
    assert_eq!((model.entities.len(), model.warnings.len()), (60, 1));
    assert!(model.open_questions.len() >= 30);
}

#[test]
fn hostile_texts_are_survived() {
    let long = "word ".repeat(20_000);
    let deep = "- ".repeat(5_000);
    let table = format!(
        "|{}\n|{}\n|{}\n",
        "a|".repeat(2_000),
        "-|".repeat(2_000),
        "b|".repeat(2_000)
    );
    for text in [
        "",
        " ",
        "???",
        "\u{0}",
        "# ",
        "- ",
        "|",
        "```",
        "[",
        "漢字だけの仕様書です。",
        "Заказы и клиенты",
        "1",
        "a",
        "Object Promise constructor __proto__ toString",
        "## Data model\n\n- constructor: __proto__, constructor, id, created_at\n- Object: class, default, select, from\n- User: user_id, name\n",
        "- A (b_id, c)\n## Entities\n- A: B id\n- B: C id\n- C: A id\n- D: D id\n",
        "Status: a → a → a\n\n→ → → ->",
        "As a , I want so that",
        "As a user I want",
        "Given When Then",
        "FR-1: x\nFR-1: x\nNFR-1: \n[NEEDS CLARIFICATION",
        "(((((((((",
        "**",
        "No no no no without without.",
        "erDiagram\n```mermaid\nerDiagram\n A ||--o{ A : x\n A {\n }\n```\n```sql\nCREATE TABLE (\n```\n```sql\ncreate table x (a text, b\n",
        long.as_str(),
        deep.as_str(),
        table.as_str(),
    ] {
        model(text);
    }
}

#[test]
fn the_largest_specification_stays_within_the_budget() {
    let one = include_str!("../../../../tests/specs/1-prd-equipment-rental.md");
    let large: String = one.chars().cycle().take(canon::SPEC_CHARS_MAX).collect();
    let meter = Meter::default();
    let request = request(&large);
    let model = read(&request, &meter).unwrap();
    sound(&model, &request);
}

#[test]
fn a_cancelled_run_stops() {
    let meter = Meter::default();
    meter.cancel();
    assert!(read(&request("A shop."), &meter).is_err());
    assert!(read(&request("A shop."), &Meter::new(3)).is_err());
}

/// Words that steer the readers, so that random texts reach all of them.
fn steering() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "# ",
        "## ",
        "### Key Entities\n",
        "## Roles\n",
        "## Out of scope\n",
        "- ",
        "  - ",
        "\n",
        "\n\n",
        "**",
        ": ",
        ", ",
        " (",
        ") ",
        "→",
        "-> ",
        "| ",
        "|--|--|\n",
        "`",
        "```sql\n",
        "```\n",
        "As a ",
        "I want to ",
        "so that ",
        "Given ",
        "When ",
        "Then ",
        "FR-1 ",
        "NFR-2: ",
        "user",
        "admin",
        "Order",
        "orders",
        "order items",
        "customer",
        "status",
        "id",
        "constructor",
        "select",
        "class",
        "manage ",
        "create ",
        "has many ",
        "belongs to ",
        "each ",
        "must ",
        "can ",
        "no ",
        "without ",
        "under 2 seconds ",
        "99.9 % ",
        "TBD ",
        "? ",
        ". ",
        "é",
        "漢",
        "😀",
        "\u{202e}",
        "x_id",
        "Object",
        "Status: ",
        "Attributes: ",
        "draft",
        "paid",
        "name, email, price",
        "[NEEDS CLARIFICATION: ",
        "]",
    ]);
    prop::collection::vec(
        prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => "[ -~]{0,12}"],
        0..60,
    )
    .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_gives_a_sound_model(text in "\\PC{0,400}") {
        model(&text);
    }

    #[test]
    fn every_steered_text_gives_the_same_sound_model_twice(text in steering()) {
        prop_assert_eq!(model(&text), model(&text));
    }
}
