//! Counts by a tree-sitter grammar. The parsers tolerate errors, and unfinished code is one.
//!
//! The kinds of nodes differ by language, but their names rhyme: one table of word parts serves all
//! grammars, and is turned into a table by kind id once for each.

use std::collections::HashSet;
use std::sync::OnceLock;

use pounce_engine::Language;
use tree_sitter::{Node, Parser, TreeCursor};

use super::{Complexity, lexical};

/// What a kind of node counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Branch,
    /// Encloses other constructs, and can be unfinished: function, class, loop, block.
    Construct,
    /// Both of these.
    BranchConstruct,
    Identifier,
    Other,
}

/// A grammar with the roles of its node kinds, by kind id.
struct Grammar {
    language: tree_sitter::Language,
    roles: Vec<Role>,
}

/// Measures `text`; `None` where there is no grammar for the language.
pub(super) fn count(text: &str, language: Language) -> Option<Complexity> {
    let grammar = grammar(language)?;
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    // Blocks that are never closed are one flat error to a parser; closed ones keep their shape.
    let closed = format!("{text}\n{}", lexical::closing(text));
    let tree = parser.parse(&closed, None)?;
    let found = Complexity { is_parsed: true, ..Complexity::default() };
    let mut count =
        Count { grammar, text: &closed, n_real: text.len(), names: HashSet::new(), found };
    count.walk(&mut tree.walk());
    count.found.n_identifiers = count.names.len();
    count.found.n_open_lines = count.open_lines(tree.root_node());
    Some(count.found)
}

/// Whether the closed `text` has no error; `None` where there is no grammar for the language.
pub(super) fn parses(text: &str, language: Language) -> Option<bool> {
    let mut parser = Parser::new();
    parser.set_language(&grammar(language)?.language).ok()?;
    let tree = parser.parse(closed(text, language), None)?;
    Some(!tree.root_node().has_error())
}

/// `text` with a body for the block it has just opened without a bracket, and with its brackets
/// closed. What a bracket encloses in C may have to end with a semicolon, and may always.
fn closed(text: &str, language: Language) -> String {
    let text = text.trim_end();
    let line = text.rsplit('\n').next().unwrap_or(text).trim_start();
    let is_c = matches!(language, Language::C | Language::Cpp);
    let is_header = ["for ", "if ", "while "].iter().any(|word| line.starts_with(word));
    let body = match language {
        Language::Python if line.ends_with(':') => " pass",
        _ if is_c && is_header && line.ends_with(')') => ";",
        _ => "",
    };
    let closing = lexical::closing(text);
    let end = if is_c && !closing.is_empty() { ";" } else { "" };
    format!("{text}{body}\n{closing}{end}")
}

struct Count<'a> {
    grammar: &'static Grammar,
    text: &'a str,
    /// Bytes before what was added to close the brackets.
    n_real: usize,
    names: HashSet<&'a str>,
    found: Complexity,
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

    /// Counts a node; 1 if it encloses others.
    fn enter(&mut self, node: Node<'_>, nesting: usize) -> usize {
        let role = self.role(node);
        self.found.n_branches += usize::from(matches!(role, Role::Branch | Role::BranchConstruct));
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
        matches!(self.role(node), Role::Construct | Role::BranchConstruct)
    }

    fn role(&self, node: Node<'_>) -> Role {
        // Keywords are nodes too, unnamed ones.
        if !node.is_named() {
            return Role::Other;
        }
        self.grammar.roles.get(usize::from(node.kind_id())).copied().unwrap_or(Role::Other)
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

/// The role that a kind's name tells.
fn role_of(kind: &str) -> Role {
    const BRANCH_CONSTRUCTS: [&str; 13] = [
        "if_statement",
        "if_expression",
        "for_statement",
        "for_expression",
        "for_in_statement",
        "for_range_loop",
        "while_statement",
        "while_expression",
        "do_statement",
        "loop_expression",
        "match_statement",
        "switch_statement",
        "match_expression",
    ];
    const BRANCHES: [&str; 20] = [
        "elif_clause",
        "except_clause",
        "catch_clause",
        "case_clause",
        "case_statement",
        "match_arm",
        "switch_case",
        "switch_expression",
        "switch_block_statement_group",
        "expression_case",
        "type_case",
        "communication_case",
        "conditional_expression",
        "ternary_expression",
        "enhanced_for_statement",
        "case_item",
        "try_expression",
        "expression_switch_statement",
        "type_switch_statement",
        "select_statement",
    ];
    const CONSTRUCTS: [&str; 22] = [
        "function_definition",
        "function_declaration",
        "function_item",
        "function_expression",
        "arrow_function",
        "method_definition",
        "method_declaration",
        "constructor_declaration",
        "class_definition",
        "class_declaration",
        "class_specifier",
        "struct_specifier",
        "struct_item",
        "enum_item",
        "impl_item",
        "trait_item",
        "mod_item",
        "try_statement",
        "with_statement",
        "closure_expression",
        "lambda",
        "func_literal",
    ];
    let is_enhanced_loop = kind == "enhanced_for_statement" || kind.ends_with("_switch_statement");
    if BRANCH_CONSTRUCTS.contains(&kind) || is_enhanced_loop {
        Role::BranchConstruct
    } else if BRANCHES.contains(&kind) {
        Role::Branch
    } else if CONSTRUCTS.contains(&kind) {
        Role::Construct
    } else if kind.ends_with("identifier") || kind == "variable_name" || kind == "command_name" {
        Role::Identifier
    } else {
        Role::Other
    }
}

impl Grammar {
    fn new(language: tree_sitter::Language) -> Self {
        let n_kinds = language.node_kind_count() as u16;
        let roles = (0..n_kinds)
            .map(|id| language.node_kind_for_id(id).map_or(Role::Other, role_of))
            .collect();
        Self { language, roles }
    }
}

/// The grammar of a language; made once for each.
fn grammar(language: Language) -> Option<&'static Grammar> {
    macro_rules! once {
        ($function:expr) => {{
            static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
            Some(GRAMMAR.get_or_init(|| Grammar::new($function.into())))
        }};
    }
    match language {
        Language::Python => once!(tree_sitter_python::LANGUAGE),
        Language::Rust => once!(tree_sitter_rust::LANGUAGE),
        Language::JavaScript => once!(tree_sitter_javascript::LANGUAGE),
        Language::TypeScript => once!(tree_sitter_typescript::LANGUAGE_TYPESCRIPT),
        Language::Go => once!(tree_sitter_go::LANGUAGE),
        Language::C => once!(tree_sitter_c::LANGUAGE),
        Language::Cpp => once!(tree_sitter_cpp::LANGUAGE),
        Language::Java => once!(tree_sitter_java::LANGUAGE),
        Language::Shell => once!(tree_sitter_bash::LANGUAGE),
        _ => None,
    }
}
