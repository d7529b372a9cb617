//! Prompts that a client has written for one model, with the tokens that stand for the code before
//! and after the cursor: what they hold is taken out, since each model here has tokens of its own.

/// The tokens before the prefix, before the suffix and at the end, as clients write them:
/// Qwen2.5-Coder and CodeGemma, StarCoder, DeepSeek-Coder, CodeLlama.
const FORMATS: [[&str; 3]; 4] = [
    ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
    ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
    ["<PRE> ", " <SUF>", " <MID>"],
];

/// The code before and after the cursor of such a prompt; `None` if it is plain code. What stands
/// before the first token is from other files, and is kept.
pub(crate) fn split(prompt: &str) -> Option<(String, String)> {
    FORMATS.iter().find_map(|[prefix, suffix, middle]| {
        let (before, rest) = prompt.split_once(prefix)?;
        // Code that quotes the tokens is taken for the prompt's own unless these are the last.
        let rest = rest.strip_suffix(middle)?;
        let (code, after) = rest.rsplit_once(suffix)?;
        Some((format!("{before}{code}"), after.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_with_tokens_is_taken_apart() {
        let check = |prompt: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(prefix, suffix)| (prefix.to_owned(), suffix.to_owned()));
            assert_eq!(split(prompt), expected, "{prompt}");
        };
        check("<|fim_prefix|>a = <|fim_suffix|>\nb<|fim_middle|>", Some(("a = ", "\nb")));
        check("<fim_prefix>a<fim_suffix>b<fim_middle>", Some(("a", "b")));
        check("<PRE> a <SUF>b <MID>", Some(("a", "b")));
        check("// c\n<|fim_prefix|>a<|fim_suffix|><|fim_middle|>", Some(("// c\na", "")));
        check("a = 1", None);
        check("print('<|fim_prefix|><|fim_suffix|>')", None);
    }
}
