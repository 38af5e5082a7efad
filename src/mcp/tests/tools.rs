//! Calls of tools: results, waits, streams, cancellation.
//!
//! Invariant: every result that has structured content has it in the shape that was advertised.

use std::sync::Arc;

use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{KEY, OTHER_KEY, kit, request};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from call to artifact")]
async fn an_agent_tool_answers_with_its_result() {
    let kit = kit().await;
    let result = kit
        .tool(
            "aios_strategize",
            json!({"product_name": "Quiz", "description": "Asks."}),
        )
        .await;
    assert_eq!(result["isError"], false);
    let structured = &result["structuredContent"];
    assert_eq!(
        (&structured["status"], &structured["outcome"]),
        (&json!("completed"), &json!("complete"))
    );
    assert_eq!(structured["jobId"], structured["job_id"]);
    assert_eq!(
        structured["requirements"]["functional"][0]["priority"],
        "must"
    );
    assert!(
        structured["warnings"][0]
            .as_str()
            .unwrap()
            .contains("product_name")
    );
    let id = structured["jobId"].as_str().unwrap().to_owned();

    let status =
        kit.tool("aios_get_status", json!({"job_id": id})).await["structuredContent"].clone();
    assert_eq!(status["phases"]["strategy"]["status"], "completed");
    let since = kit
        .tool(
            "aios_get_status",
            json!({"jobId": id, "since": 0, "wait_seconds": 50}),
        )
        .await;
    assert!(
        since["structuredContent"]["events"]
            .as_array()
            .unwrap()
            .len()
            >= 3
    );

    let part = json!({"jobId": id, "type": "strategy", "format": "markdown"});
    let part = kit.tool("aios_get_artifact", part).await["structuredContent"].clone();
    assert_eq!(
        (&part["content"], &part["next_offset"]),
        (&json!("# Text\n"), &Value::Null)
    );
    let missing = kit
        .tool("aios_get_artifact", json!({"jobId": id, "type": "ux"}))
        .await;
    assert_eq!(missing["isError"], true);
    assert!(
        missing["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("INVALID_INPUT")
    );
    assert!(missing.get("structuredContent").is_none());

    let uri = format!("aios://jobs/{id}/artifacts/requirements.md");
    let read = kit.call("resources/read", json!({"uri": uri})).await;
    assert_eq!(read["result"]["contents"][0]["text"], "# Text\n");
    let list = kit.call("resources/list", json!({})).await;
    assert!(
        list["result"]["resources"]
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item["uri"] == uri.as_str())
    );
    let next = kit.tool("aios_design_ux", json!({"from_job": id})).await;
    assert_eq!(next["structuredContent"]["status"], "completed", "{next}");
}

