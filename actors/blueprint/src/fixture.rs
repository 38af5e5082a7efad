//! A hand-written model for tests: a clinic that books appointments. Four entities, three roles, a life cycle, owned
//! rows, references and hostile strings in labels.
//!
//! Invariant: it honours everything that `model.rs` documents about a model that was read.

mod requirements;

use crate::model::{
    Action, AppModel, Assumption, Complexity, Constraint, Coverage, Design, EdgeCase, Entity,
    Exclusion, Field, FieldType, NonFunctional, OpenQuestion, Origin, Permission, Product,
    Relation, RelationType, Role, Scope, Stack, States, SuccessMetric, Target, Term, Trace,
    Transition,
};

/// A string that breaks out of Markdown, Mermaid, HTML, SQL and TypeScript wherever one of them forgets to escape.
pub(crate) const HOSTILE: &str =
    "Visit\"]; --> x`${1}` | <script>alert('x')</script>\n## */ \\ {{y}}";

/// The clinic.
pub(crate) fn clinic() -> AppModel {
    AppModel {
        story_id: "clinic-book-1a2b3c4d".to_owned(),
        product: Product {
            name: "Clinic Book".to_owned(),
            slug: "clinic-book".to_owned(),
            vision: "Patients book visits in a minute and doctors see their day at a glance."
                .to_owned(),
            problem: Some("The telephone is busy all morning.".to_owned()),
            language: "en".to_owned(),
            platforms: vec!["web".to_owned()],
        },
        roles: vec![
            role("patient", "Patient", false),
            role("doctor", "Doctor | \"Dr.\" <b>", false),
            role("administrator", "Administrator", true),
        ],
        entities: entities(),
        relations: vec![
            relation("Appointment", "Doctor", "is with"),
            relation("Appointment", "Service", "is for"),
            relation("Note", "Appointment", "belongs to"),
        ],
        permissions: permissions(),
        requirements: requirements::requirements(),
        non_functional: non_functional(),
        complexity: Complexity {
            scope: 2,
            integration: 1,
            infrastructure: 2,
            knowledge: 2,
            risk: 3,
        },
        design: Design {
            style: "minimal".to_owned(),
            primary_color: Some("#0f766e".to_owned()),
            ..Design::default()
        },
        ..notes()
    }
}

/// What surrounds the requirements.
fn notes() -> AppModel {
    AppModel {
        constraints: vec![Constraint {
            id: "CON-1".to_owned(),
            kind: "regulatory".to_owned(),
            description: "Health data must stay in the European Union.".to_owned(),
            impact: "The region of the database is fixed.".to_owned(),
            trace: spec("Health data must stay in the European Union", 400),
        }],
        assumptions: vec![Assumption {
            id: "ASM-1".to_owned(),
            description: "People sign in with e-mail and password.".to_owned(),
            risk: "low".to_owned(),
        }],
        exclusions: vec![Exclusion {
            id: "EXC-1".to_owned(),
            description: "No online payment".to_owned(),
            trace: spec("No online payment", 500),
        }],
        terminology: vec![Term {
            term: "Slot".to_owned(),
            definition: "A free period | of a doctor".to_owned(),
        }],
        open_questions: vec![OpenQuestion {
            id: "OQ-1".to_owned(),
            question: "How late may a patient cancel?".to_owned(),
            blocking: false,
            fr: vec!["FR-3".to_owned()],
        }],
        success_metrics: vec![SuccessMetric {
            id: "SM-1".to_owned(),
            metric: "Share of visits booked online".to_owned(),
            target: Some("60 % after three months".to_owned()),
        }],
        edge_cases: vec![EdgeCase {
            id: "EC-1".to_owned(),
            scenario: "Two patients book the same slot".to_owned(),
            handling: "The second one gets a message and other times.".to_owned(),
            severity: "high".to_owned(),
        }],
        coverage: Coverage {
            sentences: 12,
            traced: 11,
            untraced: vec!["We love <i>tea</i> | coffee.".to_owned()],
        },
        stack: Stack {
            framework: "vite-react".to_owned(),
            requested: Some("Rails".to_owned()),
        },
        warnings: vec!["stack \"Rails\" is not available; vite-react is used".to_owned()],
        ..AppModel::default()
    }
}

/// A source in the text.
pub(crate) fn spec(quote: &str, start: usize) -> Trace {
    Trace {
        origin: Origin::Spec,
        quote: Some(quote.to_owned()),
        span: Some([start, start + quote.len()]),
        confidence: Some(0.9),
    }
}

fn role(id: &str, label: &str, is_admin: bool) -> Role {
    Role {
        id: id.to_owned(),
        label: label.to_owned(),
        description: format!("Uses the clinic as {id}."),
        is_admin,
        trace: spec(id, 10),
    }
}

fn field(name: &str, label: &str, kind: FieldType) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        required: true,
        trace: spec(name, 100),
        ..Field::default()
    }
}

fn reference(name: &str, label: &str, to: &str) -> Field {
    Field {
        references: Some(to.to_owned()),
        ..field(name, label, FieldType::Uuid)
    }
}

