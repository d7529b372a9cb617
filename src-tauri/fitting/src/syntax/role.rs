//! [`Role`]: what a kind of node counts as.
//!
//! Node kinds differ by language, but their names are alike, so one table serves all grammars.

/// What a kind of node counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Divides the flow.
    Branch,
    /// Encloses other constructs, and can be unfinished: function, class, loop, block.
    Construct,
    /// Both of these.
    BranchConstruct,
    /// A name.
    Identifier,
    /// Nothing that is counted.
    Other,
}

impl Role {
    /// Whether a node of this role divides the flow.
    pub(super) fn is_branch(self) -> bool {
        matches!(self, Self::Branch | Self::BranchConstruct)
    }

    /// Whether a node of this role encloses others.
    pub(super) fn is_construct(self) -> bool {
        matches!(self, Self::Construct | Self::BranchConstruct)
    }
}

/// The role of the node kind of this name.
pub(super) fn role_of(kind: &str) -> Role {
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
