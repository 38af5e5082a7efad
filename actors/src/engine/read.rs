//! Reading: jobs, artifacts, news, and why a job waits.
//!
//! Invariant: no actor is asked for anything that stands in the view; what is not there is read on the pool.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ractor::rpc::CallResult;

use super::Engine;
use crate::base::error::{ErrorCode, PublicError};
use crate::base::ids::JobId;
use crate::base::time::Timestamp;
use crate::domain::artifact::ArtifactRow;
use crate::domain::job::{Attempt, JobState};
use crate::domain::key::Principal;
use crate::domain::record::JobRecord;
use crate::ports::store::Table;
use crate::tree::hub::HubMsg;
use crate::tree::{JobView, Watch, recovery, shelf};

/// Time for a call of an actor that answers from memory.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Open jobs up to which a waiting job's place in line is counted.
const POSITION_JOBS_MAX: usize = 1_000;

/// Why a job waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedBy {
    /// `permit`, `role`, `circuit`, `backoff` or `parked`.
    pub kind: &'static str,
    /// One sentence.
    pub detail: String,
    /// Until when, where known.
    pub until: Option<Timestamp>,
    /// Place in line, from 1.
    pub position: Option<usize>,
}

fn not_found() -> PublicError {
    PublicError::new(ErrorCode::JobNotFound, "no job with this id")
}

/// The job needs nobody's patience any more: it has ended, or only an operator can move it.
fn is_settled(record: &JobRecord) -> bool {
    record.state().is_terminal() || matches!(record.state(), JobState::Parked { .. })
}

impl Engine {
    /// The job, if it is in memory; `None` says nothing about whether it exists.
    pub fn peek(&self, principal: &Principal, id: JobId) -> Option<Arc<JobView>> {
        let view = self.0.deps.view.get(id)?;
        (view.record.workspace == principal.workspace).then_some(view)
    }

    /// The job.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`, for another workspace's as well.
    pub async fn job(&self, principal: &Principal, id: JobId) -> Result<Arc<JobView>, PublicError> {
        if let Some(view) = self.0.deps.view.get(id) {
            let is_own = view.record.workspace == principal.workspace;
            return if is_own { Ok(view) } else { Err(not_found()) };
        }
        let deps = Arc::clone(&self.0.deps);
        let read = move || recovery::record(&deps, id);
        let stored = self
            .0
            .deps
            .pool
            .run(read)
            .await
            .map_err(|_| PublicError::internal())?;
        let record = stored.map_err(|cause| {
            tracing::error!(job.id = %id, %cause, "job {id} could not be read");
            PublicError::internal()
        })?;
        let record = record.filter(|record| record.workspace == principal.workspace);
        let record = Arc::new(record.ok_or_else(not_found)?);
        if record.state().is_terminal() {
            self.0.deps.view.insert(Arc::clone(&record));
        }
        Ok(JobView::new(record))
    }

    /// Waits until the job has ended, is parked, or `timeout` is over; with `seen`, also until its revision is above it.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`.
    pub async fn wait(
        &self,
        principal: &Principal,
        id: JobId,
        seen: Option<u64>,
        timeout: Duration,
    ) -> Result<Arc<JobView>, PublicError> {
        let is_news = |view: &JobView| {
            is_settled(&view.record) || seen.is_some_and(|seen| view.record.revision > seen)
        };
        let view = self.job(principal, id).await?;
        if is_news(&view) || timeout.is_zero() {
            return Ok(view);
        }
        let until_news = async {
            loop {
                let mut watch = self.watch(id).await?;
                loop {
                    let view = self.job(principal, id).await?;
                    if is_news(&view) {
                        return Ok(view);
                    }
                    // The hub restarted: subscribe again.
                    if watch.next().await.is_none() {
                        break;
                    }
                }
            }
        };
        match tokio::time::timeout(timeout, until_news).await {
            Ok(outcome) => outcome,
            Err(_) => self.job(principal, id).await,
        }
    }

