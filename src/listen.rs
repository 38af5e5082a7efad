//! The accept loop: HTTP/1.1 and HTTP/2 in clear text on one port, with every wait and size bounded.
//!
//! Invariant: a peer costs at most one of [`ListenSettings::connections_max`] permits, and no peer keeps one without
//! sending whole requests in time. Idle and header timeouts are judged by one timer per connection, not per request.

mod paced;
mod watchdog;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use metrics::{Counter, Gauge, counter, gauge};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::{Service, ServiceExt};

pub use paced::{PacedBody, TooSlow};
use watchdog::{Open, Tracked, TrackedBody, TrackedIo, Watchdog};

/// What a request body is read as behind the accept loop.
pub type RequestBody = PacedBody<Incoming>;

/// Limits of the accept loop. Each has a unit in its name or type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenSettings {
    /// Connections at once; further ones wait in the backlog. Default: 10,000.
    pub connections_max: usize,
    /// Time for the first request line and headers, and for those of each later request. Default: 10 s.
    pub header_timeout: Duration,
    /// Time without a request after which a connection is closed. Default: 75 s.
    pub idle_timeout: Duration,
    /// Header lines of one request. Default: 64.
    pub headers_max: usize,
    /// Bytes of the request line and headers together. Default: 32 KiB.
    pub header_bytes_max: usize,
    /// Time a body may take before its rate is judged. Default: 5 s.
    pub body_grace: Duration,
    /// Slowest body after that, in bytes per second. Default: 1 KiB.
    pub body_bytes_per_second_min: u64,
    /// HTTP/2 requests at once on one connection. Default: 128.
    pub h2_streams_max: u32,
    /// Time for open requests after the shutdown signal. Default: 25 s.
    pub drain_timeout: Duration,
}

impl Default for ListenSettings {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            headers_max: 64,
            header_bytes_max: 32 * 1_024,
            body_grace: Duration::from_secs(5),
            body_bytes_per_second_min: 1_024,
            h2_streams_max: 128,
            drain_timeout: Duration::from_secs(25),
        }
    }
}

/// How far the shutdown is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Draining,
    Aborting,
}

/// Metrics of the accept loop; handles are made once.
struct Meters {
    accepted: Counter,
    refused: Counter,
    timed_out: Counter,
    open: Gauge,
}

impl Meters {
    fn new() -> Self {
        Self {
            accepted: counter!("aios_connections_total", "outcome" => "accepted"),
            refused: counter!("aios_connections_total", "outcome" => "accept_failed"),
            timed_out: counter!("aios_connections_total", "outcome" => "timed_out"),
            open: gauge!("aios_connections_open"),
        }
    }
}

struct Shared {
    http: Builder<TokioExecutor>,
    settings: ListenSettings,
    meters: Meters,
    phase: watch::Receiver<Phase>,
}

/// Serves `service` until `shutdown` resolves, then lets open requests end for
/// [`ListenSettings::drain_timeout`] and returns. `service` may be an [`axum::Router`].
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    settings: ListenSettings,
    shutdown: impl Future<Output = ()>,
) where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let permits = Arc::new(Semaphore::new(settings.connections_max));
    let (phase, phase_seen) = watch::channel(Phase::Serving);
    let shared = Arc::new(Shared {
        http: http(&settings),
        settings,
        meters: Meters::new(),
        phase: phase_seen,
    });
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &permits, &shared.meters) => accepted,
            () = &mut shutdown => break,
        };
        let Some((stream, _peer, permit)) = accepted else {
            continue;
        };
        tokio::spawn(connection(
            Arc::clone(&shared),
            stream,
            service.clone(),
            permit,
        ));
    }
    // No new connections from here on: the address is free before the open requests have ended.
    drop(listener);
    let _ = phase.send(Phase::Draining);
    let all = u32::try_from(settings.connections_max).unwrap_or(u32::MAX);
    let drained = tokio::time::timeout(settings.drain_timeout, permits.acquire_many(all)).await;
    if drained.is_err() {
        let open = settings
            .connections_max
            .saturating_sub(permits.available_permits());
        tracing::warn!(
            open,
            "drain timeout reached; closing the remaining connections"
        );
        let _ = phase.send(Phase::Aborting);
        let _ = tokio::time::timeout(Duration::from_secs(1), permits.acquire_many(all)).await;
    }
}

fn http(settings: &ListenSettings) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        // Judged by the watchdog: hyper's own timer would be armed anew for every request, and would also end idle
        // connections after the header timeout.
        .header_read_timeout(None)
        .max_headers(settings.headers_max)
        .max_buf_size(settings.header_bytes_max.max(8_192));
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.h2_streams_max)
        .max_header_list_size(16 * 1_024)
        .max_pending_accept_reset_streams(20)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    http
}

