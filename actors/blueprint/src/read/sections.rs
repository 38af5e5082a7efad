//! What a heading announces.
//!
//! Invariant: a section of a kind that is not product text (contents, test plans, road maps) yields nothing.

use std::sync::LazyLock;

/// Kinds of section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SectionKind {
    /// The heading does not say.
    #[default]
    Other,
    /// Out of scope.
    Excluded,
    /// Not now.
    Later,
    /// Not about the product: contents, test plans, road maps.
    Noise,
    /// Open questions.
    Questions,
    /// Edge cases.
    Edges,
    /// Acceptance criteria.
    Acceptance,
    /// User stories.
    Stories,
    /// Success metrics.
    Metrics,
    /// Non-functional requirements.
    Nfr,
    /// Technology.
    Tech,
    /// Constraints.
    Constraints,
    /// Entities.
    Entities,
    /// Who may do what.
    Permissions,
    /// Roles and personas.
    Roles,
    /// Glossary.
    Glossary,
    /// Assumptions of the specification itself.
    Assumptions,
    /// The problem.
    Problem,
    /// The vision.
    Vision,
    /// Requirements.
    Requirements,
    /// Features.
    Features,
}

impl SectionKind {
    /// Whether sentences under it say what the application does.
    pub(super) fn is_product(self) -> bool {
        !matches!(
            self,
            Self::Excluded
                | Self::Later
                | Self::Noise
                | Self::Questions
                | Self::Edges
                | Self::Metrics
                | Self::Nfr
                | Self::Tech
                | Self::Constraints
                | Self::Glossary
                | Self::Assumptions
                | Self::Problem
        )
    }

    /// Whether its items are requirements even without a verb of duty.
    pub(super) fn lists_requirements(self) -> bool {
        matches!(self, Self::Requirements | Self::Features | Self::Stories)
    }

    /// Whether sections inside keep this kind, whatever their headings say.
    fn is_sticky(self) -> bool {
        matches!(
            self,
            Self::Excluded
                | Self::Later
                | Self::Noise
                | Self::Metrics
                | Self::Nfr
                | Self::Tech
                | Self::Glossary
        )
    }

    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "excluded" => Self::Excluded,
            "later" => Self::Later,
            "noise" => Self::Noise,
            "questions" => Self::Questions,
            "edges" => Self::Edges,
            "acceptance" => Self::Acceptance,
            "stories" => Self::Stories,
            "metrics" => Self::Metrics,
            "nfr" => Self::Nfr,
            "tech" => Self::Tech,
            "constraints" => Self::Constraints,
            "entities" => Self::Entities,
            "permissions" => Self::Permissions,
            "roles" => Self::Roles,
            "glossary" => Self::Glossary,
            "assumptions" => Self::Assumptions,
            "problem" => Self::Problem,
            "vision" => Self::Vision,
            "requirements" => Self::Requirements,
            "features" => Self::Features,
            _ => return None,
        })
    }
}

static PHRASES: LazyLock<Vec<(SectionKind, &'static str)>> = LazyLock::new(|| {
    let mut out = Vec::new();
    for line in include_str!("../../../../config/lexicon/sections.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let Some((name, phrases)) = line.split_once(" : ") else {
            continue;
        };
        if let Some(kind) = SectionKind::from_name(name.trim()) {
            out.extend(phrases.split('|').map(|phrase| (kind, phrase.trim())));
        }
    }
    out
});

/// What `heading` announces inside a section of kind `parent`.
pub(super) fn classify(heading: &str, parent: SectionKind) -> SectionKind {
    if parent.is_sticky() {
        return parent;
    }
    let own = own_kind(heading);
    let kept = match parent {
        // "### Orders" under "Data model" is an entity even where the word is also a heading elsewhere.
        SectionKind::Entities => matches!(
            own,
            SectionKind::Vision | SectionKind::Tech | SectionKind::Roles
        ),
        SectionKind::Roles | SectionKind::Permissions => own == SectionKind::Roles,
        SectionKind::Requirements | SectionKind::Features => {
            matches!(own, SectionKind::Vision | SectionKind::Roles)
        }
        _ => false,
    };
    if kept || (own == SectionKind::Other && inherits(parent)) {
        parent
    } else {
        own
    }
}

fn inherits(parent: SectionKind) -> bool {
    !matches!(parent, SectionKind::Vision | SectionKind::Problem)
}

/// What `heading` alone announces.
pub(super) fn own_kind(heading: &str) -> SectionKind {
    let lower = format!(" {} ", heading.to_lowercase());
    let fits = |phrase: &str| {
        if let Some(exact) = phrase.strip_prefix('=') {
            return lower.trim() == exact;
        }
        lower.match_indices(phrase).any(|(at, _)| {
            let after = &lower[at + phrase.len()..];
            let whole = |rest: &str| !rest.starts_with(char::is_alphanumeric);
            // "story" also as "stories", "requirement" also as "requirements".
            let stem = phrase.ends_with("stor")
                || phrase.ends_with("capabilit")
                || phrase.ends_with("entit");
            let ends = whole(after) || stem || after.strip_prefix('s').is_some_and(whole);
            ends && !lower[..at].ends_with(char::is_alphanumeric)
        })
    };
    PHRASES
        .iter()
        .find(|(_, phrase)| fits(phrase))
        .map_or(SectionKind::Other, |(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_common_headings() {
        for (heading, kind) in [
            ("Out of Scope", SectionKind::Excluded),
            ("Non-Goals", SectionKind::Excluded),
            ("Key Entities", SectionKind::Entities),
            ("Functional Requirements", SectionKind::Requirements),
            ("Non-Functional Requirements", SectionKind::Nfr),
            ("User Stories", SectionKind::Stories),
            ("Requisitos funcionais", SectionKind::Requirements),
            ("Table of Contents", SectionKind::Noise),
            ("Success Metrics", SectionKind::Metrics),
            ("Requirements", SectionKind::Requirements),
            ("Capabilities", SectionKind::Features),
            ("Booking", SectionKind::Other),
        ] {
            assert_eq!(own_kind(heading), kind, "{heading}");
        }
    }
}
