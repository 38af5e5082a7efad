//! What the machine refuses: a port in use, a directory that is locked, read-only or of another time.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::program::{Program, binary, finished};

#[test]
fn a_port_in_use_ends_with_69() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let dir = tempfile::tempdir().unwrap();
    let mut command = binary();
    command
        .args(["serve", "--bind", &address, "--data-dir"])
        .arg(dir.path());
    let (code, _, err) = finished(command.env("LOG_LEVEL", "error"));
    assert_eq!(code, 69, "{err}");
    assert!(
        err.contains(&format!("cannot listen on {address}")),
        "{err}"
    );
}

#[test]
fn a_first_start_on_a_port_in_use_loses_no_key() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let serve = || {
        let mut command = binary();
        command
            .args(["serve", "--bind", &address.to_string(), "--data-dir"])
            .arg(dir.path());
        command
    };
    assert_eq!(finished(&mut serve()).0, 69);
    drop(holder);
    let mut program = Program::start(serve(), address.port(), "none");
    let page = program.printed_until("Lovable connects from the internet");
    assert!(page.contains("Generated keys, shown this once"), "{page}");
    assert!(page.contains("  operator "), "{page}");
}

#[test]
fn a_locked_directory_ends_with_75() {
    let dir = tempfile::tempdir().unwrap();
    let _holder = Program::serve(dir.path(), &[]);
    let mut command = binary();
    command.args([
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--lock-wait-seconds",
        "0",
        "--data-dir",
    ]);
    let (code, _, err) = finished(command.arg(dir.path()).env("LOG_LEVEL", "error"));
    assert_eq!(code, 75, "{err}");
    assert!(err.contains("is in use by another process"), "{err}");
}

#[test]
fn a_directory_that_cannot_be_made_ends_with_73() {
    let dir = tempfile::tempdir().unwrap();
    // A file where the directory should be refuses root as well, whom permissions would not stop.
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut command = binary();
    command
        .args(["serve", "--bind", "127.0.0.1:0", "--data-dir"])
        .arg(file.join("data"));
    let (code, _, err) = finished(command.env("LOG_LEVEL", "error"));
    assert_eq!(code, 73, "{err}");
    assert!(err.contains("is not writable"), "{err}");
}

#[test]
fn another_format_ends_with_78_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    drop(Program::serve(dir.path(), &[]));
    let file = dir.path().join("FORMAT");
    let name = file.display().to_string();
    let cases: [(&[u8], &str); 5] = [
        (b"aios-lovable-mcp store 99\n", " is of format 99"),
        (b"aios-lovable-mcp store 99", " is of format 99"),
        (b"garbage", " does not name a format"),
        (b"\xff\xfe\x00", " does not name a format"),
        (b"", " does not name a format"),
    ];
    for (text, said) in cases {
        std::fs::write(&file, text).unwrap();
        let mut command = binary();
        command
            .args(["serve", "--bind", "127.0.0.1:0", "--data-dir"])
            .arg(dir.path());
        let (code, _, err) = finished(command.env("LOG_LEVEL", "error"));
        assert_eq!(code, 78, "{err}");
        assert!(err.contains(&format!("{name}{said}")), "{err}");
        assert!(!err.contains("repair"), "{err}");
    }
}

#[test]
fn a_lost_master_key_ends_with_78_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    drop(Program::serve(dir.path(), &[]));
    let key = dir.path().join("keys/master.key");
    assert_eq!(
        std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    std::fs::remove_file(&key).unwrap();
    let mut command = binary();
    command
        .args(["serve", "--bind", "127.0.0.1:0", "--data-dir"])
        .arg(dir.path());
    let (code, _, err) = finished(command.env("LOG_LEVEL", "error"));
    assert_eq!(code, 78, "{err}");
    assert!(err.contains("master.key is missing"), "{err}");
}

#[test]
fn a_store_is_checked_when_no_server_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let check = || {
        let mut command = binary();
        command
            .args(["store", "check", "--data-dir"])
            .arg(dir.path());
        finished(&mut command)
    };
    let mut program = Program::serve(dir.path(), &[]);
    let (code, _, err) = check();
    assert_eq!(code, 5, "{err}");
    program.kill();
    let (code, out, err) = check();
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.lines()
            .any(|line| line.starts_with("differences") && line.ends_with(" 0")),
        "{out}"
    );
}
