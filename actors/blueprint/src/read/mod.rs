//! Reading: from a [`Request`] to an [`AppModel`]. (Being written.)

use crate::{AppModel, Meter, Request, Stopped};

/// Reads `request`.
///
/// # Errors
/// [`Stopped`] when the meter ran out or the run was cancelled.
pub fn read(_request: &Request, _meter: &Meter) -> Result<AppModel, Stopped> {
    Ok(AppModel::default())
}
