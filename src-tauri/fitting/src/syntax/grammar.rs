//! [`Grammar`]: the tree-sitter grammar of a language, with what its kinds of nodes count as.

use std::sync::OnceLock;

use pounce_engine::Language;

use super::role::{Role, role_of};

/// A grammar with the roles of its node kinds.
pub(super) struct Grammar {
    /// The grammar for a tree-sitter parser.
    pub(super) language: tree_sitter::Language,
    /// The role of each node kind, by kind id.
    roles: Vec<Role>,
}

impl Grammar {
    /// The grammar for `text` of a language, made once; `None` if there is none. TypeScript has a
    /// grammar of its own for text with markup in it.
    pub(super) fn of(language: Language, text: &str) -> Option<&'static Self> {
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
            Language::TypeScript if has_markup(text) => once!(tree_sitter_typescript::LANGUAGE_TSX),
            Language::TypeScript => once!(tree_sitter_typescript::LANGUAGE_TYPESCRIPT),
            Language::Go => once!(tree_sitter_go::LANGUAGE),
            Language::C => once!(tree_sitter_c::LANGUAGE),
            Language::Cpp => once!(tree_sitter_cpp::LANGUAGE),
            Language::Java => once!(tree_sitter_java::LANGUAGE),
            Language::Shell => once!(tree_sitter_bash::LANGUAGE),
            _ => None,
        }
    }

    /// What a node of this kind counts as.
    pub(super) fn role(&self, kind_id: u16) -> Role {
        self.roles.get(usize::from(kind_id)).copied().unwrap_or(Role::Other)
    }

    fn new(language: tree_sitter::Language) -> Self {
        let n_kinds = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        let roles = (0..n_kinds)
            .map(|id| language.node_kind_for_id(id).map_or(Role::Other, role_of))
            .collect();
        Self { language, roles }
    }
}

fn has_markup(text: &str) -> bool {
    text.contains("</") || text.contains("/>")
}
