//! Configuration by layers: `default.toml` < platform < profile < file < environment < flags.
//!
//! Invariant: a [`Config`] exists only when every key was known and every value passed its range; whatever is wrong is
//! reported with the key and its source.

mod checks;
mod environment;
mod error;
mod layers;
mod schema;
mod sections;

use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use environment::Environment;
pub use error::{ConfigError, Origin};
use layers::{KeyPath, Layers};
pub use sections::{
    Auth, Circuit, EngineSection, Limits, Llm, LogFormat, Retention, Role, Roles, Secret, Server,
    Sessions, StaticKey, StoreSection, Telemetry, Tier, Webhooks,
};

const DEVELOPMENT_TOML: &str = include_str!("../../config/development.toml");
const PRODUCTION_TOML: &str = include_str!("../../config/production.toml");

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it listens and how it ends.
    pub server: Server,
    /// Who may call.
    pub auth: Auth,
    /// Limits by tier.
    pub tiers: std::collections::BTreeMap<String, Tier>,
    /// What a client can take.
    pub limits: Limits,
    /// How many jobs run, how long, how often they are tried.
    pub engine: EngineSection,
    /// The agent roles.
    pub roles: Roles,
    /// The data directory.
    pub store: StoreSection,
    /// How long things are kept.
    pub retention: Retention,
    /// MCP sessions.
    pub sessions: Sessions,
    /// Deliveries.
    pub webhooks: Webhooks,
    /// Models.
    pub llm: Llm,
    /// Logs and metrics.
    pub telemetry: Telemetry,
}

impl Config {
    /// The address to listen on.
    ///
    /// # Panics
    /// Never for a configuration that was loaded: its address was checked.
    pub fn address(&self) -> std::net::SocketAddr {
        checks::address(&self.server.bind).expect("the address was checked at load")
    }
}

/// Where settings come from, besides what is compiled in.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// The environment.
    pub env: Environment,
    /// Flags that were given: name, key, text.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// One setting as `config print` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Dotted key.
    pub key: String,
    /// Value as TOML; `"***"` for a secret that is set.
    pub value: String,
    /// Who gave it.
    pub origin: Origin,
}

/// The settings, where each came from, and what the operator should know.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Each key with its value and source, in order of the keys.
    pub settings: Vec<Setting>,
    /// Sentences for the log.
    pub warnings: Vec<String>,
    /// A hosting platform started the process: its standard output is a log.
    pub is_platform: bool,
}

/// Merges and checks all layers.
///
/// # Errors
/// The first thing that is wrong, with its key and source.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut layers = Layers::from_default();
    environment::apply_platform(&mut layers, &sources.env)?;
    let mut warnings = Vec::new();
    warnings.extend(apply_profile(&mut layers, &sources.env)?);
    if let Some(path) = &sources.file {
        apply_file(&mut layers, path, Origin::Flag("--config"))?;
    }
    warnings.extend(environment::apply(&mut layers, &sources.env)?);
    for (flag, key, text) in &sources.flags {
        layers.set_text(KeyPath::from_dotted(key), text, Origin::Flag(flag))?;
    }
    let config = typed(&layers)?;
    warnings.extend(checks::warnings(&config, &sources.env));
    Ok(Loaded {
        config,
        settings: listed(&layers),
        warnings,
        is_platform: sources.env.is_platform(),
    })
}

fn typed(layers: &Layers) -> Result<Config, ConfigError> {
    let present = layers.iter().map(|(path, _)| path).collect();
    if let Some((row, field)) = schema::missing_fields(&present) {
        let sibling = layers.iter().find(|(path, _)| path.parent() == row);
        let (_, (_, origin)) = sibling.expect("a row is known by its fields");
        return Err(ConfigError::BadValue {
            key: row.to_string(),
            origin: origin.clone(),
            rule: format!("needs `{field}`"),
        });
    }
    let table = layers.table();
    let config: Config = table
        .try_into()
        .expect("every leaf was checked against the schema");
    checks::check(&config).map_err(|(key, rule)| ConfigError::BadValue {
        origin: layers
            .get(&key)
            .map_or(Origin::Default, |(_, origin)| origin.clone()),
        key,
        rule,
    })?;
    Ok(config)
}

fn apply_profile(layers: &mut Layers, env: &Environment) -> Result<Option<String>, ConfigError> {
    let asked = ["AIOS_ENV", "NODE_ENV"].map(|name| env.get(name).map(|value| (name, value)));
    let Some((variable, name)) = asked.into_iter().flatten().next() else {
        return Ok(None);
    };
    let compiled_in = match name {
        "development" => Some(("development", DEVELOPMENT_TOML)),
        "production" => Some(("production", PRODUCTION_TOML)),
        _ => None,
    };
    if let Some((name, text)) = compiled_in {
        let path = PathBuf::from(format!("config/{name}.toml"));
        layers.set_toml(text, &path, |_| Origin::Profile(name))?;
        return Ok(None);
    }
    let path = PathBuf::from(format!("config/{name}.toml"));
    let is_plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if is_plain && path.is_file() {
        apply_file(layers, &path, Origin::Env(variable.to_owned()))?;
        return Ok(None);
    }
    if variable == "NODE_ENV" {
        // Test runners and build tools set it to words that mean nothing here.
        return Ok(Some(format!(
            "NODE_ENV={name} names no profile and is ignored"
        )));
    }
    Err(ConfigError::UnknownProfile {
        name: name.to_owned(),
        variable: "AIOS_ENV",
    })
}

