//! Random models. Invariant: each honours what `model.rs` documents about a model that was read.

use proptest::prelude::*;

use super::*;
use crate::fixture::HOSTILE;

/// Names that are awkward somewhere: reserved in SQL, global in JavaScript, used by our own code.
const NAMES: [(&str, &str); 12] = [
    ("Order", "orders"),
    ("OrderItem", "order_items"),
    ("Group", "groups"),
    ("Error", "errors"),
    ("Date", "dates"),
    ("Form", "forms"),
    ("Page", "pages"),
    ("Api", "api"),
    ("People", "people"),
    ("Dashboard", "dashboards"),
    ("Session", "sessions"),
    ("Entity", "app_users"),
];

const KINDS: [FieldType; 20] = [
    FieldType::Uuid,
    FieldType::Text,
    FieldType::String,
    FieldType::Integer,
    FieldType::Bigint,
    FieldType::Decimal,
    FieldType::Money,
    FieldType::Boolean,
    FieldType::Date,
    FieldType::Timestamp,
    FieldType::Duration,
    FieldType::Email,
    FieldType::Url,
    FieldType::Phone,
    FieldType::Enum,
    FieldType::Json,
    FieldType::Image,
    FieldType::File,
    FieldType::Geo,
    FieldType::Slug,
];

/// A field number `n` that may point to one of `count` entities.
fn any_field(count: usize) -> impl Strategy<Value = Field> {
    let words = prop_oneof![
        Just("Due date".to_owned()),
        Just(HOSTILE.to_owned()),
        "\\PC{1,20}"
    ];
    let limit = prop_oneof![
        Just(None),
        (-1e6..1e6).prop_map(Some),
        Just(Some(f64::NAN)),
        Just(Some(1e300))
    ];
    let kind =
        prop_oneof![3 => proptest::sample::select(KINDS.to_vec()), 1 => Just(FieldType::Uuid)];
    let target = 0..count + 1;
    (
        words,
        kind,
        any::<(bool, bool)>(),
        limit.clone(),
        limit,
        proptest::option::of(0_u32..300),
        target,
    )
        .prop_map(
            |(label, kind, (required, unique), min, max, max_length, target)| Field {
                label,
                kind,
                required,
                unique,
                min,
                max,
                max_length,
                references: NAMES.get(target).map(|(name, _)| (*name).to_owned()),
                values: ["new", "in_progress", "done"].map(str::to_owned).to_vec(),
                ..Field::default()
            },
        )
}

fn any_entity(index: usize, count: usize) -> impl Strategy<Value = Entity> {
    let fields = proptest::collection::vec(any_field(count), 1..7);
    (
        fields,
        any::<(bool, bool)>(),
        proptest::collection::vec((0..3_usize, 0..3_usize), 0..4),
    )
        .prop_map(move |(mut fields, (owned, alive), moves)| {
            let reserved = [
                "order",
                "desc",
                "user",
                "type",
                "constructor",
                "name",
                "state",
            ];
            for (number, field) in fields.iter_mut().enumerate() {
                reserved[number].clone_into(&mut field.name);
            }
            let (name, table) = NAMES[index];
            let state = fields
                .iter()
                .find(|field| field.kind == FieldType::Enum)
                .map(|field| field.name.clone());
            let of = |n: usize| ["new", "in_progress", "done"][n].to_owned();
            let transitions = moves.iter().map(|(from, to)| Transition {
                from: of(*from),
                to: of(*to),
                by: Vec::new(),
            });
            let states = state.filter(|_| alive).map(|field| States {
                field,
                initial: "new".to_owned(),
                transitions: transitions.collect(),
            });
            Entity {
                owned,
                states,
                ..entity(name, table, fields)
            }
        })
}

/// Any application that `model.rs` allows, as nasty as it may be.
pub(crate) fn any_model() -> impl Strategy<Value = AppModel> {
    let entities = (1..=NAMES.len()).prop_flat_map(|count| {
        let all: Vec<_> = (0..count)
            .map(|index| any_entity(index, count).boxed())
            .collect();
        all
    });
    let rights = proptest::collection::vec((0..16_u8, any::<bool>()), 2 * NAMES.len());
    (entities, rights, any::<bool>()).prop_map(|(entities, rights, has_admin)| {
        let mut roles = vec![role("user", HOSTILE, false), role("staff", "Staff", false)];
        if has_admin {
            roles.push(role("admin", "Admin", true));
        }
        let actions = [Action::Create, Action::Read, Action::Update, Action::Delete];
        let mut permissions = Vec::new();
        for (number, (set, own)) in rights.iter().enumerate() {
            let Some(entity) = entities.get(number / 2) else {
                break;
            };
            let chosen = actions
                .iter()
                .enumerate()
                .filter(|(bit, _)| set & (1 << bit) != 0);
            permissions.push(Permission {
                role: ["user", "staff"][number % 2].to_owned(),
                entity: entity.name.clone(),
                actions: chosen.map(|(_, action)| *action).collect(),
                scope: if *own && entity.owned {
                    Scope::Own
                } else {
                    Scope::All
                },
            });
        }
        let product = Product {
            name: "Any".to_owned(),
            slug: "any".to_owned(),
            ..Product::default()
        };
        AppModel {
            story_id: "any-1".to_owned(),
            product,
            roles,
            entities,
            permissions,
            ..AppModel::default()
        }
    })
}
