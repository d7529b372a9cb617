//! Line numbers before every line, as pagers, debuggers, `grep -n` and web pages write them.

mod numbered;
mod separator;
mod style;

use self::numbered::{lead, numbered};
use self::style::Style;
use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Dress, Layer, mark_lines};

/// Takes off the numbers if they count the lines.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let lead = lead(lines.iter().find(|line| !line.is_blank())?.text);
    let numbered = numbered(&lines, lead)?;
    let style = Style::of(&numbered, lead)?;
    let mut edits = Edits::default();
    for line in &numbered {
        let digits_end = line.line.start + line.digits.1;
        edits.delete(line.line.start..digits_end + style.separator.length_in(line));
    }
    let at_cursor = numbered.iter().rev().find(|line| line.line.start <= draft.cursor());
    let next = at_cursor.map_or(numbered[0].number, |line| line.number + 1);
    let is_unbegun = draft.line_before_cursor().trim().is_empty();
    Layer::dressed(edits, Numbers { style, next, is_unbegun })
}

/// Numbers the lines of a completion on.
#[derive(Debug)]
struct Numbers {
    style: Style,
    next: usize,
    /// Whether the cursor's own line has no number yet.
    is_unbegun: bool,
}

impl Dress for Numbers {
    fn dress(&self, completion: &str) -> String {
        let mut numbers = self.next..;
        let mut mark = || numbers.next().map_or_else(String::new, |number| self.style.mark(number));
        let first = if self.is_unbegun { mark() } else { String::new() };
        mark_lines(completion, &first, |_| mark())
    }
}

#[cfg(test)]
mod tests;
