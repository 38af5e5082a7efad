//! Rendering of documents from the model. One folder per artifact.
//!
//! Invariant: JSON and Markdown of one artifact are printed from the same values; neither knows a fact that the other
//! one contradicts.

pub mod architecture;
mod flows;
mod json;
mod md;
mod mermaid;
pub mod requirements;
pub mod ux;
mod view;
mod wireframe;

#[cfg(test)]
mod checks;
#[cfg(test)]
mod generator;
