//! Control tokens, and the token before every text.

use std::path::Path;

use super::TokenizerFile;

fn read(json: &str) -> TokenizerFile {
    TokenizerFile::new(json.as_bytes().to_vec(), Path::new("tokenizer.json")).unwrap()
}

#[test]
fn control_tokens_are_special_even_if_the_file_denies_it() {
    let json = r#"{"added_tokens": [
        {"id": 1, "content": "<|fim_middle|>", "special": false},
        {"id": 2, "content": "<tool_call>", "special": false}
    ], "model": {"vocab": {"a": 0}}}"#;
    let file = read(json);
    assert_eq!(file.vocabulary.special_id("<|fim_middle|>"), Some(1));
    assert_eq!(file.vocabulary.special_id("<tool_call>"), None, "it may be text");
    assert_eq!(read(&String::from_utf8(file.json.clone()).unwrap()).json, file.json, "once");
}

#[test]
fn the_token_before_every_text_comes_from_the_post_processor() {
    let check = |processor: &str, expected: Option<u32>| {
        let json =
            format!(r#"{{"post_processor": {processor}, "model": {{"vocab": {{"<s>": 7}}}}}}"#);
        assert_eq!(read(&json).vocabulary.text_start(), expected, "{processor}");
    };
    let template = r#"{"type": "TemplateProcessing", "single": [
        {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}"#;
    check(template, Some(7));
    check(
        &format!(r#"{{"type": "Sequence", "processors": [{{"type": "ByteLevel"}}, {template}]}}"#),
        Some(7),
    );
    check(
        r#"{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}]}"#,
        None,
    );
    check("null", None);
}
