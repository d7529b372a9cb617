//! Closes virtually what a text leaves open, so that a parser sees whole code.

use pounce_engine::Language;

/// What closes the brackets that are open at the end of `text`, the innermost first.
pub fn closing_brackets(text: &str) -> String {
    let mut open = Vec::new();
    for c in text.chars() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    open.iter().rev().collect()
}

/// `text` with a body for the block it has just opened without a bracket, and with its brackets
/// closed. What a bracket encloses in C may have to end with a semicolon, and may always.
pub(super) fn closed(text: &str, language: Language) -> String {
    let text = text.trim_end();
    let line = text.rsplit('\n').next().unwrap_or(text).trim_start();
    let is_c = matches!(language, Language::C | Language::Cpp);
    let is_header = ["for ", "if ", "while "].iter().any(|word| line.starts_with(word));
    let body = match language {
        Language::Python if line.ends_with(':') => " pass",
        _ if is_c && is_header && line.ends_with(')') => ";",
        _ => "",
    };
    let closing = closing_brackets(text);
    let end = if is_c && !closing.is_empty() { ";" } else { "" };
    format!("{text}{body}\n{closing}{end}")
}
