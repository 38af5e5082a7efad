//! Settings from the environment: `AIOS__section__key`, and the names that users of the predecessor have.
//!
//! Invariant: an `AIOS__` name wins over a predecessor's name, and an empty value means "not set".

use std::path::PathBuf;

use serde_json::Value as Json;
use toml::Value;

use super::error::{ConfigError, Origin};
use super::layers::{KeyPath, Layers};
use super::schema;

/// The predecessor's names that set one key each.
const ALIASES: &[(&str, &[&str])] = &[
    ("ADMIN_API_KEY", &["auth.admin_key"]),
    ("QUEUE_CONCURRENCY", &["engine.jobs_running_max"]),
    ("JOB_TIMEOUT_MS", &["engine.pipeline_timeout_ms"]),
    (
        "AIOS_AGENT_TIMEOUT_MS",
        &[
            "roles.pm.timeout_ms",
            "roles.architect.timeout_ms",
            "roles.ux.timeout_ms",
            "roles.dev.timeout_ms",
        ],
    ),
    ("ENABLE_REST_API", &["server.rest_enabled"]),
    ("ENABLE_WEBHOOKS", &["webhooks.enabled"]),
    ("WEBHOOK_TIMEOUT_MS", &["webhooks.timeout_ms"]),
    ("WEBHOOK_MAX_RETRIES", &["webhooks.retries_max"]),
    ("WEBHOOK_SIGNING_SECRET", &["webhooks.signing_secret"]),
    ("LOG_LEVEL", &["telemetry.log_level"]),
];

/// Names that are understood, but that this version has no use for.
const UNUSED: &[&str] = &[
    "REDISHOST",
    "REDISPORT",
    "REDISPASSWORD",
    "ENABLE_SSE",
    "SENTRY_DSN",
];

/// `AIOS_` names that are not aliases of a key.
const OTHER_AIOS: &[&str] = &["AIOS_ENV", "AIOS_API_KEYS", "AIOS_API_KEY", "AIOS_MCP_PORT"];

/// A copy of the process environment; tests make their own.
#[derive(Clone, Debug, Default)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// The variables of this process. Names and values that are not UTF-8 cannot be settings and are left out.
    pub fn of_process() -> Self {
        let text = |part: std::ffi::OsString| part.into_string().ok();
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
                .collect(),
        )
    }

    /// The given variables.
    pub fn of<N: Into<String>, V: Into<String>>(vars: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(
            vars.into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    /// The value of `name`, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Whether a hosting platform started the process: its standard output is then a log.
    pub fn is_platform(&self) -> bool {
        self.get("PORT").is_some() || self.get("RAILWAY_ENVIRONMENT").is_some()
    }

    /// The value of `name`, or the content of the file that `name_FILE` names, and who said so.
    fn secret(&self, name: &str) -> Result<Option<(String, Origin)>, ConfigError> {
        if let Some(value) = self.get(name) {
            return Ok(Some((value.to_owned(), Origin::Env(name.to_owned()))));
        }
        let file = format!("{name}_FILE");
        let Some(path) = self.get(&file) else {
            return Ok(None);
        };
        let origin = Origin::Env(file);
        Ok(Some((read_secret(path, &origin)?, origin)))
    }
}

fn read_secret(path: &str, origin: &Origin) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: PathBuf::from(path),
        origin: origin.clone(),
        problem: error.to_string(),
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// What the platform says about itself, as defaults: below every file.
pub(super) fn apply_platform(layers: &mut Layers, env: &Environment) -> Result<(), ConfigError> {
    let mut set = |name: &'static str, key: &str, value: Value| {
        layers.set(KeyPath::from_dotted(key), value, Origin::Platform(name))
    };
    if env.get("PORT").is_some() {
        set("PORT", "server.drain_delay_seconds", 5.into())?;
    }
    if let Some(host) = env.get("RAILWAY_PUBLIC_DOMAIN") {
        set(
            "RAILWAY_PUBLIC_DOMAIN",
            "server.public_url",
            format!("https://{host}").into(),
        )?;
    }
    if let Some(dir) = env.get("RAILWAY_VOLUME_MOUNT_PATH") {
        set("RAILWAY_VOLUME_MOUNT_PATH", "store.dir", dir.into())?;
    }
    Ok(())
}

