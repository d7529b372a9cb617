//! A real server of llama.cpp as a remote engine: its Python package's, which speaks OpenAI's layout.
//! Runs where `POUNCE_TEST_LLAMA_PYTHON` names a Python that has `llama-cpp-python[server]`, and
//! `POUNCE_TEST_LLAMA_GGUF` a model with Qwen's fill-in-the-middle tokens.

use std::env;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pounce_engine::{Mode, Segments};
use pounce_service::engines::remote;
use pounce_service::settings::{RemoteEngine, RemoteKind};
use pounce_service::{
    BreakerConfig, BreakerState, Completion, CompletionRequest, Reason, Settings,
};

use super::fixture::{beside_small, breaker, far, preferring};
use crate::support::{Fixture, has, id, source};

/// More than any machine needs to load half a billion parameters.
const START_LIMIT: Duration = Duration::from_secs(180);

/// The server's process; killed when it is dropped.
struct Llama {
    python: String,
    gguf: String,
    engine: RemoteEngine,
    process: Option<Child>,
}

impl Llama {
    /// A server on a free port, not started yet; `None` if the variables are not set.
    fn from_environment() -> Option<Self> {
        let python = env::var("POUNCE_TEST_LLAMA_PYTHON").ok()?;
        let gguf = env::var("POUNCE_TEST_LLAMA_GGUF").ok()?;
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let engine = RemoteEngine { kind: RemoteKind::Fim, ..far(&format!("http://{free}/v1")) };
        Some(Self { python, gguf, engine, process: None })
    }

    /// Starts it and waits until it completes.
    async fn start(&mut self) {
        let port = self.engine.url.rsplit(':').next().unwrap().trim_end_matches("/v1").to_owned();
        let mut command = Command::new(&self.python);
        command.args(["-m", "llama_cpp.server", "--host", "127.0.0.1", "--n_ctx", "2048"]);
        command.args(["--port", &port, "--model", &self.gguf]);
        // Several threads spin for each other, which stalls on a busy machine.
        command.args(["--n_threads", "1", "--n_threads_batch", "1"]);
        self.process = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let started = Instant::now();
        // The server reports in no other way that it is ready.
        while let Err(error) = remote::check(&self.engine, false).await {
            assert!(started.elapsed() < START_LIMIT, "the server does not come up: {error}");
            let process = self.process.as_mut().unwrap();
            assert_eq!(process.try_wait().unwrap(), None, "the server has ended");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        println!("the server completes {} ms after its start", started.elapsed().as_millis());
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

impl Drop for Llama {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A request for a function whose text differs for each `number`, after `n_lines` of constants.
fn request(number: usize, n_lines: usize) -> CompletionRequest {
    let line = |at: usize| format!("LIMIT_{at} = {}\n", at * 7 + number);
    let before: String = (0..n_lines).map(line).collect();
    let prefix = format!("{before}\ndef add_{number}(first, second):\n    return ");
    let suffix = format!("\n\nprint(add_{number}(1, 2))\n");
    CompletionRequest::new(Segments { prefix, suffix }, Mode::Line)
}

async fn complete(fixture: &Fixture, what: &str, request: CompletionRequest) -> Completion {
    let completion = fixture.service.complete(request).await;
    println!(
        "{what}: {:?} by {} after {:.1} ms ({} tokens; first after {:.1} ms){}",
        completion.text,
        source(&completion),
        completion.elapsed.as_secs_f64() * 1e3,
        completion.n_tokens,
        completion.timings.ttft().as_secs_f64() * 1e3,
        completion.reasons.iter().map(|reason| format!("\n  {reason}")).collect::<String>(),
    );
    completion
}

async fn with_deadline(fixture: &Fixture, target_ms: u64, maximum_ms: u64) {
    let mut settings = fixture.service.settings();
    settings.deadlines.target_ms = target_ms;
    settings.deadlines.maximum_ms = maximum_ms;
    fixture.service.set_settings(settings).await.unwrap();
}

#[tokio::test]
async fn a_real_server_completes_is_cut_off_killed_and_comes_back() {
    let Some(mut llama) = Llama::from_environment() else {
        println!("not run: POUNCE_TEST_LLAMA_PYTHON and POUNCE_TEST_LLAMA_GGUF name no server");
        return;
    };
    llama.start().await;
    let fixture = beside_small(preferring(llama.engine.clone())).await;
    with_deadline(&fixture, 60_000, 60_000).await;
    let completion = complete(&fixture, "with a raised deadline", request(1, 0)).await;
    assert_eq!(source(&completion), "remote far", "{completion:?}");
    assert!(!completion.text.is_empty() && !completion.is_partial, "{completion:?}");

    let default = Settings::default().deadlines;
    with_deadline(&fixture, default.target_ms, default.maximum_ms).await;
    complete(&fixture, "with the default deadline", request(2, 0)).await;
    let named = CompletionRequest { model: Some(id("far")), ..request(2, 40) };
    let completion = complete(&fixture, "with the default deadline, no other allowed", named).await;
    assert!(
        has(&completion, |reason| *reason == Reason::DeadlineMissed(id("far"))),
        "{completion:?}"
    );
    with_deadline(&fixture, 60_000, 60_000).await;
    let completion = complete(&fixture, "after that", request(3, 0)).await;
    // This server reads an abandoned prompt to its end before it looks at the next one.
    assert_eq!(source(&completion), "remote far", "the server is there as before: {completion:?}");

    llama.kill();
    for number in 4..7 {
        let completion = complete(&fixture, "killed", request(number, 0)).await;
        assert_eq!(source(&completion), "small", "a model of this machine stands in");
    }
    let open = breaker(&fixture, "far");
    println!("the breaker is {}", open.name());
    assert!(matches!(open, BreakerState::Open { .. }), "three failures in a row");
    llama.start().await;
    tokio::time::pause();
    tokio::time::advance(BreakerConfig::default().first_pause).await;
    tokio::time::resume();
    let completion = complete(&fixture, "started again", request(7, 0)).await;
    assert_eq!(source(&completion), "remote far", "{completion:?}");
    println!("the breaker is {}", breaker(&fixture, "far").name());
    assert_eq!(breaker(&fixture, "far"), BreakerState::Closed);
}
