//! [`parse`]: a syntax tree within a bound of time.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use super::grammar::Grammar;

/// A parse that takes longer is given up. Two hundred lines of code take half a millisecond; error
/// recovery is quadratic on text such as `-&-&-&…`, which took ten seconds. Builds whose
/// grammars are not optimized get more, for the same text must get the same answer there.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 5 });

/// The tree of `text`; `None` if it was given up.
pub(super) fn parse(text: &str, grammar: &Grammar) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    let started = Instant::now();
    let mut give_up = |_: &ParseState| {
        if started.elapsed() > LIMIT { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut give_up);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}
