//! The clients that PyPI has for OpenAI's and Ollama's protocols, against the server. They need a
//! Python that has them; `POUNCE_CLIENTS_PYTHON` names it, as `src-tauri/scripts/test.sh` does.

use std::env;
use std::path::Path;

use tokio::process::Command;

use crate::fixture::Fixture;

/// Names a Python with `clients/requirements.txt`.
const PYTHON: &str = "POUNCE_CLIENTS_PYTHON";

async fn run(script: &str) {
    let Some(python) = env::var_os(PYTHON) else {
        return eprintln!("without {PYTHON}, clients/{script} did not ask");
    };
    let fixture = Fixture::start().await;
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/server/clients").join(script);
    let url = format!("http://{}", fixture.server.address());
    let output = Command::new(python).arg(script).arg(url).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_openai_client_is_answered() {
    run("openai_client.py").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ollama_client_is_answered() {
    run("ollama_client.py").await;
}
