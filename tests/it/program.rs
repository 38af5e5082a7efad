//! Starting, asking and ending the real program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest wait for anything: generous, because tests share two cores.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A command of the shipped binary with nothing of the caller's environment that is a setting.
pub(crate) fn binary() -> Command {
    clean(Command::new(env!("CARGO_BIN_EXE_aios-lovable-mcp")))
}

fn clean(mut command: Command) -> Command {
    command.env_clear();
    for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// The example `name`, which `cargo test` has built beside this test.
pub(crate) fn example(name: &str) -> Command {
    let profile = PathBuf::from(env!("CARGO_BIN_EXE_aios-lovable-mcp"));
    clean(Command::new(
        profile.parent().unwrap().join("examples").join(name),
    ))
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Exit code, standard output and standard error of a command that ends by itself.
pub(crate) fn finished(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// A running server.
pub(crate) struct Program {
    child: Child,
    pub(crate) base: String,
    pub(crate) key: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Program {
    /// `serve` on a free port in `dir`, with a key of the tier `internal`, ready.
    pub(crate) fn serve(dir: &Path, vars: &[(&str, &str)]) -> Self {
        let port = free_port();
        let mut command = binary();
        command
            .args([
                "serve",
                "--bind",
                &format!("127.0.0.1:{port}"),
                "--data-dir",
            ])
            .arg(dir);
        command.env(
            "AIOS_API_KEYS",
            r#"{"test":{"key":"test-key-of-16-and-more","tier":"internal"}}"#,
        );
        command.env("LOG_LEVEL", "warn").envs(vars.iter().copied());
        Self::start(command, port, "test-key-of-16-and-more")
    }

    /// Starts `command`, which listens on `port`, and waits until it is ready.
    pub(crate) fn start(mut command: Command, port: u16, key: &str) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut program = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
            key: key.to_owned(),
        };
        program.wait_until_ready();
        program
    }

    fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        while !self
            .get("/health/ready")
            .is_ok_and(|(status, _)| status == 200)
        {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut said = String::new();
                self.child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut said)
                    .unwrap();
                panic!("the program ended with {status}: {said}");
            }
            assert!(begun.elapsed() < PATIENCE, "the program did not get ready");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The lines printed on standard output up to `last`.
    pub(crate) fn printed_until(&mut self, last: &str) -> String {
        let mut page = String::new();
        let lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        for line in lines.map(Result::unwrap) {
            page.push_str(&line);
            page.push('\n');
            if line.contains(last) {
                break;
            }
        }
        page
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, and the end of the process.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and how the process ended.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }

    /// Everything on standard error; after the end.
    pub(crate) fn log(&mut self) -> String {
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut said).unwrap();
        }
        said
    }

    /// `GET path` with the key.
    pub(crate) fn get(&self, path: &str) -> Result<(u16, String), reqwest::Error> {
        let request = client()
            .get(format!("{}{path}", self.base))
            .bearer_auth(&self.key);
        send(request)
    }

    /// `POST path` with the key and a JSON body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<(u16, String), reqwest::Error> {
        let request = client()
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.key);
        send(
            request
                .header("content-type", "application/json")
                .body(body.to_string()),
        )
    }

    /// Submits a job and gives its id.
    pub(crate) fn submit(&self, tool: &str, input: &Value) -> Option<String> {
        let body = serde_json::json!({ "tool": tool, "input": input });
        let (status, answer) = self.post("/api/jobs", &body).ok()?;
        let answer: Value = serde_json::from_str(&answer).ok()?;
        (status == 202).then(|| answer["job_id"].as_str().unwrap().to_owned())
    }

    /// The status answer of a job.
    pub(crate) fn job(&self, id: &str) -> Option<Value> {
        let (status, answer) = self.get(&format!("/api/jobs/{id}")).ok()?;
        (status == 200).then(|| serde_json::from_str(&answer).unwrap())
    }

    /// The value of a metric with exactly these labels.
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics").ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{series} ")))?
            .to_owned();
        line.trim().parse().ok()
    }
}

thread_local! {
    static RUNTIME: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    static CLIENT: reqwest::Client =
        reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().unwrap();
}

fn client() -> reqwest::Client {
    CLIENT.with(Clone::clone)
}

fn send(request: reqwest::RequestBuilder) -> Result<(u16, String), reqwest::Error> {
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let answer = request.send().await?;
            Ok((answer.status().as_u16(), answer.text().await?))
        })
    })
}

/// Waits until `probe` is true.
pub(crate) fn until(what: &str, mut probe: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !probe() {
        assert!(begun.elapsed() < PATIENCE, "gave up waiting for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
