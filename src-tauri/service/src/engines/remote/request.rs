//! What is sent to a server: address and body, by its kind.

use pounce_engine::{GenerationConfig, Segments};
use pounce_model_format::FimTokens;
use serde_json::{Value, json};

use crate::settings::{RemoteEngine, RemoteKind};

/// Bytes of code per token, for a limit that the server counts in tokens.
pub(super) const BYTES_PER_TOKEN: f64 = 3.5;

/// The code after the cursor gets at least this share of the bytes when there is too much code.
const SUFFIX_SHARE: f64 = 0.25;

/// Path of OpenAI's endpoints, unless the server's address has another.
const OPENAI_ROOT: &str = "/v1";

/// Paths of single endpoints, which an address that was pasted may end with.
const ENDPOINTS: [&str; 3] = ["/infill", "/chat/completions", "/completions"];

/// The address of the request. A server may be given with `/v1` or without, or with one of its
/// endpoints: llama.cpp's `/infill` is beside `/v1`, completions are below it.
pub(super) fn url(engine: &RemoteEngine) -> String {
    let given = engine.url.trim_end_matches('/');
    let base = ENDPOINTS.iter().find_map(|endpoint| given.strip_suffix(endpoint)).unwrap_or(given);
    match engine.kind {
        RemoteKind::LlamaCpp => {
            let root = base.strip_suffix(OPENAI_ROOT).unwrap_or(base);
            format!("{root}/infill")
        }
        RemoteKind::Openai | RemoteKind::Fim | RemoteKind::Plain => {
            let is_bare = base.split_once("://").is_some_and(|(_, host)| !host.contains('/'));
            let root = if is_bare { OPENAI_ROOT } else { "" };
            format!("{base}{root}/completions")
        }
    }
}

/// The body of the request: streamed, and limited to the wanted number of tokens. Where the text ends
/// within that is decided here, by the same rules as for a model of this machine.
pub(super) fn body(engine: &RemoteEngine, segments: &Segments, config: &GenerationConfig) -> Value {
    let n = config.max_new_tokens;
    let tokens = engine.fim.clone().unwrap_or_else(qwen);
    let as_sent = |code: &str| match engine.kind {
        // It reads no special tokens in these fields.
        RemoteKind::LlamaCpp => code.to_owned(),
        _ => without_special_tokens(code, &tokens),
    };
    let (prefix, suffix) = (as_sent(&segments.prefix), as_sent(&segments.suffix));
    let mut body = match engine.kind {
        RemoteKind::LlamaCpp => {
            json!({ "input_prefix": prefix, "input_suffix": suffix, "n_predict": n })
        }
        RemoteKind::Openai => {
            // Without a suffix Ollama takes the code for a chat message.
            let suffix = if suffix.is_empty() { "\n" } else { suffix.as_str() };
            json!({ "prompt": prefix, "suffix": suffix, "max_tokens": n })
        }
        RemoteKind::Fim => {
            let FimTokens { prefix: before, suffix: after, middle } = &tokens;
            let prompt = format!("{before}{prefix}{after}{suffix}{middle}");
            json!({ "prompt": prompt, "max_tokens": n, "stop": [before, after, middle] })
        }
        RemoteKind::Plain => json!({ "prompt": prefix, "max_tokens": n }),
    };
    body["stream"] = true.into();
    body["temperature"] = config.temperature.into();
    if config.temperature > 0.0 {
        body["top_p"] = config.top_p.into();
        // Servers differ in how large a seed they take.
        body["seed"] = ((config.seed & 0x7fff_ffff) as u32).into();
    }
    if !engine.model.is_empty() {
        body["model"] = engine.model.clone().into();
    }
    body
}

/// Asks for the probability of each token, too.
pub(super) fn ask_log_probs(body: &mut Value, kind: RemoteKind) {
    let field = match kind {
        RemoteKind::LlamaCpp => "n_probs",
        RemoteKind::Openai | RemoteKind::Fim | RemoteKind::Plain => "logprobs",
    };
    body[field] = 1.into();
}

