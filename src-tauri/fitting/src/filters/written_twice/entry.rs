//! What makes a line an entry of its list that cannot be there twice: a key, a field, a name.

use pounce_engine::Language;
use pounce_engine::nesting::is_name;

/// A kind of entry, with what has to be different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    /// `"key": value` in a dictionary, `key: value` in YAML.
    Key(&'a str),
    /// `Name string` in a Go struct, `name TEXT` in an SQL table.
    Field(&'a str),
    /// `SPRING,` in an enumeration or list of names.
    Item(&'a str),
    /// `const [name, setName] =`, `export HOST=`.
    Declaration(&'a str),
    /// `self.x = x`.
    Assignment(&'a str),
    /// `<option value="red">`.
    Tag(&'a str),
}

/// The entry that `line` is; `None` for lines that may be there twice. `is_in_bracket` tells
/// whether the lines are those of a bracket: of a dictionary, a struct, a table.
pub(super) fn entry(line: &str, language: Language, is_in_bracket: bool) -> Option<Entry<'_>> {
    let line = line.trim();
    declaration(line, language)
        .or_else(|| tag(line, language))
        .or_else(|| assignment(line))
        .or_else(|| key(line).filter(|_| is_in_bracket || language == Language::Yaml))
        .or_else(|| item(line).or_else(|| field(line, language)).filter(|_| is_in_bracket))
}

fn key(line: &str) -> Option<Entry<'_>> {
    let (key, value) = line.split_once(':')?;
    let is_quoted = key.len() > 2 && key.starts_with(['"', '\'']) && key.ends_with(['"', '\'']);
    let is_word = !key.is_empty() && key.chars().all(|c| is_name(c) || c == '-');
    let is_label = matches!(key, "default" | "public" | "private" | "protected" | "else" | "try");
    let is_key = (is_quoted || is_word && !is_label) && value.starts_with(' ');
    is_key.then_some(Entry::Key(key))
}

fn item(line: &str) -> Option<Entry<'_>> {
    let name = line.strip_suffix(',')?;
    let is_item =
        name.len() > 1 && name.chars().all(is_name) && !name.starts_with(|c: char| c.is_numeric());
    is_item.then_some(Entry::Item(name))
}

fn field(line: &str, language: Language) -> Option<Entry<'_>> {
    const KEYWORDS: [&str; 16] = [
        "return",
        "go",
        "defer",
        "if",
        "for",
        "case",
        "var",
        "const",
        "type",
        "primary",
        "foreign",
        "constraint",
        "unique",
        "check",
        "index",
        "and",
    ];
    let (name, rest) = line.split_once([' ', '\t'])?;
    let is_table = matches!(language, Language::Go | Language::Sql);
    let is_word = name.chars().all(is_name) && !KEYWORDS.contains(&name.to_lowercase().as_str());
    let has_type =
        rest.trim_start().starts_with(|c: char| c.is_alphabetic() || matches!(c, '*' | '['));
    (is_table && is_word && has_type).then_some(Entry::Field(name))
}

fn declaration(line: &str, language: Language) -> Option<Entry<'_>> {
    use Language::{Go, JavaScript, Shell, TypeScript};
    let words: &[&str] = match language {
        JavaScript | TypeScript => &["const ", "let "],
        Go => &["const ", "var "],
        Shell => &["export "],
        _ => &[],
    };
    let declared = words.iter().find_map(|word| line.strip_prefix(word))?;
    let (name, _) = declared.split_once('=')?;
    Some(Entry::Declaration(name.trim()))
}

fn assignment(line: &str) -> Option<Entry<'_>> {
    let (left, right) = line.split_once(" = ")?;
    let is_plain = |side: &str| side.chars().all(|c| is_name(c) || matches!(c, '.' | ';'));
    (left.contains('.') && is_plain(left) && is_plain(right)).then_some(Entry::Assignment(line))
}

fn tag(line: &str, language: Language) -> Option<Entry<'_>> {
    const TAGS: [&str; 2] = ["<option value=\"", "<meta name=\""];
    let is_markup =
        matches!(language, Language::Html | Language::JavaScript | Language::TypeScript);
    let tag = TAGS.iter().find(|tag| is_markup && line.starts_with(**tag))?;
    let length = line[tag.len()..].find('"')?;
    Some(Entry::Tag(&line[..tag.len() + length]))
}
