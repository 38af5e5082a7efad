//! The tools that create work.
//!
//! Invariant: the job is durable before anything is answered; a wait that ends leaves it running.

use std::sync::Arc;
use std::time::Duration;

use aios_actors::Engine;
use aios_actors::base::error::PublicError;
use aios_actors::base::ids::JobId;
use aios_actors::domain::event::{Event, EventType};
use aios_actors::domain::job::{JobState, StepStatus};
use aios_actors::domain::key::Principal;
use aios_actors::domain::record::JobRecord;
use aios_actors::engine::{JobRequest, JobView, News, Submitted};
use futures_util::FutureExt;
use serde_json::Value;

use super::{AiosCatalogue, rendered};
use crate::mcp::catalogue::{Caller, Closing, Note, Notes, Started};
use crate::wire::answers::{ToolAnswer, agent, job};
use crate::wire::arguments::{AgentCall, Delivery};
use crate::wire::tools::{Tool, agent_of};

impl AiosCatalogue {
    /// An agent tool: submits, waits as long as the caller wants, answers with the result or the handle.
    pub(super) fn agent(&self, caller: &Caller, tool: &'static Tool, call: AgentCall) -> Started {
        let (engine, principal) = (self.engine.clone(), Arc::clone(&caller.principal));
        let version = caller.version;
        let (wait, delivery) = (call.wait, call.delivery);
        let run = move |notes: Option<Notes>, closing: Closing| {
            async move {
                let request = request_of(tool, call);
                let waiting = (wait, notes, closing);
                let answer = run(&engine, &principal, request, (delivery, waiting)).await;
                Ok(rendered(answer, version))
            }
            .boxed()
        };
        if wait.is_zero() {
            Started::Soon(run(None, std::future::pending().boxed()))
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
                let request = request_of(tool, call);
                let own = (request.warnings.clone(), request.webhook_url.clone());
                let submitted = engine.submit(&principal, request).await;
                let answer = submitted.map(|submitted| {
                    let record = &submitted.view.record;
                    let blocked = engine.blocked_by(record);
                    let mut answer = agent::accepted(record, blocked.as_ref(), step_seconds);
                    say_joined(&mut answer, &submitted, own);
                    answer
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
    (delivery, (wait, notes, closing)): (Delivery, (Duration, Option<Notes>, Closing)),
) -> Result<ToolAnswer, PublicError> {
    let own = (request.warnings.clone(), request.webhook_url.clone());
    let submitted = engine.submit(principal, request).await?;
    let id = submitted.view.record.id;
    let waited = if wait.is_zero() {
        Waited::Until(Arc::clone(&submitted.view))
    } else {
        waited(engine, principal, (id, None, wait), (notes, closing)).await?
    };
    let mut answer = match waited {
        Waited::Until(view) => answer(engine, principal, &view, delivery).await?,
        Waited::Restart(view) => {
            let blocked = engine.blocked_by(&view.record);
            job::at_restart(&view.record, job::base(&view.record, blocked.as_ref()))
        }
    };
    say_cached(&mut answer, &submitted);
    say_joined(&mut answer, &submitted, own);
    Ok(answer)
}

/// Says to a call that joined an earlier job what became of its own wishes.
fn say_joined(
    answer: &mut ToolAnswer,
    submitted: &Submitted,
    (warnings, webhook_url): (Vec<String>, Option<String>),
) {
    let is_other = submitted.attached || submitted.cached_age.is_some();
    if let (true, Some(structured)) = (is_other, &mut answer.structured) {
        let own = (warnings, webhook_url.as_deref());
        job::say_joined(structured, &submitted.view.record, own);
    }
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

/// What ended a wait.
pub(super) enum Waited {
    /// News, the end of the job, or of the caller's patience.
    Until(Arc<JobView>),
    /// The server closes before the job has ended.
    Restart(Arc<JobView>),
}

/// Waits for a job, and passes its news on meanwhile.
pub(super) async fn waited(
    engine: &Engine,
    principal: &Principal,
    (id, seen, wait): (JobId, Option<u64>, Duration),
    (notes, closing): (Option<Notes>, Closing),
) -> Result<Waited, PublicError> {
    let news = async {
        if let Some(notes) = notes {
            pass_on(engine, id, notes).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        view = engine.wait(principal, id, seen, wait) => Ok(Waited::Until(view?)),
        () = closing => {
            let view = engine.job(principal, id).await?;
            Ok(if view.record.state().is_terminal() {
                Waited::Until(view)
            } else {
                Waited::Restart(view)
            })
        }
        () = news => std::future::pending().await,
    }
}

/// Passes news on until there are no more. News are a courtesy: when they fail, the wait goes on without them.
async fn pass_on(engine: &Engine, id: JobId, notes: Notes) {
    if let Ok(mut watch) = engine.watch(id).await {
        while let Some(news) = watch.next().await {
            if let Some(note) = note_of(news) {
                // A reader that is too slow misses some; the next one says more.
                let _ = notes.try_send(note);
            }
        }
    }
    // The channel stays open for as long as the call waits.
    std::future::pending::<()>().await;
}

fn note_of(news: News) -> Option<Note> {
    match news {
        News::Event(event, record) => Some(Note {
            percent: percent_of(&record),
            message: sentence(&event)?,
        }),
        News::Progress {
            step,
            percent,
            section,
        } => Some(Note {
            percent,
            message: said_by(
                &step,
                if section.is_empty() {
                    "working"
                } else {
                    &section
                },
            ),
        }),
        News::Lagged => None,
    }
}

/// Finished steps of all steps: the scale on which the engine puts the progress of a running one.
fn percent_of(record: &JobRecord) -> u8 {
    if matches!(record.state(), JobState::Completed) {
        return 100;
    }
    let steps = record.machine.steps();
    let finished = steps
        .iter()
        .filter(|step| step.status == StepStatus::Completed)
        .count();
    u8::try_from(finished * 100 / steps.len().max(1)).map_or(99, |percent| percent.min(99))
}

/// `@pm: reading the specification`.
fn said_by(step: &str, what: &str) -> String {
    format!("@{}: {what}", agent_of(step).unwrap_or(step))
}

/// What an event says to people; nothing where the next one says more.
fn sentence(event: &Event) -> Option<String> {
    let step = event.step.as_deref().unwrap_or("the job");
    let said = |what: &str| Some(said_by(step, &format!("{step} {what}")));
    let job = |what: &str| Some(format!("the job {what}"));
    match event.kind {
        EventType::JobCreated | EventType::ArtifactCreated => None,
        EventType::JobStarted => job("has started"),
        EventType::StepStarted => said("begins"),
        EventType::StepRetrying => said("is tried again"),
        EventType::StepDegraded => said("goes on in a simpler way"),
        EventType::StepCompleted => said("is finished"),
        EventType::JobParked => job("was set aside"),
        EventType::JobCompleted => job("has completed"),
        EventType::JobFailed => job("has failed"),
        EventType::JobCancelled => job("was cancelled"),
        EventType::JobTimedOut => job("ran out of time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_sentences_for_people() {
        let note = note_of(News::Progress {
            step: "strategy".to_owned(),
            percent: 5,
            section: "reading the specification".to_owned(),
        });
        let note = note.unwrap();
        assert_eq!(
            (note.percent, &*note.message),
            (5, "@pm: reading the specification")
        );
        let event = |kind, step: Option<&str>| Event {
            seq: 1,
            at: aios_actors::base::time::Timestamp::from_unix_ms(1),
            kind,
            step: step.map(str::to_owned),
            attempt: None,
            data: Value::Null,
        };
        let begins = sentence(&event(EventType::StepStarted, Some("code")));
        assert_eq!(begins.as_deref(), Some("@dev: code begins"));
        let done = sentence(&event(EventType::JobCompleted, None));
        assert_eq!(done.as_deref(), Some("the job has completed"));
    }
}
