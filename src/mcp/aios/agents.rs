//! The tools that create work.
//!
//! Invariant: the job is durable before anything is answered; a wait that ends leaves it running.

use std::sync::Arc;
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::base::error::PublicError;
use aios_actors::base::ids::JobId;
use aios_actors::domain::job::JobState;
use aios_actors::domain::key::Principal;
use aios_actors::engine::{JobRequest, JobView, News, Submitted};
use futures_util::FutureExt;
use serde_json::Value;

use super::{AiosCatalogue, rendered};
use crate::mcp::catalogue::{Caller, Note, Notes, Started};
use crate::wire::answers::{ToolAnswer, agent};
use crate::wire::arguments::{AgentCall, Delivery};
use crate::wire::tools::Tool;

impl AiosCatalogue {
    /// An agent tool: submits, waits as long as the caller wants, answers with the result or the handle.
    pub(super) fn agent(&self, caller: &Caller, tool: &'static Tool, call: AgentCall) -> Started {
        let (engine, principal) = (self.engine.clone(), Arc::clone(&caller.principal));
        let version = caller.version;
        let (wait, delivery) = (call.wait, call.delivery);
        let run = move |notes: Option<Notes>| {
            async move {
                let request = request_of(tool, call);
                let answer = run(&engine, &principal, request, (wait, delivery, notes)).await;
                Ok(rendered(answer, version))
            }
            .boxed()
        };
        if wait.is_zero() {
            Started::Soon(run(None))
        } else {
            Started::Waits(Box::new(run))
        }
    }

    /// The pipeline: submits and answers at once.
    pub(super) fn pipeline(
        &self,
        caller: &Caller,
        tool: &'static Tool,
        call: AgentCall,
    ) -> Started {
        let (engine, principal) = (self.engine.clone(), Arc::clone(&caller.principal));
        let (version, step_seconds) = (caller.version, self.step_seconds);
        Started::Soon(
            async move {
                let submitted = engine.submit(&principal, request_of(tool, call)).await;
                let answer = submitted.map(|submitted| {
                    let record = &submitted.view.record;
                    agent::accepted(record, engine.blocked_by(record).as_ref(), step_seconds)
                });
                Ok(rendered(answer, version))
            }
            .boxed(),
        )
    }
}

/// What the engine is asked for.
fn request_of(tool: &Tool, call: AgentCall) -> JobRequest {
    JobRequest {
        tool: tool.name.to_owned(),
        steps: call.steps.iter().map(|step| (*step).to_owned()).collect(),
        arguments: Value::Object(call.arguments),
        idempotency_key: call.idempotency_key,
        webhook_url: call.webhook_url,
        from_job: call.from_job,
        warnings: call.warnings,
    }
}

async fn run(
    engine: &Engine,
    principal: &Principal,
    request: JobRequest,
    (wait, delivery, notes): (Duration, Delivery, Option<Notes>),
) -> Result<ToolAnswer, PublicError> {
    let submitted = engine.submit(principal, request).await?;
    let id = submitted.view.record.id;
    let view = if wait.is_zero() {
        Arc::clone(&submitted.view)
    } else {
        waited(engine, principal, (id, None, wait), notes).await?
    };
    let mut answer = answer(engine, principal, &view, delivery).await?;
    say_cached(&mut answer, &submitted);
    Ok(answer)
}

/// Says that the answer is an earlier one.
fn say_cached(answer: &mut ToolAnswer, submitted: &Submitted) {
    if let (Some(age), Some(structured)) = (submitted.cached_age, &mut answer.structured) {
        structured.insert("cached".to_owned(), true.into());
        structured.insert("cached_age_seconds".to_owned(), age.as_secs().into());
    }
}

/// The answer to a job as it is now, with its artifacts when it has completed.
async fn answer(
    engine: &Engine,
    principal: &Principal,
    view: &JobView,
    delivery: Delivery,
) -> Result<ToolAnswer, PublicError> {
    let record = &view.record;
    let mut contents = agent::Contents::new();
    if matches!(record.state(), JobState::Completed) {
        let steps = record.machine.steps().iter();
        for name in steps.flat_map(|step| agent::sources(&step.name, delivery)) {
            if record.artifact(name).is_some() {
                let (_, bytes) = engine.artifact(principal, record.id, name).await?;
                contents.push(((*name).to_owned(), bytes));
            }
        }
    }
    let blocked = engine.blocked_by(record);
    Ok(agent::answer(record, blocked.as_ref(), &contents, delivery))
}

/// Waits for a job, and passes its news on meanwhile.
pub(super) async fn waited(
    engine: &Engine,
    principal: &Principal,
    (id, seen, wait): (JobId, Option<u64>, Duration),
    notes: Option<Notes>,
) -> Result<Arc<JobView>, PublicError> {
    let waiting = engine.wait(principal, id, seen, wait);
    let Some(notes) = notes else {
        return waiting.await;
    };
    tokio::select! {
        view = waiting => view,
        () = pass_on(engine, id, notes) => std::future::pending().await,
    }
}

/// Passes news on for ever. News are a courtesy: when they fail, the wait goes on without them.
async fn pass_on(engine: &Engine, id: JobId, notes: Notes) {
    if let Ok(mut watch) = engine.watch(id).await {
        while let Some(news) = watch.next().await {
            if let Some(note) = note_of(news) {
                // A reader that is too slow misses some; the next one says more.
                let _ = notes.try_send(note);
            }
        }
    }
    std::future::pending::<()>().await;
}

fn note_of(news: News) -> Option<Note> {
    match news {
        News::Event(event, record) => {
            let step = event
                .step
                .map(|step| format!(" ({step})"))
                .unwrap_or_default();
            let message = format!("{}{step}", event.kind.name());
            Some(Note {
                percent: record.progress_percent(),
                message,
            })
        }
        News::Progress {
            step,
            percent,
            section,
        } => Some(Note {
            percent,
            message: format!("{step}: {section}"),
        }),
        News::Lagged => None,
    }
}