/// Qwen's tokens, which CodeGemma has as well.
fn qwen() -> FimTokens {
    FimTokens {
        prefix: "<|fim_prefix|>".to_owned(),
        suffix: "<|fim_suffix|>".to_owned(),
        middle: "<|fim_middle|>".to_owned(),
    }
}

/// Code in which no special token is spelled out: a server would read it as the token. There is no way
/// to escape one, so a blank goes behind its first character.
fn without_special_tokens(code: &str, tokens: &FimTokens) -> String {
    let FimTokens { prefix, suffix, middle } = tokens;
    let mut sent = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_special = is_control_token(rest)
            || [prefix, suffix, middle].iter().any(|token| rest.starts_with(*token));
        sent.push(first);
        sent.extend(is_special.then_some(' '));
        rest = &rest[first.len_utf8()..];
    }
    sent
}

/// Whether a text begins with a token such as `<|endoftext|>`.
fn is_control_token(text: &str) -> bool {
    let name = text.strip_prefix("<|").and_then(|rest| rest.split_once("|>")).map(|(name, _)| name);
    let is_part = |part: char| part.is_ascii_alphanumeric() || part == '_';
    name.is_some_and(|name| !name.is_empty() && name.len() <= 32 && name.chars().all(is_part))
}

/// Clips the code to what is next to the cursor and fits the server's context with the new tokens.
pub(super) fn clip(segments: &Segments, engine: &RemoteEngine, max_new_tokens: usize) -> Segments {
    let n_tokens = engine.context_tokens.saturating_sub(max_new_tokens).max(32);
    let room = (n_tokens as f64 * BYTES_PER_TOKEN) as usize;
    let Segments { prefix, suffix } = segments;
    let wants_suffix = if engine.kind == RemoteKind::Plain { 0 } else { suffix.len() };
    // What the prefix leaves, and a share of it all in any case.
    let for_suffix = room.saturating_sub(prefix.len()).max((room as f64 * SUFFIX_SHARE) as usize);
    let end = suffix.floor_char_boundary(for_suffix.min(wants_suffix));
    let start = prefix.len().saturating_sub(room - end);
    Segments {
        prefix: prefix[prefix.ceil_char_boundary(start)..].to_owned(),
        suffix: suffix[..end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(kind: RemoteKind) -> RemoteEngine {
        RemoteEngine::new("far".into(), "http://127.0.0.1:1/v1/".to_owned(), kind)
    }

    fn segments(prefix: &str, suffix: &str) -> Segments {
        Segments { prefix: prefix.to_owned(), suffix: suffix.to_owned() }
    }

    #[test]
    fn each_kind_gets_the_suffix_as_it_takes_it() {
        let check = |kind: RemoteKind, suffix: &str, path: &str, expected: Value| {
            let config = GenerationConfig { max_new_tokens: 8, ..GenerationConfig::default() };
            let mut sent = body(&engine(kind), &segments("a(", suffix), &config);
            let common = sent.as_object_mut().unwrap();
            assert_eq!(common.remove("stream"), Some(true.into()), "partial text is wanted");
            assert_eq!(common.remove("temperature"), Some(0.0.into()), "greedy");
            assert_eq!(sent, expected, "{kind}");
            assert_eq!(url(&engine(kind)), format!("http://127.0.0.1:1/{path}"));
        };
        use RemoteKind::{Fim, LlamaCpp, Openai, Plain};
        let openai = json!({ "prompt": "a(", "suffix": ")", "max_tokens": 8 });
        check(Openai, ")", "v1/completions", openai);
        let at_the_end = json!({ "prompt": "a(", "suffix": "\n", "max_tokens": 8 });
        check(Openai, "", "v1/completions", at_the_end);
        let infill = json!({ "input_prefix": "a(", "input_suffix": ")", "n_predict": 8 });
        check(LlamaCpp, ")", "infill", infill);
        let stop = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];
        let prompt = "<|fim_prefix|>a(<|fim_suffix|>)<|fim_middle|>";
        let fim = json!({ "prompt": prompt, "max_tokens": 8, "stop": stop });
        check(Fim, ")", "v1/completions", fim);
        check(Plain, ")", "v1/completions", json!({ "prompt": "a(", "max_tokens": 8 }));
    }

    #[test]
    fn an_address_is_understood_with_and_without_its_path() {
        let check = |kind: RemoteKind, given: &str, expected: &str| {
            let engine = RemoteEngine { url: given.to_owned(), ..engine(kind) };
            assert_eq!(url(&engine), expected, "{kind} at {given}");
        };
        use RemoteKind::{Fim, LlamaCpp, Openai};
        for given in ["http://a:1", "http://a:1/", "http://a:1/v1", "http://a:1/v1/"] {
            check(LlamaCpp, given, "http://a:1/infill");
            check(Fim, given, "http://a:1/v1/completions");
        }
        for given in
            ["http://a:1/infill", "http://a:1/v1/completions", "http://a:1/v1/completions/"]
        {
            check(LlamaCpp, given, "http://a:1/infill");
            check(Fim, given, "http://a:1/v1/completions");
        }
        check(Openai, "http://a:1/v1/chat/completions", "http://a:1/v1/completions");
        check(Openai, "https://a/beta", "https://a/beta/completions");
        check(LlamaCpp, "https://a/llama/v1", "https://a/llama/infill");
    }

    #[test]
    fn tokens_that_the_code_spells_out_are_not_sent_as_tokens() {
        let code = segments("a = '<|fim_middle|>' | <|x y|> ", "<|endoftext|>");
        let sent = |kind| body(&engine(kind), &code, &GenerationConfig::default());
        let fim = "<|fim_prefix|>a = '< |fim_middle|>' | <|x y|> <|fim_suffix|>< |endoftext|><|fim_middle|>";
        assert_eq!(sent(RemoteKind::Fim)["prompt"], fim);
        assert_eq!(sent(RemoteKind::Openai)["suffix"], "< |endoftext|>");
        assert_eq!(sent(RemoteKind::LlamaCpp)["input_suffix"], "<|endoftext|>", "it reads none");
        let own = FimTokens { prefix: "[P]".into(), suffix: "[S]".into(), middle: "[M]".into() };
        let engine = RemoteEngine { fim: Some(own), ..engine(RemoteKind::Fim) };
        let sent = body(&engine, &segments("x[S]", ""), &GenerationConfig::default());
        assert_eq!(sent["prompt"], "[P]x[ S][S][M]");
    }

    #[test]
    fn a_model_is_named_if_the_server_has_several() {
        let named = RemoteEngine { model: "qwen".to_owned(), ..engine(RemoteKind::Plain) };
        let sent = body(&named, &segments("a", ""), &GenerationConfig::default());
        assert_eq!(sent["model"], "qwen");
    }

    #[test]
    fn what_is_far_from_the_cursor_is_left_out() {
        let check = |n_prefix: usize, n_suffix: usize, kept: (usize, usize)| {
            let engine = RemoteEngine { context_tokens: 264, ..engine(RemoteKind::Openai) };
            // 200 tokens of 3.5 bytes are left for the prompt.
            let long = segments(&"p".repeat(n_prefix), &"s".repeat(n_suffix));
            let clipped = clip(&long, &engine, 64);
            let lengths = (clipped.prefix.len(), clipped.suffix.len());
            assert_eq!(lengths, kept, "of {n_prefix} and {n_suffix} bytes");
        };
        check(10, 10, (10, 10));
        check(1000, 0, (700, 0));
        check(1000, 1000, (525, 175));
        check(100, 1000, (100, 600));
        check(1000, 50, (650, 50));
        let engine = RemoteEngine { context_tokens: 64, ..engine(RemoteKind::Plain) };
        let clipped = clip(&segments(&"é".repeat(500), "s"), &engine, 48);
        assert!(clipped.prefix.len() <= 112 && clipped.suffix.is_empty(), "no character is cut");
    }
}
