//! What one run is given: the specification and the caller's other content arguments.
//!
//! Invariant: every content argument ends up as a labelled Markdown section of the canonical text, so that spans can
//! quote it.

use serde::{Deserialize, Serialize};

/// Input of the embedded agents. Missing parts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The product specification, at most 200,000 characters.
    pub spec: String,
    /// Name given by the caller; else it is derived from the text.
    pub product_name: Option<String>,
    /// Other content arguments as (heading, Markdown): `("Target segments", "- students\n- teachers")`.
    pub sections: Vec<(String, String)>,
    /// `vite-react`, `tanstack-start`, `nextjs-react`, or anything.
    pub stack_preference: Option<String>,
    /// `minimal`, `corporate`, `playful`, or anything.
    pub style_preference: Option<String>,
    /// `#rrggbb`.
    pub primary_color: Option<String>,
    /// `#rrggbb`.
    pub secondary_color: Option<String>,
    /// CSS font stack.
    pub font_family: Option<String>,
    /// `none`, `sm`, `md`, `lg` or `full`.
    pub radius: Option<String>,
    /// BCP 47 language of the artifacts; default: that of the text.
    pub language: Option<String>,
}
