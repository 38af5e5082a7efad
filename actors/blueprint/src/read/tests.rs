//! Reading as a whole: what holds for every text, and what the specifications of `tests/specs` mean.
//!
//! Invariant: [`super::sound`] is the contract that renderers rely on; every model made here is checked against it.

use proptest::prelude::*;

use super::read;
use super::sound::sound;
use crate::canon;
use crate::model::{AppModel, Field, FieldType, Scope};
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
        spec.extend([
            "- Gizmo",
            &first.to_string(),
            &second.to_string(),
            ": name, colour, size\n",
        ]);
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
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "# ", "## ", "### Key Entities\n", "## Roles\n", "## Out of scope\n", "- ", "  - ", "\n", "\n\n", "**", ": ", ", ",
    " (", ") ", "→", "-> ", "| ", "|--|--|\n", "`", "```sql\n", "```\n", "As a ", "I want to ", "so that ",
    "Given ", "When ", "Then ", "FR-1 ", "NFR-2: ", "user", "admin", "Order", "orders", "order items", "customer", "status",
    "id", "constructor", "select", "class", "manage ", "create ", "has many ", "belongs to ", "each ", "must ", "can ", "no ",
    "without ", "under 2 seconds ", "99.9 % ", "TBD ", "? ", ". ", "é", "漢", "😀", "\u{202e}", "x_id", "Object",
    "Status: ", "Attributes: ", "draft", "paid", "name, email, price", "[NEEDS CLARIFICATION: ", "]",
];

fn steering() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(PIECES);
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

#[test]
fn a_title_that_says_nothing_gives_way_to_the_heading_below_it() {
    let cases = [
        (
            "# Product Requirements Document (PRD)\n## Cinema Ticketing System - Backend API\n\nBook seats.",
            "Cinema Ticketing System",
        ),
        (
            "# 1. Overview\n\nProduct: Tidy\n\nUsers manage tasks.",
            "Tidy",
        ),
        (
            "# 2. Clinic Planner\n\nPatients book appointments.",
            "Clinic Planner",
        ),
        (
            "# 3D Print Shop\n\nCustomers order prints.",
            "3D Print Shop",
        ),
    ];
    for (spec, expected) in cases {
        let request = Request {
            spec: spec.to_owned(),
            ..Request::default()
        };
        let model = read(&request, &Meter::default()).unwrap();
        assert_eq!(model.product.name, expected, "{spec}");
    }
}
