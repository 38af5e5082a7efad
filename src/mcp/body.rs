//! Request bodies and the media types around them.
//!
//! Invariant: never holds more than the limit; what is read past it is dropped at once.

use std::time::Duration;

use aios_actors::base::error::{ErrorCode, PublicError};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::Body as HttpBody;

use crate::listen::TooSlow;
use crate::wire::fault::Fault;

pub(super) const JSON: &str = "application/json";
pub(super) const EVENTS: &str = "text/event-stream";
/// Most bytes of a refused body that are read before the answer.
const DISCARD_BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// Longest time for that.
const DISCARD_TIME_MAX: Duration = Duration::from_secs(1);

/// 415 unless the body is JSON, 406 when the client takes neither of our forms.
pub(super) fn check_media_types(headers: &HeaderMap) -> Result<(), Fault> {
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|value| {
        value == JSON
            || value
                .to_str()
                .is_ok_and(|text| essence(text).eq_ignore_ascii_case(JSON))
    });
    if !is_json {
        return Err(Fault::new(
            415,
            415,
            "Content-Type must be application/json",
        ));
    }
    let is_plain = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if !is_plain {
        let message = "Content-Encoding must be identity: compressed bodies are not read";
        return Err(Fault::new(415, 415, message));
    }
    if accepts(headers, JSON) || accepts(headers, EVENTS) {
        Ok(())
    } else {
        Err(Fault::new(
            406,
            406,
            "Accept must allow application/json or text/event-stream",
        ))
    }
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Whether `Accept` names exactly this type.
pub(super) fn names(headers: &HeaderMap, media_type: &str) -> bool {
    let values = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|text| text.split(','))
        .any(|one| essence(one).eq_ignore_ascii_case(media_type))
}

/// Whether the client takes this type: no `Accept` at all takes everything.
pub(super) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let family = media_type.split('/').next().unwrap_or_default();
    let mut values = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .peekable();
    values.peek().is_none()
        || values
            .flat_map(|text| text.split(','))
            .map(essence)
            .any(|one| {
                one.eq_ignore_ascii_case(media_type)
                    || one == "*/*"
                    || one
                        .strip_suffix("/*")
                        .is_some_and(|known| known.eq_ignore_ascii_case(family))
            })
}

/// Reads and drops what is left of a refused body, up to a limit: clients that write all of it before they read would
/// otherwise meet a reset instead of the answer.
async fn discard<B>(body: &mut B)
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let mut left = DISCARD_BYTES_MAX;
    let rest = async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame.map_err(drop) else {
                break;
            };
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(bytes) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_TIME_MAX, rest).await;
}

/// The whole body. One that came in one piece is not copied. `may_discard`: the client did not ask before sending.
pub(super) async fn read_body<B>(
    mut body: B,
    bytes_max: usize,
    may_discard: bool,
) -> Result<Bytes, Fault>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let too_large = || {
        let message = format!("the body has more than {bytes_max} bytes");
        Fault::door(&PublicError::new(ErrorCode::PayloadTooLarge, message))
    };
    if body.size_hint().lower() > bytes_max as u64 {
        if may_discard {
            discard(&mut body).await;
        }
        return Err(too_large());
    }
    let (mut first, mut all, mut fits) = (Bytes::new(), BytesMut::new(), true);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let error: Box<dyn std::error::Error + Send + Sync> = error.into();
            let is_slow = error.downcast_ref::<TooSlow>().is_some();
            let status = if is_slow { 408 } else { 400 };
            Fault::new(status, i32::from(status), "the body could not be read")
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        fits = first.len() + all.len() + data.len() <= bytes_max;
        if !fits {
            break;
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
    }
    if !fits {
        discard(&mut body).await;
        return Err(too_large());
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
