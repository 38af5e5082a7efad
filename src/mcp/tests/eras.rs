//! Methods of both eras, and batches.
//!
//! Invariant: what one era has, the other answers as its own specification says.

use http::Method;
use serde_json::{Value, json};

use super::{Kit, kit, modern, request};

const VERSION: (&str, &str) = ("mcp-protocol-version", "2026-07-28");

async fn ask_modern(kit: &Kit, method: &str, name: Option<&str>, params: Value) -> super::Answer {
    let mut headers = vec![VERSION, ("mcp-method", method)];
    headers.extend(name.map(|name| ("mcp-name", name)));
    kit.post(&headers, modern(method, params)).await
}

#[tokio::test]
async fn a_modern_client_needs_no_handshake() {
    let kit = kit().await;
    let discover = ask_modern(&kit, "server/discover", None, json!({})).await;
    assert_eq!(discover.status, 200);
    assert!(discover.headers.get("mcp-session-id").is_none());
    let result = &discover.json()["result"];
    assert_eq!(result["supportedVersions"][0], "2026-07-28");
    assert_eq!(result["resultType"], "complete");
    assert!(
        result["capabilities"].get("tasks").is_none()
            && result["capabilities"].get("logging").is_none()
    );
    assert!(result["ttlMs"].is_u64());
    assert_eq!(
        result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "aios-lovable-mcp"
    );
    for (method, scope) in [
        ("tools/list", "public"),
        ("prompts/list", "public"),
        ("resources/templates/list", "public"),
        ("resources/list", "private"),
    ] {
        let result = ask_modern(&kit, method, None, json!({})).await.json()["result"].clone();
        assert_eq!(result["cacheScope"], scope, "{method}");
        assert_eq!(result["resultType"], "complete");
    }
    let call = json!({"name": "aios_get_status", "arguments": {"jobId": "job_0000000000000000000000000a"}});
    let answer = ask_modern(&kit, "tools/call", Some("aios_get_status"), call).await;
    assert_eq!(answer.status, 200);
    let result = &answer.json()["result"];
    assert_eq!(
        (&result["isError"], &result["resultType"]),
        (&json!(true), &json!("complete"))
    );
    assert!(
        result["content"][0]["text"]
            .as_str()
            .unwrap()
            .contains("JOB_NOT_FOUND")
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn what_a_modern_client_must_not_do_is_refused() {
    let kit = kit().await;
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "tasks/list",
        "x",
    ] {
        assert_eq!(
            ask_modern(&kit, method, None, json!({})).await.error(),
            (404, -32601),
            "{method}"
        );
    }
    let list = modern("tools/list", json!({}));
    assert_eq!(
        kit.post(&[("mcp-method", "tools/list")], list.clone())
            .await
            .error(),
        (400, -32020)
    );
    assert_eq!(
        kit.post(&[VERSION], list.clone()).await.error(),
        (400, -32020)
    );
    assert_eq!(
        kit.post(&[VERSION, ("mcp-method", "tools/call")], list)
            .await
            .error(),
        (400, -32020)
    );
    assert_eq!(
        kit.post(&[VERSION], request("tools/list", json!({})))
            .await
            .error(),
        (400, -32602)
    );
    assert_eq!(
        kit.post(&[], request("server/discover", json!({})))
            .await
            .error(),
        (400, -32602)
    );
    for method in [Method::GET, Method::DELETE] {
        let answer = kit
            .ask(method, &[VERSION, ("accept", "text/event-stream")], "")
            .await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["allow"]),
            (405, &"POST".parse().unwrap())
        );
    }
    let answer = kit
        .post(&[VERSION], r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        .await;
    assert_eq!(answer.error(), (400, -32600));
    let note = kit
        .post(
            &[VERSION],
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
        )
        .await;
    assert_eq!((note.status.as_u16(), note.text.as_str()), (202, ""));
    // A stray session id means nothing here.
    let answer = kit
        .post(
            &[
                VERSION,
                ("mcp-method", "tools/list"),
                ("mcp-session-id", "ses_x"),
            ],
            modern("tools/list", json!({})),
        )
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn unknown_things_have_their_codes() {
    let kit = kit().await;
    let unknown = json!({"name": "no_such_tool"});
    assert_eq!(
        kit.post(&[], request("tools/call", unknown.clone()))
            .await
            .error(),
        (200, -32602)
    );
    let answer = ask_modern(&kit, "tools/call", Some("no_such_tool"), unknown).await;
    assert_eq!(answer.error(), (200, -32602));
    assert_eq!(
        kit.post(&[], request("tools/call", json!({})))
            .await
            .error(),
        (200, -32602)
    );
    assert_eq!(
        kit.post(&[], request("no/such", json!({}))).await.error(),
        (200, -32601)
    );
    assert_eq!(
        kit.post(&[], request("prompts/get", json!({"name": "x"})))
            .await
            .error(),
        (200, -32602)
    );
    assert_eq!(
        kit.post(&[], request("tools/list", json!({"cursor": "x"})))
            .await
            .error(),
        (200, -32602)
    );
    let uri = "aios://jobs/job_0000000000000000000000000a/artifacts/x.md";
    for uri in [
        uri,
        "test://x",
        "aios://schemas/x.input",
        "aios://schemas/aios_get_status",
    ] {
        assert_eq!(
            kit.post(&[], request("resources/read", json!({"uri": uri})))
                .await
                .error(),
            (200, -32002)
        );
        let answer = ask_modern(&kit, "resources/read", Some(uri), json!({"uri": uri})).await;
        assert_eq!(answer.error(), (200, -32602), "{uri}");
        assert_eq!(answer.json()["error"]["data"]["uri"], uri);
    }
}

#[tokio::test]
async fn a_legacy_client_gets_what_its_version_has() {
    let kit = kit().await;
    assert_eq!(kit.call("ping", json!({})).await["result"], json!({}));
    assert_eq!(
        kit.call("logging/setLevel", json!({"level": "info"})).await["result"],
        json!({})
    );
    assert_eq!(
        kit.call("logging/setLevel", json!({"level": "loud"})).await["error"]["code"],
        -32602
    );
    let tools = kit.call("tools/list", json!({})).await["result"].clone();
    assert_eq!(tools["tools"].as_array().unwrap().len(), 8);
    assert!(tools.get("resultType").is_none() && tools.get("_meta").is_none());
    let prompts = kit.call("prompts/list", json!({})).await["result"].clone();
    assert_eq!(prompts["prompts"][0]["name"], "plan_app");
    let uri = "aios://schemas/aios_strategize.input";
    let schema = kit.call("resources/read", json!({"uri": uri})).await;
    let schema: Value =
        serde_json::from_str(schema["result"]["contents"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(schema["properties"]["spec"]["maxLength"], 200_000);
    let complete = json!({"ref": {"type": "ref/prompt", "name": "regenerate_phase"}, "argument": {"name": "phase", "value": "a"}});
    let complete = kit.call("completion/complete", complete).await;
    assert_eq!(
        complete["result"]["completion"]["values"],
        json!(["architecture"])
    );
}

#[tokio::test]
async fn what_a_method_lacks_is_named() {
    let kit = kit().await;
    let bare = r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#;
    assert_eq!(kit.post(&[], bare).await.error(), (200, -32602));
    let argument = json!({"name": "phase", "value": ""});
    for (reference, is_known) in [
        (
            json!({"type": "ref/prompt", "name": "regenerate_phase"}),
            true,
        ),
        (
            json!({"type": "ref/resource", "uri": "aios://jobs/{jobId}/artifacts/{name}"}),
            true,
        ),
        (json!({"type": "ref/prompt", "name": "nothing"}), false),
        (json!({"type": "ref/resource", "uri": "x://y"}), false),
        (json!({"type": "ref/tool", "name": "plan_app"}), false),
        (json!({}), false),
    ] {
        let params = json!({"ref": reference, "argument": argument});
        let answer = kit.call("completion/complete", params).await;
        assert_eq!(answer.get("error").is_none(), is_known, "{answer}");
    }
}

#[tokio::test]
async fn batches_are_answered_in_one_array_where_they_are_legal() {
    let kit = kit().await;
    let batch = json!([
        {"jsonrpc": "2.0", "id": "a", "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": null, "method": "ping"},
        {"jsonrpc": "2.0", "id": 2, "method": "initialize"},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "aios_strategize", "arguments": {"spec": "x"}}},
    ])
    .to_string();
    let answer = kit.post(&[], batch.clone()).await;
    assert_eq!(answer.status, 200);
    let answers = answer.json();
    assert_eq!(answers.as_array().unwrap().len(), 4);
    assert_eq!(
        answers[0],
        json!({"jsonrpc": "2.0", "id": "a", "result": {}})
    );
    assert_eq!(answers[1]["error"]["code"], -32600);
    assert_eq!(answers[2]["error"]["code"], -32600);
    assert_eq!(
        answers[3]["result"]["structuredContent"]["status"],
        "completed"
    );
    let notes = json!([{"jsonrpc": "2.0", "method": "notifications/initialized"}, {"jsonrpc": "2.0", "id": 1, "result": {}}]);
    let answer = kit.post(&[], notes.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (202, ""));

    let old = kit.session("2025-03-26").await;
    let new = kit.session("2025-11-25").await;
    for (session, version, status) in [
        (&old, "2025-03-26", 200),
        (&new, "2025-11-25", 400),
        (&new, "2026-07-28", 400),
    ] {
        let headers = [
            ("mcp-session-id", session.as_str()),
            ("mcp-protocol-version", version),
        ];
        assert_eq!(
            kit.post(&headers, batch.clone()).await.status,
            status,
            "{version}"
        );
    }
}
