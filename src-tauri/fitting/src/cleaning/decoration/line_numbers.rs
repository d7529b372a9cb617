//! Line numbers before every line, as pagers, debuggers, `grep -n` and web pages write them.

use super::code_like::{look_like_code, mark_has_blank};
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Dress, Layer, mark_lines};

/// What may stand between a number and the code, blanks aside.
const SEPARATORS: [char; 11] = ['│', '┃', '|', '┆', '┊', '→', '⎸', ':', '.', ')', '\t'];

/// Separators that stand behind numbers for no other reason: what they number need not look like
/// code.
const UNMISTAKABLE: [char; 5] = ['│', '┃', '┆', '┊', '→'];

/// A line and the number before it.
#[derive(Debug, Clone, Copy)]
struct Numbered<'a> {
    line: Line<'a>,
    number: usize,
    /// Columns of the first digit and behind the last; they are bytes as well.
    digits: (usize, usize),
    /// What follows the digits.
    rest: &'a str,
}

/// How the numbers of a snippet are written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Style {
    /// What stands before every number, `L` or a file's name.
    lead: String,
    /// The column behind the numbers where they end in the same; else 0.
    width: usize,
    has_zeros: bool,
    separator: Separator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Separator {
    /// A sign, with the blanks around it.
    Sign { sign: char, text: String },
    /// This many blanks.
    Blanks(usize),
    /// Blanks up to this column.
    Column(usize),
}

/// Takes off the numbers if they count the lines.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let lead = lead(lines.iter().find(|line| !line.is_blank())?.text);
    let numbered = numbered(&lines, lead)?;
    let style = Style::of(&numbered, lead)?;
    let mut edits = Edits::default();
    for line in &numbered {
        let start = line.line.start + line.digits.1;
        edits.delete(line.line.start..start + style.separator.length_in(line));
    }
    let at_cursor = numbered.iter().rev().find(|line| line.line.start <= draft.cursor());
    let next = at_cursor.map_or(numbered[0].number, |line| line.number + 1);
    let is_unbegun = draft.line_before_cursor().trim().is_empty();
    Layer::dressed(edits, Numbers { style, next, is_unbegun })
}

/// What stands before the first number of `line`: nothing, `L`, `line `, or a file's name as
/// `grep -n` writes it.
fn lead(line: &str) -> &str {
    let text = line.trim_start();
    let is_numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    if let Some(lead) = ["Line ", "line ", "L"].iter().find(|lead| text.starts_with(**lead)) {
        return if is_numbered(&text[lead.len()..]) { &text[..lead.len()] } else { "" };
    }
    let colon = text.find(':').map_or(0, |colon| colon + 1);
    let is_path = text[..colon].contains(['.', '/']) && !text[..colon].contains([' ', '(', '"']);
    if is_path && !is_numbered(text) && is_numbered(&text[colon..]) { &text[..colon] } else { "" }
}

/// The lines with numbers; `None` unless two or more have one, every line that is not blank among
/// them, and they count up. Blank lines may have been counted without being numbered.
fn numbered<'a>(lines: &[Line<'a>], lead: &str) -> Option<Vec<Numbered<'a>>> {
    let mut numbered: Vec<Numbered<'_>> = Vec::new();
    let mut blank = 0;
    for line in lines {
        if line.is_blank() {
            blank += 1;
            continue;
        }
        let next = parse(*line, lead)?;
        let counts_up = numbered.last().is_none_or(|last| (1..=blank + 1).contains(&next.number.saturating_sub(last.number)));
        if !counts_up {
            return None;
        }
        numbered.push(next);
        blank = 0;
    }
    (numbered.len() > 1).then_some(numbered)
}

fn parse<'a>(line: Line<'a>, lead: &str) -> Option<Numbered<'a>> {
    let text = line.text.trim_start_matches([' ', '\t']);
    let blanks = line.text.len() - text.len();
    // `grep -C` writes `file-12-` for lines around a match.
    let after_lead = text.strip_prefix(lead).or_else(|| text.strip_prefix(lead.strip_suffix(':')?)?.strip_prefix('-'))?;
    let start = blanks + text.len() - after_lead.len();
    let digits = after_lead.len() - after_lead.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = after_lead[..digits].parse().ok().filter(|_| digits <= 7)?;
    Some(Numbered { line, number, digits: (start, start + digits), rest: &after_lead[digits..] })
}

