//! Two hundred jobs, agents that deliver, fail and panic as the seed says, actors that are shot, and processes that end
//! without a word.
//!
//! Invariant under test: every acknowledged job ends, and a step whose end was durable never runs again.

use std::collections::BTreeSet;

use super::*;
use crate::base::entropy::Entropy;
use crate::base::ids::JobId;
use crate::domain::circuit::CircuitPolicy;
use crate::domain::job::StepStatus;
use crate::ports::store::Table;
use crate::tree::hub::HubMsg;
use crate::tree::jobs::JobsMsg;
use crate::tree::role::RoleMsg;

type Steps = BTreeSet<(JobId, String)>;

/// Decides by seed, and tells of steps that were done before this start.
struct Fate {
    entropy: Arc<dyn Entropy>,
    done_before: Steps,
    repeated: Arc<Mutex<Vec<(JobId, String)>>>,
}

impl AgentProvider for Fate {
    fn name(&self) -> &'static str {
        "fate"
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn run(
        &self,
        brief: Arc<Brief>,
        _progress: Progress,
    ) -> BoxFuture<'static, Result<Draft, AgentError>> {
        let step = (brief.job, brief.step.clone());
        if self.done_before.contains(&step) {
            self.repeated.lock().push(step);
        }
        let (fate, pause) = (self.entropy.unit(), self.entropy.unit());
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1).mul_f64(pause * 3.0)).await;
            assert!(fate > 0.1, "as the seed says");
            if fate < 0.25 {
                return Err(AgentError {
                    error: PublicError::new(ErrorCode::AgentFailure, "as the seed says"),
                    retryable: true,
                });
            }
            Ok(delivered(&brief))
        })
    }
}

fn records(store: &MemoryStore) -> Vec<crate::domain::record::JobRecord> {
    let rows = store.scan(Table::Jobs, &[], None, 1_000).unwrap();
    let decode = |(_, value): &(Bytes, Bytes)| serde_json::from_slice(value).unwrap();
    rows.iter().map(decode).collect()
}

fn done_steps(store: &MemoryStore) -> Steps {
    let mut done = Steps::new();
    for record in records(store) {
        let steps = record.machine.steps().iter();
        let ended = steps.filter(|step| step.status == StepStatus::Completed);
        done.extend(ended.map(|step| (record.id, step.name.clone())));
    }
    done
}

fn shoot(engine: &Engine, jobs: &[JobId], entropy: &dyn Entropy) {
    let slots = &engine.0.deps.slots;
    let [victim, which] = entropy.bytes();
    match victim % 8 {
        0 => slots.hub.cast(HubMsg::Poison),
        1 => slots.roles["dev"].0.cast(RoleMsg::Poison),
        2 => slots.jobs.cast(JobsMsg::Poison(None)),
        _ => slots
            .jobs
            .cast(JobsMsg::Poison(Some(jobs[usize::from(which) % jobs.len()]))),
    };
}

async fn fated_engine(
    store: &Arc<MemoryStore>,
    keyring: &Arc<Keyring>,
    (fate, seed): (Fate, u64),
) -> Engine {
    let store = Arc::clone(store) as Arc<dyn Store>;
    engine_with(store, Arc::clone(keyring), Arc::default(), |parts| {
        parts.providers = vec![Arc::new(fate)];
        parts.entropy = Arc::new(SeededEntropy::new(seed));
        parts.settings.running_jobs_max = 8;
        parts.settings.job.retry.base = Duration::from_millis(1);
        let patient = RoleSettings {
            concurrency: 3,
            circuit: CircuitPolicy {
                failure_threshold: u32::MAX,
                ..CircuitPolicy::default()
            },
        };
        for role in parts.pipeline.roles() {
            parts.settings.roles.insert(role, patient);
        }
    })
    .await
}

async fn assert_all_ended(engine: &Engine, owner: &Principal, jobs: &[JobId]) {
    for id in jobs {
        let view = engine.wait(owner, *id, None, LONG * 6).await.unwrap();
        assert!(view.record.state().is_terminal(), "{id} waits");
        let seqs: Vec<_> = view.record.events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=view.record.events_count).collect::<Vec<_>>());
    }
    let is_quiet = || {
        let health = engine.health();
        health.roles.iter().all(|role| role.2 + role.3 == 0)
    };
    eventually("every permit came back", is_quiet).await;
}

async fn submit_some(engine: &Engine, owner: &Principal, start: u64) -> Vec<JobId> {
    let mut acknowledged = Vec::new();
    for n in 0..25 {
        let request = nth(usize::try_from(start).unwrap() * 100 + n, &ALL);
        let submitted = engine.submit(owner, request).await.unwrap();
        acknowledged.push(submitted.view.record.id);
    }
    acknowledged
}

async fn simulate(seed: u64) {
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(seed));
    let keyring = Arc::new(Keyring::ephemeral(Arc::new(SeededEntropy::new(1))));
    let repeated = Arc::new(Mutex::new(Vec::new()));
    let mut store = Arc::new(MemoryStore::default());
    let (mut acknowledged, mut principal) = (Vec::new(), None);
    for start in 1..=9_u64 {
        let fate = Fate {
            entropy: Arc::clone(&entropy),
            done_before: done_steps(&store),
            repeated: Arc::clone(&repeated),
        };
        let engine = fated_engine(&store, &keyring, (fate, seed + start)).await;
        if principal.is_none() {
            principal = Some(principal_of(&engine, "internal").await);
        }
        let owner = principal.as_ref().unwrap();
        if start <= 8 {
            acknowledged.extend(submit_some(&engine, owner, start).await);
            shoot(&engine, &acknowledged, entropy.as_ref());
            tokio::time::sleep(Duration::from_millis(40).mul_f64(entropy.unit())).await;
            // The process is gone: what its actors still do, they do to a store that nobody reads any more.
            store = Arc::new(store.restarted(start + 1));
            engine.drain(Duration::ZERO).await;
        } else {
            assert_all_ended(&engine, owner, &acknowledged).await;
            engine.drain(LONG).await;
        }
    }
    assert_eq!(acknowledged.len(), 200);
    assert_eq!(*repeated.lock(), [], "seed {seed}");
    assert!(store.scan(Table::Open, &[], None, 1).unwrap().is_empty());
    let completed = records(&store);
    let completed = completed
        .iter()
        .filter(|record| *record.state() == JobState::Completed);
    assert!(
        completed.count() > 100,
        "seed {seed}: most jobs can succeed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_job_ends_and_no_finished_step_runs_again_seed_1() {
    simulate(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_job_ends_and_no_finished_step_runs_again_seed_77() {
    simulate(77).await;
}
