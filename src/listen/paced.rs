//! A request body that has to arrive at a least rate.
//!
//! Invariant: no timer exists until the body keeps us waiting, so bodies that come with their headers cost nothing.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// The body came too slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request body came too slowly")]
pub struct TooSlow;

/// A body with a least rate after a time of grace.
#[derive(Debug)]
pub struct PacedBody<B> {
    inner: B,
    received: u64,
    grace: Duration,
    bytes_per_second_min: u64,
    pace: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<B> PacedBody<B> {
    /// Wraps `inner`.
    pub const fn new(inner: B, grace: Duration, bytes_per_second_min: u64) -> Self {
        Self {
            inner,
            received: 0,
            grace,
            bytes_per_second_min,
            pace: None,
        }
    }

    /// Whether waiting has to end. Registers for the time when that is to be asked again.
    fn is_too_slow(&mut self, context: &mut Context<'_>) -> bool {
        let (grace, received) = (self.grace, self.received);
        let (since, timer) = self
            .pace
            .get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(grace))));
        while timer.as_mut().poll(context).is_ready() {
            let paid = Duration::from_secs(received / self.bytes_per_second_min.max(1));
            let due = *since + grace + paid;
            if Instant::now() >= due {
                return true;
            }
            timer.as_mut().reset(due);
        }
        false
    }
}

impl<B> Body for PacedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                this.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending if this.is_too_slow(context) => Poll::Ready(Some(Err(Box::new(TooSlow)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
