//! A server on this machine in the layout of Hugging Face, with the faults that a test wants. It
//! is written over plain TCP, because an HTTP library cannot be made to fail on demand.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A request that the server received.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// The path, without the scheme and host that a proxy is sent.
    pub path: String,
    /// Whether the request line had scheme and host.
    pub is_proxied: bool,
    /// Values by header name in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether it fetches a file of that name.
    pub fn gets(&self, file: &str) -> bool {
        self.method == "GET" && self.path.ends_with(file)
    }
}

/// What the server answers.
#[derive(Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Leaves out the length of the body, which then ends with the connection.
    pub has_no_length: bool,
    /// Breaks the connection after this many bytes of the body.
    pub cut_at: Option<usize>,
    /// With `cut_at`: waits there until the other end of this channel is gone.
    pub hold: Option<Receiver<()>>,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// A running server; dropping it ends it.
pub struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Request>>>,
    is_closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers every request by `handler`.
    pub fn start(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (log, is_closing) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let handler: Arc<Handler> = Arc::new(handler);
        let (noted, closing) = (Arc::clone(&log), Arc::clone(&is_closing));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closing.load(Ordering::Relaxed) {
                    return;
                }
                let (handler, log) = (Arc::clone(&handler), Arc::clone(&noted));
                std::thread::spawn(move || serve(&stream, &*handler, &log));
            }
        });
        Self { address, log, is_closing, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes the requests received so far.
    pub fn take_log(&self) -> Vec<Request> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: &TcpStream, handler: &Handler, log: &Mutex<Vec<Request>>) {
    let Some(request) = read(stream) else { return };
    log.lock().unwrap().push(request.clone());
    let answer = handler(&request);
    // The other side may have gone.
    let _ = write(stream, &request, answer);
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = reader.by_ref().lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let after_scheme = target.strip_prefix("http://");
    let path = after_scheme.map_or(target, |rest| &rest[rest.find('/').unwrap_or(rest.len())..]);
    let mut request = Request {
        method,
        path: path.to_owned(),
        is_proxied: after_scheme.is_some(),
        ..Request::default()
    };
    for line in lines {
        let line = line.ok()?;
        let Some((name, value)) = line.split_once(':') else { break };
        request.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let n_bytes = request.header("content-length").and_then(|length| length.parse().ok());
    reader.take(n_bytes.unwrap_or(0)).read_to_string(&mut request.body).ok()?;
    Some(request)
}

fn write(mut stream: &TcpStream, request: &Request, answer: Answer) -> std::io::Result<()> {
    let Answer { status, headers, body, has_no_length, cut_at, hold } = answer;
    let mut head = format!("HTTP/1.1 {status} x\r\nConnection: close\r\n");
    if !has_no_length {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if request.method == "HEAD" {
        return Ok(());
    }
    stream.write_all(&body[..cut_at.unwrap_or(body.len()).min(body.len())])?;
    stream.flush()?;
    if let Some(hold) = hold {
        let _ = hold.recv();
    }
    Ok(())
}

/// A repository: what a server of the layout says if nothing goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Repo {
    /// `user/name`.
    pub name: String,
    pub commit: Option<String>,
    pub files: BTreeMap<String, Vec<u8>>,
    /// The version of all files.
    pub etag: Option<String>,
    /// Ignores `Range`.
    pub is_simple: bool,
    /// Ignores `If-Range`, as some caches between server and client do.
    pub is_careless: bool,
}

/// The commit that the branch `main` points to.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

impl Repo {
    /// A repository with all files of `dir`.
    pub fn of(name: &str, dir: &Path) -> Self {
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
        let files = entries.map(|entry| {
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        });
        Self {
            name: name.to_owned(),
            commit: Some(COMMIT.to_owned()),
            files: files.collect(),
            etag: Some("\"v1\"".to_owned()),
            is_simple: false,
            is_careless: false,
        }
    }

    pub fn size(&self, file: &str) -> usize {
        self.files[file].len()
    }

    /// The answer of a server without faults.
    pub fn answer(&self, request: &Request) -> Answer {
        let start = format!("/{}/resolve/", self.name);
        let Some((revision, path)) =
            request.path.strip_prefix(&start).and_then(|rest| rest.split_once('/'))
        else {
            return Answer::status(404);
        };
        let is_known = revision == "main" || Some(revision) == self.commit.as_deref();
        let Some(bytes) = self.files.get(path).filter(|_| is_known) else {
            return Answer::status(404);
        };
        let mut answer = self.body(request, bytes);
        if let Some(commit) = &self.commit {
            answer = answer.with("X-Repo-Commit", commit);
        }
        match &self.etag {
            Some(etag) => answer.with("ETag", etag),
            None => answer,
        }
    }

    fn body(&self, request: &Request, bytes: &[u8]) -> Answer {
        let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
        let is_same = self.is_careless || request.header("if-range") == self.etag.as_deref();
        let begin: Option<usize> = range.and_then(|range| range.strip_suffix('-')?.parse().ok());
        match begin.filter(|_| is_same && !self.is_simple) {
            Some(begin) if begin < bytes.len() => {
                let range = format!("bytes {begin}-{}/{}", bytes.len() - 1, bytes.len());
                let body = bytes[begin..].to_vec();
                Answer { body, ..Answer::status(206) }.with("Content-Range", range)
            }
            Some(_) => Answer::status(416),
            None => Answer { body: bytes.to_vec(), ..Answer::status(200) },
        }
    }
}
