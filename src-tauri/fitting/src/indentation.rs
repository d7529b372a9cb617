//! [`Style`]: whether a snippet is indented with tabs or blanks, and how many blanks a level has.

use crate::lines::{blanks_of, columns};

/// How a snippet is indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// One tab per level.
    Tabs,
    /// This many blanks per level.
    Blanks(usize),
}

impl Default for Style {
    fn default() -> Self {
        Self::Blanks(4)
    }
}

/// Lines near the cursor that are looked at.
const MAX_LINES: usize = 200;

impl Style {
    /// The style of the code around a cursor; `None` if none of it is indented.
    pub(crate) fn of(prefix: &str, suffix: &str) -> Option<Self> {
        let lines = || {
            prefix.rsplit('\n').take(MAX_LINES).chain(suffix.split('\n').skip(1).take(MAX_LINES))
        };
        let n_tabs = lines().filter(|line| line.starts_with('\t')).count();
        let n_blanks = lines().filter(|line| line.starts_with("  ")).count();
        match (n_tabs, n_blanks) {
            (0, 0) => None,
            (tabs, blanks) if tabs > blanks => Some(Self::Tabs),
            _ => Some(Self::Blanks(step(prefix))),
        }
    }

    /// Columns of a step.
    pub(crate) fn unit(self) -> usize {
        match self {
            Self::Tabs => 4,
            Self::Blanks(unit) => unit,
        }
    }

    /// White space of this many columns.
    pub(crate) fn blanks(self, columns: usize) -> String {
        match self {
            Self::Tabs => "\t".repeat(columns / 4) + &" ".repeat(columns % 4),
            Self::Blanks(_) => " ".repeat(columns),
        }
    }

    /// `text` with its lines indented in this style; the first only if it begins a line.
    pub(crate) fn dress(self, text: &str, is_at_margin: bool) -> String {
        let dressed = text.split('\n').enumerate().map(|(idx, line)| {
            let is_first = idx == 0 && !is_at_margin;
            if is_first || self.is_style_of(blanks_of(line)) {
                line.to_owned()
            } else {
                self.dressed_line(line)
            }
        });
        dressed.collect::<Vec<_>>().join("\n")
    }

    fn is_style_of(self, blanks: &str) -> bool {
        match self {
            // Blanks behind tabs align, and fewer than a step's are no step.
            Self::Tabs => !blanks.starts_with("  "),
            Self::Blanks(_) => !blanks.contains('\t'),
        }
    }

    fn dressed_line(self, line: &str) -> String {
        let blanks = blanks_of(line);
        let indentation = match self {
            Self::Tabs => self.blanks(columns(blanks)),
            Self::Blanks(unit) => blanks
                .chars()
                .map(|c| if c == '\t' { " ".repeat(unit) } else { " ".to_owned() })
                .collect(),
        };
        format!("{indentation}{}", &line[blanks.len()..])
    }
}

/// The most frequent step from a line to a deeper one, in columns; 4 if none is.
fn step(text: &str) -> usize {
    let mut counts = [0_usize; 9];
    let lines = text.rsplit('\n').take(MAX_LINES).filter(|line| !line.trim().is_empty());
    let mut below: Option<usize> = None;
    for line in lines {
        let indentation = columns(line);
        let deeper = below.map_or(0, |below| below.saturating_sub(indentation));
        if (2..=8).contains(&deeper) {
            counts[deeper] += 1;
        }
        below = Some(indentation);
    }
    let most = (2..=8).rev().max_by_key(|step| counts[*step]).filter(|step| counts[*step] > 0);
    most.unwrap_or(4)
}
