//! Lines that define a function or a type.

use pounce_engine::nesting::is_name;

/// The word and the name with which `line` defines a function or type: `def` and `pop`.
pub(crate) fn definition(line: &str) -> Option<(&str, &str)> {
    const WORDS: [&str; 9] =
        ["def", "class", "fn", "func", "function", "struct", "enum", "trait", "interface"];
    const BEFORE: [&str; 12] = [
        "pub",
        "crate",
        "async",
        "export",
        "default",
        "public",
        "private",
        "protected",
        "static",
        "abstract",
        "final",
        "unsafe",
    ];
    let mut words = line.split(|c: char| !is_name(c)).filter(|word| !word.is_empty());
    let word = words.find(|word| !BEFORE.contains(word)).filter(|word| WORDS.contains(word))?;
    let is_method = line.trim_start().starts_with("func (");
    words.next().filter(|_| !is_method).map(|name| (word, name))
}