/// The next connection, with its permit. `None` after an error of `accept`.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    meters: &Meters,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // The permit first: at the limit the backlog holds callers back instead of a refusal.
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            meters.accepted.increment(1);
            Some((stream, peer, permit))
        }
        Err(error) => {
            meters.refused.increment(1);
            let is_of_the_peer = matches!(
                error.kind(),
                std::io::ErrorKind::ConnectionAborted | std::io::ErrorKind::ConnectionReset
            );
            if !is_of_the_peer {
                // Out of descriptors, mostly: accepting again at once would spin.
                tracing::warn!(%error, "accepting a connection failed");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            None
        }
    }
}

async fn connection<S, B>(
    shared: Arc<Shared>,
    stream: TcpStream,
    service: S,
    permit: OwnedSemaphorePermit,
) where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // Answers are written in one piece; waiting for more only adds 40 ms to some of them.
    let _ = stream.set_nodelay(true);
    shared.meters.open.increment(1.0);
    let tracked = Arc::new(Tracked::default());
    let io = TokioIo::new(TrackedIo::new(stream, Arc::clone(&tracked)));
    let (grace, rate) = (
        shared.settings.body_grace,
        shared.settings.body_bytes_per_second_min,
    );
    let requests = Arc::clone(&tracked);
    let service = service_fn(move |request: Request<Incoming>| {
        let open = Open::new(&requests, request.version());
        let request = request.map(|body| PacedBody::new(body, grace, rate));
        let answer = service.clone().oneshot(request);
        async move {
            answer
                .await
                .map(|answer| answer.map(|body| TrackedBody::new(body, open)))
        }
    });
    let mut serving = pin!(shared.http.serve_connection(io, service));
    let mut watchdog = pin!(Watchdog::new(tracked, &shared.settings).bite());
    let mut phase = shared.phase.clone();
    let (mut is_draining, mut is_late) = (false, false);
    loop {
        tokio::select! {
            // Errors here are the peer's: broken frames, vanished connections.
            _ended = serving.as_mut() => break,
            () = watchdog.as_mut() => {
                is_late = true;
                break;
            }
            _changed = phase.wait_for(|phase| *phase > Phase::Serving), if !is_draining => {
                is_draining = true;
                serving.as_mut().graceful_shutdown();
            }
            _changed = abort(&shared.phase), if is_draining => break,
        }
    }
    if is_late {
        shared.meters.timed_out.increment(1);
        // HTTP/2 peers are told; a peer that does not listen is cut off all the same.
        serving.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(Duration::from_secs(1), serving).await;
    }
    shared.meters.open.decrement(1.0);
    drop(permit);
}

async fn abort(phase: &watch::Receiver<Phase>) {
    let mut phase = phase.clone();
    let _ = phase.wait_for(|phase| *phase == Phase::Aborting).await;
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    fn quick() -> ListenSettings {
        ListenSettings {
            header_timeout: Duration::from_millis(200),
            idle_timeout: Duration::from_millis(400),
            body_grace: Duration::from_millis(200),
            drain_timeout: Duration::from_millis(300),
            ..ListenSettings::default()
        }
    }

    async fn start(
        settings: ListenSettings,
    ) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let router = Router::new()
            .route("/", get(|| async { "hello" }))
            .route(
                "/body",
                post(|body: Bytes| async move { body.len().to_string() }),
            )
            .route("/slow", get(std::future::pending::<()>));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, router, settings, async {
            let _ = stopped.await;
        }));
        (address, stop, served)
    }

    async fn exchange(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn a_router_is_served_and_stops_when_told() {
        let (address, stop, served) = start(quick()).await;
        let answer = exchange(
            address,
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        )
        .await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"),
            "{answer}"
        );
        stop.send(()).unwrap();
        served.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn silent_and_slow_peers_are_cut_off() {
        let (address, _stop, _served) = start(quick()).await;
        // Nothing, the beginning of both protocols, half a header, an idle connection after a request.
        for request in [
            "",
            "P",
            "PRI * HTTP/2.0\r\n",
            "GET / HTTP/1.1\r\nho",
            "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let closed =
                tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await;
            assert!(closed.is_ok(), "{request:?} is still open");
        }
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_refused() {
        let (address, _stop, _served) = start(quick()).await;
        let head = "POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\nabc";
        let answer = exchange(address, head).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }

    #[tokio::test]
    async fn too_many_headers_are_refused() {
        let (address, _stop, _served) = start(quick()).await;
        let many = "x-more: 1\r\n".repeat(100);
        let answer = exchange(address, &format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        let long = "y".repeat(64 * 1_024);
        let answer = exchange(address, &format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n")).await;
        assert!(
            answer.starts_with("HTTP/1.1 431") || answer.is_empty(),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn a_drain_ends_even_when_a_request_does_not() {
        let (address, stop, served) = start(quick()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        // The request is in once another one, sent later, has been answered.
        exchange(
            address,
            "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        )
        .await;
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(3), served)
            .await
            .unwrap()
            .unwrap();
    }
}
