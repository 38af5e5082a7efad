//! A closed-loop load generator: HTTP/1.1, keep-alive, one request at a time per connection.
//!
//! Invariant: every answer is read whole and must be a 200; anything else ends the bench.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::pinned::{self, Core};
use super::{Stopwatch, broken};
use crate::cli::Failure;

/// What a round gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    pub(super) per_second: f64,
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
}

/// A request with everything but its length computed.
pub(super) fn post(address: SocketAddr, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut head = format!("POST /mcp HTTP/1.1\r\nhost: {address}\r\n");
    let _ = write!(
        head,
        "content-length: {}\r\ncontent-type: application/json\r\n",
        body.len()
    );
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// One keep-alive connection.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and reads its answer; the body.
    pub(super) async fn exchange(&mut self, request: &[u8]) -> std::io::Result<&[u8]> {
        let bad = |what: String| std::io::Error::other(what);
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(bad("the connection was closed".to_owned()));
            }
            let Some((head, start)) = head_of(&self.buffer) else {
                continue;
            };
            if !head.starts_with("HTTP/1.1 200") {
                let line = head.lines().next().unwrap_or_default();
                return Err(bad(format!("the answer is {line}")));
            }
            let length =
                length_of(head).ok_or_else(|| bad("an answer without length".to_owned()))?;
            while self.buffer.len() < start + length {
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    return Err(bad("the answer broke off".to_owned()));
                }
            }
            return Ok(&self.buffer[start..start + length]);
        }
    }
}

fn head_of(buffer: &[u8]) -> Option<(&str, usize)> {
    let end = buffer.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((std::str::from_utf8(&buffer[..end]).ok()?, end + 4))
}

fn length_of(head: &str) -> Option<usize> {
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    };
    head.lines().find_map(value)
}

/// Sends `request` over `connections` for `duration`, after a quarter of it as warm-up.
pub(super) fn drive(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    duration: Duration,
) -> Result<Figures, Failure> {
    let request: Arc<[u8]> = request.into();
    let latencies = pinned::on(Core::Load, || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime
            .map_err(|error| broken("runtime", error))?
            .block_on(async {
                let one = || tokio::spawn(closed_loop(address, Arc::clone(&request), duration));
                let loops: Vec<_> = (0..connections).map(|_| one()).collect();
                let mut latencies = Vec::new();
                for done in loops {
                    let measured = done.await.map_err(|error| broken("load", error))?;
                    latencies.extend(measured.map_err(|error| broken("load", error))?);
                }
                Ok::<_, Failure>(latencies)
            })
    })?;
    Ok(figures(latencies, duration))
}

async fn closed_loop(
    address: SocketAddr,
    request: Arc<[u8]>,
    duration: Duration,
) -> std::io::Result<Vec<u64>> {
    let mut connection = Connection::open(address).await?;
    let (warm_up, clock) = (duration / 4, Stopwatch::start());
    let mut latencies_us = Vec::with_capacity(1 << 16);
    loop {
        let begun = clock.elapsed();
        if begun >= warm_up + duration {
            return Ok(latencies_us);
        }
        connection.exchange(&request).await?;
        if begun >= warm_up {
            let took = clock.elapsed().saturating_sub(begun).as_micros();
            latencies_us.push(u64::try_from(took).unwrap_or(u64::MAX));
        }
    }
}

fn figures(mut latencies_us: Vec<u64>, duration: Duration) -> Figures {
    latencies_us.sort_unstable();
    let at = |percent: usize| {
        let index = latencies_us.len() * percent / 100;
        latencies_us.get(index).copied().unwrap_or(0)
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    let count = latencies_us.len() as f64;
    Figures {
        per_second: count / duration.as_secs_f64(),
        p50_us: at(50),
        p99_us: at(99),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_lengths_are_found() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        let (head, start) = head_of(answer).unwrap();
        assert_eq!((length_of(head), &answer[start..]), (Some(3), &b"abc"[..]));
        assert!(head_of(b"HTTP/1.1 200 OK\r\n").is_none());
    }
}
