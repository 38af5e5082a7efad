//! The program over MCP: the predecessor's calls, every agent tool with the embedded agents, sessions over a restart.
//!
//! Invariant: what a tool answers fits the schema that the same program serves for it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::program::{PATIENCE, Program, until};

const SPEC: &str = "A quiz app for schools. Teachers create quizzes with questions. Pupils take a quiz and see \
     their score. Only teachers may edit a quiz. Results must load in under 2 seconds.";

fn request(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

struct Answer {
    status: u16,
    session: Option<String>,
    json: Value,
}

fn send(program: &Program, headers: &[(&str, &str)], body: &Value) -> Answer {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE * 2)
        .no_proxy()
        .build()
        .unwrap();
    let mut post = client
        .post(format!("{}/mcp", program.base))
        .bearer_auth(&program.key);
    for (name, value) in headers {
        post = post.header(*name, *value);
    }
    let post = post
        .header("content-type", "application/json")
        .body(body.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let answer = post.send().await.unwrap();
        let session = answer.headers().get("mcp-session-id");
        let session = session.map(|id| id.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let json = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        Answer {
            status,
            session,
            json,
        }
    })
}

fn call(program: &Program, method: &str, params: &Value) -> Value {
    let answer = send(program, &[], &request(method, params)).json;
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

fn tool(program: &Program, name: &str, arguments: &Value) -> Value {
    call(
        program,
        "tools/call",
        &json!({ "name": name, "arguments": arguments }),
    )
}

/// Checks a result against the full schema and the one in `tools/list`.
fn fits(program: &Program, name: &str, result: &Value) {
    assert_eq!(result["isError"], false, "{result}");
    let uri = format!("aios://schemas/{name}.output");
    let full = call(program, "resources/read", &json!({ "uri": uri }));
    let full = serde_json::from_str(full["contents"][0]["text"].as_str().unwrap()).unwrap();
    let list = call(program, "tools/list", &json!({}));
    let listed = list["tools"].as_array().unwrap();
    let lean = listed.iter().find(|tool| tool["name"] == name).unwrap()["outputSchema"].clone();
    for schema in [full, lean] {
        let validator = jsonschema::validator_for(&schema).unwrap();
        let problems: Vec<_> = validator
            .iter_errors(&result["structuredContent"])
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

#[test]
fn the_predecessors_calls_work_as_they_were_typed() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::serve(dir.path(), &[]);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let answer = send(&program, &[("mcp-session-id", "test-session")], &list);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["result"]["tools"].as_array().unwrap().len(), 8);
    let (status, information) = program.get("/mcp").unwrap();
    assert_eq!(status, 200);
    assert!(information.contains("aios-lovable-mcp"));
    let body = json!({ "tool": "aios_strategize", "input": { "product_name": "Test" } });
    let (status, accepted) = program.post("/api/jobs", &body).unwrap();
    assert_eq!(status, 202, "{accepted}");
    let accepted: Value = serde_json::from_str(&accepted).unwrap();
    assert_eq!(accepted["polling_interval_ms"], 1_000);
    let url = accepted["status_url"].as_str().unwrap();
    until("the job has completed", || {
        let (_, job) = program.get(url).unwrap();
        let job: Value = serde_json::from_str(&job).unwrap();
        assert!(job["error"].is_null(), "{job}");
        job["status"] == "completed" && job["progress"] == 100 && job["output"].is_object()
    });
    let (status, problem) = program
        .get("/api/jobs/job_0000000000000000000000000a")
        .unwrap();
    let problem: Value = serde_json::from_str(&problem).unwrap();
    assert_eq!(
        (status, &problem["error"]["code"]),
        (404, &json!("JOB_NOT_FOUND"))
    );
}

#[test]
fn every_agent_tool_answers_in_its_schema_and_builds_on_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::serve(dir.path(), &[]);
    let mut arguments = json!({ "spec": SPEC, "wait_seconds": 55 });
    let mut code = Value::Null;
    for (name, member) in [
        ("aios_strategize", "requirements"),
        ("aios_design_architecture", "architecture"),
        ("aios_design_ux", "ux_spec"),
        ("aios_generate_code", "files"),
    ] {
        let result = tool(&program, name, &arguments);
        fits(&program, name, &result);
        let structured = &result["structuredContent"];
        assert_eq!(structured["status"], "completed", "{structured}");
        let is_there = !structured[member].is_null();
        let is_linked = structured["truncated"]
            .as_array()
            .is_some_and(|names| names.iter().any(|name| name == member));
        assert!(is_there || is_linked, "{name} has no {member}");
        assert!(
            result.to_string().len() < 100_000,
            "{name} answers too much"
        );
        let status = tool(
            &program,
            "aios_get_status",
            &json!({ "jobId": structured["jobId"], "since": 0 }),
        );
        fits(&program, "aios_get_status", &status);
        assert!(status["structuredContent"]["last_event_seq"].as_u64() > Some(2));
        arguments = json!({ "from_job": structured["jobId"], "wait_seconds": 55 });
        code = structured["jobId"].clone();
    }
    let index = tool(&program, "aios_get_artifact", &json!({ "jobId": code }));
    fits(&program, "aios_get_artifact", &index);
    let files = tool(
        &program,
        "aios_get_artifact",
        &json!({ "jobId": code, "type": "code", "path": "src/" }),
    );
    fits(&program, "aios_get_artifact", &files);
    let first = &files["structuredContent"]["content"][0];
    let one = json!({ "jobId": code, "type": "code", "path": first["path"] });
    let one = tool(&program, "aios_get_artifact", &one);
    fits(&program, "aios_get_artifact", &one);
    assert_eq!(one["structuredContent"]["content"], first["content"]);
}

