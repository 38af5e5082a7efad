//! Event streams: a waiting call with progress, and a session's standalone stream.
//!
//! Invariant: progress rises strictly and is never older than the interval; dropping a stream ends the wait. Frames carry
//! no ids until they can be replayed from durable events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::calls::Wait;
use super::catalogue::{Answered, Note, Waiting};
use super::gate::Replaced;
use super::outcome::Outcome;
use crate::wire::reply;
use crate::wire::sse;

/// News that wait for a slow reader; more are dropped, the next tick says the latest.
const NOTES_MAX: usize = 16;

/// Progress that only rises.
#[derive(Debug)]
struct Meter {
    token: String,
    last: f64,
    message: String,
}

impl Meter {
    const fn new(token: String) -> Self {
        Self {
            token,
            last: -1.0,
            message: String::new(),
        }
    }

    /// The next notification. Without a new percentage it moves a fiftieth of the way that is left.
    fn frame(&mut self, note: Option<Note>) -> Bytes {
        let percent = note
            .as_ref()
            .map_or(0.0, |note| f64::from(note.percent.min(99)));
        let nudge = if self.last < 0.0 {
            0.0
        } else {
            self.last + (99.9 - self.last) / 50.0
        };
        self.last = if percent > self.last { percent } else { nudge };
        if let Some(note) = note {
            self.message = note.message;
        }
        let params = format!(
            r#"{{"progressToken":{},"progress":{},"total":100,"message":{}}}"#,
            self.token,
            self.last,
            serde_json::Value::from(self.message.as_str())
        );
        sse::frame(
            None,
            reply::notification("notifications/progress", &params).as_bytes(),
        )
    }
}

/// What a stream of a waiting call needs.
pub(super) struct Held {
    /// Raw id of the request.
    pub(super) id: String,
    /// Raw progress token.
    pub(super) token: String,
    /// The modern era's additions to the result.
    pub(super) tail: Bytes,
    /// Ends the wait.
    pub(super) wait: Wait,
    /// Resolves when the server closes.
    pub(super) closed: BoxFuture<'static, Answered>,
}

struct CallStream {
    held: Held,
    meter: Meter,
    notes: mpsc::Receiver<Note>,
    answer: BoxFuture<'static, Answered>,
    ticks: Interval,
    is_over: bool,
}

/// Carries out a waiting call on an event stream.
pub(super) fn call(waiting: Waiting, held: Held, every: Duration) -> Body {
    let (sender, notes) = mpsc::channel(NOTES_MAX);
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let state = CallStream {
        meter: Meter::new(held.token.clone()),
        answer: waiting(Some(sender)),
        notes,
        ticks,
        held,
        is_over: false,
    };
    Body::from_stream(stream::unfold(state, |mut state| async move {
        let frame = state.next().await?;
        Some((Ok::<_, Infallible>(frame), state))
    }))
}

impl CallStream {
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        tokio::select! {
            // The first tick is at once, so a progress notification opens the stream, whatever the rest does.
            biased;
            _tick = self.ticks.tick() => Some(self.meter.frame(None)),
            () = self.held.wait.cancelled() => None,
            answered = &mut self.answer => self.last(answered),
            answered = &mut self.held.closed => self.last(answered),
            Some(note) = self.notes.recv() => {
                self.ticks.reset();
                Some(self.meter.frame(Some(note)))
            }
        }
    }

    fn last(&mut self, answered: Answered) -> Option<Bytes> {
        self.is_over = true;
        let outcome = Outcome::of(&self.held.id, answered, &self.held.tail);
        outcome
            .into_batch_item()
            .map(|body| sse::frame(None, &body))
    }
}

/// A session's standalone stream: comments until another stream takes over or the server closes. Notifications of
/// subscriptions will come here.
pub(super) fn standalone(
    replaced: Replaced,
    closed: impl Future<Output = ()> + Send + 'static,
    every: Duration,
) -> Body {
    // The first comment at once: it sends the headers on their way.
    let ticks = interval(every);
    let comments = stream::unfold(ticks, |mut ticks| async move {
        ticks.tick().await;
        Some((
            Ok::<_, Infallible>(Bytes::from_static(sse::KEEP_ALIVE)),
            ticks,
        ))
    });
    let end = Box::pin(async move {
        tokio::select! {
            () = replaced => {}
            () = closed => {}
        }
    });
    Body::from_stream(Box::pin(comments.take_until(end)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn progress(frame: &[u8]) -> f64 {
        let text = std::str::from_utf8(frame).unwrap();
        let data = text.split_once("data: ").unwrap().1;
        let message: Value = serde_json::from_str(data).unwrap();
        assert_eq!(message["params"]["progressToken"], "t");
        message["params"]["progress"].as_f64().unwrap()
    }

    #[test]
    fn progress_rises_strictly_whatever_is_reported() {
        let mut meter = Meter::new("\"t\"".to_owned());
        let mut last = -1.0;
        let notes = [0, 0, 40, 10, 40, 99, 99, 255];
        for step in 0..200 {
            let note = notes.get(step).map(|&percent| Note {
                percent,
                message: String::new(),
            });
            let now = progress(&meter.frame(note));
            assert!(now > last && now < 100.0, "{now} after {last}");
            last = now;
        }
    }
}
