//! [`PromptForm`]: how a model is asked, where its template leaves a choice.
//!
//! Models differ in what helps them. Qwen2.5-Coder-0.5B-Instruct completes fewer lines rightly if it
//! sees the lines below the cursor, and Pounce's own model more. Only the model sees the form: where a
//! completion ends, and what fits the place, is decided by the real code around the cursor.

use crate::language::Language;
use crate::prompt::Prompt;

/// How a model is asked. By default it sees all the code there is, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PromptForm {
    /// Whether the model sees the lines below the cursor's. It sees the rest of the cursor's own line
    /// in any case.
    pub shows_lines_below: bool,
    /// Whether a comment that names the language stands before the code.
    pub names_language: bool,
    /// The most tokens of the code before the cursor; `None` is no limit.
    pub max_prefix_tokens: Option<usize>,
}

impl Default for PromptForm {
    fn default() -> Self {
        Self { shows_lines_below: true, names_language: false, max_prefix_tokens: None }
    }
}

impl PromptForm {
    /// The code after the cursor that the model sees.
    pub(super) fn suffix<'p>(&self, prompt: &'p Prompt) -> &'p str {
        let suffix = prompt.segments.suffix.as_str();
        let rest_of_line = suffix.split('\n').next().unwrap_or_default();
        let shown = if self.shows_lines_below { suffix } else { rest_of_line };
        // As in training: line ends after the cursor say nothing about what is missing.
        if shown.trim().is_empty() { "" } else { shown }
    }

    /// The line before the code; empty if there is none, or if the language has no comments.
    pub(super) fn heading(&self, language: Language) -> String {
        match line_comment(language).filter(|_| self.names_language) {
            Some(mark) => format!("{mark} {language}\n"),
            None => String::new(),
        }
    }
}

/// What begins a comment to the end of the line; `None` if the language has none, or is not known.
fn line_comment(language: Language) -> Option<&'static str> {
    use Language::*;
    match language {
        Python | Shell | Yaml | Toml | Ruby | Makefile | Dockerfile | CMake | R | Perl | Elixir
        | PowerShell | Hcl | Nginx => Some("#"),
        Sql | Lua | Haskell => Some("--"),
        Html | Css | Xml | Json | Markdown | Latex | Diff | Assembly | Unknown => None,
        Rust | JavaScript | TypeScript | Go | C | Cpp | Java | Kotlin | Swift | ObjectiveC
        | CSharp | Php | Scala | Dart | Protobuf | Zig => Some("//"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::segments::Segments;

    #[test]
    fn without_the_lines_below_the_rest_of_the_line_is_shown() {
        let check = |suffix: &str, shows_lines_below: bool, expected: &str| {
            let segments = Segments { prefix: "f(".to_owned(), suffix: suffix.to_owned() };
            let prompt = Prompt { segments, ..Prompt::default() };
            let form = PromptForm { shows_lines_below, ..PromptForm::default() };
            assert_eq!(form.suffix(&prompt), expected, "{suffix:?}");
        };
        check(")\nnext", true, ")\nnext");
        check(")\nnext", false, ")");
        check("\nnext", false, "");
        check("\n\n", true, "");
    }

    #[test]
    fn the_heading_is_a_comment_of_the_language() {
        let heading = |language| {
            PromptForm { names_language: true, ..PromptForm::default() }.heading(language)
        };
        assert_eq!(heading(Language::Python), "# python\n");
        assert_eq!(heading(Language::Go), "// go\n");
        assert_eq!(heading(Language::Json), "", "it has no comments");
        assert_eq!(PromptForm::default().heading(Language::Go), "", "nothing by default");
    }
}
