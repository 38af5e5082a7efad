//! Models that are hard on the generator. Invariant: each honours what `model.rs` documents about a model that was read.

mod random;

pub(crate) use random::any_model;

use crate::fixture::HOSTILE;
use crate::model::{
    Action, AppModel, Design, Entity, Field, FieldType, Permission, Product, Requirement, Role,
    Scope, States, Transition,
};

fn role(id: &str, label: &str, is_admin: bool) -> Role {
    Role {
        id: id.to_owned(),
        label: label.to_owned(),
        is_admin,
        ..Role::default()
    }
}

fn field(name: &str, kind: FieldType, required: bool) -> Field {
    Field {
        name: name.to_owned(),
        label: name.replace('_', " "),
        kind,
        required,
        ..Field::default()
    }
}

fn reference(name: &str, to: &str, required: bool) -> Field {
    Field {
        references: Some(to.to_owned()),
        ..field(name, FieldType::Uuid, required)
    }
}

fn entity(name: &str, table: &str, fields: Vec<Field>) -> Entity {
    Entity {
        name: name.to_owned(),
        table: table.to_owned(),
        label: name.to_owned(),
        label_plural: format!("{name}s"),
        description: format!("A {name}."),
        fields,
        ..Entity::default()
    }
}

/// One entity without any text, one role that is the administrator.
pub(crate) fn tiny() -> AppModel {
    AppModel {
        story_id: "t-0".to_owned(),
        product: Product {
            name: "Contador".to_owned(),
            slug: "contador".to_owned(),
            vision: "Conta coisas.".to_owned(),
            language: "pt-BR".to_owned(),
            ..Product::default()
        },
        roles: vec![role("admin", "Administradora", true)],
        entities: vec![entity(
            "Count",
            "counts",
            vec![
                Field {
                    unique: true,
                    min: Some(3.0),
                    max: Some(5.0),
                    ..field("amount", FieldType::Integer, true)
                },
                field("done", FieldType::Boolean, false),
            ],
        )],
        ..AppModel::default()
    }
}

/// Circles, self references, every type, reserved words, names of our own files and components, hostile labels.
pub(crate) fn large() -> AppModel {
    let mut model = AppModel {
        story_id: "large-ff".to_owned(),
        product: Product {
            name: HOSTILE.to_owned(),
            slug: "large".to_owned(),
            vision: HOSTILE.to_owned(),
            problem: Some(HOSTILE.to_owned()),
            language: "en".to_owned(),
            ..Product::default()
        },
        roles: vec![
            role("guest", HOSTILE, false),
            role("clerk", "Clerk", false),
            role("boss", "Boss", true),
        ],
        requirements: vec![Requirement {
            id: "FR-1".to_owned(),
            title: HOSTILE.to_owned(),
            ..Requirement::default()
        }],
        entities: large_entities(),
        design: Design {
            style: "playful".to_owned(),
            ..Design::default()
        },
        ..AppModel::default()
    };
    model.permissions = permissions(&model);
    model
}

fn large_entities() -> Vec<Entity> {
    let mut entities = vec![
        people(),
        every_type("Everything", "everything", true),
        every_type("Sometimes", "sometimes", false),
        ticket("Ticket", "tickets", true),
        ticket("Only", "onlys", false),
        hostile(),
    ];
    entities.extend(circles());
    entities
}

/// Names of our own files, tables, pages and components, in circles.
fn circles() -> Vec<Entity> {
    let text = |name: &str| field(name, FieldType::String, true);
    let narrow = Field {
        max_length: Some(1),
        unique: true,
        ..text("x")
    };
    let one_to_one = Field {
        unique: true,
        ..reference("card_id", "Card", true)
    };
    let order = field("order", FieldType::Integer, true);
    vec![
        entity(
            "Table",
            "user_roles",
            vec![order, reference("next_id", "Card", true)],
        ),
        entity(
            "Card",
            "cards",
            vec![text("select"), reference("table_id", "Table", true)],
        ),
        entity(
            "Node",
            "nodes",
            vec![text("name"), reference("parent_id", "Node", false)],
        ),
        entity(
            "Loop",
            "loops",
            vec![
                reference("self_id", "Loop", true),
                reference("other_id", "Node", false),
            ],
        ),
        entity("Badge", "badges", vec![one_to_one]),
        entity("Landing", "landings", vec![narrow]),
        entity(
            "Role",
            "roles",
            vec![field("permissions", FieldType::Json, true)],
        ),
    ]
}

