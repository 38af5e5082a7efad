//! Settings as the program's users meet them: `config check`, `config print`, and a start that is refused.

use crate::program::{binary, finished};

#[test]
fn an_unknown_setting_ends_the_start_with_78_and_the_nearest_name() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("aios.toml");
    std::fs::write(&file, "[engine]\njobs_runing_max = 3\n").unwrap();
    for command in [&["serve"][..], &["config", "check"], &["config", "print"]] {
        let (code, out, err) = finished(binary().args(command).arg("--config").arg(&file));
        assert_eq!((code, out.as_str()), (78, ""), "{command:?}");
        let said = format!(
            "error: {}:2: `engine.jobs_runing_max` is not a setting; did you mean `engine.jobs_running_max`?\n",
            file.display()
        );
        assert_eq!(err, said, "{command:?}");
    }
}

#[test]
fn a_malformed_variable_ends_the_start_with_78_and_its_name() {
    let cases = [
        ("AIOS__server__port", "80", "`server.port` is not a setting"),
        (
            "QUEUE_CONCURRENCY",
            "many",
            "`engine.jobs_running_max` must be a whole number",
        ),
        (
            "ADMIN_API_KEY",
            "short",
            "`auth.admin_key` must have at least 16 characters",
        ),
        (
            "PORT",
            "http",
            "`server.bind` needs a port between 0 and 65535",
        ),
        ("AIOS_API_KEYS", "{\"a\":1}", "`auth.keys` must be {"),
    ];
    for (name, value, rule) in cases {
        let (code, _, err) = finished(binary().arg("serve").env(name, value));
        assert_eq!(code, 78, "{err}");
        assert!(
            err.starts_with(&format!("error: environment variable {name}: {rule}")),
            "{err}"
        );
    }
}

#[test]
fn the_printed_settings_show_sources_and_no_secret() {
    let (code, out, _) = finished(
        binary()
            .args(["config", "print"])
            .env("ADMIN_API_KEY", "0123456789-secret")
            .env("PORT", "8080"),
    );
    assert_eq!(code, 0);
    let line = |key: &str| {
        out.lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .to_owned()
    };
    assert!(line("auth.admin_key").starts_with("auth.admin_key = \"***\""));
    assert!(line("server.bind").contains("\"0.0.0.0:8080\""));
    assert!(line("server.bind").ends_with("# environment variable PORT"));
    assert!(!out.contains("0123456789-secret"));
}

#[test]
fn a_redis_of_the_predecessor_is_warned_about() {
    let (code, _, err) = finished(
        binary()
            .args(["config", "check"])
            .env("REDIS_URL", "redis://127.0.0.1"),
    );
    assert_eq!(
        (code, err.as_str()),
        (0, "warning: REDIS_URL is not used in this version\n")
    );
}
