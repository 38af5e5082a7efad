//! The embedded provider: the deterministic agents, run on the bounded pool.
//!
//! Invariant: needs no key and no network. The first step of a job reads the specification into the application model,
//! which is kept as an internal artifact; later steps render from it.

use std::sync::Arc;

use aios_blueprint::{AppModel, Artifact, Meter, Stopped};
use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::pool::Pool;
use super::request::request;
use crate::base::error::{ErrorCode, PublicError};
use crate::ports::agent::{AgentError, AgentProvider, Brief, Draft, DraftArtifact, Progress};

/// Name of the internal artifact that holds the application model.
pub const MODEL: &str = "model.json";

/// The provider.
#[derive(Clone, Debug)]
pub struct Embedded {
    pool: Pool,
}

impl Embedded {
    /// Works on `pool`.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

impl AgentProvider for Embedded {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn run(
        &self,
        brief: Arc<Brief>,
        progress: Progress,
    ) -> BoxFuture<'static, Result<Draft, AgentError>> {
        let pool = self.pool.clone();
        Box::pin(async move {
            let meter = Arc::new(Meter::default());
            // Dropping this future (a deadline, an abort) must also end the computation.
            let stop = CancelOnDrop(Arc::clone(&meter));
            let work = move || draft(&brief, &progress, &meter);
            let outcome = pool.run(work).await;
            drop(stop);
            // Goes on as a panic: whoever runs the attempt knows what follows from one.
            outcome.unwrap_or_else(|_| {
                std::panic::resume_unwind(Box::new("inside the embedded agents"))
            })
        })
    }
}

struct CancelOnDrop(Arc<Meter>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn failure(message: String, retryable: bool) -> AgentError {
    AgentError {
        error: PublicError::new(ErrorCode::AgentFailure, message),
        retryable,
    }
}

fn stopped(reason: Stopped) -> AgentError {
    match reason {
        Stopped::Cancelled => failure("the run was cancelled".to_owned(), false),
        Stopped::OutOfSteps => failure(
            "the specification needs more steps than the budget holds".to_owned(),
            false,
        ),
    }
}

fn draft(brief: &Brief, progress: &Progress, meter: &Meter) -> Result<Draft, AgentError> {
    progress.report(5, "reading the specification");
    let (model, is_new) = model(brief, meter)?;
    progress.report(40, "writing");
    let artifacts = render(brief, &model, meter)?;
    progress.report(90, "checking");
    let mut artifacts: Vec<_> = artifacts.into_iter().map(public).collect();
    let mut warnings = Vec::new();
    if is_new {
        warnings.clone_from(&model.warnings);
        let bytes = serde_json::to_vec(&model)
            .map_err(|_| failure("the application model cannot be stored".to_owned(), false))?;
        artifacts.push(DraftArtifact {
            name: MODEL.to_owned(),
            media_type: "application/json".to_owned(),
            bytes: bytes.into(),
            internal: true,
        });
    }
    Ok(Draft {
        artifacts,
        warnings,
        engine: "embedded",
        provider: "embedded".to_owned(),
    })
}

/// The model of an earlier step, else a new one read from the arguments.
fn model(brief: &Brief, meter: &Meter) -> Result<(AppModel, bool), AgentError> {
    let stored = brief.artifact(MODEL);
    if let Some(model) = stored.and_then(|bytes| serde_json::from_slice(bytes).ok()) {
        return Ok((model, false));
    }
    let model = aios_blueprint::model(&request(&brief.arguments), meter).map_err(stopped)?;
    Ok((model, stored.is_none()))
}

fn render(brief: &Brief, model: &AppModel, meter: &Meter) -> Result<Vec<Artifact>, AgentError> {
    let rendered = match brief.step.as_str() {
        "strategy" => aios_blueprint::strategy(model, &brief.created_at.rfc3339(), meter),
        "architecture" => aios_blueprint::architecture(model, meter),
        "ux" => aios_blueprint::ux(model, meter),
        "code" => aios_blueprint::code(model, meter),
        other => {
            let message = format!("the embedded agents do not know the step {other}");
            return Err(failure(message, false));
        }
    };
    rendered.map_err(stopped)
}

fn public(artifact: Artifact) -> DraftArtifact {
    DraftArtifact {
        name: artifact.name,
        media_type: artifact.media_type,
        bytes: Bytes::from(artifact.bytes),
        internal: false,
    }
}
