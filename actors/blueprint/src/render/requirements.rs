//! (Being written.)

use crate::{AppModel, Artifact, Meter, Stopped};

/// Renders.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the run was cancelled.
pub fn render(_model: &AppModel, _gathered_at: &str, _meter: &Meter) -> Result<Vec<Artifact>, Stopped> {
    Ok(Vec::new())
}
