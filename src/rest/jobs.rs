//! `POST /api/jobs` and `GET /api/jobs/{id}`.
//!
//! Invariant: a 202 names a job that is durable.

use std::sync::Arc;

use aios_actors::base::entropy::SystemEntropy;
use aios_actors::base::error::{ErrorCode, PublicError};
use aios_actors::base::ids::{JobId, RequestId};
use aios_actors::domain::job::JobState;
use aios_actors::domain::key::{Principal, Scope};
use aios_actors::engine::{Allowance, CallClass, JobRequest};
use axum::body::Body;
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::Rest;
use crate::auth::{principal, require};
use crate::door;
use crate::problem::Problem;
use crate::wire::answers::{agent, error_object, job};
use crate::wire::arguments::{self, AgentCall, Delivery};
use crate::wire::headers::{Field, IDEMPOTENCY_KEY};
use crate::wire::json;
use crate::wire::tools::find_short;

/// `POST /api/jobs {tool, input, webhook_url?}`: 202 with the job, 400, 401, 403, 413, 422, 429, 503.
pub(super) async fn create(State(rest): State<Arc<Rest>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    answered(&rest, &parts, create_job(&rest, &parts, body).await)
}

/// `GET /api/jobs/{id}`: 200 with status and output, 400, 401, 404.
pub(super) async fn show(
    State(rest): State<Arc<Rest>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Response {
    answered(&rest, &parts, show_job(&rest, &parts, &id).await)
}

/// Adds what every answer carries.
fn answered(rest: &Rest, parts: &Parts, result: Result<Response, Problem>) -> Response {
    let request_id = RequestId::new(rest.engine.now(), &SystemEntropy);
    let mut response =
        result.unwrap_or_else(|problem| problem.with_request_id(request_id).into_response());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::try_from(request_id.to_string()) {
        headers.insert("x-request-id", value);
    }
    if let Ok(Some(origin)) = rest.door.check(&parts.headers, &parts.uri) {
        door::cors(headers, origin);
    }
    response
}

/// Door, key, scope, window.
async fn admit(
    rest: &Rest,
    parts: &Parts,
    scope: Scope,
    class: CallClass,
) -> Result<(Arc<Principal>, Allowance), Problem> {
    rest.door.check(&parts.headers, &parts.uri)?;
    let principal = principal(&rest.engine, &rest.access, &parts.headers)?;
    require(&principal, scope)?;
    let allowance = match rest.engine.try_allow(&principal, class) {
        Some(allowance) => allowance,
        None => rest.engine.allow(&principal, class).await?,
    };
    Ok((principal, allowance))
}

async fn create_job(rest: &Rest, parts: &Parts, body: Body) -> Result<Response, Problem> {
    let (principal, allowance) = admit(rest, parts, Scope::JobsWrite, CallClass::Create).await?;
    let bytes = read(rest, body).await?;
    let mut given = object(&bytes)?;
    let name = given.shift_remove("tool").unwrap_or_default();
    let tool = name
        .as_str()
        .and_then(find_short)
        .filter(|tool| tool.creates_work())
        .ok_or_else(|| PublicError::invalid("tool", "must name a tool that creates work"))?;
    let mut input = match given.shift_remove("input") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(input)) => input,
        Some(_) => return Err(PublicError::invalid("input", "must be an object").into()),
    };
    if let Some(url) = given.shift_remove("webhook_url") {
        input.insert("webhook_url".to_owned(), url);
    }
    let key = match Field::of(&parts.headers, &IDEMPOTENCY_KEY) {
        Field::Absent => None,
        key => Some(key.text().unwrap_or_default()),
    };
    let call = AgentCall::read_with_key(tool, input, key)?;
    let (own, webhook_url) = (call.warnings.clone(), call.webhook_url.clone());
    let request = JobRequest {
        tool: tool.name.to_owned(),
        steps: call.steps.iter().map(|step| (*step).to_owned()).collect(),
        arguments: Value::Object(call.arguments),
        idempotency_key: call.idempotency_key,
        webhook_url: call.webhook_url,
        from_job: call.from_job,
        warnings: call.warnings,
    };
    let submitted = rest.engine.submit(&principal, request).await?;
    let record = &submitted.view.record;
    let url = format!("/api/jobs/{}", record.id);
    let mut said = Map::new();
    said.insert("warnings".to_owned(), record.warnings.as_slice().into());
    if submitted.attached || submitted.cached_age.is_some() {
        job::say_joined(&mut said, record, (own, webhook_url.as_deref()));
    }
    let body = json!({
        "job_id": record.id,
        "id": record.id,
        "status": job::rest_status_word(record.state()),
        "status_url": url,
        "polling_interval_ms": 1_000,
        "warnings": said["warnings"],
    });
    let mut response = answer(StatusCode::ACCEPTED, &body);
    if let Ok(location) = HeaderValue::try_from(url) {
        response.headers_mut().insert(LOCATION, location);
    }
    door::rate_limit_headers(response.headers_mut(), &allowance);
    Ok(response)
}

