//! Submission: a call becomes a durable job, or finds the one it already is.
//!
//! Invariant: when `submit` answers, the job is on disk; when the caller goes away in between, it is so all the same.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Engine;
use super::first::{Digests, digests, first_batch};
use crate::base::error::{ErrorCode, PublicError};
use crate::base::ids::JobId;
use crate::domain::key::Principal;
use crate::domain::record::JobRecord;
use crate::domain::tier::Tier;
use crate::ports::store::{StoreError, Table};
use crate::tree::intake::{Claim, Ticket};
use crate::tree::{JobView, effects, janitor, shelf};

/// Most bytes of arguments that are sealed on the caller's thread: some tens of microseconds.
const SEAL_HERE_BYTES_MAX: usize = 64 * 1024;

/// What a tool call asks for.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// Tool name: `aios_full_pipeline`.
    pub tool: String,
    /// Step names, in any order.
    pub steps: Vec<String>,
    /// Normalised arguments without `wait_seconds`, `mode`, `idempotency_key` and `webhook_url`.
    pub arguments: Value,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// Where terminal events go.
    pub webhook_url: Option<String>,
    /// Job whose artifacts are the input.
    pub from_job: Option<JobId>,
    /// Sentences for the caller, from the normaliser.
    pub warnings: Vec<String>,
}

/// The answer to a submission: the job is durable.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The job.
    pub view: Arc<JobView>,
    /// An identical call was already running, or the idempotency key was known: no new job was made.
    pub attached: bool,
    /// The role's circuit is open: this is the finished job of an identical earlier call, so old.
    pub cached_age: Option<Duration>,
}

impl Submitted {
    fn new(view: Arc<JobView>) -> Self {
        Self {
            view,
            attached: false,
            cached_age: None,
        }
    }

    fn attached(view: Arc<JobView>) -> Self {
        Self {
            view,
            attached: true,
            cached_age: None,
        }
    }
}

impl Engine {
    /// Makes a job durable and starts it. Scopes were checked by the caller.
    ///
    /// # Errors
    /// `INVALID_INPUT`, `JOB_NOT_FOUND` and `INPUT_EXPIRED` (`from_job`), `QUOTA_EXCEEDED`, `CIRCUIT_OPEN`,
    /// `IDEMPOTENCY_MISMATCH`, `DRAINING`, `STORE_READ_ONLY`.
    pub async fn submit(
        &self,
        principal: &Principal,
        mut request: JobRequest,
    ) -> Result<Submitted, PublicError> {
        self.admit()?;
        let steps = self.ordered_steps(&request.steps)?;
        if let Some(parent) = request.from_job {
            self.take_from_parent(principal, parent, &mut request.arguments)
                .await?;
        }
        let digests = digests(principal, &request);
        loop {
            match self.0.deps.intake.claim(&digests.claim) {
                Claim::Attach(id) => {
                    if let Some(found) = self.attach(principal, (id, &digests)).await? {
                        return Ok(found);
                    }
                }
                // The other caller's commit decides: then look again.
                Claim::Wait(mut outcome) => {
                    let _ = outcome.changed().await;
                }
                Claim::Make(ticket) => {
                    if let Some(cached) = self
                        .answer_open_circuit(principal, &steps, &digests)
                        .await?
                    {
                        return Ok(cached);
                    }
                    self.check_quota(principal)?;
                    return self
                        .make(principal, request, (steps, digests), ticket)
                        .await;
                }
            }
        }
    }

    fn admit(&self) -> Result<(), PublicError> {
        if self.is_draining() {
            let error = PublicError::new(ErrorCode::Draining, "the server is restarting");
            return Err(error.retry_after(Duration::from_secs(5)));
        }
        if !self.0.deps.store.accepts() {
            return Err(read_only());
        }
        if self.0.deps.view.open_count() >= self.0.deps.settings.jobs_open_max {
            let message = "this server has as many unfinished jobs as it takes";
            let error = PublicError::new(ErrorCode::QuotaExceeded, message);
            return Err(error.retry_after(Duration::from_secs(10)));
        }
        Ok(())
    }

