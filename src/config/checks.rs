//! Rules between settings, and texts with a form of their own.
//!
//! Invariant: pure; a broken rule is reported as (key, what the key must be).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{Config, Environment};

/// Shortest key: below it, guessing is not hopeless.
const KEY_CHARS_MIN: usize = 16;
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

type Broken = (String, String);

fn broken(key: &str, rule: impl Into<String>) -> Result<(), Broken> {
    Err((key.to_owned(), rule.into()))
}

/// The address to listen on.
pub(super) fn address(bind: &str) -> Option<SocketAddr> {
    let numeric = bind
        .strip_prefix("localhost:")
        .map(|port| format!("127.0.0.1:{port}"));
    numeric.as_deref().unwrap_or(bind).parse().ok()
}

/// Checks what ranges cannot say.
pub(super) fn check(config: &Config) -> Result<(), Broken> {
    let Some(address) = address(&config.server.bind) else {
        return broken(
            "server.bind",
            "must be an address and a port, like 127.0.0.1:3000",
        );
    };
    if !config.auth.required && !address.ip().is_loopback() {
        return broken("auth.required", "may be false only on a loopback listener");
    }
    if let Some(key) = config.auth.admin_key.given()
        && let Some(rule) = too_short(key)
    {
        return broken("auth.admin_key", rule);
    }
    if !is_filter(&config.telemetry.log_level) {
        let levels = "error, warn, info, debug, trace or off";
        let rule = format!("must be {levels}, or directives like `info,aios_actors=debug`");
        return broken("telemetry.log_level", rule);
    }
    let url = &config.server.public_url;
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    if !url.is_empty() && host.is_none_or(|host| host.is_empty() || host.contains(['?', '#', ' ']))
    {
        return broken("server.public_url", "must be like https://host");
    }
    check_pairs(config)?;
    check_keys(config)
}

fn check_pairs(config: &Config) -> Result<(), Broken> {
    if config.engine.backoff_max_ms < config.engine.backoff_initial_ms {
        return broken(
            "engine.backoff_max_ms",
            "must not be below engine.backoff_initial_ms",
        );
    }
    if config.store.segment_bytes < config.store.frame_bytes_max as u64 {
        return broken(
            "store.segment_bytes",
            "must not be below store.frame_bytes_max",
        );
    }
    // The input of a job rides in the frame of its first commit, beside its record.
    if config.store.frame_bytes_max < config.limits.body_bytes_max + 65_536 {
        let rule = "must be at least 64 KiB above limits.body_bytes_max";
        return broken("store.frame_bytes_max", rule);
    }
    Ok(())
}

fn too_short(key: &str) -> Option<String> {
    let rule = || format!("must have at least {KEY_CHARS_MIN} characters");
    (key.chars().count() < KEY_CHARS_MIN).then(rule)
}

fn check_keys(config: &Config) -> Result<(), Broken> {
    // Whose key it is: a call must not belong to one of two names by chance.
    let mut owners: BTreeMap<&str, String> = BTreeMap::new();
    if let Some(key) = config.auth.admin_key.given() {
        owners.insert(key, "auth.admin_key".to_owned());
    }
    for (name, row) in &config.auth.keys {
        if name.is_empty() {
            return broken("auth.keys", "holds a key without a name");
        }
        let setting = format!("auth.keys.{name}.key");
        let Some(key) = row.key.given() else {
            return broken(&setting, "must not be empty");
        };
        if let Some(rule) = too_short(key) {
            return broken(&setting, rule);
        }
        if let Some(owner) = owners.get(key) {
            return broken(&setting, format!("must not be the same key as `{owner}`"));
        }
        owners.insert(key, setting);
        if !config.tiers.contains_key(&row.tier) {
            let known: Vec<&str> = config.tiers.keys().map(String::as_str).collect();
            let rule = format!("names no tier; known: {}", known.join(", "));
            return broken(&format!("auth.keys.{name}.tier"), rule);
        }
    }
    Ok(())
}

/// Levels and `target=level` directives. Stricter than the subscriber, which takes a mistyped level for a target and
/// then logs nothing.
fn is_filter(text: &str) -> bool {
    let is_level = |level: &str| LEVELS.contains(&level.to_ascii_lowercase().as_str());
    !text.is_empty()
        && text
            .split(',')
            .map(str::trim)
            .all(|directive| match directive.split_once('=') {
                Some((target, level)) => !target.is_empty() && is_level(level),
                None => is_level(directive),
            })
}

/// What works, but is probably not what the operator wants.
pub(super) fn warnings(config: &Config, env: &Environment) -> Vec<String> {
    let mut warnings = Vec::new();
    // Without a volume every deployment starts with an empty directory: jobs and keys would be gone.
    if env.get("RAILWAY_ENVIRONMENT").is_some() && env.get("RAILWAY_VOLUME_MOUNT_PATH").is_none() {
        warnings.push(format!(
            "no volume is attached: everything in {} is lost at the next deployment; attach a volume and set \
             AIOS__store__dir to its mount path",
            config.store.dir.display()
        ));
    }
    if !config.auth.required {
        warnings
            .push("auth.required is false: everyone on this machine may use the server".to_owned());
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_told_from_nonsense() {
        for good in ["info", "WARN", "info,aios_actors=debug", "off, a=trace"] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["", "inof", "info,", "=debug", "a=b"] {
            assert!(!is_filter(bad), "{bad}");
        }
    }
}
