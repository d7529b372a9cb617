//! The requests that editors send, as their sources have them. All are answered; that of llama.vim
//! by curl, too, which it asks with.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::fixture::Fixture;

/// What llama.vim sends at each key press, by `llama#fim` in its `autoload/llama.vim`.
fn llama_vim() -> Value {
    json!({
        "id_slot": 0,
        "input_prefix": "def add(a, b):\n",
        "input_suffix": "\nprint(add(1, 2))\n",
        "input_extra": [{ "text": "def sub(a, b):\n    return a - b\n", "time": [1, 2], "filename": "sub.py" }],
        "prompt": "    return ",
        "n_predict": 128,
        "stop": [],
        "n_indent": 4,
        "top_k": 40,
        "top_p": 0.90,
        "samplers": ["top_k", "top_p", "infill"],
        "stream": false,
        "cache_prompt": true,
        "t_max_prompt_ms": 500,
        "t_max_predict_ms": 250,
        "response_fields": [
            "content", "timings/prompt_n", "timings/prompt_ms", "timings/prompt_per_token_ms",
            "timings/prompt_per_second", "timings/predicted_n", "timings/predicted_ms",
            "timings/predicted_per_token_ms", "timings/predicted_per_second", "truncated", "tokens_cached",
        ],
    })
}

/// What it sends in the background, so that code from elsewhere is read before it is needed.
fn llama_vim_ring() -> Value {
    json!({
        "id_slot": 0,
        "input_prefix": "",
        "input_suffix": "",
        "input_extra": [{ "text": "def sub(a, b):\n    return a - b\n", "time": [1, 2], "filename": "sub.py" }],
        "prompt": "",
        "n_predict": 0,
        "temperature": 0.0,
        "samplers": [],
        "stream": false,
        "cache_prompt": true,
        "t_max_prompt_ms": 1,
        "t_max_predict_ms": 1,
        "response_fields": [""],
    })
}

/// What llama.vscode sends.
fn llama_vscode() -> Value {
    json!({
        "id_slot": 0,
        "input_prefix": "def add(a, b):\n",
        "input_suffix": "\n",
        "input_extra": [],
        "prompt": "    return ",
        "n_predict": 128,
        "top_k": 40,
        "top_p": 0.99,
        "stream": false,
        "samplers": ["top_k", "top_p", "infill"],
        "cache_prompt": true,
        "t_max_prompt_ms": 500,
        "t_max_predict_ms": 1000,
    })
}

/// What Continue sends for its provider `ollama`.
fn continue_ollama() -> Value {
    json!({
        "model": "pounce",
        "prompt": "def add(a, b):\n    return ",
        "suffix": "\n",
        "raw": true,
        "options": { "temperature": 0.01, "num_predict": 256, "stop": ["<fim_prefix>", "\n\n"], "num_ctx": 2048 },
        "keep_alive": 1800,
        "stream": true,
    })
}

/// What Zed sends for its provider `open_ai_compatible_api` with Qwen's prompt format.
fn zed_openai() -> Value {
    json!({
        "model": "pounce",
        "prompt": "<|fim_prefix|>def add(a, b):\n    return <|fim_suffix|>\n<|fim_middle|>",
        "max_tokens": 64,
        "temperature": null,
        "stop": ["<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"],
        "environment": null,
    })
}

/// What Zed sends for its provider `ollama`.
fn zed_ollama() -> Value {
    json!({
        "model": "pounce",
        "prompt": "<fim_prefix>def add(a, b):\n    return <fim_suffix>\n<fim_middle>",
        "raw": true,
        "stream": false,
        "options": { "num_predict": 64, "temperature": 0.2, "stop": ["<|endoftext|>", "<fim_prefix>"] },
    })
}

#[tokio::test]
async fn editors_are_answered() {
    let fixture = Fixture::start().await;
    for (path, request) in [
        ("/infill", llama_vim()),
        ("/infill", llama_vscode()),
        ("/api/generate", continue_ollama()),
        ("/v1/completions", zed_openai()),
        ("/api/generate", zed_ollama()),
    ] {
        let answer = fixture.post(path, &request.to_string()).await;
        assert_eq!(answer.status, 200, "{request}: {answer:?}");
        assert!(answer.body.contains("a + b"), "{request}: {answer:?}");
    }
    let prompts = fixture.take_asked();
    assert!(
        prompts.iter().all(|prompt| prompt.segments.prefix.ends_with("    return ")),
        "{prompts:?}"
    );
    let ring = fixture.post("/infill", &llama_vim_ring().to_string()).await;
    assert_eq!((ring.status, ring.json()), (200, json!({})), "nothing was wanted");
}

#[tokio::test]
async fn curl_is_answered_as_llama_vim_asks() {
    let fixture = Fixture::start().await;
    let url = format!("http://{}/infill", fixture.server.address());
    let mut command = Command::new("curl");
    command.args(["--silent", "--no-buffer", "--request", "POST", "--url", &url]);
    command.args(["--header", "Content-Type: application/json", "--data", "@-"]);
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut curl = match spawned {
        Ok(curl) => curl,
        Err(error) => return eprintln!("without curl, its request was not sent: {error}"),
    };
    let mut stdin = curl.stdin.take().unwrap();
    stdin.write_all(llama_vim().to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = curl.wait_with_output().await.unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["content"], "a + b", "{answer}");
    assert!(answer["timings/predicted_ms"].is_number(), "what it shows beside the text: {answer}");
}
