//! How well-known servers take the code after the cursor: each fake answers as the documentation or
//! the source of its original says, and refuses or misunderstands what its original would.

use pounce_engine::{GenerationConfig, Language, Mode, Prompt, Segments};
use pounce_service::engines::remote;
use pounce_service::settings::{RemoteEngine, RemoteKind};
use serde_json::{Value, json};

use super::fixture::far;
use crate::support::server::{Answer, FakeServer, Request, Then};

const PREFIX: &str = "total = ";
const QWEN_PREFIX: &str = "<|fim_prefix|>total = <|fim_suffix|>";

/// How a fake server with a Qwen model answers.
type Server = fn(&Request, &Value) -> Answer;

/// The right completion between prefix and suffix.
fn middle() -> Answer {
    Answer::stream(&["a", " +", " b"], Then::End)
}

fn error(status: u16, message: &str) -> Answer {
    let body = json!({ "error": { "code": status, "message": message } }).to_string();
    Answer::whole(status, "application/json", &body)
}

/// `tools/server/server.cpp`, `server-common.cpp`: `/infill` lies at the root and puts the model's
/// tokens around both sides; `/v1/completions` throws at a suffix.
fn llama_cpp(request: &Request, body: &Value) -> Answer {
    match request.line.as_str() {
        "POST /infill" if body["input_prefix"] == PREFIX && body["input_suffix"].is_string() => {
            let event =
                |text: &str, stop: &str| format!("data: {{\"content\":{text:?}{stop}}}\n\n");
            let stop = ",\"stop\":true,\"stop_type\":\"eos\"";
            let pieces = vec![event("a + b", ",\"stop\":false"), event("", stop)];
            Answer { pieces, ..Answer::whole(200, "text/event-stream", "") }
        }
        "POST /infill" => error(400, "\"input_prefix\" is required"),
        "POST /v1/completions" if body.get("suffix").is_some() => {
            error(500, "Unsupported param: suffix")
        }
        "POST /v1/completions" => middle_of_tokens(body),
        _ => error(404, "File Not Found"),
    }
}

/// The same server with a model that has no tokens for the middle.
fn llama_cpp_without_tokens(_: &Request, _: &Value) -> Answer {
    error(501, "Infill is not supported by this model: prefix token is missing. ")
}

/// vLLM refuses any suffix, and takes the prompt as it is.
fn vllm(request: &Request, body: &Value) -> Answer {
    match request.line.as_str() {
        "POST /v1/completions" if !body["suffix"].is_null() => {
            error(400, "suffix is not currently supported")
        }
        "POST /v1/completions" => middle_of_tokens(body),
        _ => error(404, "Not Found"),
    }
}

/// LM Studio lists no suffix among what it takes, and passes the prompt on as it is.
fn lm_studio(request: &Request, body: &Value) -> Answer {
    match request.line.as_str() {
        "POST /v1/completions" => middle_of_tokens(body),
        _ => error(404, "Unexpected endpoint"),
    }
}

/// Ollama wants the model's name. With a suffix it fills in the middle; without, the prompt is put
/// into the template of a chat.
fn ollama(request: &Request, body: &Value) -> Answer {
    let is_named = body["model"].as_str().is_some_and(|model| !model.is_empty());
    let has_suffix = body["suffix"].as_str().is_some_and(|suffix| !suffix.is_empty());
    match request.line.as_str() {
        "POST /v1/completions" if !is_named => error(404, "model '' not found"),
        "POST /v1/completions" if body["prompt"] == PREFIX && has_suffix => middle(),
        "POST /v1/completions" => talk(),
        _ => Answer::whole(404, "text/plain", "404 page not found"),
    }
}

/// The same server with a model whose template has no place for a suffix.
fn ollama_without_insert(_: &Request, body: &Value) -> Answer {
    if body["suffix"].is_null() { middle() } else { error(400, "\"m\" does not support insert") }
}

/// The chatter of a model that takes the code for a question.
fn talk() -> Answer {
    Answer::stream(&["Sure! ", "Here is"], Then::End)
}

fn middle_of_tokens(body: &Value) -> Answer {
    let prompt = body["prompt"].as_str().unwrap_or_default();
    let is_whole = prompt.starts_with(QWEN_PREFIX) && prompt.ends_with("<|fim_middle|>");
    if is_whole { middle() } else { talk() }
}

/// Mistral's server allows no fields that it does not know.
fn strict(_: &Request, body: &Value) -> Answer {
    if body["logprobs"].is_null() { middle() } else { error(422, "Extra inputs are not permitted") }
}

async fn ask(server: Server, kind: RemoteKind, path: &str, suffix: &str) -> Result<String, String> {
    let parsed = |request: &Request| serde_json::from_str(&request.body).unwrap();
    let server = FakeServer::start(move |request| server(request, &parsed(request))).await;
    let url = server.url(path);
    let engine = RemoteEngine { url, model: "m".to_owned(), kind, ..far("") };
    let prompt = Prompt {
        segments: Segments { prefix: PREFIX.to_owned(), suffix: suffix.to_owned() },
        language: Language::Python,
        mode: Mode::Line,
    };
    let answer = remote::complete(&engine, false, prompt, GenerationConfig::default()).await;
    answer.map(|generation| generation.text).map_err(|error| error.to_string())
}

#[tokio::test]
async fn every_server_completes_when_asked_in_its_own_format() {
    use RemoteKind::{Fim, LlamaCpp, Openai};
    let servers: [(Server, RemoteKind); 5] =
        [(llama_cpp, LlamaCpp), (llama_cpp, Fim), (vllm, Fim), (lm_studio, Fim), (ollama, Openai)];
    for (index, (server, kind)) in servers.into_iter().enumerate() {
        for path in ["", "/", "/v1", "/v1/"] {
            for suffix in ["\nprint(total)\n", ""] {
                let answer = ask(server, kind, path, suffix).await;
                let what = format!("server {index} as {kind} at {path:?} before {suffix:?}");
                assert_eq!(answer.as_deref(), Ok("a + b"), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_asked_in_the_wrong_format_says_which_kind_to_try() {
    let check = async |server: Server, kind: RemoteKind, expected: &[&str]| {
        let error = ask(server, kind, "/v1", "\nprint(total)\n").await.unwrap_err();
        for part in expected {
            assert!(error.contains(part), "{part:?} is not in: {error}");
        }
        assert_eq!(error.lines().count(), 1, "{error}");
    };
    use RemoteKind::{LlamaCpp, Openai};
    check(vllm, Openai, &["(400)", "`openai` the right kind", "vLLM", "`fim`"]).await;
    check(llama_cpp, Openai, &["(500)", "llama.cpp's takes `llama-cpp`"]).await;
    check(ollama_without_insert, Openai, &["(400)", "takes `plain`"]).await;
    check(llama_cpp_without_tokens, LlamaCpp, &["(501)", "takes `plain`"]).await;
    check(ollama, LlamaCpp, &["(404)", "kind"]).await;
}

#[tokio::test]
async fn a_server_that_tells_no_probabilities_is_asked_without_them() {
    let answer = ask(strict, RemoteKind::Openai, "/v1", "\nprint(total)\n").await;
    assert_eq!(answer.as_deref(), Ok("a + b"));
}

#[tokio::test]
async fn a_model_that_cannot_insert_is_asked_for_what_follows() {
    let answer = ask(ollama_without_insert, RemoteKind::Plain, "/v1", "\nprint(total)\n").await;
    assert_eq!(answer.as_deref(), Ok("a + b"), "no suffix is sent");
}