#[tokio::test]
async fn another_workspace_finds_nothing() {
    let kit = kit().await;
    let result = kit.tool("aios_strategize", json!({"spec": "x"})).await;
    let id = result["structuredContent"]["jobId"]
        .as_str()
        .unwrap()
        .to_owned();
    let authorization = format!("Bearer {OTHER_KEY}");
    let headers = [("authorization", authorization.as_str())];
    let uri = format!("aios://jobs/{id}/artifacts/requirements.md");
    let read = kit
        .post(&headers, request("resources/read", json!({"uri": uri})))
        .await;
    assert_eq!(read.error(), (200, -32002));
    let mut texts = Vec::new();
    for tool in ["aios_get_status", "aios_get_artifact", "aios_cancel_job"] {
        for id in [id.as_str(), "job_0000000000000000000000000a"] {
            let params = json!({"name": tool, "arguments": {"jobId": id}});
            let answer = kit
                .post(&headers, request("tools/call", params))
                .await
                .json();
            assert_eq!(answer["result"]["isError"], true);
            texts.push(answer["result"]["content"][0]["text"].to_string());
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[tokio::test]
async fn a_call_that_may_not_wait_gets_the_handle() {
    let kit = kit().await;
    let result = kit
        .tool(
            "aios_strategize",
            json!({"spec": "HOLD", "wait_seconds": 0}),
        )
        .await;
    let structured = result["structuredContent"].clone();
    assert_ne!(structured["status"], "completed");
    assert!(
        structured["next"]
            .as_str()
            .unwrap()
            .contains("aios_get_status")
    );
    let id = structured["jobId"].clone();
    let again = kit
        .tool("aios_strategize", json!({"spec": "HOLD", "mode": "async"}))
        .await;
    assert_eq!(
        again["structuredContent"]["jobId"], id,
        "the same call attaches"
    );
    let cancelled = kit
        .tool("aios_cancel_job", json!({"jobId": id, "reason": "enough"}))
        .await;
    assert_eq!(cancelled["structuredContent"]["status"], "cancelled");
}

#[tokio::test]
async fn the_pipeline_answers_at_once() {
    let kit = kit().await;
    let result = kit
        .tool(
            "aios_full_pipeline",
            json!({"spec": "HOLD", "phases": ["design", "strategy"]}),
        )
        .await;
    let structured = &result["structuredContent"];
    assert_eq!(structured["status"], "running");
    assert_eq!(structured["phases_queued"], json!(["strategy", "ux"]));
    let id = structured["jobId"].clone();
    kit.held.add_permits(2);
    for _ in 0..10 {
        let status = kit
            .tool("aios_get_status", json!({"jobId": id, "wait_seconds": 30}))
            .await;
        if status["structuredContent"]["status"] == "completed" {
            return;
        }
    }
    panic!("the pipeline did not complete");
}

#[tokio::test]
async fn bad_arguments_are_a_result_that_names_the_field() {
    let kit = kit().await;
    let result = kit.tool("aios_strategize", json!({"spec": ""})).await;
    assert_eq!(result["isError"], true);
    let error: Value =
        serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "INVALID_INPUT");
    assert_eq!(error["error"]["details"]["field"], "spec");
    let answer = kit
        .call(
            "tools/call",
            json!({"name": "aios_strategize", "arguments": "spec"}),
        )
        .await;
    assert_eq!(answer["error"]["code"], -32602);
}

fn held(token: Option<&str>) -> String {
    let mut params =
        json!({"name": "aios_strategize", "arguments": {"spec": "HOLD", "wait_seconds": 55}});
    if let Some(token) = token {
        params["_meta"] = json!({"progressToken": token});
    }
    request("tools/call", params)
}

#[tokio::test]
async fn a_progress_token_makes_a_stream_that_opens_with_progress() {
    let kit = kit().await;
    let mut response = kit
        .send(
            Method::POST,
            &[("accept", "application/json, text/event-stream")],
            held(Some("p")),
        )
        .await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let first = response
        .body_mut()
        .frame()
        .await
        .unwrap()
        .unwrap()
        .into_data()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&first).contains(r#""progressToken":"p","progress":0"#),
        "{first:?}"
    );
    kit.held.add_permits(1);
    let rest = response.into_body().collect().await.unwrap().to_bytes();
    let answer = super::Answer {
        status: http::StatusCode::OK,
        headers: http::HeaderMap::new(),
        text: String::from_utf8(rest.to_vec()).unwrap(),
    };
    let events = answer.events();
    let (last, notes) = events.split_last().unwrap();
    assert_eq!(last["result"]["structuredContent"]["status"], "completed");
    let progress: Vec<_> = notes
        .iter()
        .map(|note| note["params"]["progress"].as_f64().unwrap())
        .collect();
    assert!(
        progress.windows(2).all(|pair| pair[0] < pair[1]) && !progress.contains(&0.0),
        "{progress:?}"
    );
    // Who takes no streams gets JSON in spite of the token.
    let answer = kit
        .post(&[("accept", "application/json")], held(Some("p")))
        .await;
    assert_eq!(answer.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_cancelled_wait_ends_and_the_job_goes_on() {
    let kit = Arc::new(kit().await);
    let session = kit.session("2025-11-25").await;
    let authorization = format!("Bearer {KEY}");
    let headers = move || {
        vec![
            ("authorization".to_owned(), authorization.clone()),
            ("mcp-session-id".to_owned(), session.clone()),
            ("mcp-protocol-version".to_owned(), "2025-11-25".to_owned()),
        ]
    };
    let waiting = {
        let (kit, headers) = (Arc::clone(&kit), headers());
        tokio::spawn(async move {
            let headers: Vec<_> = headers
                .iter()
                .map(|(a, b)| (a.as_str(), b.as_str()))
                .collect();
            kit.post(&headers, held(None)).await
        })
    };
    let headers = headers();
    let headers: Vec<_> = headers
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;
    // The call has to be waiting before it can be cancelled.
    while !waiting.is_finished() {
        assert_eq!(kit.post(&headers, cancel).await.status, 202);
        tokio::task::yield_now().await;
    }
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (202, ""));
    kit.held.add_permits(1);
    let result = kit
        .tool(
            "aios_strategize",
            json!({"spec": "HOLD", "wait_seconds": 55}),
        )
        .await;
    assert_eq!(result["structuredContent"]["status"], "completed");
}

#[tokio::test]
async fn a_closing_server_hands_the_job_over_to_polling() {
    let kit = kit().await;
    kit.front.close();
    let both = [("accept", "application/json, text/event-stream")];
    let plain = kit.post(&[], held(None)).await.json();
    let streamed = kit.post(&both, held(Some("p"))).await;
    let streamed = streamed.events().pop().unwrap();
    let status =
        json!({"jobId": plain["result"]["structuredContent"]["jobId"], "wait_seconds": 50});
    let status = json!({"name": "aios_get_status", "arguments": status});
    let status = kit.post(&[], request("tools/call", status)).await.json();
    assert!(status["result"]["structuredContent"]["last_event_seq"].is_u64());
    for answer in [plain, streamed, status] {
        let result = &answer["result"];
        assert_eq!(result["isError"], false, "{answer}");
        let structured = &result["structuredContent"];
        let word = structured["status"].as_str().unwrap();
        assert!(matches!(word, "queued" | "running"), "{word}");
        let next = structured["next"].as_str().unwrap();
        assert!(
            next.starts_with("The server restarts; call aios_get_status"),
            "{next}"
        );
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains(next) && text.contains(word), "{text}");
    }
    assert!(kit.engine.health().jobs_open <= 1);
}

#[tokio::test]
async fn a_call_that_joins_another_keeps_its_warnings() {
    let kit = kit().await;
    let call = |unknown: &str| json!({"spec": "HOLD", "wait_seconds": 0, "webhook_url": "https://a.example", unknown: 1});
    for tool in ["aios_strategize", "aios_full_pipeline"] {
        let first = kit.tool(tool, call("colour")).await["structuredContent"].clone();
        let second = kit.tool(tool, call("size")).await["structuredContent"].clone();
        assert_eq!(first["jobId"], second["jobId"]);
        let warnings = second["warnings"].to_string();
        for expected in ["deliveries are not sent", "`colour`", "`size`"] {
            assert!(warnings.contains(expected), "{expected} in {warnings}");
        }
    }
}

#[tokio::test]
async fn the_idempotency_header_counts_like_the_argument() {
    let kit = kit().await;
    let call = |spec: &str| {
        request(
            "tools/call",
            json!({"name": "aios_strategize", "arguments": {"spec": spec}}),
        )
    };
    let header = [("idempotency-key", "k-1")];
    let first = kit.post(&header, call("x")).await.json();
    let again = kit.post(&header, call("x")).await.json();
    let id = |answer: &Value| answer["result"]["structuredContent"]["jobId"].clone();
    assert_eq!(id(&first), id(&again));
    assert!(id(&first).is_string());
    let other = kit.post(&header, call("y")).await;
    assert!(
        other.text.contains("IDEMPOTENCY_MISMATCH"),
        "{}",
        other.text
    );
}

#[tokio::test]
async fn everything_of_a_job_is_one_archive() {
    use base64::Engine as _;
    let kit = kit().await;
    let done = kit.tool("aios_strategize", json!({"spec": "x"})).await;
    let id = done["structuredContent"]["jobId"].clone();
    let all = json!({"jobId": id, "type": "all", "format": "zip"});
    let link = kit.tool("aios_get_artifact", all).await["structuredContent"].clone();
    let read = kit
        .call("resources/read", json!({"uri": link["url"]}))
        .await;
    let blob = read["result"]["contents"][0]["blob"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(blob)
        .unwrap();
    assert_eq!(link["total_bytes"], bytes.len());
    let names: Vec<_> = crate::wire::archive::list(&bytes)
        .into_iter()
        .map(|file| file.0)
        .collect();
    assert_eq!(names, ["requirements.json", "requirements.md"]);
}
