//! From settings to what the engine and the store take.
//!
//! Invariant: every setting of the sections engine, roles, tiers, limits, retention, sessions and store that the engine
//! or the store knows is passed on here, and nowhere else.

use std::collections::BTreeMap;
use std::time::Duration;

use aios_actors::domain::circuit::CircuitPolicy;
use aios_actors::domain::job::JobPolicy;
use aios_actors::domain::pipeline::{Pipeline, StepSpec};
use aios_actors::domain::retry::RetryPolicy;
use aios_actors::domain::tier::Tier;
use aios_actors::engine::{EngineSettings, RoleSettings};
use aios_actors::stores::local;

use super::Options;
use crate::config::{self, Config, Role};

/// Delays grow by this factor. Project requirement: 2 s × 2.
const BACKOFF_MULTIPLIER: f64 = 2.0;

/// The engine's settings.
pub fn engine_settings(config: &Config) -> EngineSettings {
    let seconds = Duration::from_secs;
    let ms = Duration::from_millis;
    EngineSettings {
        job: JobPolicy {
            retry: RetryPolicy {
                attempts_max: config.engine.attempts_max,
                base: ms(config.engine.backoff_initial_ms),
                multiplier: BACKOFF_MULTIPLIER,
                delay_max: ms(config.engine.backoff_max_ms),
            },
            pipeline_timeout: ms(config.engine.pipeline_timeout_ms),
            crashes_max: config.engine.crashes_max,
        },
        running_jobs_max: config.engine.jobs_running_max,
        jobs_open_max: config.limits.jobs_open_max,
        roles: roles(config),
        tiers: tiers(config),
        session_idle_max: seconds(config.sessions.idle_seconds),
        sessions_per_key_max: config.sessions.per_key_max,
        artifact_retention: seconds(config.retention.artifacts_seconds),
        input_retention_completed: seconds(config.retention.input_after_completion_seconds),
        input_retention_failed: seconds(config.retention.input_after_failure_seconds),
        hub_buffer: config.engine.hub_buffer_events,
        finished_views_max: config.engine.finished_views_max,
        cancel_grace: ms(config.engine.cancel_grace_ms),
        ..EngineSettings::default()
    }
}

fn role_table(config: &Config) -> [(&'static str, &'static str, Role); 4] {
    let roles = &config.roles;
    [
        ("strategy", "pm", roles.pm),
        ("architecture", "architect", roles.architect),
        ("ux", "ux", roles.ux),
        ("code", "dev", roles.dev),
    ]
}

fn roles(config: &Config) -> BTreeMap<String, RoleSettings> {
    let circuit = CircuitPolicy {
        failure_threshold: config.roles.circuit.failure_threshold,
        success_threshold: config.roles.circuit.success_threshold,
        reset_timeout: Duration::from_millis(config.roles.circuit.reset_timeout_ms),
    };
    let row = |(_, role, settings): (&str, &str, Role)| {
        (
            role.to_owned(),
            RoleSettings {
                concurrency: settings.running_max,
                circuit,
            },
        )
    };
    role_table(config).into_iter().map(row).collect()
}

/// The table of steps with the configured timeouts.
pub(super) fn pipeline(config: &Config) -> Pipeline {
    let step = |(name, role, settings): (&str, &str, Role)| StepSpec {
        name: name.to_owned(),
        role: role.to_owned(),
        timeout: Duration::from_millis(settings.timeout_ms),
    };
    Pipeline::new(role_table(config).into_iter().map(step).collect())
}

/// 0 in the settings means "no limit".
fn limit(number: u32) -> Option<u32> {
    (number > 0).then_some(number)
}

