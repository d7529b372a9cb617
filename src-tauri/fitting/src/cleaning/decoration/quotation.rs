//! A quoted mail or Markdown quotation: `> ` before every line.

use super::code_like::{look_like_code, mark_has_blank};
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Layer, LineMark};

/// At most this many lines may introduce the quotation: `On Monday Ann wrote:`.
const MAX_INTRODUCTION: usize = 2;

/// Takes off one `>` before every line, and what introduces the quotation.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let start = lines.iter().position(|line| line.text.starts_with('>'))?;
    let (introduction, quoted) = lines.split_at(start);
    let filled = quoted.iter().filter(|line| !line.is_blank());
    let rests = filled.map(|line| line.text.strip_prefix('>'));
    if !introduces(introduction) || rests.clone().any(|rest| rest.is_none()) {
        return None;
    }
    let rests = rests.flatten();
    // Python's prompt, rather than a quotation of a quotation of one.
    if rests.clone().all(|rest| rest.starts_with(">>")) {
        return None;
    }
    if rests.clone().count() < 2 && !look_like_code(rests.clone()) {
        return None;
    }
    let mark = if mark_has_blank(rests) { "> " } else { ">" };
    let mut edits = Edits::default();
    edits.delete(0..quoted[0].start);
    for line in quoted {
        let mark = if line.text.starts_with(mark) { mark.len() } else { line.text.len().min(1) };
        edits.delete(line.start..line.start + if line.text.starts_with('>') { mark } else { 0 });
    }
    Layer::dressed(edits, LineMark::at_cursor(draft, mark))
}

fn introduces(lines: &[Line<'_>]) -> bool {
    let filled = || lines.iter().filter(|line| !line.is_blank());
    filled().count() <= MAX_INTRODUCTION
        && filled().next_back().is_none_or(|line| line.text.trim_end().ends_with(':'))
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn quotation_marks_go_and_new_lines_get_them() {
        let check = |text: &str, prefix: &str, completed: &str| {
            let snippet = clean(text, &["|"]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.dressed("x\n  y"), completed, "{text:?}");
            assert_eq!(snippet.undo.bare("x\n  y"), "x\n  y", "{text:?}");
        };
        check("> if a:\n>     b = ", "if a:\n    b = ", "x\n>   y");
        check("> if a:\n>\n>     b\n", "if a:\n\n    b\n", "> x\n>   y");
        check("> if a:\n\n>     b = ", "if a:\n\n    b = ", "x\n>   y");
        check(">if a:\n>    b = ", "if a:\n    b = ", "x\n>  y");
        check(">> a = 1\n>> b = ", "a = 1\nb = ", "x\n>>   y");
        check("> > a = 1\n> > b = ", "a = 1\nb = ", "x\n> >   y");
        check("On Monday Ann wrote:\n\n> a = 1\n> b = ", "a = 1\nb = ", "x\n>   y");
        check("> const a = ", "const a = ", "x\n>   y");
    }

    #[test]
    fn other_signs_stay() {
        for text in ["> Words of wisdom, by ", "template <\n    class T\n>\nvoid f", "a\n> b\n> c"]
        {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
