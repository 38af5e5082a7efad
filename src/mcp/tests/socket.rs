//! The endpoint behind the accept loop, byte for byte.
//!
//! Invariant: an answer that does not wait is one piece with a length; a closed stream leaves the job alone.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::{KEY, Kit, kit, request};
use crate::listen::{ListenSettings, serve};

async fn started(kit: &Kit) -> (TcpStream, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let service = kit.service.clone();
    tokio::spawn(serve(listener, service, ListenSettings::default(), async {
        let _ = stopped.await;
    }));
    (TcpStream::connect(address).await.unwrap(), stop)
}

fn bytes_of(body: &str) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn an_answer_is_one_piece_with_a_length() {
    let kit = kit().await;
    let (mut stream, _stop) = started(&kit).await;
    let mut buffer = vec![0; 64 * 1_024];
    for _ in 0..3 {
        stream
            .write_all(bytes_of(&request("ping", json!({}))).as_bytes())
            .await
            .unwrap();
        let read = stream.read(&mut buffer).await.unwrap();
        let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        assert!(
            text.contains("content-length: 36\r\n") && text.ends_with(r#""result":{}}"#),
            "{text}"
        );
    }
    // Other paths go to the other router.
    stream
        .write_all(b"GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let read = stream.read(&mut buffer).await.unwrap();
    assert!(buffer[..read].starts_with(b"HTTP/1.1 404"));
}

#[tokio::test]
async fn a_stream_that_is_closed_leaves_the_job_alone() {
    let kit = kit().await;
    let (mut stream, _stop) = started(&kit).await;
    let mut params =
        json!({"name": "aios_strategize", "arguments": {"spec": "HOLD", "wait_seconds": 55}});
    params["_meta"] = json!({"progressToken": 1});
    stream
        .write_all(bytes_of(&request("tools/call", params)).as_bytes())
        .await
        .unwrap();
    let mut seen = String::new();
    let mut buffer = vec![0; 4_096];
    while !seen.contains("job.") && !seen.contains("waiting for the test") {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "closed after {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(
        seen.contains("content-type: text/event-stream") && seen.contains("x-accel-buffering: no"),
        "{seen}"
    );
    drop(stream);
    kit.held.add_permits(1);
    let result: Value = kit
        .tool(
            "aios_strategize",
            json!({"spec": "HOLD", "wait_seconds": 55}),
        )
        .await;
    assert_eq!(result["structuredContent"]["status"], "completed");
}
