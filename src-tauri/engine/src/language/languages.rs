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
    Python "python" ["py" "python3" "pyi" "py3"] {
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
    JavaScript "javascript" ["js" "jsx" "mjs" "cjs" "node"] {
        8: "#!/usr/bin/env node";
        6: "module.exports";
        5: "require(" "exports." "@param {" "@returns {" "<script setup>";
        4: "function(" "console." "className=";
        3: "function " "===" "!==" "undefined" "typeof " "document." " from '" " from \"";
        2: " => " "\nconst " "\nlet " "\nvar " "this." "${" "\nexport " "\nexport default";
        1: "\nimport " "async " "await " "null" "extends " "new " "?." "$(" "<div" "</div>";
    }
    /// TypeScript, with TSX.
    TypeScript "typescript" ["ts" "tsx" "mts" "cts" "deno"] {
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
    Html "html" ["htm" "vue" "svelte" "xhtml"] {
        8: "<!DOCTYPE" "<html";
        4: "<div" "</div>" " class=\"" " href=\"";
        2: "</";
    }
    /// CSS.
    Css "css" ["scss" "less"] {
        6: "px;" "@media";
        5: "display: " ":hover" "text-decoration: " "border-radius";
        4: "color:" "font-" "background: " "border: ";
        3: "margin" "padding";
    }
    /// YAML.
    Yaml "yaml" ["yml"] {
        8: "\nruns-on: " "\napiVersion: ";
        6: "\njobs:\n" "\n- uses: " "\n- name: " "\nsteps:\n" "\nservices:\n";
        4: "\n---\n" "\non:\n" "\nkind: " "\nmetadata:\n" "\nspec:\n" "\nimage: " "\nports:\n";
        3: "\n- ";
        2: "name: " "\nversion: ";
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
    Shell "shell" ["sh" "bash" "zsh" "ksh" "dash" "console"] {
        8: "#!/bin/" "#!/usr/bin/env bash";
        6: "\nfi\n" "; then" "\nesac";
        5: "\ndone";
        4: "[ -" "$(" "\necho ";
        3: "[[ " "\"$" "\nlocal ";
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
    Sql "sql" ["mysql" "postgresql" "plsql" "sqlite"] {
        6: "SELECT " "INSERT INTO " "CREATE TABLE" "\norder by " "\ngroup by " "insert into "
           "create table " "\nUPDATE " "\nDELETE FROM " "\nALTER TABLE ";
        5: " FROM " " WHERE " " JOIN " "\nselect " "ORDER BY " "GROUP BY " "\nleft join " "\ninner join ";
        4: "\nwhere " "PRIMARY KEY" "NOT NULL" "\nvalues (" "\nVALUES";
        2: "select " "\nfrom " "primary key" "not null";
    }
    /// Makefiles.
    Makefile "makefile" ["make" "mk" "mak" "gnumakefile"] {
        // The detector puts a tab on a line of its own before a recipe.
        5: "\n\t\n" "\n.PHONY" "$(CC)" "$(MAKE)" "$(shell ";
        3: "$@" "$<" "$^" ":= " "?= ";
        2: "$(";
    }
    /// Dockerfiles.
    Dockerfile "dockerfile" ["docker" "containerfile"] {
        8: "\nWORKDIR " "\nENTRYPOINT [" "\nCMD [";
        6: "\nRUN " "\nEXPOSE " "\nCOPY ";
        4: "\nFROM " "\nENV " "\nARG " "\nUSER ";
    }
    /// Assembly, of any processor.
    Assembly "assembly" ["asm" "nasm" "gas" "s"] {
        6: "\n.globl " "\n.global " "\nsection ." "\n.section " "\nmov " "\nmovq " "\nldr ";
        5: "\npush " "\npop " "\njmp " "\nlea " "\nxor " "\nret\n" "\nsyscall" "\ncmp " "\n.text"
           "\nbl " "\npushq " "\nmovl ";
        4: "\ncall " "%rsp" "%rbp" "%rax" "%eax" "\nsub " "\nadd ";
    }
    /// JSON; the detector goes by how it begins.
    Json "json" ["jsonc" "json5" "geojson"] {}
    /// XML.
    Xml "xml" ["xsd" "xsl" "svg" "plist"] {
        9: "<?xml";
        5: "xmlns";
        1: "</";
    }
    /// Markdown.
    Markdown "markdown" ["md" "mdx"] {
        5: "\n## " "\n### " "\n```" "\n- [ ] ";
        4: "](http";
    }
    /// Lua.
    Lua "lua" ["luau"] {
        7: "\nlocal function " "ipairs(";
        5: "\nlocal " "~= nil" " pairs(";
        3: " then\n" "\nend\n" "elseif " "\n--";
        2: " .. " "function(";
        1: "nil" "function ";
    }
    /// LaTeX.
    Latex "latex" ["tex" "sty" "cls" "bib"] {
        9: "\\documentclass" "\\usepackage" "\\begin{";
        7: "\\section{" "\\end{" "\\textbf{" "\\subsection{";
        5: "\n\\item " "\\label{" "\\ref{" "\\cite{" "\\frac{";
    }
    /// Patches.
    Diff "diff" ["patch"] {
        9: "\ndiff --git " "\n@@ -";
        6: "\n+++ " "\n--- a/";
    }
    /// Haskell.
    Haskell "haskell" ["hs" "lhs"] {
        8: "\nimport qualified " "putStrLn" " = do\n" "\nmodule Main";
        6: "\nnewtype " "\nderiving " ":: IO" "Maybe ";
        5: " :: ";
        3: "\ninstance " "\ndata " "\nwhere\n" " <- ";
    }
    /// Scala.
    Scala "scala" ["sc" "sbt"] {
        9: "import scala" ": Unit =" "extends App";
        7: "case class ";
        6: "\nobject " "\nval " "\ntrait ";
        3: "\ndef " "Option[" "List[" "Seq[";
        1: "\nimport " " => " "override";
    }
    /// Dart.
    Dart "dart" [] {
        9: "import 'package:" "Widget build(" "BuildContext";
        6: "@override" "import 'dart:" "\nFuture<";
        3: "void main() {" "\nfinal " "String ";
    }
    /// R.
    R "r" ["rscript"] {
        9: " <- function(" "%>%" "ggplot(";
        7: " <- c(" "data.frame(" "\nlibrary(";
        2: " <- ";
    }
    /// Perl.
    Perl "perl" ["pl" "pm"] {
        9: "\nuse strict;" "\nuse warnings;";
        7: "\nmy $" "\nmy @" "\nmy %" "\nmy ($" " = @_;";
        3: "\nsub " "=~ " "elsif " "\nprint ";
        1: "->" "\nuse ";
    }
    /// Elixir.
    Elixir "elixir" ["ex" "exs"] {
        9: "\ndefmodule " "\ndefp ";
        6: "IO.puts" "\n|> " "\n@doc ";
        3: " do\n" "\nend\n" "%{" "\nalias " " |> ";
        2: "\ndef ";
    }
    /// PowerShell.
    PowerShell "powershell" ["ps1" "psm1" "pwsh"] {
        9: "Write-Host" "Where-Object" "ForEach-Object" "[string]$" "New-Object" "Write-Output";
        6: "Get-ChildItem" "Get-Content" "\nparam (" "Test-Path" "$PSScriptRoot";
        4: "\n$";
        3: " -eq " "\nfunction " " -Path ";
    }
    /// Terraform and other HCL.
    Hcl "hcl" ["terraform" "tf" "tfvars"] {
        9: "\nresource \"" "\nvariable \"" "\nprovider \"" "\nterraform {";
        7: "\nmodule \"" "\noutput \"" "\ndata \"";
    }
    /// CMake.
    CMake "cmake" [] {
        9: "cmake_minimum_required" "add_executable(" "target_link_libraries(" "find_package("
           "add_library(" "target_include_directories(";
        5: "\nproject(" "\nset(";
    }
    /// Protocol Buffers.
    Protobuf "protobuf" ["proto"] {
        9: "syntax = \"proto";
        5: "\nmessage " "\nrepeated " "\nrpc ";
    }
    /// Nginx configurations.
    Nginx "nginx" [] {
        8: "\nproxy_pass " "\nserver_name " "\nlocation ";
        5: "\nserver {" "\nlisten ";
    }
    /// Zig.
    Zig "zig" [] {
        9: "@import(\"" ") !void {";
        6: "std.debug.print(" "\ndefer " "allocator";
        3: "\npub fn " "\nconst ";
    }
}