    /// News from now on: subscribe first, then read the job.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the hub does not come back.
    pub async fn watch(&self, id: JobId) -> Result<Watch, PublicError> {
        for _ in 0..20 {
            if let Some(hub) = self.0.deps.slots.hub.get() {
                let call = hub.call(
                    |reply| HubMsg::Subscribe { job: id, reply },
                    Some(CALL_TIMEOUT),
                );
                if let Ok(CallResult::Success(watch)) = call.await {
                    return Ok(watch);
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(PublicError::internal())
    }

    /// Content of an artifact by name.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`; `ARTIFACT_NOT_READY` when the job has none of this name, yet or any more.
    pub async fn artifact(
        &self,
        principal: &Principal,
        id: JobId,
        name: &str,
    ) -> Result<(ArtifactRow, Bytes), PublicError> {
        let view = self.job(principal, id).await?;
        let row = view.record.artifact(name).cloned().ok_or_else(|| {
            let message = format!("the job has no artifact `{name}` now");
            PublicError::new(ErrorCode::ArtifactNotReady, message)
        })?;
        let (deps, wanted) = (Arc::clone(&self.0.deps), row.clone());
        let read = move || shelf::content(&deps, &view.record.workspace, &wanted);
        let content = self
            .0
            .deps
            .pool
            .run(read)
            .await
            .map_err(|_| PublicError::internal())?;
        Ok((row, content.map_err(|failure| failure.error)?))
    }

    /// The workspace's jobs, newest first, made before `before`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the store cannot be read.
    pub async fn jobs(
        &self,
        principal: &Principal,
        before: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<Arc<JobView>>, PublicError> {
        let deps = Arc::clone(&self.0.deps);
        let prefix = [principal.workspace.as_bytes(), &[0]].concat();
        let newest = move || {
            let mut ids = std::collections::VecDeque::with_capacity(limit);
            recovery::each(&deps, Table::ByWorkspace, &prefix, |(key, _)| {
                let id = key.get(prefix.len()..).and_then(|id| id.try_into().ok());
                let id = id.map(JobId::from_bytes);
                if let Some(id) = id.filter(|id| before.is_none_or(|before| *id < before)) {
                    if ids.len() == limit {
                        ids.pop_front();
                    }
                    ids.push_back(id);
                }
                Ok(())
            })?;
            Ok::<_, crate::ports::store::StoreError>(ids)
        };
        let ids = self
            .0
            .deps
            .pool
            .run(newest)
            .await
            .map_err(|_| PublicError::internal())?;
        let ids = ids.map_err(|cause| {
            tracing::error!(%cause, "the list of jobs could not be read");
            PublicError::internal()
        })?;
        let mut views = Vec::with_capacity(ids.len());
        for id in ids.into_iter().rev() {
            views.extend(self.job(principal, id).await.ok());
        }
        Ok(views)
    }

    /// Why a job waits, if it does.
    pub fn blocked_by(&self, record: &JobRecord) -> Option<BlockedBy> {
        let blocked = |kind, detail: String, until| BlockedBy {
            kind,
            detail,
            until,
            position: None,
        };
        match record.state() {
            JobState::Queued => self.blocked_by_permit(record),
            JobState::Running { at } => self.blocked_by_role(record, *at),
            JobState::Backoff { until, .. } => {
                let detail = "the last attempt failed; the next one starts then".to_owned();
                Some(blocked("backoff", detail, Some(*until)))
            }
            JobState::Parked { reason } => {
                let detail =
                    format!("set aside after crashes, until an operator releases it: {reason}");
                Some(blocked("parked", detail, None))
            }
            _ => None,
        }
    }

    /// `None` while a permit is free: the job starts in a moment.
    fn blocked_by_permit(&self, record: &JobRecord) -> Option<BlockedBy> {
        let deps = &self.0.deps;
        let key_limit = deps.concurrent_jobs(record.key);
        let is_key_full = key_limit.is_some_and(|limit| deps.intake.open_jobs(record.key) > limit);
        if !is_key_full && deps.view.open_count() <= deps.settings.running_jobs_max {
            return None;
        }
        // Counting the line costs a look at every open job: past this many the place in it is not worth that.
        let is_countable = deps.view.open_count() <= POSITION_JOBS_MAX;
        let ahead = || {
            let open = deps.view.open_jobs();
            let is_ahead = |view: &&Arc<JobView>| {
                matches!(view.record.state(), JobState::Queued) && view.record.id < record.id
            };
            open.iter().filter(is_ahead).count()
        };
        let detail = match key_limit.filter(|_| is_key_full) {
            Some(limit) => format!("the key may run {limit} jobs at the same time"),
            None => format!(
                "the server runs {} jobs at the same time",
                deps.settings.running_jobs_max
            ),
        };
        Some(BlockedBy {
            kind: "permit",
            detail,
            until: None,
            position: is_countable.then(|| ahead() + 1),
        })
    }

    fn blocked_by_role(&self, record: &JobRecord, at: Attempt) -> Option<BlockedBy> {
        let deps = &self.0.deps;
        let step = record.machine.steps().get(usize::from(at.step))?;
        let role = &deps.pipeline.step(&step.name)?.role;
        let (_, status) = deps.slots.roles.get(role)?;
        let position = status.position(record.id)?;
        let until = status.open_until(self.now());
        let (kind, detail) = match until {
            Some(_) => (
                "circuit",
                format!("@{role} is paused after repeated failures"),
            ),
            None => ("role", format!("@{role} is busy with other jobs")),
        };
        Some(BlockedBy {
            kind,
            detail,
            until,
            position: Some(position),
        })
    }

    /// Ends a job. A job that has already ended is answered as it is.
    ///
    /// # Errors
    /// `JOB_NOT_FOUND`.
    pub async fn cancel(
        &self,
        principal: &Principal,
        id: JobId,
        reason: Option<String>,
    ) -> Result<Arc<JobView>, PublicError> {
        use crate::tree::jobs::JobsMsg;
        let view = self.job(principal, id).await?;
        if view.record.state().is_terminal() {
            return Ok(view);
        }
        for _ in 0..20 {
            if let Some(jobs) = self.0.deps.slots.jobs.get() {
                let reason = reason.clone();
                let call = jobs.call(
                    |reply| JobsMsg::Cancel {
                        job: id,
                        reason,
                        reply,
                    },
                    Some(CALL_TIMEOUT),
                );
                // A dropped reply means that the job's actor went away in between: look, and ask again.
                let _ = call.await;
                let view = self.job(principal, id).await?;
                if view.record.state().is_terminal() {
                    return Ok(view);
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(PublicError::internal())
    }
}
