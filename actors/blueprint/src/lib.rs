//! The embedded agents: a product specification in, artifacts out.
//!
//! Invariant: pure. No clock, randomness, I/O, threads or async; the same [`Request`] gives the same bytes.
//! `canon` and `read` turn text into one [`model::AppModel`]; `screens`, `sql` and `tokens` derive what several
//! artifacts share; `render` and `code` print it.

pub mod bundle;
pub mod canon;
pub mod code;
#[cfg(test)]
pub(crate) mod fixture;
pub mod meter;
pub mod model;
pub mod read;
pub mod render;
pub mod request;
pub mod screens;
pub mod sql;
pub mod stack;
pub mod tokens;

pub use meter::{Meter, Stopped};
pub use model::AppModel;
pub use request::Request;

/// One finished artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Public name: `requirements.json`.
    pub name: String,
    /// Media type: `application/json`.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Artifact {
    /// An artifact of text.
    pub fn text(name: &str, media_type: &str, text: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            bytes: text.into().into_bytes(),
        }
    }
}

/// Reads the specification.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the job was cancelled.
pub fn model(request: &Request, meter: &Meter) -> Result<AppModel, Stopped> {
    read::read(request, meter)
}

/// What @pm delivers: `requirements.json` and `requirements.md`. `gathered_at` is RFC 3339.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the job was cancelled.
pub fn strategy(
    model: &AppModel,
    gathered_at: &str,
    meter: &Meter,
) -> Result<Vec<Artifact>, Stopped> {
    render::requirements::render(model, gathered_at, meter)
}

/// What @architect delivers: `architecture.json` and `architecture.md`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the job was cancelled.
pub fn architecture(model: &AppModel, meter: &Meter) -> Result<Vec<Artifact>, Stopped> {
    render::architecture::render(model, meter)
}

/// What @ux delivers: `ux-spec.json`, `ux-spec.md` and `tokens.json`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the job was cancelled.
pub fn ux(model: &AppModel, meter: &Meter) -> Result<Vec<Artifact>, Stopped> {
    render::ux::render(model, meter)
}

/// What @dev delivers: `code.json` (the manifest) and `code.zip`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the job was cancelled.
pub fn code(model: &AppModel, meter: &Meter) -> Result<Vec<Artifact>, Stopped> {
    code::render(model, meter)
}