#[test]
fn a_session_outlives_a_kill_of_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Program::serve(dir.path(), &[]);
    let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let answer = send(&program, &[], &request("initialize", &hello));
    let session = answer.session.unwrap();
    program.kill();
    let program = Program::serve(dir.path(), &[]);
    let version = ("mcp-protocol-version", "2025-11-25");
    for (id, status) in [
        (session.as_str(), 200),
        ("ses_0000000000000000000000000a", 404),
    ] {
        let headers = [version, ("mcp-session-id", id)];
        let answer = send(&program, &headers, &request("tools/list", &json!({})));
        assert_eq!(answer.status, status, "{id}");
    }
}

/// Posts to REST; status, headers and body.
fn rest(program: &Program, headers: &[(&str, &str)], body: &str) -> (u16, HeaderMap, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut post = client
        .post(format!("{}/api/jobs", program.base))
        .bearer_auth(&program.key);
    for (name, value) in headers {
        post = post.header(*name, *value);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let answer = post.body(body.to_owned()).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        (status, headers, serde_json::from_str(&text).unwrap())
    })
}

#[test]
fn rest_says_limits_warnings_and_fields_like_mcp() {
    let dir = tempfile::tempdir().unwrap();
    let keys = r#"{"test":{"key":"test-key-of-16-and-more","tier":"free"}}"#;
    let program = Program::serve(dir.path(), &[("AIOS_API_KEYS", keys)]);
    let key = [("idempotency-key", "k")];
    let hooked = json!({ "tool": "strategize", "input": { "spec": SPEC },
        "webhook_url": "https://a.example/x" })
    .to_string();
    let (status, headers, first) = rest(&program, &key, &hooked);
    assert_eq!(status, 202, "{first}");
    assert_eq!(headers["x-ratelimit-limit"], "10");
    assert!(
        first["warnings"]
            .to_string()
            .contains("deliveries are not sent")
    );
    let (_, _, again) = rest(
        &program,
        &key,
        &hooked.replace("\"input\":{", "\"input\":{\"colour\":1,"),
    );
    assert_eq!(again["job_id"], first["job_id"], "{again}");
    assert!(
        again["warnings"].to_string().contains("`colour`"),
        "{again}"
    );
    let endless = r#"{"tool":"strategize","input":{"spec":"x","wait_seconds":1e400}}"#;
    let (status, _, problem) = rest(&program, &[], endless);
    assert_eq!(status, 400);
    assert_eq!(problem["errors"][0]["pointer"], "/input/wait_seconds");
    let unreadable = r#"{"tool":"generate_code","input":{"spec":"x","architecture":{"foo":1}}}"#;
    let (status, _, problem) = rest(&program, &[], unreadable);
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (400, &json!("/architecture"))
    );
    let mut calls = (0..12).map(|_| rest(&program, &[], endless));
    let (_, headers, problem) = calls.find(|one| one.0 == 429).unwrap();
    assert_eq!(problem["code"], "RATE_LIMITED");
    assert_eq!(headers["x-ratelimit-limit"], "10");
    assert_eq!(headers["x-ratelimit-remaining"], "0");
    for name in [
        "retry-after",
        "x-ratelimit-reset",
        "ratelimit",
        "ratelimit-policy",
    ] {
        assert!(headers.contains_key(name), "{name}");
    }
}

#[test]
fn who_writes_a_large_body_first_can_read_the_refusal() {
    use std::io::{Read as _, Write as _};
    let dir = tempfile::tempdir().unwrap();
    let program = Program::serve(dir.path(), &[]);
    let address = program.base.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    // Above the limit of 4 MiB, below the 8 MiB that are read of a refused body before the connection is given up.
    let length = 6 * 1_024 * 1_024;
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
        program.key
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&vec![b' '; length]).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}
