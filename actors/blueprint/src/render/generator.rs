//! Random models for property tests: hostile labels, odd sizes, references in circles, rights nobody has.
//!
//! Invariant: what `model.rs` documents about a model that was read holds for every one of them.

use proptest::prelude::*;

use crate::fixture::{HOSTILE, spec};
use crate::model::{
    Acceptance, Action, AppModel, Assumption, Complexity, Constraint, EdgeCase, Entity, Exclusion,
    Field, FieldType, NonFunctional, OpenQuestion, Permission, Priority, Product, Relation,
    RelationType, Requirement, Role, Scope, States, SuccessMetric, Target, Term, Trace, Transition,
};

const KINDS: [FieldType; 12] = [
    FieldType::String,
    FieldType::Text,
    FieldType::Integer,
    FieldType::Money,
    FieldType::Boolean,
    FieldType::Date,
    FieldType::Timestamp,
    FieldType::Email,
    FieldType::Json,
    FieldType::Image,
    FieldType::Geo,
    FieldType::Duration,
];

/// Texts that try to break out, and texts of any letters.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(HOSTILE.to_owned()),
        Just("\"] --> x; end\nsubgraph y".to_owned()),
        Just("%%{init: {'theme':'x'}}%%".to_owned()),
        Just("```\n# heading\n| a | b |\n<img src=http://x>".to_owned()),
        Just(String::new()),
        "\\PC{0,40}",
        "[a-zA-Z ]{1,30}",
    ]
}

/// Numbers that steer one model; cheaper to shrink than a strategy per member.
fn dice() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 64)
}

/// Any model.
pub(super) fn model() -> impl Strategy<Value = AppModel> {
    (
        1usize..9,
        1usize..8,
        1usize..10,
        dice(),
        prop::collection::vec(words(), 24),
    )
        .prop_map(|(entities, roles, requirements, dice, words)| {
            Maker {
                entities,
                roles,
                requirements,
                dice,
                words,
            }
            .model()
        })
}

struct Maker {
    entities: usize,
    roles: usize,
    requirements: usize,
    dice: Vec<u16>,
    words: Vec<String>,
}

impl Maker {
    fn roll(&self, at: usize, sides: usize) -> usize {
        usize::from(self.dice[at % self.dice.len()]) % sides
    }

    fn text(&self, at: usize) -> String {
        self.words[at % self.words.len()].clone()
    }

    /// At least ten characters, as descriptions have.
    fn long(&self, at: usize) -> String {
        format!("A sentence: {}", self.text(at))
    }

    fn trace(&self, at: usize) -> Trace {
        if self.roll(at, 3) == 0 {
            Trace::default()
        } else {
            spec(&self.text(at), at)
        }
    }

    fn model(&self) -> AppModel {
        AppModel {
            story_id: "x-1".to_owned(),
            product: Product {
                name: self.text(0),
                slug: "x".to_owned(),
                vision: self.text(1),
                problem: (self.roll(1, 2) == 0).then(|| self.text(2)),
                language: ["en", "pt-BR", "de"][self.roll(2, 3)].to_owned(),
                platforms: vec![self.text(3)],
            },
            roles: (0..self.roles).map(|at| self.role(at)).collect(),
            entities: (0..self.entities).map(|at| self.entity(at)).collect(),
            relations: (0..self.roll(3, 5)).map(|at| self.relation(at)).collect(),
            permissions: self.permissions(),
            requirements: (0..self.requirements)
                .map(|at| self.requirement(at))
                .collect(),
            complexity: Complexity {
                scope: 1,
                integration: 5,
                infrastructure: 4,
                knowledge: 5,
                risk: 5,
            },
            ..self.rest()
        }
    }

    fn rest(&self) -> AppModel {
        let id = |prefix: &str| format!("{prefix}-1");
        AppModel {
            non_functional: vec![NonFunctional {
                id: id("NFR"),
                category: ["performance", "security", "usability"][self.roll(4, 3)].to_owned(),
                aspect: ["none", "privacy", "i18n"][self.roll(5, 3)].to_owned(),
                description: self.long(4),
                target: Some(Target {
                    op: "<".to_owned(),
                    value: f64::from(self.dice[6]) / 7.0,
                    unit: self.text(5),
                }),
                verification: self.text(6),
                trace: self.trace(7),
            }],
            constraints: vec![Constraint {
                id: id("CON"),
                kind: "business".to_owned(),
                description: self.long(7),
                impact: self.text(8),
                trace: self.trace(8),
            }],
            assumptions: vec![Assumption {
                id: id("ASM"),
                description: self.long(9),
                risk: "high".to_owned(),
            }],
            exclusions: vec![Exclusion {
                id: id("EXC"),
                description: self.text(10),
                trace: self.trace(10),
            }],
            terminology: vec![Term {
                term: self.text(11),
                definition: self.text(12),
            }],
            open_questions: vec![OpenQuestion {
                id: id("OQ"),
                question: self.text(13),
                blocking: true,
                fr: vec!["FR-1".to_owned()],
            }],
            success_metrics: vec![SuccessMetric {
                id: id("SM"),
                metric: self.text(14),
                target: None,
            }],
            edge_cases: vec![EdgeCase {
                id: id("EC"),
                scenario: self.text(15),
                handling: self.text(16),
                severity: "critical".to_owned(),
            }],
            warnings: vec![self.text(17)],
            ..AppModel::default()
        }
    }