    fn ordered_steps(&self, wanted: &[String]) -> Result<Vec<String>, PublicError> {
        let ordered = self.0.deps.pipeline.ordered(wanted).map_err(|unknown| {
            let known = self
                .0
                .deps
                .pipeline
                .steps()
                .iter()
                .map(|step| step.name.as_str());
            let known = known.collect::<Vec<_>>().join(", ");
            PublicError::invalid("phases", format!("has `{unknown}`; known are {known}"))
        })?;
        if ordered.is_empty() {
            return Err(PublicError::invalid(
                "phases",
                "must name at least one phase",
            ));
        }
        Ok(ordered)
    }

    fn check_quota(&self, principal: &Principal) -> Result<(), PublicError> {
        let Some(running) = self.0.deps.tier(&principal.tier).concurrent_jobs else {
            return Ok(());
        };
        let allowed = running + Tier::WAITING_JOBS_MAX;
        if self.0.deps.intake.open_jobs(principal.key) < allowed {
            return Ok(());
        }
        let waiting = Tier::WAITING_JOBS_MAX;
        let message =
            format!("{running} running and {waiting} waiting jobs are all this key may have");
        Err(PublicError::new(ErrorCode::QuotaExceeded, message)
            .retry_after(Duration::from_secs(10)))
    }