fn entity(name: &str, table: &str, labels: [&str; 2], fields: Vec<Field>) -> Entity {
    Entity {
        name: name.to_owned(),
        table: table.to_owned(),
        label: labels[0].to_owned(),
        label_plural: labels[1].to_owned(),
        description: format!("{} of the clinic.", labels[0]),
        fields,
        trace: spec(labels[0], 50),
        ..Entity::default()
    }
}

fn appointment_fields() -> Vec<Field> {
    let values = ["requested", "confirmed", "done", "cancelled"];
    let status = Field {
        values: values.map(str::to_owned).to_vec(),
        ..field("status", "Status", FieldType::Enum)
    };
    vec![
        Field {
            max_length: Some(80),
            ..field("reason", "Reason", FieldType::String)
        },
        field("starts_at", "Starts at", FieldType::Timestamp),
        Field {
            min: Some(5.0),
            max: Some(240.0),
            ..field("minutes", "Length", FieldType::Duration)
        },
        status,
        reference("doctor_id", "Doctor", "Doctor"),
        Field {
            required: false,
            ..reference("service_id", "Service", "Service")
        },
    ]
}

fn entities() -> Vec<Entity> {
    let doctor = vec![
        Field {
            pii: true,
            ..field("full_name", "Full name", FieldType::String)
        },
        Field {
            unique: true,
            pii: true,
            ..field("email", "E-mail", FieldType::Email)
        },
        Field {
            required: false,
            ..field("photo", "Photo", FieldType::Image)
        },
    ];
    let service = vec![
        field("name", "Name", FieldType::String),
        Field {
            min: Some(0.0),
            ..field("price", "Price", FieldType::Money)
        },
        field("active", "Active", FieldType::Boolean),
    ];
    let note = vec![
        field("body", HOSTILE, FieldType::Text),
        reference("appointment_id", "Appointment", "Appointment"),
    ];
    vec![
        Entity {
            owned: true,
            owner_role: Some("patient".to_owned()),
            states: Some(life_cycle()),
            ..entity(
                "Appointment",
                "appointments",
                ["Appointment", "Appointments"],
                appointment_fields(),
            )
        },
        entity("Doctor", "doctors", ["Doctor", "Doctors"], doctor),
        entity("Service", "services", ["Service", "Services"], service),
        Entity {
            owned: true,
            owner_role: Some("doctor".to_owned()),
            ..entity("Note", "notes", [HOSTILE, "Notes \"; DROP TABLE"], note)
        },
    ]
}

fn life_cycle() -> States {
    let step = |from: &str, to: &str, by: &[&str]| Transition {
        from: from.to_owned(),
        to: to.to_owned(),
        by: by.iter().map(|role| (*role).to_owned()).collect(),
    };
    States {
        field: "status".to_owned(),
        initial: "requested".to_owned(),
        transitions: vec![
            step("requested", "confirmed", &["doctor"]),
            step("requested", "cancelled", &[]),
            step("confirmed", "done", &["doctor", "administrator"]),
            step("confirmed", "cancelled", &["patient"]),
        ],
    }
}

fn relation(from: &str, to: &str, name: &str) -> Relation {
    Relation {
        from: from.to_owned(),
        to: to.to_owned(),
        kind: RelationType::ManyToOne,
        name: name.to_owned(),
        trace: spec(name, 200),
    }
}

fn permissions() -> Vec<Permission> {
    use Action::{Create, Delete, Read, Update};
    let row = |role: &str, entity: &str, actions: &[Action], scope| Permission {
        role: role.to_owned(),
        entity: entity.to_owned(),
        actions: actions.to_vec(),
        scope,
    };
    let mut rows = vec![
        row(
            "patient",
            "Appointment",
            &[Create, Read, Update],
            Scope::Own,
        ),
        row("patient", "Doctor", &[Read], Scope::All),
        row("patient", "Service", &[Read], Scope::All),
        row("doctor", "Appointment", &[Read, Update], Scope::All),
        row("doctor", "Doctor", &[Read], Scope::All),
        row("doctor", "Service", &[Read], Scope::All),
        row(
            "doctor",
            "Note",
            &[Create, Read, Update, Delete],
            Scope::Own,
        ),
    ];
    for entity in ["Appointment", "Doctor", "Service", "Note"] {
        rows.push(row(
            "administrator",
            entity,
            &[Create, Read, Update, Delete],
            Scope::All,
        ));
    }
    rows
}

fn non_functional() -> Vec<NonFunctional> {
    let row = |id: &str, kind: [&str; 2], words: &str, target, verification: &str| NonFunctional {
        id: id.to_owned(),
        category: kind[0].to_owned(),
        aspect: kind[1].to_owned(),
        description: format!("{words}."),
        target,
        verification: verification.to_owned(),
        trace: spec(words, 700),
    };
    let (op, unit) = ("<".to_owned(), "s".to_owned());
    let fast = Some(Target {
        op,
        value: 2.0,
        unit,
    });
    let (speed, secrecy) = (["performance", "none"], ["security", "privacy"]);
    let private = "Patients never see the data of others";
    vec![
        row(
            "NFR-1",
            speed,
            "Pages answer within two seconds",
            fast,
            "Load test with 50 users",
        ),
        row(
            "NFR-2",
            secrecy,
            private,
            None,
            "Tests of the row-level policies",
        ),
    ]
}
