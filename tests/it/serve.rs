//! A server from its first start to its end.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::program::{Program, binary, finished, free_port, until};

#[test]
fn the_health_pages_answer_in_the_predecessors_shape() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::serve(dir.path(), &[]);
    let json = |path: &str| -> Value {
        let (status, body) = program.get(path).unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    let root = json("/");
    assert_eq!(
        (root["name"].as_str(), root["status"].as_str()),
        (Some("aios-lovable-mcp"), Some("ready"))
    );
    assert_eq!(
        root["endpoints"],
        json!({ "health": "/health", "jobs": "/api/jobs", "mcp": "/mcp" })
    );
    let health = json("/health");
    assert_eq!(health["status"], "healthy");
    assert!(health["uptime"].is_f64() && health["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(json("/health/live")["status"], "alive");
    assert_eq!(program.metric("aios_ready"), Some(1.0));
    assert!(program.metric("process_resident_memory_bytes").unwrap() > 1e6);
}

#[test]
fn metrics_ask_for_the_token_once_one_is_set() {
    let dir = tempfile::tempdir().unwrap();
    let vars = [("AIOS__telemetry__metrics_token", "scrape-me")];
    let mut program = Program::serve(dir.path(), &vars);
    assert_eq!(program.get("/metrics").unwrap().0, 401);
    program.key = "scrape-me".to_owned();
    assert_eq!(program.get("/metrics").unwrap().0, 200);
}

#[test]
fn a_first_start_prints_its_keys_once_and_logs_none() {
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        let port = free_port();
        let mut command = binary();
        command
            .args([
                "serve",
                "--bind",
                &format!("127.0.0.1:{port}"),
                "--data-dir",
            ])
            .arg(dir.path());
        command.env("LOG_LEVEL", "trace");
        Program::start(command, port, "none")
    };
    let mut first = start();
    let page = first.printed_until("Lovable connects from the internet");
    let is_key = |word: &&str| word.starts_with("aios_live_");
    let keys: Vec<&str> = page.split([' ', '\n', '"', ']']).filter(is_key).collect();
    assert_eq!(
        page.matches("Generated keys, shown this once").count(),
        1,
        "{page}"
    );
    first.key = keys[0].to_owned();
    assert_eq!(
        first
            .get("/api/jobs/job_00000000000000000000000000")
            .unwrap()
            .0,
        404
    );
    assert!(first.terminate().success());
    let log = first.log();
    assert!(!log.is_empty() && keys.iter().all(|key| !log.contains(key)));

    let mut second = start();
    let page = second.printed_until("Lovable connects from the internet");
    assert!(
        !page.contains("aios_live_") && page.contains("YOUR_KEY"),
        "{page}"
    );
}

#[test]
fn a_drain_answers_to_its_end_and_leaves_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Program::serve(dir.path(), &[]);
    let id = program
        .submit(
            "aios_full_pipeline",
            &json!({ "spec": "Recipe box with tags" }),
        )
        .unwrap();
    assert!(program.terminate().success());
    // The job goes on where it was, without a lost or a burnt attempt.
    let program = Program::serve(dir.path(), &[]);
    until("the job to be completed", || {
        program.job(&id).unwrap()["status"] == "completed"
    });
}

#[test]
fn keys_are_made_while_the_server_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let create = |name: &str| {
        let mut command = binary();
        command
            .args(["keys", "create", "--name", name, "--data-dir"])
            .arg(dir.path());
        finished(&mut command)
    };
    let (code, key, note) = create("My app");
    assert_eq!(code, 0, "{note}");
    assert!(note.contains("workspace my-app"), "{note}");
    assert_eq!(create("!").0, 2);
    let mut program = Program::serve(dir.path(), &[]);
    program.key = key.trim().to_owned();
    assert_eq!(
        program
            .get("/api/jobs/job_00000000000000000000000000")
            .unwrap()
            .0,
        404
    );
    let (code, _, err) = create("Another");
    assert_eq!(code, 5, "{err}");
    assert!(
        err.contains("is in use by another process: stop the server first"),
        "{err}"
    );
}