impl Style {
    /// `None` if the lines do not agree on one, or might be data.
    fn of(numbered: &[Numbered<'_>], lead: &str) -> Option<Self> {
        let separator = Separator::of(numbered)?;
        let codes = numbered.iter().map(|line| &line.rest[separator.length_in(line)..]);
        if !separator.is_unmistakable() && lead.is_empty() && !is_code(&separator, codes) {
            return None;
        }
        let first = numbered[0];
        let digits = &first.line.text[first.digits.0..first.digits.1];
        let has_width = numbered.iter().all(|line| line.digits.1 == first.digits.1);
        Some(Self {
            lead: lead.to_owned(),
            width: if has_width { first.digits.1 - lead.len() } else { 0 },
            has_zeros: digits.starts_with('0') && digits.len() > 1,
            separator,
        })
    }

    fn mark(&self, number: usize) -> String {
        let width = self.width;
        let digits = if self.has_zeros { format!("{number:0width$}") } else { format!("{number:width$}") };
        let number = if self.lead.is_empty() { digits } else { format!("{}{}", self.lead, digits.trim_start()) };
        match &self.separator {
            Separator::Sign { text, .. } => number + text,
            Separator::Blanks(blanks) => number + &" ".repeat(*blanks),
            Separator::Column(column) => format!("{number:column$}"),
        }
    }
}

/// Whether what is numbered is code, and the numbers are not of it, like keys of a dictionary or
/// the first operands of terms.
fn is_code<'a>(separator: &Separator, codes: impl Iterator<Item = &'a str> + Clone) -> bool {
    let filled = || codes.clone().map(str::trim).filter(|code| !code.is_empty());
    let entries = filled().filter(|code| code.ends_with(',')).count();
    let all_are_entries = entries > 0 && entries + 1 >= filled().count();
    let is_blank = !matches!(separator, Separator::Sign { .. });
    let operand = |code: &str| code.starts_with(|c| "=-+*/<>,|&?".contains(c));
    // Decimals and times of the day have digits on both sides.
    let is_number = matches!(separator, Separator::Sign { text, .. } if !text.ends_with(' '))
        && filled().all(|code| code.starts_with(|c: char| c.is_ascii_digit()));
    look_like_code(codes.clone()) && !is_number && !all_are_entries && !(is_blank && filled().any(operand))
}

impl Separator {
    fn of(numbered: &[Numbered<'_>]) -> Option<Self> {
        let sign = |line: &Numbered<'_>| line.rest.trim_start_matches(' ').chars().next();
        let filled = || numbered.iter().filter(|line| !line.rest.trim().is_empty());
        let signs = |expected: char| filled().all(|line| sign(line) == Some(expected) || expected == ':' && line.rest.starts_with('-'));
        let first = filled().find(|line| !line.rest.starts_with('-'))?;
        match sign(first).filter(|first| SEPARATORS.contains(first)) {
            Some(first) if signs(first) => Self::sign(first, filled()),
            _ => Self::blanks(filled().copied().collect()),
        }
    }

    fn sign<'a>(sign: char, filled: impl Iterator<Item = &'a Numbered<'a>> + Clone) -> Option<Self> {
        let before = |line: &Numbered<'_>| line.rest.len() - line.rest.trim_start_matches(' ').len();
        let codes = filled.clone().map(|line| &line.rest[before(line)..]).map(|rest| &rest[rest.chars().next().map_or(0, char::len_utf8)..]);
        let blank = if sign != '\t' && mark_has_blank(codes) { " " } else { "" };
        let blanks = " ".repeat(filled.last().map_or(0, before));
        Some(Self::Sign { sign, text: format!("{blanks}{sign}{blank}") })
    }

    /// Where numbers of different lengths begin in the same column, either the blanks behind them
    /// or the columns of the code differ by the code's indentation, which is even.
    fn blanks(filled: Vec<Numbered<'_>>) -> Option<Self> {
        let gap = |line: &Numbered<'_>| line.rest.len() - line.rest.trim_start_matches(' ').len();
        let least = filled.iter().map(gap).min().filter(|gap| *gap > 0)?;
        let column = |line: &Numbered<'_>| line.digits.1 + gap(line);
        let first_column = filled.iter().map(column).min()?;
        let begin_alike = filled.iter().all(|line| line.digits.0 == filled[0].digits.0);
        let odd_gaps = filled.iter().any(|line| (gap(line) - least) % 2 == 1);
        let odd_columns = filled.iter().any(|line| (column(line) - first_column) % 2 == 1);
        let is_column = begin_alike && odd_gaps && !odd_columns;
        Some(if is_column { Self::Column(first_column) } else { Self::Blanks(least) })
    }