    fn role(&self, at: usize) -> Role {
        Role {
            id: format!("role_{at}"),
            label: self.text(at + 18),
            description: self.text(at + 19),
            is_admin: at > 0 && self.roll(at, 4) == 0,
            trace: self.trace(at),
        }
    }

    fn entity(&self, at: usize) -> Entity {
        let tables = ["dashboard", "admin", "pk", "end", "sign_in"];
        let table = if self.roll(at + 9, 4) == 0 && at < tables.len() {
            tables[at].to_owned()
        } else {
            format!("things_{at}")
        };
        let mut fields: Vec<Field> = (0..=self.roll(at + 10, 6))
            .map(|n| self.field(at * 7 + n, n))
            .collect();
        let states = (self.roll(at + 11, 2) == 0).then(|| self.states(at, &mut fields));
        if self.roll(at + 12, 2) == 0 {
            let to = self.roll(at + 13, self.entities);
            fields.push(Field {
                name: "other_id".to_owned(),
                kind: FieldType::Uuid,
                references: Some(name(to)),
                ..self.field(at, 90)
            });
        }
        Entity {
            name: name(at),
            table,
            label: self.text(at + 5),
            label_plural: self.text(at + 6),
            description: self.text(at + 7),
            owner_role: (self.roll(at, 2) == 0).then(|| "role_0".to_owned()),
            owned: self.roll(at + 14, 2) == 0,
            fields,
            states,
            trace: self.trace(at + 8),
        }
    }

    fn field(&self, at: usize, number: usize) -> Field {
        Field {
            name: if number == 3 {
                "pk".to_owned()
            } else {
                format!("field_{number}")
            },
            label: self.text(at),
            kind: KINDS[self.roll(at, KINDS.len())],
            required: self.roll(at + 1, 2) == 0,
            unique: self.roll(at + 2, 4) == 0,
            min: (self.roll(at + 3, 3) == 0).then(|| f64::from(self.dice[at % 64]) / 3.0),
            pii: self.roll(at + 4, 3) == 0,
            trace: self.trace(at),
            ..Field::default()
        }
    }

    fn states(&self, at: usize, fields: &mut Vec<Field>) -> States {
        let values: Vec<String> = (0..=self.roll(at, 4))
            .map(|n| format!("state_{n}"))
            .collect();
        fields.push(Field {
            name: "status".to_owned(),
            kind: FieldType::Enum,
            values: values.clone(),
            ..self.field(at, 80)
        });
        let count = values.len();
        let step = |n: usize| Transition {
            from: values[self.roll(n, count)].clone(),
            to: values[self.roll(n + 1, count)].clone(),
            by: (self.roll(n, 2) == 0)
                .then(|| "role_0".to_owned())
                .into_iter()
                .collect(),
        };
        States {
            field: "status".to_owned(),
            initial: values[0].clone(),
            transitions: (0..self.roll(at + 15, 5)).map(step).collect(),
        }
    }

    fn relation(&self, at: usize) -> Relation {
        Relation {
            from: name(self.roll(at, self.entities)),
            to: name(self.roll(at + 1, self.entities)),
            kind: if at.is_multiple_of(2) {
                RelationType::ManyToMany
            } else {
                RelationType::OneToMany
            },
            name: self.text(at),
            trace: self.trace(at),
        }
    }

    fn permissions(&self) -> Vec<Permission> {
        let mut rows = Vec::new();
        for role in 0..self.roles {
            for entity in 0..self.entities {
                let bits = self.roll(role * 9 + entity, 16);
                let all = [Action::Create, Action::Read, Action::Update, Action::Delete];
                let actions: Vec<Action> = (0..4)
                    .filter(|bit| bits >> bit & 1 == 1)
                    .map(|bit| all[bit])
                    .collect();
                if !actions.is_empty() {
                    rows.push(Permission {
                        role: format!("role_{role}"),
                        entity: name(entity),
                        actions,
                        scope: if bits > 7 { Scope::All } else { Scope::Own },
                    });
                }
            }
        }
        rows
    }

    fn requirement(&self, at: usize) -> Requirement {
        Requirement {
            id: format!("FR-{}", at + 1),
            title: self.text(at),
            description: self.long(at),
            priority: [Priority::P0, Priority::P1, Priority::P2][self.roll(at, 3)],
            feature: self.text(at / 2),
            actors: vec!["role_0".to_owned()],
            entities: (0..self.roll(at, 3))
                .map(|n| name((at + n) % self.entities))
                .collect(),
            rationale: (self.roll(at, 2) == 0).then(|| self.text(at + 1)),
            acceptance: vec![Acceptance {
                id: format!("AC-{}", at + 1),
                given: self.text(at),
                when: self.text(at + 1),
                then: self.text(at + 2),
            }],
            source_id: (self.roll(at, 3) == 0).then(|| self.text(at)),
            trace: self.trace(at),
        }
    }
}

/// Names that are words of Mermaid as well.
fn name(at: usize) -> String {
    ["Title", "End", "Direction", "Many"]
        .get(at)
        .map_or_else(|| format!("Thing{at}"), |n| (*n).to_owned())
}
