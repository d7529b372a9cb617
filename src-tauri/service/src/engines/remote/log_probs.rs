//! [`log_probs`]: the log-probabilities in a piece of an answer, in the forms that servers give them.

use serde_json::Value;

/// The natural logarithms of the probabilities of a piece's tokens; empty if the server does not tell
/// all of them. `piece` is OpenAI's choice, or llama.cpp's whole object.
pub(super) fn log_probs(piece: &Value) -> Vec<f32> {
    let tokens = [
        // OpenAI's completions, vLLM.
        &piece["logprobs"]["token_logprobs"],
        // llama.cpp's completions, and others with the form of OpenAI's chat.
        &piece["logprobs"]["content"],
        // llama.cpp's own form.
        &piece["completion_probabilities"],
    ];
    let told = tokens.into_iter().find_map(Value::as_array).map_or(&[][..], Vec::as_slice);
    told.iter().map(log_prob).collect::<Option<Vec<f32>>>().unwrap_or_default()
}

fn log_prob(token: &Value) -> Option<f32> {
    let log_prob =
        token.as_f64().or_else(|| token["logprob"].as_f64()).or_else(|| of_old(token))?;
    // A server that rounds may have one above 0.
    log_prob.is_finite().then_some(log_prob.min(0.0) as f32)
}

/// In llama.cpp before 2025: the probability of the token among those of its rivals.
fn of_old(token: &Value) -> Option<f64> {
    let chosen = &token["content"];
    let candidates = token["probs"].as_array()?;
    let found = candidates.iter().find(|candidate| candidate["tok_str"] == *chosen)?;
    found["prob"].as_f64().map(f64::ln)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_server_s_form_is_understood() {
        let check =
            |piece: Value, expected: &[f32]| assert_eq!(log_probs(&piece), expected, "{piece}");
        let openai = json!({ "text": "a b", "logprobs": {
            "tokens": ["a", " b"], "token_logprobs": [-0.5, -1.0], "top_logprobs": [{"a": -0.5}] } });
        check(openai, &[-0.5, -1.0]);
        let chat =
            json!({ "text": "a", "logprobs": { "content": [{ "token": "a", "logprob": -0.25 }] } });
        check(chat, &[-0.25]);
        let llama = json!({ "content": "a", "completion_probabilities": [
            { "id": 64, "token": "a", "bytes": [97], "logprob": -2.0, "top_logprobs": [] }] });
        check(llama, &[-2.0]);
        let old = json!({ "content": "a", "completion_probabilities": [
            { "content": "a", "probs": [{ "tok_str": "b", "prob": 0.0 }, { "tok_str": "a", "prob": 1.0 }] }] });
        check(old, &[0.0]);
    }

    #[test]
    fn what_is_not_told_whole_is_none() {
        for piece in [
            json!({ "text": "a" }),
            json!({ "text": "a", "logprobs": null }),
            json!({ "text": "a b", "logprobs": { "token_logprobs": [-0.5, null] } }),
            json!({ "content": "a", "completion_probabilities": [{ "content": "a", "probs": [] }] }),
            json!({ "text": "a", "logprobs": { "token_logprobs": "many" } }),
        ] {
            assert!(log_probs(&piece).is_empty(), "{piece}");
        }
    }
}