/// The configured tiers, and one more for each key of the settings that has numbers of its own.
fn tiers(config: &Config) -> BTreeMap<String, Tier> {
    let tier = |tier: &config::Tier| Tier {
        requests_per_minute: limit(tier.requests_per_minute),
        requests_per_day: limit(tier.requests_per_day),
        concurrent_jobs: limit(tier.concurrent_jobs),
        pipelines_per_hour: limit(tier.pipelines_per_hour),
    };
    let mut tiers: BTreeMap<String, Tier> = config
        .tiers
        .iter()
        .map(|(name, row)| (name.clone(), tier(row)))
        .collect();
    for (name, key) in &config.auth.keys {
        let base = tiers.get(&key.tier).copied().unwrap_or(Tier::INTERNAL);
        let own = |number: Option<u32>, base: Option<u32>| number.map_or(base, limit);
        let row = Tier {
            requests_per_minute: own(key.requests_per_minute, base.requests_per_minute),
            requests_per_day: own(key.requests_per_day, base.requests_per_day),
            concurrent_jobs: own(key.concurrent_jobs, base.concurrent_jobs),
            pipelines_per_hour: own(key.pipelines_per_hour, base.pipelines_per_hour),
        };
        if row != base {
            tiers.insert(tier_of_key(config, name), row);
        }
    }
    tiers
}

/// The tier that a key of the settings is put in.
pub(super) fn tier_of_key(config: &Config, name: &str) -> String {
    let key = &config.auth.keys[name];
    let own = [
        key.requests_per_minute,
        key.requests_per_day,
        key.concurrent_jobs,
        key.pipelines_per_hour,
    ];
    if own.iter().any(Option::is_some) {
        format!("{}:{name}", key.tier)
    } else {
        key.tier.clone()
    }
}

/// The store's settings; `on_failure` hears once when it has stopped for good.
pub(super) fn store_options(
    config: &Config,
    options: &Options,
    on_failure: impl Fn(String) + Send + Sync + 'static,
) -> local::Options {
    let store = &config.store;
    local::Options {
        segment_bytes: store.segment_bytes,
        preallocate: !options.is_ephemeral,
        sync_delay: options.sync_delay,
        frame_bytes_max: store.frame_bytes_max,
        inbox_ops_max: store.inbox_operations_max,
        sled_lag_bytes_max: store.view_lag_bytes_max,
        sled_lag_time_max: Duration::from_millis(store.view_lag_ms_max),
        sled_cache_bytes: store.view_cache_bytes,
        on_failure: std::sync::Arc::new(on_failure),
        ..local::Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Sources, load};

    fn config(vars: &[(&str, &str)]) -> Config {
        let env = Environment::of(vars.iter().copied());
        load(&Sources {
            env,
            ..Sources::default()
        })
        .unwrap()
        .config
    }

    #[test]
    fn the_shipped_settings_are_the_engines_defaults() {
        let (ours, default) = (engine_settings(&config(&[])), EngineSettings::default());
        assert_eq!(ours.tiers, default.tiers);
        assert_eq!(ours.job.pipeline_timeout, default.job.pipeline_timeout);
        assert_eq!(ours.job.crashes_max, default.job.crashes_max);
        assert_eq!(ours.job.retry, default.job.retry);
        assert_eq!(ours.artifact_retention, default.artifact_retention);
        assert_eq!(
            ours.input_retention_completed,
            default.input_retention_completed
        );
        assert_eq!(ours.input_retention_failed, default.input_retention_failed);
        assert_eq!(ours.session_idle_max, default.session_idle_max);
        assert_eq!(ours.roles["pm"], RoleSettings::default());
        assert_eq!(pipeline(&config(&[])), Pipeline::standard());
    }

    #[test]
    fn a_key_with_numbers_of_its_own_gets_a_tier_of_its_own() {
        let keys = r#"{"ann":{"key":"key-of-ann-0123456","tier":"free","concurrent_jobs":0},"bob":"key-of-bob-0123456"}"#;
        let config = config(&[("AIOS_API_KEYS", keys)]);
        let tiers = engine_settings(&config).tiers;
        assert_eq!(tier_of_key(&config, "bob"), "pro");
        let own = tiers[&tier_of_key(&config, "ann")];
        assert_eq!(own.concurrent_jobs, None);
        assert_eq!(own.requests_per_minute, tiers["free"].requests_per_minute);
    }
}
