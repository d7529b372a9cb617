//! [`FakeServer`]: a scripted HTTP server on loopback. It speaks just enough of HTTP/1.1: a request
//! with a length, an answer to the end of the connection.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A request that the server received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and path, for example `POST /v1/completions`.
    pub(crate) line: String,
    /// Values by header name in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

/// A scripted answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// Further header lines, each ending in CRLF.
    pub(crate) headers: String,
    /// Chunks of the body, each sent on its own.
    pub(crate) pieces: Vec<String>,
    pub(crate) then: Then,
}

/// What the server does after the last piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The body ends as it should.
    End,
    /// The connection stays open and silent until the client hangs up.
    Wait,
    /// As [`Then::Wait`], and nothing is sent before either, not even the status line.
    Silence,
    /// The connection breaks in the middle of the body.
    Break,
}

impl Answer {
    /// An answer whose body is one piece.
    pub(crate) fn whole(status: u16, content_type: &'static str, body: &str) -> Self {
        let pieces = vec![body.to_owned()];
        Self { status, content_type, headers: String::new(), pieces, then: Then::End }
    }

    /// Server-sent events of OpenAI's layout, a piece of text each; only [`Then::End`] says that
    /// the text is at its end.
    pub(crate) fn stream(texts: &[&str], then: Then) -> Self {
        let event = |text: &str, finish: &str| {
            let choice = format!("{{\"text\":{text:?},\"finish_reason\":{finish}}}");
            format!("data: {{\"choices\":[{choice}]}}\n\n")
        };
        let mut pieces: Vec<_> = texts.iter().map(|text| event(text, "null")).collect();
        if then == Then::End {
            pieces.extend([event("", "\"stop\""), "data: [DONE]\n\n".to_owned()]);
        }
        Self { pieces, then, ..Self::whole(200, "text/event-stream", "") }
    }
}

type Script = dyn Fn(&Request) -> Answer + Send + Sync;

/// A running server; dropping it ends it.
pub(crate) struct FakeServer {
    pub(crate) address: SocketAddr,
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Request>>>,
    /// How many clients hung up on [`Then::Wait`].
    hung_up: watch::Sender<usize>,
    accepting: Option<JoinHandle<()>>,
}

impl FakeServer {
    /// Starts on a port that is free.
    pub(crate) async fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let mut server = Self {
            address: ([127, 0, 0, 1], 0).into(),
            script: Arc::new(script),
            seen: Arc::default(),
            hung_up: watch::Sender::new(0),
            accepting: None,
        };
        server.start_again().await;
        server
    }

    /// Ends it with all its connections, as `kill -9` does.
    pub(crate) async fn kill(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // Its end closes the listener and drops the connections.
            let _ = accepting.await;
        }
    }

    /// Starts it again on the same port.
    pub(crate) async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (script, seen, hung_up) =
            (self.script.clone(), self.seen.clone(), self.hung_up.clone());
        self.accepting = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen, hung_up) = (script.clone(), seen.clone(), hung_up.clone());
                connections.spawn(async move {
                    // A client may leave at any time.
                    let _ = serve(stream, &*script, &seen, &hung_up).await;
                });
            }
        }));
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests received so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until `n` clients have hung up on an answer that never ends.
    pub(crate) async fn hung_up(&self, n: usize) {
        self.hung_up.subscribe().wait_for(|hung_up| *hung_up >= n).await.unwrap();
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
    }
}

async fn serve(
    stream: TcpStream,
    script: &Script,
    seen: &Mutex<Vec<Request>>,
    hung_up: &watch::Sender<usize>,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let request = read(&mut stream).await?;
    let answer = script(&request);
    seen.lock().unwrap().push(request);
    if answer.then != Then::Silence {
        write(&mut stream, &answer).await?;
    }
    match answer.then {
        Then::End => stream.write_all(b"0\r\n\r\n").await?,
        Then::Wait | Then::Silence => {
            // Ends when the other side closes.
            let _ = stream.read(&mut [0; 16]).await;
            hung_up.send_modify(|n| *n += 1);
        }
        Then::Break => {}
    }
    stream.shutdown().await
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |line: &String| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    };
    let headers: HashMap<_, _> = lines.iter().skip(1).filter_map(header).collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let line = lines[0].trim_end_matches(" HTTP/1.1").to_owned();
    Ok(Request { line, headers, body: String::from_utf8(body).unwrap() })
}

async fn write(stream: &mut BufReader<TcpStream>, answer: &Answer) -> io::Result<()> {
    let Answer { status, content_type, headers, pieces, .. } = answer;
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: {content_type}\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    // A chunk of no bytes would end the body.
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
        stream.write_all(chunk.as_bytes()).await?;
        stream.flush().await?;
    }
    stream.flush().await
}
