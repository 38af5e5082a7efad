//! Effects: the work that actors start and never wait for.
//!
//! Invariant: every task ends in one message that names its attempt, or is aborted by whoever owns its handle. Panics of
//! providers are caught here and are failed attempts like any other.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use ractor::ActorRef;
use serde_json::Value;
use tokio::task::{AbortHandle, JoinHandle};

use super::deps::Deps;
use super::hub::HubMsg;
use super::job::JobMsg;
use super::role::Permit;
use super::shelf;
use crate::agents::contract;
use crate::base::error::{ErrorCode, PublicError};
use crate::base::limits::{ERROR_MESSAGE_BYTES_MAX, JOB_WARNINGS_MAX};
use crate::domain::artifact::ArtifactRow;
use crate::domain::circuit::CallOutcome;
use crate::domain::job::Attempt;
use crate::domain::record::{JobRecord, StepUsage};
use crate::observe::metrics;
use crate::ports::agent::{AgentError, Brief, Draft, Progress, Shared};
use crate::ports::store::Op;

/// What an attempt that delivered leaves to be committed.
#[derive(Debug)]
pub(crate) struct Delivered {
    pub(crate) ops: Vec<Op>,
    pub(crate) rows: Vec<ArtifactRow>,
    pub(crate) warnings: Vec<String>,
    pub(crate) usage: StepUsage,
    pub(crate) inputs: Arc<Value>,
    pub(crate) artifacts: Shared,
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) enum Attempted {
    Delivered(Delivered),
    Failed(AgentError),
}

/// Wait before a pack for which there was no space is written again.
const PACK_RETRY: Duration = Duration::from_millis(100);

/// Aborts a task when it is dropped.
#[derive(Debug)]
pub(crate) struct AbortOnDrop(AbortHandle);

impl AbortOnDrop {
    /// Owns `task`.
    pub(crate) fn new<T>(task: &JoinHandle<T>) -> Self {
        Self(task.abort_handle())
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An attempt under way.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) at: Attempt,
    progress: Progress,
    task: Option<AbortOnDrop>,
}

impl Running {
    /// Asks the provider to stop, and aborts it after `grace`.
    pub(crate) fn stop(mut self, grace: Duration) {
        self.progress.cancel();
        if let Some(task) = self.task.take() {
            spawn(async move {
                tokio::time::sleep(grace).await;
                drop(task);
            });
        }
    }
}

/// Everything one attempt needs.
pub(crate) struct Work {
    pub(crate) deps: Arc<Deps>,
    pub(crate) record: Arc<JobRecord>,
    pub(crate) at: Attempt,
    /// What earlier attempts of this start already loaded.
    pub(crate) loaded: (Option<Arc<Value>>, Option<Shared>),
}

/// The one place where the engine spawns tasks.
pub(crate) fn spawn<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(work)
}

/// Does `action` after `wait`, unless the handle is dropped before.
pub(crate) fn after(wait: Duration, action: impl FnOnce() + Send + 'static) -> AbortOnDrop {
    AbortOnDrop::new(&spawn(async move {
        tokio::time::sleep(wait).await;
        action();
    }))
}

/// Starts an attempt; its outcome reaches `job` as [`JobMsg::Attempted`].
pub(crate) fn start(work: Work, permit: Permit, job: ActorRef<JobMsg>) -> Running {
    let (at, progress) = (work.at, progress(&work));
    let heard = progress.clone();
    let task = spawn(async move {
        let step = step_name(&work).to_owned();
        let outcome = AssertUnwindSafe(attempt(work, heard)).catch_unwind().await;
        let (attempted, counts) = match outcome {
            Ok(Ok(delivered)) => (Attempted::Delivered(delivered), CallOutcome::Success),
            Ok(Err(mut failure)) => {
                let counts = circuit_outcome(&failure);
                shorten(&mut failure.error.message);
                (Attempted::Failed(failure), counts)
            }
            // A panic in one job says nothing about the next: it does not count against the role.
            Err(panic) => {
                metrics::attempt_panicked(&step);
                (Attempted::Failed(panicked(&*panic)), CallOutcome::Ignored)
            }
        };
        permit.finish(counts);
        let _ = job.cast(JobMsg::Attempted(at, Box::new(attempted)));
    });
    Running {
        at,
        progress,
        task: Some(AbortOnDrop::new(&task)),
    }
}

const fn circuit_outcome(failure: &AgentError) -> CallOutcome {
    match failure.error.code {
        // The caller's fault, or ours: neither says anything about the agent.
        ErrorCode::InvalidInput
        | ErrorCode::InputExpired
        | ErrorCode::Cancelled
        | ErrorCode::InternalError => CallOutcome::Ignored,
        _ => CallOutcome::Failure,
    }
}

fn step_name(work: &Work) -> &str {
    work.record
        .machine
        .steps()
        .get(usize::from(work.at.step))
        .map_or("", |step| &step.name)
}