async fn show_job(rest: &Rest, parts: &Parts, id: &str) -> Result<Response, Problem> {
    let (principal, allowance) =
        admit(rest, parts, Scope::JobsRead, CallClass::Housekeeping).await?;
    let unknown = || PublicError::new(ErrorCode::JobNotFound, "there is no such job");
    let id: JobId = id.parse().map_err(|_| unknown())?;
    let view = rest.engine.job(&principal, id).await?;
    let record = &view.record;
    let blocked = rest.engine.blocked_by(record);
    let mut body = job::status(record, blocked.as_ref(), None);
    body.insert(
        "status".to_owned(),
        job::rest_status_word(record.state()).into(),
    );
    body.insert("tool".to_owned(), record.tool.as_str().into());
    body.insert("progress".to_owned(), record.progress_percent().into());
    body.insert(
        "output".to_owned(),
        output(rest, &principal, &view.record).await?,
    );
    let error = record.state().error().map_or(Value::Null, error_object);
    body.insert("error".to_owned(), error);
    let mut response = answer(StatusCode::OK, &Value::Object(body));
    door::rate_limit_headers(response.headers_mut(), &allowance);
    Ok(response)
}

/// The result of a finished job; `null` before that.
async fn output(
    rest: &Rest,
    principal: &Principal,
    record: &aios_actors::domain::record::JobRecord,
) -> Result<Value, PublicError> {
    if !matches!(record.state(), JobState::Completed) {
        return Ok(Value::Null);
    }
    let mut contents = agent::Contents::new();
    let steps = record.machine.steps().iter();
    for name in steps.flat_map(|step| agent::sources(&step.name, Delivery::Manifest)) {
        if record.artifact(name).is_some() {
            let (_, bytes) = rest.engine.artifact(principal, record.id, name).await?;
            contents.push(((*name).to_owned(), bytes));
        }
    }
    let answer = agent::answer(record, None, &contents, Delivery::Manifest);
    Ok(answer.structured.map_or(Value::Null, Value::Object))
}

/// The body, up to the limit.
async fn read(rest: &Rest, body: Body) -> Result<Bytes, PublicError> {
    let mut request = Request::new(body);
    // The limit of the router's layer reaches extractors through the request's extensions only.
    axum::extract::DefaultBodyLimit::max(rest.body_bytes_max).apply(&mut request);
    Bytes::from_request(request, &())
        .await
        .map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let message = format!("the body has more than {} bytes", rest.body_bytes_max);
                PublicError::new(ErrorCode::PayloadTooLarge, message)
            } else {
                PublicError::invalid("body", "could not be read")
            }
        })
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, PublicError> {
    let refused = |rule: &str| PublicError::invalid("body", rule);
    let text = json::check(bytes).map_err(|fault| match fault {
        json::JsonFault::Malformed { .. } => refused("must be JSON"),
        json::JsonFault::Refused(rule) => refused(&format!("is refused: {rule}")),
    })?;
    arguments::object(Some(text)).map_err(|error| match error.field.as_deref() {
        Some("arguments") => refused("must be an object"),
        _ => error,
    })
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
