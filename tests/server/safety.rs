//! Hostile and broken clients: each gets a clear error, and holds up no other.

use std::time::Duration;

use pounce_service::engines::fake::FakeModel;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{Response, exchange, read_to_end};
use crate::fixture::{Fixture, MS};

const CODE: &str = r#"{"input_prefix": "def add(a, b):\n    return "}"#;

#[tokio::test]
async fn pages_and_other_hosts_are_refused() {
    let fixture = Fixture::start().await;
    let check = async |headers: &[(&str, &str)], path: &str, expected: u16| {
        let answer = fixture.send("POST", path, headers, CODE.as_bytes()).await;
        assert_eq!(answer.status, expected, "{headers:?} {path}: {answer:?}");
        answer
    };
    check(&[("host", "evil.example")], "/infill", 403).await;
    check(&[("host", "evil.example:7686")], "/v1/completions", 403).await;
    let page = check(&[("origin", "https://evil.example")], "/infill", 403).await;
    assert!(
        !page.head.to_lowercase().contains("access-control"),
        "no page is let in: {}",
        page.head
    );
    check(&[("origin", "http://localhost:3000")], "/api/generate", 403).await;
    check(&[("host", "localhost")], "/infill", 200).await;
    let preflight =
        fixture.send("OPTIONS", "/infill", &[("origin", "https://evil.example")], b"").await;
    assert_eq!(preflight.status, 403);
    assert_eq!(fixture.take_asked().len(), 1, "the model ran once");
}

#[tokio::test]
async fn a_token_is_asked_for_everywhere_but_for_the_health() {
    let fixture = Fixture::with(FakeModel::default(), Some("s3cret")).await;
    for path in
        ["/props", "/slots", "/metrics", "/v1/models", "/api/tags", "/api/version", "/nothing"]
    {
        assert_eq!(fixture.get(path).await.status, 401, "{path}");
    }
    assert_eq!(
        fixture.post("/v1/completions", CODE).await.json()["error"]["code"],
        "invalid_api_key"
    );
    assert_eq!(fixture.get("/health").await.status, 200);
    let right = fixture.send("GET", "/v1/models", &[("authorization", "Bearer s3cret")], b"").await;
    assert_eq!(right.status, 200);
}

