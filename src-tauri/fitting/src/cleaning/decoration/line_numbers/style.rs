//! How the numbers of a snippet are written.

use super::numbered::Numbered;
use super::separator::Separator;
use crate::cleaning::decoration::code_like::look_like_code;

/// Writes numbers as a snippet has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    /// What stands before every number, `L` or a file's name.
    lead: String,
    /// The columns up to the last digit, where all numbers end in the same; else 0.
    width: usize,
    has_zeros: bool,
    pub(super) separator: Separator,
}

impl Style {
    /// `None` if the lines do not agree on one, or might be data.
    pub(super) fn of(numbered: &[Numbered<'_>], lead: &str) -> Option<Self> {
        let separator = Separator::of(numbered)?;
        let codes = numbered.iter().map(|line| &line.rest[separator.length_in(line)..]);
        if !separator.is_unmistakable() && lead.is_empty() && !is_code(&separator, codes) {
            return None;
        }
        let first = numbered[0];
        let digits = &first.line.text[first.digits.0..first.digits.1];
        let end_alike = numbered.iter().all(|line| line.digits.1 == first.digits.1);
        Some(Self {
            lead: lead.to_owned(),
            width: if end_alike && lead.is_empty() { first.digits.1 } else { 0 },
            has_zeros: digits.starts_with('0') && digits.len() > 1,
            separator,
        })
    }

    /// `number` and what stands around it before a line.
    pub(super) fn mark(&self, number: usize) -> String {
        let width = self.width;
        let number = if self.has_zeros {
            format!("{}{number:0width$}", self.lead)
        } else {
            format!("{}{number:width$}", self.lead)
        };
        match &self.separator {
            Separator::Sign(_, text) => number + text,
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
    let are_entries = entries > 0 && entries + 1 >= filled().count();
    let is_operator = |code: &str| code.starts_with(|c| "=-+*/<>,|&?".contains(c));
    let are_operands = *separator == Separator::Blanks(1) && filled().any(is_operator);
    // Decimals and times of the day have digits on both sides.
    let may_be_number =
        matches!(separator, Separator::Sign('.' | ':', text) if !text.ends_with(' '));
    let are_numbers =
        may_be_number && filled().all(|code| code.starts_with(|c: char| c.is_ascii_digit()));
    look_like_code(codes.clone()) && !are_entries && !are_operands && !are_numbers
}
