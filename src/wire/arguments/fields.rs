//! The arguments that agent tools take, each with its rule.
//!
//! Invariant: one table for all agent tools. A tool advertises those that matter to it and accepts the others, so no
//! content is lost because it was sent to the neighbouring tool; canonical arguments follow the order of the table.

use super::rules::{Field, Others, Rule};
use crate::wire::tools::PHASES;
use aios_actors::base::limits::SPEC_CHARS_MAX;

/// Largest inline object of an earlier result, in bytes of JSON.
const RESULT_BYTES_MAX: usize = 256_000;
const LINE: Rule = Rule::Text { min: 1, max: 300 };
const LINES: Rule = Rule::Texts {
    items: 50,
    chars: 300,
};

/// Members of earlier results, by which one is recognised: those of the artifact's schema and of the compact forms.
pub const REQUIREMENTS: &[&str] = &[
    "functional",
    "non_functional",
    "nonFunctional",
    "constraints",
    "product",
    "personas",
    "roles",
    "acceptance",
    "assumptions",
    "exclusions",
    "domainModel",
    "relations",
    "permissions",
    "interactions",
    "edgeCases",
    "terminology",
    "openQuestions",
    "successMetrics",
    "functional_requirements",
    "non_functional_requirements",
];
/// The same for architectures.
pub const ARCHITECTURE: &[&str] = &[
    "stack",
    "data_model",
    "api_design",
    "security",
    "decisions",
    "sql",
];
/// The same for UX specifications.
pub const UX_SPEC: &[&str] = &[
    "user_flows",
    "pages",
    "design_tokens",
    "navigation",
    "components",
    "component_library",
    "accessibility_guidelines",
    "design_system",
    "wireframes",
];

/// Styles that the agents know.
pub const STYLES: &[&str] = &["minimal", "corporate", "playful"];

const fn result(members: &'static [&'static str]) -> Rule {
    Rule::Object {
        bytes: RESULT_BYTES_MAX,
        members,
    }
}

const fn field(name: &'static str, rule: Rule) -> Field {
    Field { name, rule }
}

const CONTEXT: &[Field] = &[
    field("industry", LINE),
    field("target_audience", LINE),
    field(
        "budget_tier",
        Rule::Word(&["startup", "scaleup", "enterprise"], &[]),
    ),
];

const PLATFORMS: &[&str] = &[
    "web",
    "mobile-web",
    "pwa",
    "ios",
    "android",
    "desktop",
    "api",
];

const CONSTRAINTS: &[Field] = &[
    field("budget", Rule::Text { min: 1, max: 200 }),
    field("timeline", Rule::Text { min: 1, max: 200 }),
    field("platforms", Rule::Words(PLATFORMS, &[])),
    field(
        "compliance",
        Rule::Texts {
            items: 20,
            chars: 300,
        },
    ),
    field(
        "must_use",
        Rule::Texts {
            items: 30,
            chars: 300,
        },
    ),
    field(
        "must_not_use",
        Rule::Texts {
            items: 30,
            chars: 300,
        },
    ),
    field("team_size", Rule::Whole { min: 1, max: 1_000 }),
];

const DESIGN: &[Field] = &[
    field("primary_color", Rule::Color),
    field("secondary_color", Rule::Color),
    field("font_family", Rule::Text { min: 1, max: 200 }),
    field("style", Rule::Text { min: 1, max: 100 }),
    field(
        "radius",
        Rule::Word(&["none", "sm", "md", "lg", "full"], &[]),
    ),
    field("dark_mode", Rule::Flag),
];

const LIMITS: &[Field] = &[
    field("max_cost_usd", Rule::Amount { max: 1_000.0 }),
    field(
        "max_tokens",
        Rule::Whole {
            min: 1_000,
            max: 50_000_000,
        },
    ),
    field(
        "deadline_seconds",
        Rule::Whole {
            min: 10,
            max: 86_400,
        },
    ),
];

/// Content: everything here reaches the agents.
pub const CONTENT: &[Field] = &[
    field(
        "spec",
        Rule::Text {
            min: 1,
            max: SPEC_CHARS_MAX,
        },
    ),
    field("product_name", Rule::Text { min: 1, max: 120 }),
    field(
        "description",
        Rule::Text {
            min: 1,
            max: SPEC_CHARS_MAX,
        },
    ),
    field(
        "context",
        Rule::Group {
            fields: CONTEXT,
            others: Others::KeptAndSaid(500),
        },
    ),
    field(
        "constraints",
        Rule::Group {
            fields: CONSTRAINTS,
            others: Others::Kept(500),
        },
    ),
    field("target_segments", LINES),
    field("key_problems", LINES),
    field("success_metrics", LINES),
    field(
        "market_context",
        Rule::Text {
            min: 1,
            max: 20_000,
        },
    ),
    field("requirements", result(REQUIREMENTS)),
    field("architecture", result(ARCHITECTURE)),
    field("ux_spec", result(UX_SPEC)),
    field("user_flows", LINES),
    field("page_structure", LINES),
    field("accessibility_requirements", LINES),
    field("stack_preference", Rule::Text { min: 1, max: 100 }),
    field("style_preference", Rule::Word(STYLES, &[])),
    field(
        "design_preferences",
        Rule::Group {
            fields: DESIGN,
            others: Others::Ignored,
        },
    ),
    field("target_files", Rule::Paths { items: 50 }),
    field(
        "template",
        Rule::Checked(
            is_template,
            "must be the id of a template, like `e-commerce`",
        ),
    ),
    field(
        "limits",
        Rule::Group {
            fields: LIMITS,
            others: Others::Ignored,
        },
    ),
    field(
        "language",
        Rule::Checked(is_language, "must be a language tag like `en` or `pt-BR`"),
    ),
];

/// Phases of a pipeline; the predecessor said `design`.
pub const PHASE_LIST: Field = field("phases", Rule::Words(&PHASES, &[("design", "ux")]));

/// How the call is carried out; the agents never see these.
pub const EXECUTION: &[Field] = &[
    field("from_job", Rule::Checked(is_job_id, "must be a jobId")),
    field("mode", Rule::Word(&["auto", "sync", "async"], &[])),
    field(
        "wait_seconds",
        Rule::Whole {
            min: 0,
            max: super::WAIT_SECONDS_MAX,
        },
    ),
    field(
        "idempotency_key",
        Rule::Checked(
            is_idempotency_key,
            "must be 1 to 128 visible ASCII characters",
        ),
    ),
    field("webhook_url", Rule::Text { min: 1, max: 2_048 }),
    field("delivery", Rule::Word(&["manifest", "inline", "zip"], &[])),
];

/// The shape of job ids, ours and the predecessor's.
pub fn is_job_id(text: &str) -> bool {
    (6..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn is_idempotency_key(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_template(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    starts_well
        && (2..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The shape of BCP 47, without its registry.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=3).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}
