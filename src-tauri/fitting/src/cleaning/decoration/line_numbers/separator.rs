//! What stands between a line's number and its code.

use super::numbered::Numbered;
use crate::cleaning::decoration::code_like::mark_has_blank;

/// What may stand between a number and the code, blanks aside.
const SIGNS: [char; 11] = ['│', '┃', '|', '┆', '┊', '→', '⎸', ':', '.', ')', '\t'];

/// Signs that stand behind numbers for no other reason: what they number need not look like code.
const UNMISTAKABLE: [char; 5] = ['│', '┃', '┆', '┊', '→'];

/// What the lines of a snippet have between number and code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Separator {
    /// A sign, and the text of it with the blanks around it.
    Sign(char, String),
    /// A number of blanks.
    Blanks(usize),
    /// Blanks up to a column.
    Column(usize),
}

impl Separator {
    /// `None` if the lines do not agree on one.
    pub(super) fn of(numbered: &[Numbered<'_>]) -> Option<Self> {
        let filled: Vec<_> =
            numbered.iter().copied().filter(|line| !line.rest.trim().is_empty()).collect();
        // In the output of grep, lines around a match have `-` where it has `:`.
        let is_around = |line: &Numbered<'_>| line.rest.starts_with('-');
        let sign = filled.iter().find(|line| !is_around(line))?.sign()?;
        let has_sign =
            |line: &Numbered<'_>| line.sign() == Some(sign) || sign == ':' && is_around(line);
        if SIGNS.contains(&sign) && filled.iter().all(has_sign) {
            Some(Self::sign(sign, &filled))
        } else {
            Self::blanks(&filled)
        }
    }

    fn sign(sign: char, filled: &[Numbered<'_>]) -> Self {
        let codes = filled.iter().filter_map(|line| {
            line.rest[line.gap()..]
                .char_indices()
                .nth(1)
                .map(|(at, _)| &line.rest[line.gap() + at..])
        });
        let after = if sign != '\t' && mark_has_blank(codes) { " " } else { "" };
        let before = " ".repeat(filled.last().map_or(0, Numbered::gap));
        Self::Sign(sign, format!("{before}{sign}{after}"))
    }

    /// Where numbers of different lengths begin in the same column, either the blanks behind them
    /// or the columns of the code differ by the code's indentation, which is even.
    fn blanks(filled: &[Numbered<'_>]) -> Option<Self> {
        let column = |line: &Numbered<'_>| line.digits.1 + line.gap();
        let least_gap = filled.iter().map(Numbered::gap).min().filter(|gap| *gap > 0)?;
        let first_column = filled.iter().map(column).min()?;
        let begin_alike = filled.iter().all(|line| line.digits.0 == filled[0].digits.0);
        let even_gaps = filled.iter().all(|line| (line.gap() - least_gap).is_multiple_of(2));
        let even_columns =
            filled.iter().all(|line| (column(line) - first_column).is_multiple_of(2));
        let is_column = begin_alike && even_columns && !even_gaps;
        Some(if is_column { Self::Column(first_column) } else { Self::Blanks(least_gap) })
    }

    /// Whether nothing but a line number has this behind it.
    pub(super) fn is_unmistakable(&self) -> bool {
        matches!(self, Self::Sign(sign, _) if UNMISTAKABLE.contains(sign))
    }

    /// How much of what follows the digits of `line` is the separator.
    pub(super) fn length_in(&self, line: &Numbered<'_>) -> usize {
        match self {
            Self::Sign(_, text) => {
                let end = line.gap() + line.sign().map_or(0, char::len_utf8);
                end + usize::from(text.ends_with(' ') && line.rest[end..].starts_with(' '))
            }
            Self::Blanks(count) => line.gap().min(*count),
            Self::Column(column) => line.gap().min(column.saturating_sub(line.digits.1)),
        }
    }
}