/// The predecessor's names, then the `AIOS__` names.
pub(super) fn apply(layers: &mut Layers, env: &Environment) -> Result<Vec<String>, ConfigError> {
    let port = env.get("PORT").map(|port| ("PORT", "0.0.0.0", port));
    let local = env
        .get("AIOS_MCP_PORT")
        .map(|port| ("AIOS_MCP_PORT", "127.0.0.1", port));
    if let Some((name, host, port)) = port.or(local) {
        let number = port.parse::<u16>().map_err(|_| ConfigError::BadValue {
            key: "server.bind".to_owned(),
            origin: Origin::Env(name.to_owned()),
            rule: "needs a port between 0 and 65535".to_owned(),
        })?;
        let bind = format!("{host}:{number}");
        layers.set(
            KeyPath::from_dotted("server.bind"),
            bind.into(),
            Origin::Env(name.to_owned()),
        )?;
    }
    apply_api_keys(layers, env)?;
    for (name, keys) in ALIASES {
        let is_secret = schema::is_secret(&KeyPath::from_dotted(keys[0]));
        let plain = || {
            env.get(name)
                .map(|value| (value.to_owned(), Origin::Env((*name).to_owned())))
        };
        let given = if is_secret {
            env.secret(name)?
        } else {
            plain()
        };
        let Some((text, origin)) = given else {
            continue;
        };
        for key in *keys {
            layers.set_text(KeyPath::from_dotted(key), &text, origin.clone())?;
        }
    }
    apply_own_names(layers, env)?;
    Ok(warnings(env))
}

fn apply_own_names(layers: &mut Layers, env: &Environment) -> Result<(), ConfigError> {
    let own = env
        .0
        .iter()
        .filter_map(|(name, value)| Some((name, name.strip_prefix("AIOS__")?, value)));
    for (name, rest, value) in own.filter(|(.., value)| !value.is_empty()) {
        let origin = Origin::Env(name.clone());
        let path = path_of(rest);
        let of_file = rest
            .strip_suffix("_FILE")
            .map(path_of)
            .filter(schema::is_secret);
        match of_file {
            Some(secret) => {
                let text = read_secret(value, &origin)?;
                layers.set_text(secret, &text, origin)?;
            }
            None => layers.set_text(path, value, origin)?,
        }
    }
    Ok(())
}

/// Some platforms write every name in capitals: the lower-case reading is tried when the plain one is unknown.
fn path_of(rest: &str) -> KeyPath {
    let plain = KeyPath::new(rest.split("__"));
    let lower = KeyPath::new(rest.split("__").map(str::to_lowercase));
    if schema::shape(&plain).is_none() && schema::shape(&lower).is_some() {
        lower
    } else {
        plain
    }
}

fn apply_api_keys(layers: &mut Layers, env: &Environment) -> Result<(), ConfigError> {
    if let Some((text, origin)) = env.secret("AIOS_API_KEY")? {
        let path = KeyPath::new(["auth", "keys", "default", "key"]);
        layers.set(path, text.into(), origin)?;
    }
    let Some((text, origin)) = env.secret("AIOS_API_KEYS")? else {
        return Ok(());
    };
    for (name, field, value) in api_keys(text.trim(), &origin)? {
        layers.set(
            KeyPath::new(["auth", "keys", &name, &field]),
            value,
            origin.clone(),
        )?;
    }
    Ok(())
}

/// Reads `{"name":"key"}`, `{"name":{"key":…}}` and `name:key,name2:key2` as (name, field, value).
fn api_keys(text: &str, origin: &Origin) -> Result<Vec<(String, String, Value)>, ConfigError> {
    // The text holds keys: no part of it, and no parser's message that may quote it, goes into the error.
    let bad = |rule: &str| ConfigError::BadValue {
        key: "auth.keys".to_owned(),
        origin: origin.clone(),
        rule: rule.to_owned(),
    };
    let shapes = "must be {\"name\":\"key\"}, {\"name\":{\"key\":\"…\"}} or name:key,name2:key2";
    if !text.starts_with('{') {
        let pairs = text
            .split(',')
            .map(str::trim)
            .filter(|pair| !pair.is_empty());
        let split = pairs.map(|pair| pair.split_once(':').ok_or_else(|| bad(shapes)));
        return split
            .map(|pair| {
                let (name, key) = pair?;
                Ok((name.trim().to_owned(), "key".to_owned(), key.trim().into()))
            })
            .collect();
    }
    let Ok(Json::Object(names)) = serde_json::from_str(text) else {
        return Err(bad(shapes));
    };
    let mut fields = Vec::new();
    for (name, value) in names {
        match value {
            Json::String(key) => fields.push((name, "key".to_owned(), key.into())),
            Json::Object(row) => {
                for (field, value) in row {
                    let value = Value::try_from(value).map_err(|_| bad("holds a null"))?;
                    fields.push((name.clone(), field, value));
                }
            }
            _ => return Err(bad(shapes)),
        }
    }
    Ok(fields)
}