    /// The parent's specification, where the call has none of its own.
    async fn take_from_parent(
        &self,
        principal: &Principal,
        parent: JobId,
        arguments: &mut Value,
    ) -> Result<(), PublicError> {
        let view = self.job(principal, parent).await?;
        let has_spec = arguments.get("spec").is_some_and(Value::is_string);
        if has_spec {
            return Ok(());
        }
        let deps = Arc::clone(&self.0.deps);
        let load = move || shelf::input(&deps, &view.record);
        let loaded = self
            .0
            .deps
            .pool
            .run(load)
            .await
            .map_err(|_| PublicError::internal())?;
        let input = loaded.map_err(|failure| failure.error)?.ok_or_else(|| {
            let message = "the specification of `from_job` was destroyed; send `spec`";
            PublicError::new(ErrorCode::InputExpired, message)
        })?;
        if let (Some(own), Some(theirs)) = (arguments.as_object_mut(), input.as_object()) {
            for (key, value) in theirs {
                own.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(())
    }

    /// The job that this call already is; `None` when it is gone, and the call makes a new one.
    async fn attach(
        &self,
        principal: &Principal,
        (id, digests): (JobId, &Digests),
    ) -> Result<Option<Submitted>, PublicError> {
        let intake = &self.0.deps.intake;
        let view = match self.job(principal, id).await {
            Ok(view) => view,
            Err(gone) if gone.code == ErrorCode::JobNotFound => {
                intake.forget(&digests.claim, id);
                return Ok(None);
            }
            // It may well exist: making another would run it twice.
            Err(failure) => return Err(failure),
        };
        let is_own = view.record.idempotency_key.as_ref() == Some(&digests.claim);
        if is_own && !janitor::remembers(view.record.created_at, self.now()) {
            intake.forget(&digests.claim, id);
            return Ok(None);
        }
        if view.record.input_digest != digests.input {
            let message = "this idempotency key was used with other arguments";
            return Err(PublicError::new(ErrorCode::IdempotencyMismatch, message));
        }
        Ok(Some(Submitted::attached(view)))
    }

    /// A call of one agent whose circuit is open gets the answer of an identical earlier call, else the error, at once.
    async fn answer_open_circuit(
        &self,
        principal: &Principal,
        steps: &[String],
        digests: &Digests,
    ) -> Result<Option<Submitted>, PublicError> {
        let [step] = steps else { return Ok(None) };
        let deps = &self.0.deps;
        let role = deps
            .pipeline
            .step(step)
            .map_or("", |spec| spec.role.as_str());
        let now = self.now();
        let status = deps.slots.roles.get(role).map(|(_, status)| status);
        let Some(until) = status.and_then(|status| status.open_until(now)) else {
            return Ok(None);
        };
        let key = digests.memo.clone();
        let store = Arc::clone(&deps.store);
        let read = move || store.get(Table::Memo, key.as_bytes());
        let stored = deps
            .pool
            .run(read)
            .await
            .ok()
            .and_then(Result::ok)
            .flatten();
        let earlier = stored.and_then(|bytes| bytes.as_ref().try_into().ok());
        if let Some(id) = earlier.map(JobId::from_bytes)
            && let Ok(view) = self.job(principal, id).await
        {
            let age = now.since(view.record.updated_at);
            return Ok(Some(Submitted {
                cached_age: Some(age),
                ..Submitted::attached(view)
            }));
        }
        let message = format!(
            "@{role} is paused after repeated failures until {}",
            until.rfc3339()
        );
        Err(PublicError::new(ErrorCode::CircuitOpen, message).retry_after(until.since(now)))
    }

    async fn make(
        &self,
        principal: &Principal,
        request: JobRequest,
        (steps, digests): (Vec<String>, Digests),
        ticket: Ticket,
    ) -> Result<Submitted, PublicError> {
        let deps = &self.0.deps;
        let record = Arc::new(self.new_record(principal, &request, (&steps, &digests)));
        let sealed = self.seal(&record, request.arguments).await?;
        let batch = first_batch(&record, sealed, deps.store.epoch());
        let batch = self.with_proof(batch, &record.workspace).await?;
        let store = Arc::clone(&deps.store);
        // A task of its own: the caller may go away, the ticket must see the outcome.
        let committed = effects::spawn(async move {
            let outcome = store.commit(batch).await;
            drop(ticket);
            outcome
        });
        match committed.await {
            Ok(Ok(())) => self.proven(&record.workspace),
            Ok(Err(StoreError::Busy | StoreError::ReadOnly)) => return Err(read_only()),
            // The only thing in this batch that can be too large.
            Ok(Err(StoreError::Corrupt(_))) => {
                return Err(PublicError::invalid("arguments", "are too large"));
            }
            _ => return Err(PublicError::internal()),
        }
        let view = deps
            .view
            .get(record.id)
            .unwrap_or_else(|| JobView::new(record));
        Ok(Submitted::new(view))
    }

    /// Seals the arguments: here, or on a thread that may block when they are big or their key has to be made.
    async fn seal(
        &self,
        record: &Arc<JobRecord>,
        arguments: Value,
    ) -> Result<Vec<u8>, PublicError> {
        let deps = Arc::clone(&self.0.deps);
        // The hour of the id, which is what the janitor goes by.
        let made_at = record.id.made_at();
        let text = serde_json::to_vec(&arguments).map_err(|_| PublicError::internal())?;
        let is_quick = text.len() <= SEAL_HERE_BYTES_MAX && shelf::has_input_key(&deps, made_at);
        let owner = Arc::clone(record);
        let seal = move || {
            let owner = (&*owner.workspace, owner.id);
            shelf::seal_input(&deps, owner, made_at, &text)
        };
        let sealed = if is_quick {
            seal()
        } else {
            let sealed = tokio::task::spawn_blocking(seal).await;
            sealed.map_err(|_| PublicError::internal())?
        };
        sealed.map_err(|cause| {
            tracing::error!(%cause, "an input could not be sealed");
            PublicError::internal()
        })
    }
}

fn read_only() -> PublicError {
    let error = PublicError::new(
        ErrorCode::StoreReadOnly,
        "the store takes no new jobs right now",
    );
    error.retry_after(Duration::from_secs(1))
}
