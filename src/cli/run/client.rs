//! A small MCP client: stateless 2026-07-28 over HTTP.
//!
//! Invariant: an answer is bounded in size and time, and a refusal keeps the server's own words.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Value, json};

use crate::build_info;
use crate::cli::healthcheck::without_url;
use crate::cli::{Exit, Failure};

const PROTOCOL: &str = "2026-07-28";
/// Base64 of the largest artifact, with room for its envelope.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longer than the longest wait that a call asks for.
const CALL_TIMEOUT: Duration = Duration::from_secs(90);
/// How often a call is repeated when the server says "later".
const RETRIES_MAX: u32 = 10;
/// Longest pause between two tries, whatever the server asks for.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A client of one server.
pub(crate) struct McpClient {
    http: reqwest::Client,
    endpoint: String,
    key: String,
    next_id: std::cell::Cell<u64>,
}

impl McpClient {
    /// A client of the server at `base`: `https://host`, with or without `/mcp`.
    pub(crate) fn new(base: &str, key: &str) -> Result<Self, Failure> {
        let base = base.trim_end_matches('/').trim_end_matches("/mcp");
        let http = reqwest::Client::builder()
            .timeout(CALL_TIMEOUT)
            .tcp_nodelay(true)
            .build()
            .map_err(|error| Failure::failed(format!("failed to build a client: {error}")))?;
        let endpoint = format!("{base}/mcp");
        Ok(Self {
            http,
            endpoint,
            key: key.to_owned(),
            next_id: std::cell::Cell::new(1),
        })
    }

    /// Calls a tool and gives back its structured content.
    pub(crate) async fn tool(&self, name: &str, arguments: Value) -> Result<Value, Failure> {
        let params = json!({ "name": name, "arguments": arguments });
        let result = self.request("tools/call", Some(name), params).await?;
        if result["isError"].as_bool() == Some(true) {
            return Err(tool_failure(name, &result));
        }
        Ok(result["structuredContent"].clone())
    }

    /// Reads a resource: text as it is, blobs decoded.
    pub(crate) async fn resource(&self, uri: &str) -> Result<Vec<u8>, Failure> {
        use base64::Engine as _;
        let result = self
            .request("resources/read", Some(uri), json!({ "uri": uri }))
            .await?;
        let content = &result["contents"][0];
        if let Some(text) = content["text"].as_str() {
            return Ok(text.as_bytes().to_vec());
        }
        let blob = content["blob"].as_str().unwrap_or_default();
        base64::engine::general_purpose::STANDARD
            .decode(blob)
            .map_err(|error| Failure::failed(format!("{uri} is not base64: {error}")))
    }

    /// One JSON-RPC request; waits and repeats where the server says so.
    pub(crate) async fn request(
        &self,
        method: &str,
        name: Option<&str>,
        params: Value,
    ) -> Result<Value, Failure> {
        let mut tries = 0;
        loop {
            let answer = self.send(method, name, &params).await?;
            let status = answer.status();
            let is_later = status == StatusCode::TOO_MANY_REQUESTS
                || status == StatusCode::SERVICE_UNAVAILABLE;
            if is_later && tries < RETRIES_MAX {
                tries += 1;
                tokio::time::sleep(pause(&answer)).await;
                continue;
            }
            let is_stream = content_type(&answer).starts_with("text/event-stream");
            let body = read_bounded(answer).await?;
            return self.result_of(method, status, is_stream, &body);
        }
    }

