//! Sessions of the legacy eras.
//!
//! Invariant: strict with clients that speak a version, lenient with the predecessor's.

use http::Method;
use http_body_util::BodyExt;
use serde_json::json;

use super::{OTHER_KEY, kit, request};

/// Headers, and the status and code they get.
type Line<'a> = (&'a [(&'a str, &'a str)], (u16, i64));

#[tokio::test]
async fn a_handshake_opens_a_session_of_a_version_we_speak() {
    let kit = kit().await;
    for (asked, got) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2024-11-05"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let params = json!({"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let answer = kit.post(&[], request("initialize", params)).await;
        assert_eq!(answer.json()["result"]["protocolVersion"], got);
        assert!(answer.json()["result"]["capabilities"]["tools"].is_object());
        let id = answer.headers["mcp-session-id"].to_str().unwrap();
        assert!(id.starts_with("ses_") && id.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    // A client that already sends the header with its handshake is welcome.
    let headers = [("mcp-protocol-version", "2025-11-25")];
    let answer = kit
        .post(
            &headers,
            request("initialize", json!({"protocolVersion": "2025-11-25"})),
        )
        .await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn missing_and_unknown_sessions_are_refused_where_a_version_is_spoken() {
    let kit = kit().await;
    let session = kit.session("2025-11-25").await;
    let unknown = "ses_0000000000000000000000000a";
    let foreign = format!("Bearer {OTHER_KEY}");
    let version = ("mcp-protocol-version", "2025-11-25");
    let table: [Line<'_>; 8] = [
        (&[version], (400, -32600)),
        (&[version, ("mcp-session-id", unknown)], (404, -32001)),
        (&[version, ("mcp-session-id", "made-up")], (404, -32001)),
        (&[("mcp-session-id", unknown)], (404, -32001)),
        (&[("mcp-session-id", "ses_broken")], (404, -32001)),
        (
            &[
                version,
                ("mcp-session-id", &session),
                ("authorization", &foreign),
            ],
            (404, -32001),
        ),
        (&[("mcp-protocol-version", "1999-01-01")], (400, -32600)),
        (&[("mcp-protocol-version", "2030-01-01")], (400, -32022)),
    ];
    for (headers, expected) in table {
        assert_eq!(
            kit.post(headers, request("tools/list", json!({})))
                .await
                .error(),
            expected,
            "{headers:?}"
        );
    }
    for headers in [
        &[][..],
        &[("mcp-session-id", "test-session")],
        &[("mcp-session-id", session.as_str())],
        &[version, ("mcp-session-id", session.as_str())],
    ] {
        assert_eq!(
            kit.post(headers, request("tools/list", json!({})))
                .await
                .status,
            200,
            "{headers:?}"
        );
    }
    let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let answer = kit
        .post(&[version, ("mcp-session-id", &session)], initialized)
        .await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (202, ""));
}

#[tokio::test]
async fn a_deleted_session_is_gone() {
    let kit = kit().await;
    let session = kit.session("2025-11-25").await;
    let headers = [
        ("mcp-session-id", session.as_str()),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    assert_eq!(
        kit.ask(Method::DELETE, &[], "").await.error(),
        (400, -32600)
    );
    assert_eq!(kit.ask(Method::DELETE, &headers, "").await.status, 204);
    assert_eq!(
        kit.ask(Method::DELETE, &headers, "").await.error(),
        (404, -32001)
    );
    assert_eq!(
        kit.post(&headers, request("ping", json!({}))).await.error(),
        (404, -32001)
    );
}

#[tokio::test]
async fn get_is_information_or_a_stream() {
    let kit = kit().await;
    for headers in [
        &[][..],
        &[("accept", "*/*")],
        &[("mcp-session-id", "made-up")],
    ] {
        let answer = kit.ask(Method::GET, headers, "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["name"], "aios-lovable-mcp");
    }
    let accept = ("accept", "text/event-stream");
    assert_eq!(
        kit.ask(Method::GET, &[accept], "").await.error(),
        (400, -32600)
    );
    assert_eq!(
        kit.ask(Method::GET, &[accept, ("mcp-session-id", "made-up")], "")
            .await
            .error(),
        (404, -32001)
    );
    let session = kit.session("2025-11-25").await;
    let id = ("mcp-session-id", session.as_str());
    assert_eq!(kit.ask(Method::GET, &[id], "").await.error(), (406, 406));

    let mut first = kit.send(Method::GET, &[accept, id], "").await;
    assert_eq!(first.headers()["content-type"], "text/event-stream");
    assert_eq!(first.headers()["x-accel-buffering"], "no");
    let comment = first
        .body_mut()
        .frame()
        .await
        .unwrap()
        .unwrap()
        .into_data()
        .unwrap();
    assert_eq!(&comment[..], b": keep-alive\n\n");
    // Another stream takes over: the first one ends.
    let mut second = kit.send(Method::GET, &[accept, id], "").await;
    assert!(first.body_mut().frame().await.is_none());
    second.body_mut().frame().await.unwrap().unwrap();
    kit.front.close();
    assert!(second.body_mut().frame().await.is_none());
}
