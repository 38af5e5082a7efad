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
use super::catalogue::{Answered, Closing, Note, Waiting};
use super::gate::Replaced;
use super::outcome::Outcome;
use crate::wire::reply;
use crate::wire::sse;

/// News that wait for a slow reader; more are dropped, the next tick says the latest.
const NOTES_MAX: usize = 16;

/// Hundredths of a percent at the end.
const WHOLE: u32 = 10_000;

/// Progress that only rises, in hundredths of a percent.
#[derive(Debug)]
struct Meter {
    token: String,
    last: Option<u32>,
    message: String,
}

impl Meter {
    fn new(token: String) -> Self {
        Self {
            token,
            last: None,
            message: "the call was accepted".to_owned(),
        }
    }

    /// News that raise the percentage; a sentence that does not waits for the next sign of life.
    fn note(&mut self, note: Note) -> Option<Bytes> {
        let percent = u32::from(note.percent.min(100)) * (WHOLE / 100);
        if !note.message.is_empty() {
            self.message = note.message;
        }
        let rises = self.last.is_none_or(|last| percent > last);
        rises.then(|| self.frame(percent))
    }

    /// A sign of life: a hundredth more, or a comment where there is no room left.
    fn tick(&mut self) -> Bytes {
        match self.last.map_or(0, |last| last + 1) {
            WHOLE.. => Bytes::from_static(sse::KEEP_ALIVE),
            progress => self.frame(progress),
        }
    }

    fn frame(&mut self, progress: u32) -> Bytes {
        self.last = Some(progress);
        let params = format!(
            r#"{{"progressToken":{},"progress":{},"total":100,"message":{}}}"#,
            self.token,
            shown(progress),
            serde_json::Value::from(self.message.as_str())
        );
        sse::frame(
            None,
            reply::notification("notifications/progress", &params).as_bytes(),
        )
    }
}

/// Hundredths as percent, whole where they are.
fn shown(hundredths: u32) -> String {
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}.{rest:02}"),
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
pub(super) fn call((waiting, closing): (Waiting, Closing), held: Held, every: Duration) -> Body {
    let (sender, notes) = mpsc::channel(NOTES_MAX);
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let state = CallStream {
        meter: Meter::new(held.token.clone()),
        answer: waiting(Some(sender), closing),
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
        while !self.is_over {
            tokio::select! {
                // The first tick is at once, so a progress notification opens the stream, whatever the rest does.
                biased;
                _tick = self.ticks.tick() => return Some(self.meter.tick()),
                () = self.held.wait.cancelled() => return None,
                answered = &mut self.answer => return self.last(answered),
                answered = &mut self.held.closed => return self.last(answered),
                Some(note) = self.notes.recv() => {
                    if let Some(frame) = self.meter.note(note) {
                        self.ticks.reset();
                        return Some(frame);
                    }
                }
            }
        }
        None
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
        let mut all = vec![progress(&meter.tick())];
        for percent in [0, 0, 40, 10, 40, 99, 99, 255] {
            let message = format!("at {percent}");
            all.extend(
                meter
                    .note(Note { percent, message })
                    .map(|frame| progress(&frame)),
            );
        }
        assert_eq!(all, [0.0, 40.0, 99.0, 100.0]);
        assert_eq!(meter.tick(), sse::KEEP_ALIVE);
        let mut meter = Meter::new("\"t\"".to_owned());
        let mut last = -1.0;
        for _ in 0..200 {
            let now = progress(&meter.tick());
            assert!(now > last && now < 100.0, "{now} after {last}");
            last = now;
        }
    }

    #[test]
    fn whole_percentages_are_whole_numbers_and_messages_are_never_empty() {
        let mut meter = Meter::new("1".to_owned());
        let (percent, message) = (25, String::new());
        let frame = meter.note(Note { percent, message }).unwrap();
        let text = String::from_utf8_lossy(&frame).into_owned();
        assert!(
            text.contains(r#""progress":25,"total":100,"message":"the"#),
            "{text}"
        );
    }
}
