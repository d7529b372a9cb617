//! What a log writes before every line: a time, the name of a service, a level. The prefixes of
//! `git blame` have the same form.

use std::sync::LazyLock;

use regex::Regex;

use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Layer, LineMark};

/// Prefixes as regular expressions; the blank behind them is part of them.
static PREFIXES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        // RFC 3339, in brackets or not, and the like with a blank.
        r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?(?: |$)",
        r"^[\w.-]+ *\|(?: |$)",
        r"^\[(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|INF|WRN|ERR|DBG)\](?: |$)",
        r"^\^?[0-9a-f]{7,40} (?:\S+ +)?\([^()\n]*\d{4}-\d\d-\d\d[^()\n]* +\d+\)(?: |$)",
    ];
    let compile = |pattern: &str| {
        // Unicode's tables of letters and digits would take milliseconds to compile.
        let ascii = pattern.replace(r"\w", "[[:word:]]").replace(r"\d", "[[:digit:]]");
        Regex::new(&ascii).expect("the table's patterns are valid")
    };
    patterns.into_iter().map(compile).collect()
});

/// Takes off the prefix that every line has. New lines get that of the cursor's line.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let filled = || lines.iter().filter(|line| !line.is_blank());
    // The patterns take a while to compile, and most code shows at once that it has no prefix.
    filled().next().filter(|line| line.text.contains(['|', '[', '-']))?;
    let prefix = PREFIXES
        .iter()
        .find(|prefix| filled().next().is_some_and(|line| prefix.is_match(line.text)))?;
    let mut edits = Edits::default();
    let mut mark = "";
    for line in filled() {
        let end = prefix.find(line.text)?.end();
        // The name of a service is the same in all lines; other words before a bar are code.
        if prefix.as_str().contains(r"\|")
            && !mark.is_empty()
            && line.text[..end].trim_end() != mark.trim_end()
        {
            return None;
        }
        edits.delete(line.start..line.start + end);
        mark = &line.text[..end];
    }
    (filled().count() > 1)
        .then(|| Layer::dressed(edits, LineMark::at_cursor(draft, mark)))
        .flatten()
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn prefixes_of_logs_go_and_new_lines_get_them() {
        for prefix in [
            "2024-01-02T03:04:05.123Z ",
            "[2024-01-02 03:04:05] ",
            "web-1  | ",
            "[INFO] ",
            "^1a2b3c4 (Ann Lee 2020-01-02 10:11:12 +0100  1) ",
        ] {
            let text = format!("{prefix}if a:\n{prefix}    b = ");
            let snippet = clean(&text, &[]);
            assert_eq!(snippet.segments.prefix, "if a:\n    b = ", "{prefix}");
            assert_eq!(snippet.undo.dressed("x\n  y"), format!("x\n{prefix}  y"), "{prefix}");
        }
    }

    #[test]
    fn words_before_bars_stay() {
        for text in ["a | b\nc | d\ne | ", "a | b\na", "x | y"] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
