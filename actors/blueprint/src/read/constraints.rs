//! Constraints: budget, time, technology, law.
//!
//! Invariant: in prose only what says that it binds is a constraint.

use super::doc::Doc;
use super::lexicon;
use super::notes::Notes;
use super::sections::{SectionKind, own_kind};
use super::words::shortened;
use crate::model::{Constraint, Origin};

/// Technology that a specification may ask for, and what it is called.
const TECHNOLOGY: &[(&str, &str)] = &[
    ("next.js", "Next.js"),
    ("nextjs", "Next.js"),
    ("react native", "React Native"),
    ("react", "React"),
    ("vue", "Vue"),
    ("angular", "Angular"),
    ("svelte", "Svelte"),
    ("flutter", "Flutter"),
    ("node.js", "Node.js"),
    ("nestjs", "NestJS"),
    ("express", "Express"),
    ("django", "Django"),
    ("flask", "Flask"),
    ("rails", "Rails"),
    ("laravel", "Laravel"),
    ("spring boot", "Spring Boot"),
    (".net", ".NET"),
    ("fastapi", "FastAPI"),
    ("postgresql", "PostgreSQL"),
    ("postgres", "PostgreSQL"),
    ("mysql", "MySQL"),
    ("mongodb", "MongoDB"),
    ("sqlite", "SQLite"),
    ("firebase", "Firebase"),
    ("supabase", "Supabase"),
    ("convex", "Convex"),
    ("graphql", "GraphQL"),
    ("tailwind", "Tailwind CSS"),
    ("typescript", "TypeScript"),
    ("kubernetes", "Kubernetes"),
    ("docker", "Docker"),
    ("aws", "AWS"),
    ("azure", "Azure"),
    ("vercel", "Vercel"),
    ("stripe", "Stripe"),
    ("paypal", "PayPal"),
    ("twilio", "Twilio"),
    ("redis", "Redis"),
    ("typeorm", "TypeORM"),
    ("prisma", "Prisma"),
    ("tanstack", "TanStack"),
    ("google maps", "Google Maps"),
    ("slack", "Slack"),
    ("pix", "Pix"),
];

/// Budget, time, technology and law.
pub(super) fn constraint(doc: &Doc<'_>, index: usize, listed: bool, out: &mut Notes) {
    let unit = &doc.units[index];
    let text = unit.text.trim();
    let lower = text.to_lowercase();
    if text.chars().count() < 10 || text.ends_with(':') || out.constraints.len() >= 120 {
        return;
    }
    let technology = technology(&lower);
    let time = lexicon::has_mark("constraint.time", &lower)
        && text.chars().any(|char| char.is_ascii_digit());
    let money =
        (lower.contains("budget") || lower.contains("orçamento") || lower.contains("presupuesto"))
            && text.chars().any(|char| char.is_ascii_digit());
    let law = lexicon::has_mark("constraint.law", &lower);
    let own = own_kind(&doc.sections[unit.section].heading);
    let explicit = listed && matches!(own, SectionKind::Constraints | SectionKind::Tech);
    // In prose a constraint must say that it binds.
    let binding = lexicon::has_mark("constraint.binding", &lower);
    let (kind, impact) = if law && (explicit || binding) {
        (
            "regulatory",
            "Storage, access and deletion of personal data follow it.",
        )
    } else if let Some(name) = technology.filter(|_| explicit || binding) {
        constraint_of_technology(doc, index, name, out);
        return;
    } else if money {
        (
            "business",
            "Scope is cut to what the budget carries; the rest is later work.",
        )
    } else if time
        && (explicit
            || lower.contains("deadline")
            || lower.contains("launch")
            || lower.contains("timeline")
            || lower.contains("prazo"))
    {
        (
            "business",
            "The delivery plan fits this time; lower priorities move out.",
        )
    } else if explicit && own == SectionKind::Constraints {
        ("technical", "Design and code keep to it.")
    } else {
        return;
    };
    out.constraints.push(Constraint {
        kind: kind.to_owned(),
        description: shortened(text, 600),
        impact: impact.to_owned(),
        trace: doc.trace(Origin::Spec, &unit.span),
        ..Constraint::default()
    });
}

fn constraint_of_technology(doc: &Doc<'_>, index: usize, name: &str, out: &mut Notes) {
    let unit = &doc.units[index];
    let ours = [
        "React",
        "TypeScript",
        "Supabase",
        "PostgreSQL",
        "Tailwind CSS",
    ]
    .contains(&name);
    let impact = if ours {
        format!("The generated code uses {name}.")
    } else {
        format!(
            "The generated code is a Vite and React application on Supabase; {name} is recorded and needs a decision."
        )
    };
    out.constraints.push(Constraint {
        kind: "technical".to_owned(),
        description: shortened(unit.text.trim(), 600),
        impact,
        trace: doc.trace(Origin::Spec, &unit.span),
        ..Constraint::default()
    });
}

/// The first technology that `lower` names as a word.
fn technology(lower: &str) -> Option<&'static str> {
    TECHNOLOGY
        .iter()
        .find(|(word, _)| {
            lower.match_indices(word).any(|(at, _)| {
                let before = lower[..at].chars().next_back();
                let after = lower[at + word.len()..].chars().next();
                !before.is_some_and(char::is_alphanumeric)
                    && !after.is_some_and(char::is_alphanumeric)
            })
        })
        .map(|(_, name)| *name)
}
