//! Rendering of documents from the model. One file per artifact.

pub mod architecture;
pub mod requirements;
pub mod ux;