fn warnings(env: &Environment) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, value) in &env.0 {
        if value.is_empty() {
            continue;
        }
        if name.starts_with("REDIS_") || UNUSED.contains(&name.as_str()) {
            warnings.push(format!("{name} is not used in this version"));
        }
        let stem = name.strip_suffix("_FILE").unwrap_or(name);
        let known = OTHER_AIOS.contains(&stem) || ALIASES.iter().any(|(alias, _)| *alias == stem);
        if name.starts_with("AIOS_") && !name.starts_with("AIOS__") && !known {
            warnings.push(format!(
                "{name} is not a setting; settings are AIOS__section__key"
            ));
        }
    }
    warnings.sort_unstable();
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(vars: &[(&str, &str)]) -> Result<(Layers, Vec<String>), ConfigError> {
        let env = Environment::of(vars.iter().copied());
        let mut layers = Layers::from_default();
        apply_platform(&mut layers, &env)?;
        let warnings = apply(&mut layers, &env)?;
        Ok((layers, warnings))
    }

    fn text_of(vars: &[(&str, &str)], key: &str) -> String {
        applied(vars)
            .unwrap()
            .0
            .get(key)
            .unwrap()
            .0
            .to_string()
            .trim_matches('"')
            .to_owned()
    }

    #[test]
    fn the_predecessors_names_set_our_keys() {
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
        let cases: &[Case<'_>] = &[
            (
                &[("PORT", "8080"), ("AIOS_MCP_PORT", "9")],
                "server.bind",
                "0.0.0.0:8080",
            ),
            (&[("AIOS_MCP_PORT", "9")], "server.bind", "127.0.0.1:9"),
            (
                &[("PORT", "8080"), ("AIOS__server__bind", "[::]:1")],
                "server.bind",
                "[::]:1",
            ),
            (&[("PORT", "8080")], "server.drain_delay_seconds", "5"),
            (
                &[("QUEUE_CONCURRENCY", "7")],
                "engine.jobs_running_max",
                "7",
            ),
            (
                &[("AIOS_AGENT_TIMEOUT_MS", "9000")],
                "roles.ux.timeout_ms",
                "9000",
            ),
            (&[("LOG_LEVEL", "debug")], "telemetry.log_level", "debug"),
            (&[("LOG_LEVEL", "")], "telemetry.log_level", "info"),
            (
                &[("RAILWAY_PUBLIC_DOMAIN", "a.example")],
                "server.public_url",
                "https://a.example",
            ),
            (
                &[("RAILWAY_VOLUME_MOUNT_PATH", "/vol")],
                "store.dir",
                "/vol",
            ),
            (&[("AIOS__STORE__DIR", "/d")], "store.dir", "/d"),
        ];
        for (vars, key, value) in cases {
            assert_eq!(text_of(vars, key), *value, "{vars:?}");
        }
    }

    #[test]
    fn keys_come_in_three_shapes() {
        for text in [
            r#"{"ann":"k-1"}"#,
            r#"{"ann":{"key":"k-1","tier":"free"}}"#,
            " ann:k-1 , bob:k-2",
        ] {
            assert_eq!(
                text_of(&[("AIOS_API_KEYS", text)], "auth.keys.ann.key"),
                "k-1",
                "{text}"
            );
        }
    }

    #[test]
    fn a_malformed_list_of_keys_is_refused_without_quoting_it() {
        for text in [
            "s3cret",
            "{\"a\":s3cret}",
            "{\"a\":[\"s3cret\"]}",
            "{\"a\":{\"key\":null,\"b\":\"s3cret\"}}",
        ] {
            let message = applied(&[("AIOS_API_KEYS", text)]).unwrap_err().to_string();
            assert!(
                message.contains("AIOS_API_KEYS") && !message.contains("s3cret"),
                "{message}"
            );
        }
    }

    #[test]
    fn names_without_a_use_are_warned_about() {
        let vars = [
            ("REDIS_URL", "redis://x"),
            ("AIOS_FOO", "1"),
            ("SENTRY_DSN", ""),
        ];
        let (_, warnings) = applied(&vars).unwrap();
        assert_eq!(
            warnings,
            [
                "AIOS_FOO is not a setting; settings are AIOS__section__key",
                "REDIS_URL is not used in this version"
            ]
        );
    }

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("admin");
        std::fs::write(&path, "0123456789abcdef\n").unwrap();
        for name in [
            "ADMIN_API_KEY_FILE",
            "AIOS__auth__admin_key_FILE",
            "AIOS__AUTH__ADMIN_KEY_FILE",
        ] {
            let value = text_of(&[(name, path.to_str().unwrap())], "auth.admin_key");
            assert_eq!(value, "0123456789abcdef", "{name}");
        }
    }
}
