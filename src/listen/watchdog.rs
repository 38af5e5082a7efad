//! Watches one connection: bytes in, requests under way, and how long neither has led to anything.
//!
//! Invariant: a connection with a request under way is never cut here; one without is cut after the idle timeout, or the
//! header timeout when it has begun a request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Version;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::ListenSettings;

/// What is counted per connection.
#[derive(Debug, Default)]
pub(super) struct Tracked {
    bytes: AtomicU64,
    /// Requests whose answer is not fully sent.
    open: AtomicU32,
    /// Requests so far.
    begun: AtomicU64,
    is_h2: AtomicBool,
}

/// Judges a connection from time to time.
pub(super) struct Watchdog {
    tracked: Arc<Tracked>,
    header_timeout: Duration,
    idle_timeout: Duration,
}

impl Watchdog {
    pub(super) const fn new(tracked: Arc<Tracked>, settings: &ListenSettings) -> Self {
        Self {
            tracked,
            header_timeout: settings.header_timeout,
            idle_timeout: settings.idle_timeout,
        }
    }

    /// Resolves when the connection has to be cut.
    pub(super) async fn bite(self) {
        let step = (self.header_timeout / 2).max(Duration::from_millis(20));
        let mut begun = 0;
        let mut quiet_since = Instant::now();
        let mut bytes_when_quiet = 0;
        let mut partial_since = None;
        loop {
            tokio::time::sleep(step).await;
            let now = Instant::now();
            let (bytes, requests) = (
                self.tracked.bytes.load(Relaxed),
                self.tracked.begun.load(Relaxed),
            );
            if self.tracked.open.load(Relaxed) > 0 || requests != begun {
                begun = requests;
                quiet_since = now;
                bytes_when_quiet = bytes;
                partial_since = None;
                continue;
            }
            // HTTP/2 peers send frames that belong to no request; there only requests count.
            let has_part = bytes != bytes_when_quiet && (requests == 0 || !self.is_h2());
            let since = *partial_since.get_or_insert(if has_part { now - step } else { now });
            if !has_part {
                partial_since = None;
            }
            let is_late = has_part && now - since >= self.header_timeout;
            // Who has never sent a request is not idle but late.
            let patience = if requests == 0 {
                self.header_timeout
            } else {
                self.idle_timeout
            };
            if is_late || now - quiet_since >= patience {
                return;
            }
        }
    }

    fn is_h2(&self) -> bool {
        self.tracked.is_h2.load(Relaxed)
    }
}

/// Counts the bytes that come in.
#[derive(Debug)]
pub(super) struct TrackedIo<I> {
    inner: I,
    tracked: Arc<Tracked>,
}

impl<I> TrackedIo<I> {
    pub(super) const fn new(inner: I, tracked: Arc<Tracked>) -> Self {
        Self { inner, tracked }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for TrackedIo<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        if read > 0 {
            this.tracked.bytes.fetch_add(read as u64, Relaxed);
        }
        polled
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for TrackedIo<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// One request under way.
#[derive(Debug)]
pub(super) struct Open(Arc<Tracked>);

impl Open {
    pub(super) fn new(tracked: &Arc<Tracked>, version: Version) -> Self {
        if version == Version::HTTP_2 {
            tracked.is_h2.store(true, Relaxed);
        }
        tracked.open.fetch_add(1, Relaxed);
        tracked.begun.fetch_add(1, Relaxed);
        Self(Arc::clone(tracked))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Relaxed);
    }
}

/// The answer's body; the request counts as under way until it is dropped.
#[derive(Debug)]
pub(super) struct TrackedBody<B> {
    inner: B,
    _open: Open,
}

impl<B> TrackedBody<B> {
    pub(super) const fn new(inner: B, open: Open) -> Self {
        Self { inner, _open: open }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for TrackedBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.get_mut().inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
