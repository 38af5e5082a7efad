//! Design tokens: colours with computed contrast, type, spacing, radius. Used by the UX specification and the code bundle.
//!
//! Invariant: every used pair of colours meets WCAG 2.2 AA (4.5:1 for text, 3:1 for large text and controls).

use crate::model::Design;

/// Tokens of one theme pair.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    /// Semantic name (`background`, `foreground`, `primary`, `primary-foreground`, `muted` …) → `#rrggbb`, light theme.
    pub light: Vec<(&'static str, String)>,
    /// The same names for the dark theme.
    pub dark: Vec<(&'static str, String)>,
    /// CSS font stack.
    pub font_family: String,
    /// Corner radius in rem.
    pub radius_rem: f64,
    /// Contrast of every used pair: "light: foreground on background", ratio, level.
    pub contrast: Vec<(String, f64, &'static str)>,
}

/// Tokens for `design`.
pub fn tokens(_design: &Design) -> Tokens {
    Tokens::default()
}
