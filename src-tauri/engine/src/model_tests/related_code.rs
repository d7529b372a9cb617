//! The embedded model writes what related code has where it is not sure itself.

use std::sync::Arc;

use super::embedded::embedded;
use crate::cancel::CancelToken;
use crate::decoding::config::GenerationConfig;
use crate::decoding::project::related_code::RelatedCode;
use crate::generation::never_stop;
use crate::language::Language;
use crate::model::Model;
use crate::prompt::Prompt;
use crate::prompt::mode::Mode;
use crate::prompt::segments::Segments;

const PREFIX: &str = "\
import store


def finish_order(record):
    record.is_finished = True
    store.save(record, ";

/// What the model writes where another file has the call with this argument twenty times, or where
/// nothing is known of other files.
fn complete(model: &mut Model, argument: Option<&str>) -> String {
    let related = argument.map(|argument| {
        let other: Arc<str> = format!("    store.save(record, {argument})\n").repeat(20).into();
        Arc::new(RelatedCode { other_files: vec![other], ..RelatedCode::default() })
    });
    let segments = Segments { prefix: PREFIX.to_owned(), suffix: String::new() };
    let prompt = Prompt { segments, language: Language::Python, mode: Mode::Line };
    let config = GenerationConfig { related, ..GenerationConfig::default() };
    model.generate(&prompt, &config, &CancelToken::new(), &mut never_stop).unwrap().text
}

fn check(only_onnx: bool) {
    let model = &mut embedded(only_onnx);
    let own = complete(model, None);
    for argument in ["timeout=5", "force=True"] {
        assert!(!own.contains(argument), "the model's own idea is another: {own:?}");
        assert_eq!(complete(model, Some(argument)), format!("{argument})"), "instead of {own:?}");
    }
    assert_eq!(complete(model, None), own, "nothing stays of another request's code");
}

#[test]
fn kernels_write_what_related_code_has() {
    check(false);
}

#[test]
fn onnx_runtime_writes_what_related_code_has() {
    check(true);
}
