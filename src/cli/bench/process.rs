//! Start to ready, idle memory, and what an idle session costs: the real `serve`, as a process of its own.
//!
//! Invariant: memory is what the kernel counts as resident, after everything that happens once has happened.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child as Process, Command, Stdio};
use std::time::Duration;

use super::front::initialize;
use super::load::{self, Connection};
use super::table::{Row, Target};
use super::{KEY, Stopwatch, broken, child, median};
use crate::cli::run::TemporaryDir;
use crate::cli::{Failure, runtime};

const STARTS: usize = 7;
const SESSIONS: usize = 10_000;
const CONNECTIONS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);

struct Serve {
    process: Process,
    address: SocketAddr,
    _dir: TemporaryDir,
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Serve {
    /// Starts it with an empty store and says how long it took to be ready, in milliseconds.
    fn start() -> Result<(Self, f64), Failure> {
        let dir = TemporaryDir::beside_data()?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(|error| broken("port", error))?;
        let mut command = Command::new(child::program()?);
        command
            .args(["serve", "--bind", &address.to_string(), "--data-dir"])
            .arg(dir.path());
        command.env(
            "AIOS_API_KEYS",
            format!(r#"{{"bench":{{"key":"{KEY}","tier":"internal"}}}}"#),
        );
        command
            .env("LOG_LEVEL", "error")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let clock = Stopwatch::start();
        let process = command.spawn().map_err(|error| broken("serve", error))?;
        let serve = Self {
            process,
            address,
            _dir: dir,
        };
        while !serve.is_ready() {
            if clock.elapsed() > PATIENCE {
                return Err(broken("serve", "it did not get ready"));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok((serve, clock.elapsed().as_secs_f64() * 1e3))
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(self.address)?;
            let address = self.address;
            write!(
                stream,
                "GET /health/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer.starts_with("HTTP/1.1 200"))
        };
        ask().unwrap_or(false)
    }

    /// Resident memory in bytes.
    fn resident(&self) -> Result<f64, Failure> {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).map_err(|error| broken("memory", error))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes
            .map(|kb| kb * 1_024.0)
            .ok_or_else(|| broken("memory", "no VmRSS"))
    }

    fn open_sessions(&self, count: usize) -> Result<(), Failure> {
        let bearer = format!("Bearer {KEY}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("accept", "application/json, text/event-stream"),
        ];
        let request = load::post(self.address, &headers, &initialize());
        runtime()?.block_on(async {
            let one = || {
                tokio::spawn(open_some(
                    self.address,
                    request.clone(),
                    count / CONNECTIONS,
                ))
            };
            let loops: Vec<_> = (0..CONNECTIONS).map(|_| one()).collect();
            for done in loops {
                let opened = done.await.map_err(|error| broken("sessions", error))?;
                opened.map_err(|error| broken("sessions", error))?;
            }
            Ok(())
        })
    }
}

async fn open_some(address: SocketAddr, request: Vec<u8>, count: usize) -> std::io::Result<()> {
    let mut connection = Connection::open(address).await?;
    for _ in 0..count {
        connection.exchange(&request).await?;
    }
    Ok(())
}

pub(super) fn measure() -> Result<Vec<Row>, Failure> {
    let mut starts_ms = Vec::new();
    for _ in 1..STARTS {
        starts_ms.push(Serve::start()?.1);
    }
    let (serve, took_ms) = Serve::start()?;
    starts_ms.push(took_ms);
    std::thread::sleep(Duration::from_secs(1));
    let idle = serve.resident()?;
    // What the first sessions cost once (pages of code, buffers) is not what a session costs.
    serve.open_sessions(SESSIONS / 20)?;
    std::thread::sleep(Duration::from_secs(1));
    let before = serve.resident()?;
    let more = SESSIONS - SESSIONS / 20;
    serve.open_sessions(more)?;
    std::thread::sleep(Duration::from_secs(3));
    let after = serve.resident()?;
    #[expect(clippy::cast_precision_loss, reason = "ten thousand")]
    let per_session = (after - before).max(0.0) / more as f64;
    let megabytes = |bytes: f64| bytes / 1e6;
    let slowest = starts_ms.iter().copied().fold(0.0, f64::max);
    let row = |what, measured, unit, ceiling, absolute| Row {
        what,
        measured,
        unit,
        target: Target::AtMost(ceiling),
        absolute,
    };
    let starts = format!("{STARTS} starts, slowest {slowest:.1} ms");
    let memory = format!("{:.1} MB after {SESSIONS} sessions", megabytes(after));
    Ok(vec![
        row(
            "start to ready, empty store, median",
            median(starts_ms),
            " ms",
            25.0,
            starts,
        ),
        row(
            "idle resident memory",
            megabytes(idle),
            " MB",
            20.0,
            String::from("1 s after the start"),
        ),
        row(
            "one idle session of 10,000",
            per_session,
            " B",
            2_048.0,
            memory,
        ),
    ])
}
