//! Everything that is turned away before a message is read.
//!
//! Invariant: each refusal has its status, a JSON body with an error code, and the headers that say what helps.

use http::Method;
use serde_json::json;

use super::{FREE_KEY, kit, request};

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

#[tokio::test]
async fn media_types_are_judged_leniently() {
    let kit = kit().await;
    let both = "application/json, text/event-stream";
    for (content_type, accept, status) in [
        ("application/json", "", 200),
        ("application/json; charset=utf-8", "*/*", 200),
        ("Application/JSON", both, 200),
        (
            "application/json",
            "text/event-stream, application/json",
            200,
        ),
        ("application/json", "application/*", 200),
        ("application/json", "text/html", 406),
        ("text/plain", both, 415),
        ("", both, 415),
    ] {
        let headers = [("content-type", content_type), ("accept", accept)];
        let answer = kit.post(&headers, LIST).await;
        assert_eq!(
            answer.status, status,
            "{content_type} {accept} {}",
            answer.text
        );
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.json()["error"]["code"].is_i64(), status != 200);
    }
}

#[tokio::test]
async fn who_takes_only_event_streams_gets_one_and_packed_bodies_are_refused() {
    let kit = kit().await;
    let answer = kit.post(&[("accept", "text/event-stream")], LIST).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    assert!(answer.events()[0]["result"]["tools"].is_array());
    for (coding, status) in [("gzip", 415), ("identity", 200)] {
        let answer = kit.post(&[("content-encoding", coding)], LIST).await;
        assert_eq!(answer.status, status, "{coding}");
    }
}

#[tokio::test]
async fn get_and_delete_judge_the_version_too() {
    let kit = kit().await;
    for method in [Method::GET, Method::DELETE] {
        for version in ["banana", "1999-01-01", "2030-01-01"] {
            let headers = [("mcp-protocol-version", version)];
            let answer = kit.ask(method.clone(), &headers, "").await;
            assert_eq!(answer.status, 400, "{method} {version}");
        }
    }
}

#[tokio::test]
async fn a_refused_body_is_read_before_the_answer() {
    let kit = kit().await;
    let frames = 20;
    let chunks =
        (0..frames).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b' '; 64 * 1_024])));
    let read = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = std::sync::Arc::clone(&read);
    let chunks = chunks.inspect(move |_| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let body = axum::body::Body::from_stream(futures_util::stream::iter(chunks));
    let answer = kit.post(&[], body).await;
    assert_eq!(answer.status, 413);
    assert_eq!(read.load(std::sync::atomic::Ordering::Relaxed), frames);
}

#[tokio::test]
async fn keys_are_needed_and_the_challenge_is_exact() {
    let kit = kit().await;
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let none = kit
            .ask(method.clone(), &[("authorization", "")], LIST)
            .await;
        assert_eq!(
            (none.status.as_u16(), &none.headers["www-authenticate"]),
            (401, &"Bearer".parse().unwrap())
        );
        assert_eq!(none.json()["error"]["data"]["code"], "UNAUTHORIZED");
        let wrong = kit
            .ask(method, &[("authorization", "Bearer nonsense")], LIST)
            .await;
        assert_eq!(wrong.status, 401);
        assert_eq!(
            wrong.headers["www-authenticate"],
            r#"Bearer error="invalid_token""#
        );
    }
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused_and_known_ones_get_cors() {
    let kit = kit().await;
    for headers in [
        [("host", "evil.example"), ("x", "y")],
        [("host", "localhost"), ("origin", "https://evil.example")],
    ] {
        for method in [Method::POST, Method::GET, Method::DELETE, Method::OPTIONS] {
            assert_eq!(
                kit.ask(method, &headers, LIST).await.status,
                403,
                "{headers:?}"
            );
        }
    }
    let origin = [("origin", "http://localhost:5173")];
    let answer = kit.post(&origin, LIST).await;
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "http://localhost:5173"
    );
    assert!(
        answer
            .headers
            .get("access-control-allow-credentials")
            .is_none()
    );
    let preflight = kit
        .ask(Method::OPTIONS, &[origin[0], ("authorization", "")], "")
        .await;
    assert_eq!(preflight.status, 204);
    assert!(
        preflight.headers["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("Mcp-Name")
    );
}

#[tokio::test]
async fn large_bodies_and_other_methods_are_refused() {
    let kit = kit().await;
    let answer = kit
        .post(&[], format!("{LIST}{}", " ".repeat(64 * 1_024)))
        .await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["error"]["data"]["code"], "PAYLOAD_TOO_LARGE");
    let answer = kit.ask(Method::PUT, &[], LIST).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["allow"]),
        (405, &"GET, POST, DELETE".parse().unwrap())
    );
}

#[tokio::test]
async fn bad_texts_get_their_codes() {
    let kit = kit().await;
    let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
    for (text, code) in [
        ("{", -32700),
        ("", -32700),
        ("nonsense", -32700),
        (r#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, -32700),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a\u0000"}"#, -32600),
        (&deep, -32600),
        ("[]", -32600),
        ("7", -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#,
            -32602,
        ),
    ] {
        assert_eq!(
            kit.post(&[], text.to_owned()).await.error(),
            (400, code),
            "{text}"
        );
    }
}

#[tokio::test]
async fn limits_are_said_to_models_by_tools_and_to_programs_by_status() {
    let kit = kit().await;
    let authorization = format!("Bearer {FREE_KEY}");
    let headers = [("authorization", authorization.as_str())];
    let create = request(
        "tools/call",
        json!({"name": "aios_full_pipeline", "arguments": {"spec": "HOLD", "idempotency_key": "x"}}),
    );
    let mut refused = None;
    for _ in 0..12 {
        let answer = kit.post(&headers, create.clone()).await;
        assert_eq!(answer.status, 200);
        assert!(
            answer.headers.contains_key("x-ratelimit-limit")
                || refused.is_some()
                || answer.text.contains("RATE_LIMITED")
        );
        if answer.json()["result"]["isError"] == true {
            for (name, value) in [
                ("x-ratelimit-limit", "10"),
                ("x-ratelimit-remaining", "0"),
                ("ratelimit-policy", r#""rpm";q=10;w=60"#),
            ] {
                assert_eq!(answer.headers[name], value);
            }
            for name in ["retry-after", "x-ratelimit-reset", "ratelimit"] {
                assert!(answer.headers.contains_key(name), "{name}");
            }
            refused = Some(answer.json()["result"]["content"][0]["text"].to_string());
        }
    }
    assert!(refused.unwrap().contains("RATE_LIMITED"));
    let mut turned_away = None;
    for _ in 0..250 {
        let answer = kit.post(&headers, LIST).await;
        if answer.status == 429 {
            turned_away = Some(answer);
            break;
        }
    }
    let answer = turned_away.unwrap();
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(answer.headers["x-ratelimit-limit"], "200");
    assert_eq!(answer.json()["error"]["data"]["code"], "RATE_LIMITED");
    assert_eq!(answer.json()["id"], 1);
}