#[test]
fn run_leaves_four_artifacts_and_the_code() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut command = binary();
    command
        .args([
            "run",
            "Quiz app with leaderboards and social sharing",
            "--out",
        ])
        .arg(&out);
    let (code, said, noted) = finished(&mut command);
    assert_eq!(code, 0, "{said}{noted}");
    for name in [
        "requirements.json",
        "architecture.json",
        "ux-spec.json",
        "code.json",
    ] {
        let text = std::fs::read_to_string(out.join(name)).unwrap();
        assert!(
            serde_json::from_str::<Value>(&text).unwrap().is_object(),
            "{name}"
        );
    }
    assert!(out.join("code/package.json").is_file());
    assert!(noted.contains("strategy: completed"), "{noted}");
    assert!(said.contains("npm install && npm run build"), "{said}");
}

#[test]
fn run_says_what_is_wrong_by_its_exit_code() {
    let refused = format!("http://127.0.0.1:{}", free_port());
    let dir = tempfile::tempdir().unwrap();
    let program = Program::serve(&dir.path().join("data"), &[]);
    std::fs::write(dir.path().join("file"), "").unwrap();
    let cases = [
        (vec!["run", " "], 2),
        (vec!["run", "missing-file.md"], 3),
        (vec!["run", "x", "--phases", "desing"], 2),
        (vec!["run", "data"], 2),
        (vec!["run", "x", "--out", "file"], 2),
        (vec!["run", "x", "--out", "file/below"], 1),
        (vec!["run", "x", "--out", "data"], 2),
        (vec!["run", "Quiz app", "--url", &refused, "--key", "k"], 5),
        (
            vec!["run", "Quiz app", "--url", &program.base, "--key", "wrong"],
            4,
        ),
    ];
    for (args, expected) in cases {
        let (code, _, err) = finished(binary().current_dir(dir.path()).args(&args));
        assert_eq!(code, expected, "{args:?}: {err}");
        assert_eq!(code == 0, err.is_empty(), "{args:?}");
    }
}

#[test]
fn run_replaces_what_it_wrote_when_forced_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let run = |args: &[&str]| {
        let mut command = binary();
        command.current_dir(dir.path());
        command.args(["run", "Quiz app with leaderboards", "--out", "out"]);
        finished(command.args(args))
    };
    std::fs::create_dir_all(out.join("code/old")).unwrap();
    for name in ["architecture.json", "notes.txt"] {
        std::fs::write(out.join(name), "mine").unwrap();
    }
    assert_eq!(run(&[]).0, 2);
    let (code, said, noted) = run(&["--force", "--phases", "strategy,design"]);
    assert_eq!(code, 0, "{noted}");
    assert!(said.contains("ux-spec.json"), "{said}");
    // The word of the predecessor is read by the server, which says so.
    assert!(
        noted.contains("warning: ") && noted.contains("design"),
        "{noted}"
    );
    assert!(!out.join("code").exists() && !out.join("architecture.json").exists());
    assert_eq!(std::fs::read(out.join("notes.txt")).unwrap(), b"mine");
}

#[test]
fn run_leaves_nothing_behind_whatever_moment_it_is_interrupted_at() {
    let dir = tempfile::tempdir().unwrap();
    let temporary = dir.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let signals = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];
    let mut interrupted = 0;
    for number in 0..21_u64 {
        let mut command = binary();
        command.args(["run", "Quiz app with leaderboards", "--out", "out"]);
        command.current_dir(dir.path()).env("TMPDIR", &temporary);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // Moments from before the first line of the program to the end of the job, in no order.
        std::thread::sleep(Duration::from_millis(number * number * 7 % 400));
        let (signal, code) = signals[usize::try_from(number).unwrap() % signals.len()];
        let _ = kill_process(Pid::from_child(&child), signal);
        let status = child.wait().unwrap();
        // None: ended by the signal itself, before a handler was there. 0: it was done before.
        let ended = status.code();
        assert!(
            [None, Some(0), Some(code)].contains(&ended),
            "{number}: {status}"
        );
        interrupted += usize::from(ended == Some(code));
        let left = std::fs::read_dir(&temporary).unwrap().count();
        assert_eq!(left, 0, "{number}: {status}");
        let _ = std::fs::remove_dir_all(dir.path().join("out"));
    }
    assert!(interrupted > 0);
}
