//! [`Outline`]: how much branching, naming and nesting a text has, by its syntax tree.

use std::collections::HashSet;

use pounce_engine::Language;
use tree_sitter::{Node, TreeCursor};

use super::closing::closing_brackets;
use super::grammar::Grammar;
use super::parse::parse;
use super::role::Role;

/// Counts of a syntax tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outline {
    /// Nodes that divide the flow: conditions, loops, cases.
    pub n_branches: usize,
    /// Different names.
    pub n_identifiers: usize,
    /// The most constructs around one place: functions, classes, loops.
    pub max_nesting: usize,
    /// Lines from the start of the unfinished construct at the end of the text; 0 if there is none.
    pub n_open_lines: usize,
}

/// Counts `text`; `None` where there is no grammar for the language, or the parse took too long.
pub fn outline(text: &str, language: Language) -> Option<Outline> {
    let grammar = Grammar::of(language, text)?;
    // Blocks that are never closed are one flat error to a parser; closed ones keep their shape.
    let closed = format!("{text}\n{}", closing_brackets(text));
    let tree = parse(&closed, grammar)?;
    let mut count = Count {
        grammar,
        text: &closed,
        n_real: text.len(),
        names: HashSet::new(),
        found: Outline::default(),
    };
    count.walk(&mut tree.walk());
    count.found.n_identifiers = count.names.len();
    count.found.n_open_lines = count.open_lines(tree.root_node());
    Some(count.found)
}

struct Count<'a> {
    grammar: &'static Grammar,
    text: &'a str,
    /// Bytes before what was added to close the brackets.
    n_real: usize,
    names: HashSet<&'a str>,
    found: Outline,
}

impl<'a> Count<'a> {
    /// Visits every named node once, without recursion: hostile nesting must not end the thread.
    fn walk(&mut self, cursor: &mut TreeCursor<'_>) {
        let mut nesting = 0;
        loop {
            nesting += self.enter(cursor.node(), nesting);
            if cursor.goto_first_child() {
                continue;
            }
            loop {
                nesting -= usize::from(self.is_construct(cursor.node()));
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    /// Counts a node. Returns 1 if it encloses others, else 0.
    fn enter(&mut self, node: Node<'_>, nesting: usize) -> usize {
        let role = self.role(node);
        self.found.n_branches += usize::from(role.is_branch());
        if role == Role::Identifier {
            self.names.insert(&self.text[node.byte_range()]);
        }
        let is_construct = self.is_construct(node);
        if is_construct {
            self.found.max_nesting = self.found.max_nesting.max(nesting + 1);
        }
        usize::from(is_construct)
    }

    fn is_construct(&self, node: Node<'_>) -> bool {
        self.role(node).is_construct()
    }

    fn role(&self, node: Node<'_>) -> Role {
        // Keywords are nodes too, unnamed ones.
        if !node.is_named() {
            return Role::Other;
        }
        self.grammar.role(node.kind_id())
    }

    /// Lines from the start of the smallest construct, or piece that does not parse, at the cursor.
    fn open_lines(&self, root: Node<'_>) -> usize {
        let real = &self.text[..self.n_real];
        let end = real.trim_end().len();
        let Some(last) = root.descendant_for_byte_range(end.saturating_sub(1), end) else {
            return 0;
        };
        let mut node = Some(last);
        while let Some(inner) = node {
            let is_unfinished = inner.is_error() || self.is_construct(inner);
            if is_unfinished && inner.parent().is_some() {
                return (real.matches('\n').count() + 1).saturating_sub(inner.start_position().row);
            }
            node = inner.parent();
        }
        // Errors at the top level make the whole text one piece.
        if root.has_error() { real.lines().count() } else { 0 }
    }
}
