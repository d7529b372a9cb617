//! Lines above a piece of code that do not belong to it: the buttons of a chat, a file name, a
//! horizontal rule.

use pounce_engine::Language;

use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// What the buttons over code say in chat programs.
const BUTTONS: [&str; 12] = [
    "Copy code",
    "Copy",
    "Copied!",
    "Copy to clipboard",
    "Code kopieren",
    "Copier le code",
    "Copiar código",
    "Copia codice",
    "コードをコピーする",
    "复制代码",
    "Edit",
    "Run",
];

/// Takes off the labels above the code, and drawn lines wherever they are. What is cut must leave
/// code to go on with.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let (label_lines, language) = label(&lines);
    let is_label = |index: usize, line: &Line<'_>| index < label_lines || is_drawn(line.text);
    let mut edits = Edits::default();
    for (index, line) in lines.iter().enumerate() {
        if is_label(index, line) && !line.holds(draft.cursor()) {
            edits.delete(line.start..(line.end() + 1).min(draft.text().len()));
        }
    }
    Some(Layer { language, ..Layer::undressed(edits)? })
}

/// How many lines the label has, and the language that it names.
fn label(lines: &[Line<'_>]) -> (usize, Option<String>) {
    let text = |index: usize| lines.get(index).map_or("", |line| line.text.trim());
    let first = lines.iter().take_while(|line| line.is_blank() || is_drawn(line.text)).count();
    let buttons = |from: usize| {
        (from..lines.len()).take_while(|index| BUTTONS.contains(&text(*index))).count()
    };
    if let Some(extension) = file_extension(text(first)) {
        return (first + 1, Some(extension));
    }
    match (buttons(first), buttons(first + 1)) {
        (0, 0) => (0, None),
        (0, count) if text(first).parse::<Language>().is_ok() => {
            (first + 1 + count, Some(text(first).to_lowercase()))
        }
        (count, _) if count > 0 && text(first).starts_with("Cop") => (first + count, None),
        _ => (0, None),
    }
}

/// Whether `line` is drawn with nothing but characters of boxes.
fn is_drawn(line: &str) -> bool {
    let is_box = |c: char| matches!(c, '\u{2500}'..='\u{257f}');
    line.trim_start().starts_with(is_box)
        && line.chars().all(|c| c == ' ' || is_box(c))
        && line.matches(['─', '━', '═']).count() >= 3
}

/// The extension of the file that a line names and does nothing else: `src/app.py`,
/// `==> app.py <==`, `**app.py**`, `│ File: app.py`.
fn file_extension(line: &str) -> Option<String> {
    let name = line.trim_matches(|c: char| "=><*`: │┃".contains(c));
    let name = name.strip_prefix("File:").unwrap_or(name).trim_start();
    let (stem, extension) = name.rsplit_once('.')?;
    let is_path = |c: char| c.is_alphanumeric() || "_-./\\@".contains(c);
    let is_name = !stem.is_empty() && stem.chars().all(is_path);
    let is_language = extension.len() > 1 || stem.contains('/');
    let language = Language::from_extension(extension).filter(|_| is_name && is_language)?;
    (language != Language::Unknown).then(|| extension.to_lowercase())
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn labels_go_and_name_the_language() {
        let check = |text: &str, prefix: &str, language: Option<&str>| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.language_hint.as_deref(), language, "{text:?}");
            assert_eq!(snippet.undo.append("x"), format!("{text}x"), "{text:?}");
        };
        check("python\nCopy code\na = ", "a = ", Some("python"));
        check("Python\nCopy\nEdit\na = ", "a = ", Some("python"));
        check("Copy code\na = ", "a = ", None);
        check("src/app.ts\n\na = ", "\na = ", Some("ts"));
        check("==> app.py <==\na = ", "a = ", Some("py"));
        check("**app.py**\n```\na = ", "a = ", Some("py"));
        check(
            "─────┬─────\n     │ File: a.rs\n─────┼─────\n  1  │ fn f() {\n  2  │     g(",
            "fn f() {\n    g(",
            Some("rs"),
        );
    }

    #[test]
    fn other_first_lines_stay() {
        for text in [
            "python\nis a snake",
            "self.h\nx",
            "Edit\nx",
            "object.method\nx",
            "app.py",
            "Run\nCopy\nx",
        ] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
