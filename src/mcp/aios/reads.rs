//! The tools that read or end a job.
//!
//! Invariant: a plain status call of a job in memory awaits nothing; its rendering is kept with the revision it shows.

use std::sync::Arc;

use aios_actors::Engine;
use aios_actors::base::error::PublicError;
use aios_actors::base::ids::JobId;
use aios_actors::domain::key::Principal;
use aios_actors::engine::JobView;
use bytes::Bytes;
use futures_util::FutureExt;

use super::agents::{Waited, waited};
use super::{AiosCatalogue, rendered};
use crate::mcp::catalogue::{Caller, Closing, Notes, Started};
use crate::wire::answers::artifact::{
    Plan, bundle, plan, with_bundle, with_content, with_member, without_content,
};
use crate::wire::answers::{ToolAnswer, job};
use crate::wire::archive;
use crate::wire::arguments::{ArtifactCall, CancelCall, StatusCall};
use crate::wire::version::Version;

/// Which of a view's faces holds the rendered answer of `aios_get_status`. It has no links, so it is the same for every
/// version.
const STATUS_FACE: usize = 0;

/// The rendered status of a job. Kept with the view unless it says what may change without a new revision.
fn status_face(engine: &Engine, view: &JobView, since: Option<u64>) -> Bytes {
    let record = &view.record;
    let blocked = if record.state().is_terminal() {
        None
    } else {
        engine.blocked_by(record)
    };
    let render = || job::status_answer(record, blocked.as_ref(), since).render(Version::MODERN);
    if since.is_some() || blocked.is_some() {
        return render();
    }
    view.faces[STATUS_FACE].get_or_init(render).clone()
}

impl AiosCatalogue {
    pub(super) fn status(&self, caller: &Caller, call: StatusCall) -> Started {
        if call.wait.is_zero()
            && let Some(view) = self.engine.peek(&caller.principal, call.job)
        {
            return Started::Done(Ok(status_face(&self.engine, &view, call.since)));
        }
        let (engine, principal) = (self.engine.clone(), Arc::clone(&caller.principal));
        let version = caller.version;
        let run = move |notes: Option<Notes>, closing: Closing| {
            async move {
                let view = status_view(&engine, &principal, call, (notes, closing)).await;
                Ok(match view {
                    Err(error) => rendered(Err(error), version),
                    Ok(Waited::Until(view)) => status_face(&engine, &view, call.since),
                    Ok(Waited::Restart(view)) => {
                        let blocked = engine.blocked_by(&view.record);
                        let status = job::status(&view.record, blocked.as_ref(), call.since);
                        rendered(Ok(job::at_restart(&view.record, status)), version)
                    }
                })
            }
            .boxed()
        };
        if call.wait.is_zero() {
            Started::Soon(run(None, std::future::pending().boxed()))
        } else {
            Started::Waits(Box::new(run))
        }
    }

    pub(super) fn artifact(&self, caller: &Caller, call: ArtifactCall) -> Started {
        let (engine, principal) = (self.engine.clone(), Arc::clone(&caller.principal));
        let version = caller.version;
        Started::Soon(
            async move { Ok(rendered(artifact(&engine, &principal, call).await, version)) }.boxed(),
        )
    }

    pub(super) fn cancel(&self, caller: &Caller, call: CancelCall) -> Started {
        let (engine, principal) = (self.engine.clone(), Arc::clone(&caller.principal));
        let version = caller.version;
        Started::Soon(
            async move {
                let view = engine.cancel(&principal, call.job, call.reason).await;
                let answer = view.map(|view| job::status_answer(&view.record, None, None));
                Ok(rendered(answer, version))
            }
            .boxed(),
        )
    }
}

/// The job now, or after the wait: until it changes, or until it has an event after `since`.
async fn status_view(
    engine: &Engine,
    principal: &Principal,
    call: StatusCall,
    news: (Option<Notes>, Closing),
) -> Result<Waited, PublicError> {
    let view = engine.job(principal, call.job).await?;
    let record = &view.record;
    let has_news = call.since.is_some_and(|since| record.events_count > since);
    if call.wait.is_zero() || has_news || record.state().is_terminal() {
        return Ok(Waited::Until(view));
    }
    waited(
        engine,
        principal,
        (call.job, Some(record.revision), call.wait),
        news,
    )
    .await
}

/// The archive of everything a job has made, put together when it is asked for.
pub(super) async fn packed(
    engine: &Engine,
    principal: &Principal,
    job: JobId,
) -> Result<Vec<u8>, PublicError> {
    let view = engine.job(principal, job).await?;
    let mut files = Vec::new();
    for row in bundle(&view.record)? {
        let (row, bytes) = engine.artifact(principal, job, &row.name).await?;
        files.push((row.name, bytes));
    }
    let pack = move || archive::pack(files.iter().map(|(name, bytes)| (name.as_str(), &**bytes)));
    let packed = tokio::task::spawn_blocking(pack).await;
    packed.ok().flatten().ok_or_else(PublicError::internal)
}

async fn artifact(
    engine: &Engine,
    principal: &Principal,
    call: ArtifactCall,
) -> Result<ToolAnswer, PublicError> {
    let view = engine.job(principal, call.job).await?;
    let record = Arc::clone(&view.record);
    match plan(&record, &call)? {
        plan @ (Plan::Index | Plan::Link(_)) => Ok(without_content(&record, &call, &plan)),
        Plan::Content(row) => {
            let (row, bytes) = engine.artifact(principal, call.job, &row.name).await?;
            Ok(with_content(&record, &call, &row, &bytes))
        }
        Plan::Bundle(_) => {
            let bytes = packed(engine, principal, call.job).await?;
            Ok(with_bundle(&record, &call, bytes.len()))
        }
        Plan::Member(row, path) => {
            let (_, bytes) = engine.artifact(principal, call.job, &row.name).await?;
            // Inflating is computing: not on a thread that others' requests run on.
            let inflated =
                tokio::task::spawn_blocking(move || with_member(&record, &call, &path, &bytes));
            inflated.await.map_err(|_| PublicError::internal())?
        }
    }
}
