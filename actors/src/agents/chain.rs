//! The chain of providers: the first that delivers wins; the embedded provider usually comes last.
//!
//! Invariant: a failure that lies in the input ends the chain, any other is taken over by the next link and said so in
//! the draft's warnings.

use std::sync::Arc;

use crate::base::error::{ErrorCode, PublicError};
use crate::observe::metrics;
use crate::ports::agent::{AgentError, AgentProvider, Brief, Draft, Progress};

/// Providers, best first.
#[derive(Clone, Default)]
pub struct Chain(Vec<Arc<dyn AgentProvider>>);

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|link| link.name()))
            .finish()
    }
}

impl Chain {
    /// A chain of these links.
    pub const fn new(links: Vec<Arc<dyn AgentProvider>>) -> Self {
        Self(links)
    }

    /// The same brief always gets the same answer: every link is deterministic.
    pub fn is_deterministic(&self) -> bool {
        self.0.iter().all(|link| link.is_deterministic())
    }

    /// Asks the links in turn.
    ///
    /// # Errors
    /// The last link's error, or the first that lies in the input.
    pub async fn run(
        &self,
        role: &str,
        brief: Arc<Brief>,
        progress: Progress,
    ) -> Result<Draft, AgentError> {
        let mut warnings = Vec::new();
        let mut last = None;
        for link in &self.0 {
            let outcome = link.run(Arc::clone(&brief), progress.clone()).await;
            let label = if outcome.is_ok() { "ok" } else { "failed" };
            metrics::agent_called(role, link.name(), label);
            match outcome {
                Ok(mut draft) => {
                    draft.warnings.splice(0..0, warnings);
                    return Ok(draft);
                }
                Err(failure) if failure.error.code == ErrorCode::InvalidInput => {
                    return Err(failure);
                }
                Err(failure) => {
                    let (name, code) = (link.name(), failure.error.code.row().name);
                    warnings.push(format!("{name} did not deliver {} ({code})", brief.step));
                    last = Some(failure);
                }
            }
        }
        Err(last.unwrap_or_else(|| AgentError {
            error: PublicError::new(ErrorCode::AgentFailure, "no provider is configured"),
            retryable: false,
        }))
    }
}