async fn attempt(work: Work, progress: Progress) -> Result<Delivered, AgentError> {
    let deps = Arc::clone(&work.deps);
    let Some(spec) = deps.pipeline.step(step_name(&work)) else {
        return Err(unknown_step());
    };
    let (record, loaded) = (Arc::clone(&work.record), work.loaded.clone());
    let load = {
        let deps = Arc::clone(&deps);
        move || shelf::load(&deps, &record, loaded)
    };
    let (inputs, artifacts) = deps.pool.run(load).await.map_err(|_| broken())??;
    let brief = Arc::new(Brief {
        job: work.record.id,
        step: spec.name.clone(),
        attempt: work.at.number,
        idempotency_key: format!("{}-{}-{}", work.record.id, spec.name, work.at.number),
        created_at: work.record.created_at,
        arguments: Arc::clone(&inputs),
        artifacts: Arc::clone(&artifacts),
    });
    let call = deps.chain.run(&spec.role, brief, progress);
    let Ok(outcome) = tokio::time::timeout(spec.timeout, call).await else {
        let seconds = spec.timeout.as_secs();
        let message = format!("{} did not finish within {seconds} s", spec.name);
        let error = PublicError::new(ErrorCode::AgentTimeout, message);
        return Err(AgentError {
            error,
            retryable: true,
        });
    };
    let draft = outcome?;
    contract::check(&draft, &names(&work.record))?;
    store_draft(&work, draft, (inputs, artifacts)).await
}

fn names(record: &JobRecord) -> Vec<String> {
    record
        .artifacts
        .iter()
        .map(|row| row.name.clone())
        .collect()
}

/// Seals the draft's artifacts; big ones are durable in a pack file when this returns.
async fn store_draft(
    work: &Work,
    draft: Draft,
    (inputs, earlier): (Arc<Value>, Shared),
) -> Result<Delivered, AgentError> {
    let (deps, record) = (Arc::clone(&work.deps), Arc::clone(&work.record));
    let step = step_name(work).to_owned();
    let usage = StepUsage {
        step: step.clone(),
        engine: draft.engine.to_owned(),
        provider: draft.provider.clone(),
        cached: false,
    };
    let mut warnings = draft.warnings.clone();
    warnings.truncate(JOB_WARNINGS_MAX);
    warnings.iter_mut().for_each(shorten);
    let mut artifacts = (*earlier).clone();
    artifacts.extend(
        draft
            .artifacts
            .iter()
            .map(|a| (a.name.clone(), a.bytes.clone())),
    );
    let pool = deps.pool.clone();
    let of_pool = Arc::clone(&deps);
    let shelve = move || shelf::shelve(&of_pool, &record, &step, draft.artifacts);
    let (ops, rows, pack) = pool.run(shelve).await.map_err(|_| broken())??;
    if let Some(pack) = pack {
        write_pack(&deps, pack).await?;
    }
    Ok(Delivered {
        ops,
        rows,
        warnings,
        usage,
        inputs,
        artifacts: Arc::new(artifacts),
    })
}

/// A full disk is waited out: the attempt has its result and burns nothing. The pipeline's deadline ends the wait.
async fn write_pack(deps: &Arc<Deps>, pack: shelf::Pack) -> Result<(), AgentError> {
    let pack = Arc::new(pack);
    loop {
        let (of_pool, content) = (Arc::clone(deps), Arc::clone(&pack));
        let write = move || shelf::write_pack(&of_pool, &content);
        if deps.pool.run(write).await.map_err(|_| broken())?? {
            return Ok(());
        }
        tokio::time::sleep(PACK_RETRY).await;
    }
}

/// The failure of a step that the table does not have, or no longer has.
pub(crate) fn unknown_step() -> AgentError {
    let message = "the job names a step that this version does not know";
    AgentError {
        error: PublicError::new(ErrorCode::AgentFailure, message),
        retryable: false,
    }
}

fn broken() -> AgentError {
    AgentError {
        error: PublicError::internal(),
        retryable: true,
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> AgentError {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    let message = format!("the agent panicked: {}", short_cause(&text));
    AgentError {
        error: PublicError::new(ErrorCode::AgentFailure, message),
        retryable: true,
    }
}

/// Cuts a text of a provider to what a record may hold.
fn shorten(text: &mut String) {
    text.truncate(text.floor_char_boundary(ERROR_MESSAGE_BYTES_MAX));
}

/// The part of a cause that cannot quote a specification: its first line, up to the first quotation.
pub(crate) fn short_cause(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let plain = line
        .split(['`', '"', '\''])
        .next()
        .unwrap_or_default()
        .trim();
    let end = plain.floor_char_boundary(ERROR_MESSAGE_BYTES_MAX.min(160));
    plain[..end].to_owned()
}

/// Passes reports on to the hub, at most ten a second, and only while someone watches.
fn progress(work: &Work) -> Progress {
    const INTERVAL_MS: u64 = 100;
    let (deps, job) = (Arc::clone(&work.deps), work.record.id);
    let (step, index) = (step_name(work).to_owned(), usize::from(work.at.step));
    let steps = work.record.machine.steps().len();
    let last_ms = AtomicU64::new(0);
    Progress::new(Arc::new(move |percent, section| {
        let now_ms = deps.clock.now().unix_ms();
        let is_due = now_ms.saturating_sub(last_ms.load(Ordering::Relaxed)) >= INTERVAL_MS;
        if !is_due || !deps.interest.has(job) {
            return;
        }
        last_ms.store(now_ms, Ordering::Relaxed);
        let whole = (index * 100 + usize::from(percent)) / steps.max(1);
        deps.slots.hub.cast(HubMsg::Progress {
            job,
            step: step.clone(),
            percent: u8::try_from(whole.min(99)).unwrap_or(99),
            section: section.to_owned(),
        });
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_never_quotes_its_input() {
        let text = "byte index 3 is not a char boundary; it is inside 'é' of `secret plan`\nmore";
        assert_eq!(
            short_cause(text),
            "byte index 3 is not a char boundary; it is inside"
        );
    }
}
