//! Line numbers in lines of their own, as they are copied from a table on a web page: one above
//! each line of code, or all above the code.

use super::code_like::look_like_code;
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// Fewer numbers in a row are data.
const MIN_NUMBERS: usize = 2;

/// Deletes lines that have nothing but a line number. A completion gets none: its lines would need
/// theirs in between, or far above.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let first = number(lines.first()?)?;
    let rows = alternating(&lines, first).or_else(|| leading(&lines, first))?;
    let code = lines.iter().enumerate().filter(|(index, _)| !rows.contains(index));
    if rows.len() < MIN_NUMBERS || !look_like_code(code.map(|(_, line)| line.text)) {
        return None;
    }
    let mut edits = Edits::default();
    for line in rows.iter().filter_map(|row| lines.get(*row)) {
        edits.delete(line.start..(line.end() + 1).min(draft.text().len()));
    }
    Layer::undressed(edits)
}

/// The numbers' lines where each stands above its line of code.
fn alternating(lines: &[Line<'_>], first: usize) -> Option<Vec<usize>> {
    let unbegun = usize::from(lines.last().is_some_and(Line::is_blank));
    let rows: Vec<_> = (0..lines.len() - unbegun).step_by(2).collect();
    let is_numbered = rows.iter().all(|row| number(&lines[*row]) == Some(first + row / 2));
    is_numbered.then_some(rows)
}

/// The numbers' lines where all stand above the code, one for each of its lines.
fn leading(lines: &[Line<'_>], first: usize) -> Option<Vec<usize>> {
    let is_numbered = |row: &usize| number(&lines[*row]) == Some(first + row);
    let rows: Vec<_> = (0..lines.len()).take_while(is_numbered).collect();
    let code = lines.len() - rows.len();
    let is_all = lines.get(rows.len()).is_some_and(|line| number(line).is_none());
    (is_all && rows.len().abs_diff(code) <= 2).then_some(rows)
}

fn number(line: &Line<'_>) -> Option<usize> {
    line.text.trim().parse().ok().filter(|number| *number < 1_000_000)
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn rows_of_numbers_go() {
        let check = |text: &str, prefix: &str| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.append("x\ny"), format!("{text}x\ny"), "{text:?}");
        };
        check("1\nif a:\n2\n    b = 1\n3\n\n4\n    c = ", "if a:\n    b = 1\n\n    c = ");
        check("1\nif a:\n2\n    b = 1\n", "if a:\n    b = 1\n");
        check("7\n8\n9\nif a:\n    b = 1\n    c = ", "if a:\n    b = 1\n    c = ");
    }

    #[test]
    fn data_stays() {
        for text in ["1\n2\n3\n4\n5\n6", "1\napples\n2\npears", "1\n2\n4\nif a:\n    b\n    c"] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
