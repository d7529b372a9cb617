//! The table of languages: names and cues. To add a language, add an entry here.

/// What the engine knows of one language.
pub(super) struct Profile {
    /// The name that manifests, settings and the command line use.
    pub(super) name: &'static str,
    /// File extensions, tags of code fences and other names for it, in lower case.
    pub(super) aliases: &'static [&'static str],
    /// Texts that speak for the language, grouped by the points that each occurrence gives.
    pub(super) cues: &'static [(u16, &'static [&'static str])],
}

/// Declares [`Language`] from entries of the form
/// `Variant "name" ["alias" …] { points: "cue" …; … }`.
macro_rules! languages {
    ($(
        $(#[$doc:meta])*
        $variant:ident $name:literal [$($alias:literal)*] { $($points:literal: $($cue:literal)*;)* }
    )*) => {
        /// The programming language of a snippet.
        ///
        /// A user may name any of them, and most can be [detected](Language::detect). Which ones a
        /// model was trained on is in its manifest.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Language {
            $($(#[$doc])* $variant,)*
            /// Not known. Models are given their token for an unknown language.
            #[default]
            Unknown,
        }

        impl Language {
            /// Every language but [`Language::Unknown`].
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }

        /// One for each of [`Language::ALL`], in that order.
        const PROFILES: &[Profile] = &[$(Profile {
            name: $name,
            aliases: &[$($alias,)*],
            cues: &[$(($points, &[$($cue,)*]),)*],
        },)*];
    };
}

impl Language {
    /// The language's entry in the table; `None` for [`Language::Unknown`].
    pub(super) fn profile(self) -> Option<&'static Profile> {
        PROFILES.get(self as usize)
    }
}

// In a cue, `\n` stands for the start or the end of a line; the detector ignores indentation. Cues
// that several languages share stand with each of them.
languages! {
    /// Python.
    Python "python" ["py"] {
        8: "#!/usr/bin/env python";
        5: "\nasync def ";
        4: "\nfrom " "elif " " in range(" "\nexcept" "isinstance(";
        3: "\ndef " "):\n" "(self" "\"\"\"" "\nraise " " not in " " is not ";
        2: "self." "None" "True" "False" "\nwith " "lambda " "@property";
        1: ":\n" "\nimport " "__" "\n# " "print(" " -> " "async " "await ";
    }
    /// Rust.
    Rust "rust" ["rs"] {
        5: "let mut " "&self" "println!" "format!" "vec!" "\n//!" "crate::";
        4: "\npub " "pub fn " "impl<" "&mut " "&str" "#[" ".unwrap()" "Ok(" "Err(" "assert!"
           "assert_eq!" "usize" "Vec<" "Option<" "'static" "if let ";
        3: "fn " "impl " "\nuse " "Some(" "\n///" "Result<";
        2: "::" "\nmatch " " -> " "u32" "u8" "\nlet " " struct {" "std::";
        1: "self." "None" " => " "\nconst " "async " "\ntype " "struct ";
    }
    /// JavaScript, with JSX.
    JavaScript "javascript" ["js" "jsx" "mjs" "cjs"] {
        8: "#!/usr/bin/env node";
        6: "module.exports";
        5: "require(" "exports." "@param {" "@returns {";
        4: "function(" "console." "className=";
        3: "function " "===" "!==" "undefined" "typeof " "document." " from '" " from \"";
        2: " => " "\nconst " "\nlet " "\nvar " "this." "${" "\nexport " "\nexport default";
        1: "\nimport " "async " "await " "null" "extends " "new " "?." "$(" "<div" "</div>";
    }
    /// TypeScript, with TSX.
    TypeScript "typescript" ["ts" "tsx" "mts"] {
        8: "import type ";
        6: "\nexport interface " "\nexport type " ": string" ": number" ": boolean" ": any"
           ": void" ": unknown" " as const";
        5: "readonly " "Record<" "Promise<";
        4: " from '" " from \"" "): " "?: " "className=";
        3: "===" "!==" "console." "undefined" "\nexport " "interface ";
        2: " => " "\nconst " "\nlet " "function " "typeof " "this." "document." "${"
           "\nexport default" "\ntype " "private " "implements " "extends " "?.";
        1: "\nimport " "async " "await " "null" "new " " | " "<div" "</div>";
    }
    /// Go.
    Go "go" ["golang"] {
        6: "\nfunc (" "err != nil" "\nimport (" "ctx context.";
        5: "\nfunc " ":= " "[]byte" "[]string" "interface{}" " error {";
        4: "func(" "fmt." "\ndefer " "chan " "map[";
        3: "\npackage " " struct {";
        2: "\nvar " "\ntype " "nil" "error)";
        1: "\nimport " "\nconst " "interface " "struct " "int " "string ";
    }
    /// C.
    C "c" ["h"] {
        4: "#include <" "#include \"" "\n#define " "char *" "malloc(" "\ntypedef ";
        3: "\n#if" "\n#endif" "->" "\nstatic " "void *" "const char" "unsigned " "size_t" "uint8_t"
           "uint32_t" "sizeof(" "NULL" "printf(";
        2: "struct " "void " "int ";
        1: "__" "\nconst " " struct {" "\nreturn ";
    }
    /// C++.
    Cpp "cpp" ["c++" "cc" "cxx" "hpp" "hh"] {
        6: "std::" "template <" "template<" "nullptr" "const auto" "constexpr" "public:" "private:"
           "static_cast<" "cout <<" "unique_ptr";
        5: "const std";
        4: "#include <" "\nnamespace " "auto " "virtual ";
        3: "#include \"" "const char";
        2: "::" "\n#define " "\n#if" "\n#endif" "->" "\nstatic " "void " "int " "unsigned "
           "size_t" "uint8_t" "uint32_t" "sizeof(" "\ntypedef " "override" "operator" "using ";
        1: "\n///" "\nconst " " struct {" "struct " "void *" "char *" "NULL" "printf(" "malloc("
           "\nreturn " "new " "string ";
    }
    /// Java.
    Java "java" [] {
        6: "@Override" "System.out" "import java";
        5: "public class ";
        4: "String " "throws ";
        3: "private " "implements " "\npublic " "final ";
        2: "this." "interface " "\npackage " "void " "extends ";
        1: "\nimport " " -> " "null" "\nstatic " "int " "new " "@interface";
    }
    /// HTML.
    Html "html" ["htm"] {
        8: "<!DOCTYPE" "<html";
        4: "<div" "</div>" " class=\"" " href=\"";
        2: "</";
    }
    /// CSS.
    Css "css" ["scss"] {
        6: "px;" "@media";
        5: "display: ";
        4: "color:" "font-";
        3: "margin" "padding";
    }
    /// YAML.
    Yaml "yaml" ["yml"] {
        4: "\n---\n";
        3: "\n- ";
        2: "name: ";
        1: ":\n" "\n# ";
    }
    /// TOML.
    Toml "toml" [] {
        8: "[dependencies]";
        5: "\n[[" "version = \"";
        3: "\n[";
        1: "\n# ";
    }
    /// Kotlin.
    Kotlin "kotlin" ["kt" "kts"] {
        6: "fun " "\nval " "data class " "listOf(";
        2: "): " "private " "\npackage " "override" "import java" "?.";
        1: "\nimport " "\"\"\"" "print(" " -> " "\nvar " "this." "${" "null";
    }
    /// Swift.
    Swift "swift" [] {
        8: "import Foundation" "import UIKit" "import SwiftUI";
        6: "guard ";
        5: "@objc";
        4: "extension ";
        3: "\nfunc " "if let ";
        2: "\n///" "\nlet " "\nvar " "nil" "override" "throws " "?.";
        1: "self." "\nimport " "\"\"\"" "print(" " -> " "Result<" "private " "\ndefer " "struct "
           "\npublic " "final " "NSString";
    }
    /// Objective-C.
    ObjectiveC "objc" ["objective-c" "m" "mm"] {
        8: "#import" "@implementation";
        6: "@interface" "NSString" "@end" "[self ";
        5: "@property";
        1: "nil" "#include <" "#include \"" "\n#if" "\n#endif" "\ntypedef ";
    }
    /// Shell scripts.
    Shell "shell" ["sh" "bash" "zsh"] {
        8: "#!/bin/" "#!/usr/bin/env bash";
        6: "\nfi\n" "; then" "\nesac";
        5: "\ndone";
        4: "[ -" "$(" "\necho ";
        3: "[[ " "\"$";
        2: "elif " "${";
        1: "\n# " "function " "\nexport " " | " "\n$";
    }
    /// C#.
    CSharp "csharp" ["c#" "cs"] {
        8: "\nusing System" "Console.Write" "{ get; ";
        4: "\nnamespace " "public class ";
        3: "private " "using " "\npublic " "string ";
        2: "\n///" "void " "virtual " "override";
        1: " => " "\nvar " "this." "async " "await " "null" "interface " "readonly " "\n#if" "int "
           "new " "?.";
    }
    /// PHP.
    Php "php" [] {
        9: "<?php";
        8: "$this->";
        4: "\n$";
        3: "->" "\necho ";
        2: "\nuse " "function " "private " "\nnamespace ";
        1: "::" "#[" " => " "\nconst " "function(" "===" "!==" "${" "null" "interface " "): "
           "implements " "printf(" "\npublic " "extends " "new ";
    }
    /// Ruby.
    Ruby "ruby" ["rb"] {
        6: " do |";
        5: "\nend\n" "\nrequire '" "attr_" "elsif ";
        4: "puts ";
        3: "\nmodule ";
        2: "\ndef " "nil";
        1: "self." "\nraise " "\n# " "::";
    }
    /// SQL.
    Sql "sql" [] {
        6: "SELECT " "INSERT INTO " "CREATE TABLE";
        5: " FROM " " WHERE " " JOIN ";
        2: "select ";
    }
}