fn hostile() -> Entity {
    let hostile = |field: Field| Field {
        label: HOSTILE.to_owned(),
        ..field
    };
    let fields = vec![
        hostile(field("constructor", FieldType::String, true)),
        hostile(field("user", FieldType::Text, false)),
    ];
    Entity {
        label: HOSTILE.to_owned(),
        label_plural: HOSTILE.to_owned(),
        description: HOSTILE.to_owned(),
        ..entity("Index", "dashboard", fields)
    }
}

/// Rights that differ from entity to entity, among them some that only write.
fn permissions(model: &AppModel) -> Vec<Permission> {
    use Action::{Create, Delete, Read, Update};
    let sets: [&[Action]; 5] = [
        &[Read],
        &[Create, Read, Update],
        &[Read, Update, Create, Delete],
        &[Create],
        &[Update, Read],
    ];
    let mut rows = Vec::new();
    for (index, entity) in model.entities.iter().enumerate() {
        for (offset, role) in ["guest", "clerk"].iter().enumerate() {
            rows.push(Permission {
                role: (*role).to_owned(),
                entity: entity.name.clone(),
                actions: sets[(index + offset) % sets.len()].to_vec(),
                scope: if entity.owned && offset == 0 {
                    Scope::Own
                } else {
                    Scope::All
                },
            });
        }
    }
    rows.remove(0);
    rows
}

fn people() -> Entity {
    let mut entity = entity(
        "User",
        "users",
        vec![
            field("name", FieldType::String, true),
            Field {
                unique: true,
                ..field("email", FieldType::Email, true)
            },
            reference("manager_id", "User", false),
        ],
    );
    entity.owned = true;
    entity
}

fn every_type(name: &str, table: &str, required: bool) -> Entity {
    use FieldType as T;
    let kinds = [
        T::Uuid,
        T::Text,
        T::String,
        T::Integer,
        T::Bigint,
        T::Decimal,
        T::Money,
        T::Boolean,
        T::Date,
        T::Timestamp,
        T::Duration,
        T::Email,
        T::Url,
        T::Phone,
        T::Enum,
        T::Json,
        T::Image,
        T::File,
        T::Geo,
        T::Slug,
    ];
    let mut fields: Vec<Field> = kinds
        .iter()
        .enumerate()
        .map(|(index, kind)| Field {
            values: vec![
                "one".to_owned(),
                "it's \"two\"".to_owned(),
                "three".to_owned(),
            ],
            unique: index % 2 == 0,
            ..field(&format!("field_{index}"), *kind, required)
        })
        .collect();
    fields.push(Field {
        min: Some(-3.5),
        max: Some(-1.5),
        ..field("low", T::Decimal, required)
    });
    fields.push(Field {
        min: Some(0.0),
        max: Some(0.5),
        ..field("share", T::Money, required)
    });
    let mut entity = entity(name, table, fields);
    entity.owned = required;
    entity
}

fn ticket(name: &str, table: &str, named: bool) -> Entity {
    let states = Field {
        values: ["open", "in_progress", "closed"]
            .map(str::to_owned)
            .to_vec(),
        ..field("state", FieldType::Enum, true)
    };
    let mut fields = vec![states];
    if named {
        fields.push(field("title", FieldType::String, true));
        fields.push(reference("user_id", "User", true));
    }
    let step = |from: &str, to: &str, by: &[&str]| Transition {
        from: from.to_owned(),
        to: to.to_owned(),
        by: by.iter().map(|id| (*id).to_owned()).collect(),
    };
    let transitions = if named {
        vec![
            step("open", "in_progress", &["clerk"]),
            step("in_progress", "closed", &[]),
            step("closed", "gone", &[]),
        ]
    } else {
        Vec::new()
    };
    let mut entity = entity(name, table, fields);
    entity.owned = named;
    entity.owner_role = Some("clerk".to_owned());
    entity.states = Some(States {
        field: "state".to_owned(),
        initial: "open".to_owned(),
        transitions,
    });
    entity
}