#[tokio::test]
async fn bad_bodies_are_refused_with_what_is_wrong() {
    let fixture = Fixture::start().await;
    let check = async |body: &[u8], status: u16, said: &str| {
        for path in ["/infill", "/v1/completions", "/api/generate"] {
            let answer = fixture.send("POST", path, &[], body).await;
            assert_eq!(answer.status, status, "{path}: {answer:?}");
            assert!(answer.body.contains(said), "{path}: {}", answer.body);
        }
    };
    check(b"{\"prompt\": ", 400, "no JSON").await;
    check(b"not json", 400, "no JSON").await;
    check(b"\xff\xfe", 400, "no JSON").await;
    check(b"[]", 400, "object").await;
    check(b"", 400, "no JSON").await;
    check(br#"{"prompt": 7}"#, 400, "`").await;
    check(br#"{"prompt": "\ud83d"}"#, 400, "no JSON").await;
    check("[".repeat(200_000).as_bytes(), 400, "recursion").await;
    let deep = format!("{{\"prompt\": {}", "[".repeat(1_000));
    check(deep.as_bytes(), 400, "recursion").await;
    let long = format!("{{\"prompt\": \"{}\"}}", "x".repeat(3 << 20));
    check(long.as_bytes(), 413, "2 MiB").await;
    assert!(fixture.loader.take_log().is_empty(), "no model was asked");
}

#[tokio::test]
async fn methods_and_addresses_are_named() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.get("/infill").await.status, 405);
    assert_eq!(fixture.post("/health", "{}").await.status, 405);
    assert_eq!(fixture.get("/v1/nothing").await.status, 404);
    assert_eq!(fixture.get("/../etc/passwd").await.status, 404);
    assert_eq!(fixture.get("/").await.body, "Pounce is running");
    let head = fixture.send("HEAD", "/", &[], b"").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn heads_that_are_wrong_or_huge_are_refused() {
    let fixture = Fixture::start().await;
    let address = fixture.server.address();
    let check = async |bytes: &[u8], statuses: &[u16]| {
        let answer = exchange(address, bytes).await;
        assert!(statuses.contains(&answer.status), "{answer:?}");
    };
    check(b"nonsense\r\n\r\n", &[400]).await;
    check(b"GET /health HTTP/1.1\r\nconnection: close\r\n\r\n", &[400]).await;
    check(b"POST /infill HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n", &[400]).await;
    let huge =
        format!("GET /health HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(20_000));
    check(huge.as_bytes(), &[431]).await;
    let many = "x: y\r\n".repeat(200);
    check(format!("GET /health HTTP/1.1\r\nhost: localhost\r\n{many}\r\n").as_bytes(), &[431])
        .await;
    check(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[0, 400, 505]).await;
    assert_eq!(fixture.get("/health").await.status, 200, "it still answers");
}

#[tokio::test]
async fn a_symbol_outside_the_basic_plane_at_the_cursor_is_kept() {
    let fixture = Fixture::start().await;
    let request = r#"{"input_prefix": "s = '\ud83d\ude00", "input_suffix": "😀'\nprint(s)"}"#;
    let answer = fixture.post("/infill", request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let prompt = fixture.take_asked().remove(0);
    assert_eq!((prompt.segments.prefix.as_str(), &prompt.segments.suffix[..4]), ("s = '😀", "😀"));
}

#[tokio::test]
async fn windows_line_ends_come_back() {
    let model = FakeModel { tokens: vec!["a\n", "    b\n"], ..FakeModel::default() };
    let fixture = Fixture::with(model, None).await;
    let request = json!({ "input_prefix": "def add(a, b):\r\n    x = ", "input_suffix": "\r\n" });
    let answer = fixture.post("/infill", &request.to_string()).await.json();
    let prompt = fixture.take_asked().remove(0);
    assert_eq!(prompt.segments.prefix, "def add(a, b):\n    x = ", "models read the others");
    let content = answer["content"].as_str().unwrap();
    assert!(!content.replace("\r\n", "").contains('\n'), "{content:?}");
}

#[tokio::test(start_paused = true)]
async fn slow_and_idle_connections_are_cut() {
    let fixture = Fixture::start().await;
    for begun in ["", "GET /hea", "GET /health HTTP/1.1\r\nhost: localhost\r\n"] {
        let mut stream = TcpStream::connect(fixture.server.address()).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let started = tokio::time::Instant::now();
        read_to_end(&mut stream).await;
        assert!(started.elapsed() <= Duration::from_secs(11), "{begun:?} held on");
    }
    let half = "POST /infill HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{\"input_";
    let answer = exchange(fixture.server.address(), half.as_bytes()).await;
    assert_eq!(answer.status, 408, "half a request: {answer:?}");
}

#[tokio::test]
async fn a_body_that_ends_too_early_asks_no_model() {
    let fixture = Fixture::start().await;
    let mut stream = TcpStream::connect(fixture.server.address()).await.unwrap();
    let half = "POST /infill HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{\"input_";
    stream.write_all(half.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    read_to_end(&mut stream).await;
    assert!(fixture.loader.take_log().is_empty());
    assert_eq!(fixture.post("/infill", CODE).await.status, 200, "the next client is answered");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_idle_connections_hold_up_others_for_a_moment_only() {
    let fixture = Fixture::start().await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        // A backlog that is full lets the server catch up.
        tokio::task::yield_now().await;
        idle.push(TcpStream::connect(fixture.server.address()).await.unwrap());
    }
    let mut turned_away = 0;
    for stream in &mut idle {
        let answer = Response::parse(&read_to_end(stream).await);
        assert!([0, 503, 408].contains(&answer.status), "cut, or told why: {answer:?}");
        turned_away += usize::from(answer.status == 503);
    }
    assert!(turned_away >= 900, "{turned_away} were told that too many are connected");
    assert_eq!(fixture.post("/infill", CODE).await.status, 200, "once they are cut");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_gone_cancels_its_request() {
    let fixture = Fixture::with(FakeModel { encode: 150 * MS, ..FakeModel::default() }, None).await;
    let mut stream = TcpStream::connect(fixture.server.address()).await.unwrap();
    let length = CODE.len();
    let request = format!(
        "POST /infill HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{CODE}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    while fixture.loader.take_log().is_empty() {
        tokio::time::sleep(MS).await;
    }
    drop(stream);
    let started = tokio::time::Instant::now();
    let other = r#"{"input_prefix": "x = "}"#;
    assert_eq!(fixture.post("/infill", other).await.status, 200);
    assert!(started.elapsed() < 165 * MS, "it waited {:?} for one that is gone", started.elapsed());
}

#[tokio::test]
async fn nothing_listens_elsewhere() {
    let fixture = Fixture::start().await;
    let port = fixture.server.address().port();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let here = format!("{:04X}", port);
    let listeners =
        table.lines().filter(|line| line.contains(&format!(":{here} 00000000:0000 0A")));
    for line in listeners {
        assert!(line.contains(&format!("0100007F:{here}")), "only 127.0.0.1: {line}");
    }
}