    async fn send(
        &self,
        method: &str,
        name: Option<&str>,
        params: &Value,
    ) -> Result<reqwest::Response, Failure> {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let mut params = params.clone();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": PROTOCOL,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {
                "name": build_info::NAME, "version": build_info::VERSION,
            },
        });
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let mut request = self
            .http
            .post(&self.endpoint)
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .header("MCP-Protocol-Version", PROTOCOL)
            .header("Mcp-Method", method);
        if let Some(name) = name {
            request = request.header("Mcp-Name", name);
        }
        request
            .body(body.to_string())
            .send()
            .await
            .map_err(|error| {
                let problem = without_url(error);
                let message = format!("{} does not answer: {problem}", self.endpoint);
                Failure::new(Exit::Unavailable, message)
            })
    }

    fn result_of(
        &self,
        method: &str,
        status: StatusCode,
        is_stream: bool,
        body: &str,
    ) -> Result<Value, Failure> {
        let parsed = if is_stream {
            last_response(body)
        } else {
            serde_json::from_str(body).ok()
        };
        let message = parsed
            .as_ref()
            .and_then(|value| value["error"]["message"].as_str());
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let said = message.unwrap_or("the key was refused");
                return Err(Failure::new(
                    Exit::Unauthorised,
                    format!("{}: {said}", self.endpoint),
                ));
            }
            _ if status.is_server_error() => {
                let said = message.unwrap_or("the server failed");
                let text = format!("{}: {} {said}", self.endpoint, status.as_u16());
                return Err(Failure::new(Exit::Unavailable, text));
            }
            _ => {}
        }
        if let Some(message) = message {
            return Err(Failure::failed(format!("{method}: {message}")));
        }
        parsed
            .and_then(|mut value| value.get_mut("result").map(Value::take))
            .ok_or_else(|| {
                let hint = format!(
                    "{} answered {} without a result",
                    self.endpoint,
                    status.as_u16()
                );
                Failure::failed(format!(
                    "{hint}; is it the address of an aios-lovable-mcp server?"
                ))
            })
    }
}

fn content_type(answer: &reqwest::Response) -> String {
    let value = answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_ascii_lowercase()
}

fn pause(answer: &reqwest::Response) -> Duration {
    let header = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let seconds = header.and_then(|text| text.parse().ok()).unwrap_or(1);
    Duration::from_secs(seconds).min(PAUSE_MAX)
}

async fn read_bounded(mut answer: reqwest::Response) -> Result<String, Failure> {
    let broken = |error| {
        Failure::new(
            Exit::Unavailable,
            format!("the answer broke off: {}", without_url(error)),
        )
    };
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Failure::failed("the answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| Failure::failed("the answer is not UTF-8"))
}

/// The response among the frames of an event stream; notifications are passed over.
fn last_response(stream: &str) -> Option<Value> {
    let frames = stream.lines().filter_map(|line| line.strip_prefix("data:"));
    let mut values = frames.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    values.find(|value| value.get("result").is_some() || value.get("error").is_some())
}

/// The failure that an error result stands for.
fn tool_failure(tool: &str, result: &Value) -> Failure {
    let text = result["content"][0]["text"].as_str().unwrap_or_default();
    let parsed: Value = serde_json::from_str(text).unwrap_or_default();
    let from_content = &parsed["error"];
    let error = if from_content.is_object() {
        from_content
    } else {
        &result["structuredContent"]["error"]
    };
    let code = error["code"].as_str().unwrap_or("ERROR");
    let message = error["message"].as_str().unwrap_or(text);
    let exit = match code {
        "JOB_NOT_FOUND" => Exit::NotFound,
        "UNAUTHORIZED" | "INVALID_KEY" | "FORBIDDEN" => Exit::Unauthorised,
        "INVALID_INPUT" => Exit::Usage,
        "DRAINING" | "STORE_READ_ONLY" | "RATE_LIMITED" | "QUOTA_EXCEEDED" => Exit::Unavailable,
        _ => Exit::Failed,
    };
    Failure::new(exit, format!("{tool}: {code}: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_is_found_among_the_frames_of_a_stream() {
        let stream = "event: message\ndata: {\"method\":\"notifications/progress\"}\n\n\
                      : keep-alive\n\ndata: {\"id\":1,\"result\":{\"a\":1}}\n\n";
        assert_eq!(last_response(stream).unwrap()["result"]["a"], 1);
    }

    #[test]
    fn an_error_result_keeps_the_code_and_sets_the_exit() {
        let text = r#"{"error":{"code":"INVALID_INPUT","message":"`spec` is required"}}"#;
        let result = json!({ "isError": true, "content": [{ "type": "text", "text": text }] });
        let failure = tool_failure("aios_strategize", &result);
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(
            failure.message,
            "aios_strategize: INVALID_INPUT: `spec` is required"
        );
    }
}