fn apply_file(layers: &mut Layers, path: &Path, named_by: Origin) -> Result<(), ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        origin: named_by,
        problem: error.to_string(),
    })?;
    layers.set_toml(&text, path, |line| Origin::File(path.to_owned(), line))
}

fn listed(layers: &Layers) -> Vec<Setting> {
    let shown = |path: &KeyPath, value: &toml::Value| {
        let is_set = value.as_str().is_some_and(|text| !text.is_empty());
        if schema::is_secret(path) && is_set {
            "\"***\"".to_owned()
        } else {
            value.to_string()
        }
    };
    let setting = |(path, (value, origin)): (&KeyPath, &(toml::Value, Origin))| Setting {
        key: path.to_string(),
        value: shown(path, value),
        origin: origin.clone(),
    };
    layers.iter().map(setting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        load(&Sources {
            env: Environment::of(vars.iter().copied()),
            ..Sources::default()
        })
    }

    #[test]
    fn nothing_needs_to_be_configured() {
        let loaded = load(&Sources::default()).unwrap();
        assert_eq!(loaded.config.server.bind, "127.0.0.1:3000");
        assert_eq!(loaded.config.tiers["enterprise"].pipelines_per_hour, 0);
        assert!(loaded.config.auth.keys.is_empty());
        assert_eq!(loaded.warnings, [""; 0]);
    }

    #[test]
    fn flags_win_over_environment_over_file_over_profile() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("aios.toml");
        std::fs::write(
            &file,
            "[telemetry]\nlog_level = \"warn\"\nlog_format = \"text\"\n",
        )
        .unwrap();
        let mut sources = Sources {
            file: Some(file),
            env: Environment::of([("NODE_ENV", "production")]),
            flags: Vec::new(),
        };
        let level = |sources: &Sources| load(sources).unwrap().config.telemetry.log_level;
        assert_eq!(level(&sources), "warn");
        assert_eq!(
            load(&sources).unwrap().config.telemetry.log_format,
            LogFormat::Text
        );
        sources.env = Environment::of([("LOG_LEVEL", "error")]);
        assert_eq!(level(&sources), "error");
        sources
            .flags
            .push(("--log-level", "telemetry.log_level", "debug".to_owned()));
        assert_eq!(level(&sources), "debug");
    }

    #[test]
    fn a_printed_setting_shows_its_source_and_no_secret() {
        let loaded = with(&[("ADMIN_API_KEY", "0123456789abcdef"), ("PORT", "80")]).unwrap();
        let setting = |key: &str| loaded.settings.iter().find(|row| row.key == key).unwrap();
        assert_eq!(setting("auth.admin_key").value, "\"***\"");
        assert_eq!(
            setting("server.bind").origin,
            Origin::Env("PORT".to_owned())
        );
        assert!(!format!("{loaded:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_source() {
        let cases = [
            (
                "AIOS__server__bnid",
                "x",
                "environment variable AIOS__server__bnid: `server.bnid` is not a setting; did you mean `server.bind`?",
            ),
            (
                "QUEUE_CONCURRENCY",
                "many",
                "environment variable QUEUE_CONCURRENCY: `engine.jobs_running_max` must be a whole number",
            ),
            (
                "ADMIN_API_KEY",
                "short",
                "environment variable ADMIN_API_KEY: `auth.admin_key` must have at least 16 characters",
            ),
            (
                "AIOS__server__bind",
                "nowhere",
                "environment variable AIOS__server__bind: `server.bind` must be an address and a port, like 127.0.0.1:3000",
            ),
            (
                "LOG_LEVEL",
                "inof",
                "environment variable LOG_LEVEL: `telemetry.log_level` must be error, warn, info, debug, trace or off, or directives like `info,aios_actors=debug`",
            ),
            (
                "AIOS_API_KEYS",
                r#"{"a":{"tier":"pro"}}"#,
                "environment variable AIOS_API_KEYS: `auth.keys.a` needs `key`",
            ),
            (
                "AIOS_API_KEYS",
                r#"{"a":{"key":"0123456789abcdef","tier":"gold"}}"#,
                "environment variable AIOS_API_KEYS: `auth.keys.a.tier` names no tier; known: enterprise, free, internal, pro",
            ),
            (
                "AIOS_ENV",
                "staging",
                "AIOS_ENV: there is no profile `staging`; known: development, production, or a file config/staging.toml",
            ),
            ("AIOS__auth__required", "false", ""),
        ];
        for (name, value, message) in cases {
            let said =
                with(&[(name, value)]).map_or_else(|error| error.to_string(), |_| String::new());
            assert_eq!(said, message, "{name}={value}");
        }
        let open = with(&[("AIOS__auth__required", "false"), ("PORT", "80")]).unwrap_err();
        assert!(
            open.to_string()
                .contains("`auth.required` may be false only on a loopback"),
            "{open}"
        );
    }

    #[test]
    fn a_key_of_the_settings_is_long_and_has_one_name() {
        let cases = [
            (
                "ann:0123456789abcdef,bob:short",
                "must have at least 16 characters",
            ),
            (
                "ann:0123456789abcdef,bob:0123456789abcdef",
                "must not be the same key as `auth.keys.ann.key`",
            ),
            (
                "bob:the-key-of-the-admin",
                "must not be the same key as `auth.admin_key`",
            ),
        ];
        for (keys, rule) in cases {
            let vars = [
                ("AIOS_API_KEYS", keys),
                ("ADMIN_API_KEY", "the-key-of-the-admin"),
            ];
            let said = with(&vars).unwrap_err().to_string();
            let expected =
                format!("environment variable AIOS_API_KEYS: `auth.keys.bob.key` {rule}");
            assert_eq!(said, expected);
        }
    }
}
