//! The catalogue of this product: eight tools, three prompts, artifacts and schemas as resources.
//!
//! Invariant: arguments are judged before the engine is asked, and scopes before that; no rule about jobs lives here.

mod agents;
mod completion;
mod prompts;
mod reads;
mod resources;

use aios_actors::Engine;
use aios_actors::base::error::PublicError;
use aios_actors::engine::CallClass;
use bytes::Bytes;
use futures_util::FutureExt;
use serde_json::json;

use super::catalogue::{Answered, Caller, Catalogue, Server, Started, ToolTraits};
use crate::wire::answers::ToolAnswer;
use crate::wire::arguments::{AgentCall, ArtifactCall, CancelCall, StatusCall, object};
use crate::wire::params::Params;
use crate::wire::schemas;
use crate::wire::tools::{ToolKind, find};
use crate::wire::version::Version;

const INSTRUCTIONS: &str = "Turns a product specification into requirements, architecture, UX and code. For a whole \
     application call aios_full_pipeline once, then aios_get_status with wait_seconds 25 until it has completed, then \
     aios_get_artifact. Single steps: aios_strategize, aios_design_architecture, aios_design_ux, aios_generate_code; \
     pass from_job to build on an earlier job. Jobs go on when a connection ends.";

/// The catalogue.
#[derive(Debug)]
pub struct AiosCatalogue {
    engine: Engine,
    server: Server,
    tools: Bytes,
    prompts: Bytes,
    templates: Bytes,
    /// What one step takes, for the first estimate.
    step_seconds: u64,
}

impl AiosCatalogue {
    /// For this engine. `step_seconds` is what one step is expected to take.
    pub fn new(engine: Engine, step_seconds: u64) -> Self {
        let server = Server {
            name: env!("CARGO_PKG_NAME"),
            title: "AIOS for Lovable",
            version: env!("CARGO_PKG_VERSION"),
            instructions: INSTRUCTIONS,
            capabilities: json!({ "tools": {}, "prompts": {}, "resources": {}, "completions": {} }),
        };
        Self {
            engine,
            server,
            tools: schemas::tools_list(),
            prompts: prompts::list(),
            templates: resources::templates(),
            step_seconds,
        }
    }
}

/// The rendered form of an answer or of what went wrong.
fn rendered(answer: Result<ToolAnswer, PublicError>, version: Version) -> Bytes {
    answer
        .unwrap_or_else(|error| ToolAnswer::error(&error))
        .render(version)
}

impl Catalogue for AiosCatalogue {
    fn server(&self) -> &Server {
        &self.server
    }

    fn tools(&self) -> Bytes {
        self.tools.clone()
    }

    fn tool(&self, name: &str) -> Option<ToolTraits> {
        find(name).map(|tool| ToolTraits {
            scope: tool.scope(),
            class: if tool.creates_work() {
                CallClass::Create
            } else {
                CallClass::Housekeeping
            },
        })
    }

    fn call(&self, caller: &Caller, name: &str, arguments: Option<&str>) -> Started {
        let Some(tool) = find(name) else {
            return Started::Done(Ok(rendered(
                Err(PublicError::invalid("name", "names no tool")),
                caller.version,
            )));
        };
        // The one call that clients repeat all day: no map is built for it.
        if tool.kind == ToolKind::Status
            && let Some(call) = arguments.and_then(StatusCall::quick)
        {
            return self.status(caller, call);
        }
        let key = caller.idempotency_key.as_deref();
        let work = |given| AgentCall::read_with_key(tool, given, key);
        let started = object(arguments).and_then(|given| {
            Ok(match tool.kind {
                ToolKind::Agent { .. } => self.agent(caller, tool, work(given)?),
                ToolKind::Pipeline => self.pipeline(caller, tool, work(given)?),
                ToolKind::Status => self.status(caller, StatusCall::read(given)?),
                ToolKind::Artifact => self.artifact(caller, ArtifactCall::read(given)?),
                ToolKind::Cancel => self.cancel(caller, CancelCall::read(given)?),
            })
        });
        started.unwrap_or_else(|error| Started::Done(Ok(rendered(Err(error), caller.version))))
    }

    fn refusal(&self, caller: &Caller, error: &PublicError) -> Bytes {
        rendered(Err(error.clone()), caller.version)
    }

    fn prompts(&self) -> Bytes {
        self.prompts.clone()
    }

    fn prompt(&self, name: &str, arguments: Option<&str>) -> Answered {
        prompts::get(name, arguments)
    }

    fn resources(&self, caller: &Caller, cursor: Option<&str>) -> Started {
        let cursor = match cursor.map(str::parse) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => {
                let fault =
                    crate::wire::fault::Fault::in_band("`cursor` is not one that this list gave");
                return Started::Done(Err(fault));
            }
        };
        let (engine, principal) = (self.engine.clone(), caller.principal.clone());
        Started::Soon(async move { resources::list(&engine, &principal, cursor).await }.boxed())
    }

    fn templates(&self) -> Bytes {
        self.templates.clone()
    }

    fn read(&self, caller: &Caller, uri: &str) -> Started {
        resources::read(&self.engine, caller, uri)
    }

    fn complete(&self, caller: &Caller, params: &Params<'_>) -> Started {
        completion::complete(&self.engine, caller, params)
    }
}
