//! What the application must do and be: requirements, constraints, assumptions, questions, and how it should look.
//!
//! Invariant: ids count from 1 within their kind.

use serde::{Deserialize, Serialize};

use super::Trace;

/// A functional requirement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirement {
    /// `FR-n`, counted from 1.
    pub id: String,
    /// At most 160 characters.
    pub title: String,
    /// 10 to 2,000 characters.
    pub description: String,
    /// `P0`, `P1` or `P2`.
    pub priority: Priority,
    /// Feature group, from the heading above it or the entity.
    pub feature: String,
    /// Role ids.
    pub actors: Vec<String>,
    /// Entity names.
    pub entities: Vec<String>,
    /// The "so that" of a user story.
    pub rationale: Option<String>,
    /// Acceptance criteria, at least one.
    pub acceptance: Vec<Acceptance>,
    /// Id that the specification itself uses (`FR-AUTH-01`, `US-003`).
    pub source_id: Option<String>,
    /// Source.
    pub trace: Trace,
}

/// Priorities. P0 = must, P1 = should, P2 = could.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Priority {
    P0,
    #[default]
    P1,
    P2,
}

/// One acceptance criterion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Acceptance {
    /// `AC-n`, counted over the whole model.
    pub id: String,
    pub given: String,
    pub when: String,
    pub then: String,
}

/// A non-functional requirement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NonFunctional {
    /// `NFR-n`.
    pub id: String,
    /// `performance`, `security`, `scalability`, `usability` or `reliability`.
    pub category: String,
    /// `accessibility`, `privacy`, `compliance`, `maintainability`, `observability`, `cost`, `i18n`, `portability` or `none`.
    pub aspect: String,
    /// At least 10 characters.
    pub description: String,
    /// Threshold, where the text gives a number.
    pub target: Option<Target>,
    /// How it is checked.
    pub verification: String,
    /// Source.
    pub trace: Trace,
}

/// A threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Target {
    /// `<`, `<=`, `=`, `>=` or `>`.
    pub op: String,
    /// Number.
    pub value: f64,
    /// `s`, `ms`, `%`, `users` …
    pub unit: String,
}

/// A constraint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraint {
    /// `CON-n`.
    pub id: String,
    /// `technical`, `business` or `regulatory`.
    #[serde(rename = "type")]
    pub kind: String,
    /// At least 10 characters.
    pub description: String,
    /// What follows from it.
    pub impact: String,
    /// Source.
    pub trace: Trace,
}

/// An assumption.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assumption {
    /// `ASM-n`.
    pub id: String,
    /// At least 10 characters.
    pub description: String,
    /// `low`, `medium` or `high`.
    pub risk: String,
}

/// Something out of scope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exclusion {
    /// `EXC-n`.
    pub id: String,
    /// In the words of the specification.
    pub description: String,
    /// Source.
    pub trace: Trace,
}

/// A word of the domain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Term {
    pub term: String,
    pub definition: String,
}

/// An open question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenQuestion {
    /// `OQ-n`.
    pub id: String,
    /// One sentence with a question mark.
    pub question: String,
    /// Work cannot go on without the answer.
    pub blocking: bool,
    /// Requirement ids.
    pub fr: Vec<String>,
}

/// A success metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SuccessMetric {
    /// `SM-n`.
    pub id: String,
    /// What is measured.
    pub metric: String,
    /// Its goal, where the text gives one.
    pub target: Option<String>,
}

/// An edge case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EdgeCase {
    /// `EC-n`.
    pub id: String,
    /// What happens.
    pub scenario: String,
    /// What the application does.
    pub handling: String,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
}

/// The five dimensions of complexity, 1–5 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Complexity {
    pub scope: u8,
    pub integration: u8,
    pub infrastructure: u8,
    pub knowledge: u8,
    pub risk: u8,
}

impl Complexity {
    /// Sum of the five, 5–25.
    pub fn total(self) -> u8 {
        self.scope + self.integration + self.infrastructure + self.knowledge + self.risk
    }

    /// `SIMPLE` up to 8, `STANDARD` up to 15, `COMPLEX` above.
    pub fn result(self) -> &'static str {
        match self.total() {
            0..=8 => "SIMPLE",
            9..=15 => "STANDARD",
            _ => "COMPLEX",
        }
    }
}

/// How much of the text something was derived from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Coverage {
    /// Sentences and list items of the specification.
    pub sentences: usize,
    /// Those with at least one item derived from them.
    pub traced: usize,
    /// Those with none, at most 200, each cut to 300 bytes.
    pub untraced: Vec<String>,
}

/// Wishes about looks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Design {
    /// `minimal`, `corporate` or `playful`.
    pub style: String,
    /// `#rrggbb`.
    pub primary_color: Option<String>,
    /// `#rrggbb`.
    pub secondary_color: Option<String>,
    /// CSS font stack.
    pub font_family: Option<String>,
    /// `none`, `sm`, `md`, `lg` or `full`.
    pub radius: Option<String>,
}

/// The preset of the generated code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stack {
    /// The preset that is generated: `vite-react`.
    pub framework: String,
    /// What the caller asked for.
    pub requested: Option<String>,
}
