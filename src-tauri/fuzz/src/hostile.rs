//! [`KINDS`]: what a clipboard may hold that is no code that people write, or nearly. The same size and seed give
//! the same text.

use fastrand::Rng;

/// One way of being hostile: pieces that are strung together, at random if there are several.
#[derive(Debug)]
pub struct Kind {
    /// What it is.
    pub name: &'static str,
    /// What the text begins with.
    before: &'static str,
    pieces: &'static [&'static str],
    /// What it ends with, right before the cursor.
    after: &'static str,
}

const fn kind(
    name: &'static str,
    before: &'static str,
    pieces: &'static [&'static str],
    after: &'static str,
) -> Kind {
    Kind { name, before, pieces, after }
}

impl Kind {
    /// A text of about `n_bytes`.
    pub fn text(&self, n_bytes: usize, seed: u64) -> String {
        let mut random = Rng::with_seed(seed);
        let mut text = self.before.to_owned();
        while text.len() < n_bytes {
            text.push_str(self.pieces[random.usize(..self.pieces.len())]);
        }
        text + self.after
    }
}

const JAVASCRIPT: &str = "\nfunction add(a, b) { return ";
const PYTHON: &str = "\ndef add(a, b):\n    return ";
const RUST: &str = "\nfn add(a: i64, b: i64) -> i64 { let mut c = ";
const CPP: &str = "\n#include <vector>\nstd::vector<int> f(int a) { return ";

/// Every kind.
pub const KINDS: &[Kind] = &[
    kind("one endless line", "x = ", &["a + ", "b * "], ""),
    kind("one endless word", "", &["a"], ""),
    kind("deep brackets", "", &["([{"], ""),
    kind("brackets that close nothing", "", &[")]}"], ""),
    kind("mixed brackets", "", &["(", "[", "{", ")", "]", "}"], ""),
    kind("deep brackets in JavaScript", "", &["[{a:("], JAVASCRIPT),
    kind("operators before JavaScript", "", &["-&"], JAVASCRIPT),
    kind("operators before Python", "", &["-~not "], PYTHON),
    kind("operators before Rust", "", &["&*!-"], RUST),
    kind("angle brackets before C++", "", &["a<b<"], CPP),
    kind("slashes before JavaScript", "", &["/", "*", "a"], JAVASCRIPT),
    kind("templates before JavaScript", "", &["`${"], JAVASCRIPT),
    kind("strings before Rust", "", &["r#\"", "b'", "\"#"], RUST),
    kind("decorators before Python", "", &["@(", "lambda:"], PYTHON),
    kind("here documents", "#!/bin/sh\n", &["cat <<A <<-'B'\n", "$(("], "if [ "),
    kind("open strings", "", &["\"", "'", "`", "\"\"\"", "\\"], ""),
    kind("open comments", "", &["/*", "*/", "<!--", "//", "#"], "\nx = "),
    kind("controls", "", &["\0", "\u{1}", "\u{7}", "\u{8}", "\u{7f}", "\u{9b}", "a", "\u{1a}"], ""),
    kind("broken bytes", "", &["\u{fffd}", "\0", "PK\u{3}\u{4}", "\u{fffd}\u{fffd}", "\r"], ""),
    kind(
        "bidirectional controls",
        "",
        &["\u{202e}", "\u{2066}", "\u{2069}", "\u{200f}", "if a"],
        "",
    ),
    kind("lone carriage returns", "", &["a = 1\r", "\r", "\u{2028}", "\u{2029}", "\u{85}"], ""),
    kind("mixed line ends", "", &["a\r\n", "b\n", "c\r", "\r\r\n", "\n\r"], ""),
    kind(
        "broken escapes",
        "",
        &["\\x", "\\u{", "\\", "%zz", "&#x", "&#99999999;", "&amp", ";"],
        "",
    ),
    kind("spaces", "", &[" "], ""),
    kind("empty lines", "", &["\n"], "x"),
    kind(
        "blanks of every kind",
        "",
        &[" ", "\t", "\u{a0}", "\u{3000}", "\n", "\u{b}", "\u{c}"],
        "x",
    ),
    kind("invisible characters", "", &["\u{200b}", "\u{200d}", "\u{feff}", "\u{2060}", "a"], ""),
    kind("combining characters", "e", &["\u{301}", "\u{20dd}", "\u{489}"], ""),
    kind("emoji", "", &["👩", "\u{200d}", "🏽", "🇩", "🇪", "\u{fe0f}"], ""),
    kind("open fences", "", &["```rust\n", "~~~\n", "````\n", "a\n"], ""),
    kind(
        "rows of numbers",
        "",
        &["1\n", "2: a\n", " 3 | b\n", "4\tc\n", "18446744073709551616: \n"],
        "",
    ),
    kind("columns of numbers", "", &["1 2 3 4 5 6 7 8 9\n"], "10 "),
    kind("terminal codes", "", &["\u{1b}[31m", "\u{1b}]0;", "\u{1b}", "[0m", "\u{1b}[", "a\n"], ""),
    kind("prompts", "", &[">>> ", "... ", "In [1]: ", "$ ", "ann@host:~$ ", "\n", "a"], ""),
    kind(
        "diff marks",
        "",
        &["+", "-", "@@ -1 +1 @@", "\n", "--- a", "+++ b", "diff --git a b", " x"],
        "",
    ),
    kind("entities of entities", "", &["&amp;"], "amp;lt;"),
    kind("quoted mails", "", &["> ", ">", "\n> > > a"], ""),
    kind("frames", "", &["│ ", "| ", "┃", "──", "+--", "\n"], ""),
    kind("log lines", "", &["2024-01-01T00:00:00Z ", "[INFO] ", "12:00:00,000 ", "a\n"], ""),
    kind("markers", "", &["‹cursor›", "‹", "cursor", "›", "\n"], ""),
    kind("typography", "", &["“", "”", "‘", "’", "–", "…", "x ", "\n"], ""),
    kind("deep objects", "", &["{\"a\": [", "\n"], ""),
    kind("deep indentation", "if a:", &["\n\t\t\t\t\t\t\t\tb", "\n c", "\n\t ", "  "], ""),
    kind("tags", "", &["<a b='", "</", "<", ">", "&lt;"], "<script>"),
    kind(
        "code in disorder",
        "",
        &["fn ", "def ", "=> ", "class A ", "{", "}", ":\n", ";\n", "(a, ", ")"],
        "",
    ),
];
