//! A bar in the margin of every line, as boxes and pagers draw it in a terminal; the right side of
//! a box as well.

use super::code_like::{indentation, mark_has_blank};
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Layer, LineMark};

/// Bars that are drawn. `|` is an operator and begins lines of tables and of pattern matching, too.
const BARS: [char; 11] = ['│', '┃', '║', '▌', '▍', '▎', '▏', '┆', '┊', '¦', '|'];

/// Takes off the bar that every line begins with.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let filled = lines.iter().filter(|line| !line.is_blank());
    let bar = filled.clone().next()?.text.chars().next().filter(|bar| BARS.contains(bar))?;
    let rests = filled.map(|line| line.text.strip_prefix(bar));
    if rests.clone().any(|rest| rest.is_none()) {
        return None;
    }
    let rests = rests.flatten();
    if bar == '|' && !is_margin(rests.clone()) {
        return None;
    }
    let mark = format!("{bar}{}", if mark_has_blank(rests.clone()) { " " } else { "" });
    let is_box = rests.clone().filter(|rest| rest.trim_end().ends_with(bar)).count() >= 2;
    let mut edits = Edits::default();
    for line in &lines {
        let begin = if line.text.starts_with(&mark) {
            mark.len()
        } else {
            line.text.find(' ').unwrap_or(line.text.len())
        };
        edits.delete(line.start..line.start + begin);
        if is_box && !line.holds(draft.cursor()) {
            edits.delete(line.start + code_end(line, bar).max(begin)..line.end());
        }
    }
    Layer::dressed(edits, LineMark::at_cursor(draft, &mark))
}

/// Whether code behind `|` is indented, and no line of a table.
fn is_margin<'a>(rests: impl Iterator<Item = &'a str> + Clone) -> bool {
    rests.clone().any(|rest| indentation(rest) >= 3)
        && !rests.clone().any(|rest| rest.trim_end().ends_with('|'))
}

/// Where the code of a boxed line ends.
fn code_end(line: &Line<'_>, bar: char) -> usize {
    let text = line.text.trim_end();
    text.strip_suffix(bar).unwrap_or(text).trim_end().len()
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn bars_go_and_new_lines_get_them() {
        let check = |text: &str, prefix: &str, completed: &str| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.dressed("x\n  y"), completed, "{text:?}");
        };
        check("│ if a:\n│     b = ", "if a:\n    b = ", "x\n│   y");
        check("│ if a:\n│\n│     b\n", "if a:\n\n    b\n", "│ x\n│   y");
        check("    ┃ if a:\n    ┃     b = ", "if a:\n    b = ", "x\n    ┃   y");
        check("| if a:\n|     b = ", "if a:\n    b = ", "x\n|   y");
        check("▌if a:\n▌    b = ", "if a:\n    b = ", "x\n▌  y");
        check(
            "│ if a:      │\n│     b = 1  │\n│     c = ",
            "if a:\n    b = 1\n    c = ",
            "x\n│   y",
        );
        check(
            "╭─────────╮\n│ if a:   │\n│     b = │\n╰─────────╯\n│     c",
            "if a:\n    b =\n    c",
            "x\n│   y",
        );
    }

    #[test]
    fn bars_of_code_stay() {
        for text in ["| a | b |\n|---|---|\n| c | ", "| Some x -> x\n| None -> ", "|| a\n|| b"] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
