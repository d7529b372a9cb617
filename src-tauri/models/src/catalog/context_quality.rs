//! [`ContextQuality`]: how good a model is, by the [kind of context](ContextKind) it completes in.

use serde::{Deserialize, Serialize};

/// What a model sees around the cursor. Models differ most in this: one that completes short snippets
/// well may be worse than a smaller one inside of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextKind {
    /// A few lines before the cursor, and nothing after it.
    StandingAlone,
    /// More lines before it, and nothing after it.
    Prefix,
    /// Code on both sides of it.
    Suffix,
    /// A block of lines is wanted, not one.
    Block,
}

impl ContextKind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::StandingAlone, Self::Prefix, Self::Suffix, Self::Block];

    /// The kind in words: `standing alone`.
    pub fn name(self) -> &'static str {
        match self {
            Self::StandingAlone => "standing alone",
            Self::Prefix => "prefix only",
            Self::Suffix => "with suffix",
            Self::Block => "block",
        }
    }
}

/// How good a model is in each kind of context, from 0 to 1: for single lines the share that is right,
/// for blocks the mean edit similarity. Measured on the cases that come with the program, so that
/// models can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ContextQuality {
    /// See [`ContextKind::StandingAlone`].
    pub standing_alone: f64,
    /// See [`ContextKind::Prefix`].
    pub prefix: f64,
    /// See [`ContextKind::Suffix`].
    pub suffix: f64,
    /// See [`ContextKind::Block`].
    pub block: f64,
}

impl ContextQuality {
    /// The measures of each kind.
    pub fn new(of: impl Fn(ContextKind) -> f64) -> Self {
        let [standing_alone, prefix, suffix, block] = ContextKind::ALL.map(of);
        Self { standing_alone, prefix, suffix, block }
    }

    /// How good it is in one kind of context.
    pub fn of(&self, kind: ContextKind) -> f64 {
        match kind {
            ContextKind::StandingAlone => self.standing_alone,
            ContextKind::Prefix => self.prefix,
            ContextKind::Suffix => self.suffix,
            ContextKind::Block => self.block,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_measure() {
        let measure = |kind: ContextKind| kind as usize as f64 / 4.0;
        let quality = ContextQuality::new(measure);
        assert!(ContextKind::ALL.into_iter().all(|kind| quality.of(kind) == measure(kind)));
    }
}