    fn is_unmistakable(&self) -> bool {
        matches!(self, Self::Sign { sign, .. } if UNMISTAKABLE.contains(sign))
    }

    /// How much of what follows the digits of `line` is the separator.
    fn length_in(&self, line: &Numbered<'_>) -> usize {
        let blanks = line.rest.len() - line.rest.trim_start_matches(' ').len();
        match self {
            Self::Sign { text, .. } => {
                let has_sign = line.rest[blanks..].chars().next();
                let end = blanks + has_sign.map_or(0, char::len_utf8);
                end + usize::from(text.ends_with(' ') && line.rest[end..].starts_with(' '))
            }
            Self::Blanks(count) => blanks.min(*count),
            Self::Column(column) => blanks.min(column - line.digits.1),
        }
    }
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
        let mut mark = || numbers.next().map_or(String::new(), |number| self.style.mark(number));
        let first = if self.is_unbegun { mark() } else { String::new() };
        mark_lines(completion, &first, |_| mark())
    }
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn numbers_go_and_new_lines_are_numbered_on() {
        let check = |text: &str, prefix: &str, completed: &str| {
            let snippet = clean(text, &["|>"]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.dressed("x\n  y"), completed, "{text:?}");
            assert_eq!(snippet.undo.bare("x\n  y"), "x\n  y", "{text:?}");
        };
        let code = "if a:\n    b = ";
        check("1: if a:\n2:     b = ", code, "x\n3:   y");
        check("1:if a:\n2:    b = ", code, "x\n3:  y");
        check("  9  if a:\n 10      b = ", code, "x\n 11    y");
        check("9 if a:\n10     b = ", code, "x\n11   y");
        check("9   if a:\n10      b = ", code, "x\n11    y");
        check(" 9 | if a:\n10 |     b = ", code, "x\n11 |   y");
        check("   9 │ if a:\n  10 │     b = ", code, "x\n  11 │   y");
        check("     9\tif a:\n    10\t    b = ", code, "x\n    11\t  y");
        check("     9→if a:\n    10→    b = ", code, "x\n    11→  y");
        check(" 9. if a:\n10.     b = ", code, "x\n11.   y");
        check("L9: if a:\nL10:     b = ", code, "x\nL11:   y");
        check("009 if a:\n010     b = ", code, "x\n011   y");
        check("Line 9: if a:\nLine 10:     b = ", code, "x\nLine 11:   y");
        check("src/a2.py:9:if a:\nsrc/a2.py-10-    b = ", code, "x\nsrc/a2.py:11:  y");
        check("17\tint f() {\n18\t    return ", "int f() {\n    return ", "x\n19\t  y");
        check("1: if a:\n2:     b\n", "if a:\n    b\n", "3: x\n4:   y");
        check("1: if a:\n2:\n3:     b = ", "if a:\n\n    b = ", "x\n4:   y");
        check("  1  if a:\n\n  3      b = ", "if a:\n\n    b = ", "x\n  4    y");
        check("  1  if a:\n  2\n  3      b = ", "if a:\n\n    b = ", "x\n  4    y");
        check("1: if a:\n\n2:     b = ", "if a:\n\n    b = ", "x\n3:   y");
        check("1: if a:\n2:     b = |>\n3: c", code, "x\n3:   y");
        check("    1  if a:\n    2      b = ", code, "x\n    3    y");
    }

    #[test]
    fn numbers_of_code_and_text_stay() {
        for text in [
            "1, 2, 3,\n2, 3, 4,\n",
            "1 2 3\n2 3 4\n3 4 5\n",
            "1: 'one',\n2: 'two',\n3: ",
            "1: {'a': 1},\n2: {'b': 2},\n3: {",
            "1 => \"one\",\n2 => \"two\",\n3 => ",
            "10 PRINT \"A\"\n20 GOTO 10\n30 ",
            "1. Open the door.\n2. Go in.\n3. ",
            "1\tapples\n2\tpears\n3\t",
            "1 + 2\n2 + 3\n",
            "1.5 * x[1]\n2.5 * x[2]\n",
            "1 def f():\nx = 2\n",
            "2024-01-01 GET /a (b)\n2025-01-01 GET /b (c)\n",
        ] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
