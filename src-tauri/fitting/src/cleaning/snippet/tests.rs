use proptest::prelude::*;

use super::clean;

const MARKERS: &[&str] = &["‹cursor›", "█"];

/// Pieces that cleaning looks for, to be strung together at random.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\u{2028}",
    " ",
    "    ",
    "\t",
    "\u{a0}",
    "\u{feff}",
    "\u{200b}",
    "\u{c}",
    "\u{8}",
    "\u{1b}[31m",
    "\u{1b}]0;",
    "\u{1b}",
    "[0m",
    "^[",
    ">>> ",
    "... ",
    ">",
    "> ",
    "In [1]: ",
    "   ...: ",
    "$ ",
    "ann@host:~$ ",
    "irb(main):001:0> ",
    "1: ",
    "2: ",
    " 3 | ",
    "4\t",
    "+",
    "-",
    "@@ -1 +1 @@",
    "diff --git a b",
    "--- a.py",
    "+++ b.py",
    "```",
    "```py",
    "~~~",
    "&lt;",
    "&amp;",
    "&#39;",
    "&",
    "<",
    "│ ",
    "| ",
    "──────",
    "“",
    "”",
    "’",
    "'",
    "\"",
    "—",
    "–",
    "…",
    "ﬁ",
    "（",
    "%%time",
    "%matplotlib",
    "!ls",
    "# %%",
    "Copy code",
    "app.py",
    "if a:",
    "b = 1",
    "f(x)",
    "{",
    "}",
    "wörd",
    "/*",
    "//",
    "# ",
    "‹cursor›",
    "█",
];

fn texts() -> impl Strategy<Value = String> {
    let strung = prop::collection::vec(prop::sample::select(PIECES), 0..40)
        .prop_map(|pieces| pieces.concat());
    prop_oneof![strung, any::<String>()]
}

/// Lines of code as they might be decorated: indented by whole steps, with one at the margin, the
/// last one to be gone on with.
fn codes() -> impl Strategy<Value = String> {
    let line = (
        0..3_usize,
        prop::sample::select(&["if a(b):", "c = d[1]", "return e;", "{", "}", "x, y = 1, 2"][..]),
    );
    prop::collection::vec(line, 2..12).prop_map(|lines| {
        let indented = lines.iter().map(|(depth, line)| " ".repeat(4 * depth) + line);
        let lines: Vec<_> = indented.collect();
        format!("def f(g):\n{}\n    h = ", lines.join("\n"))
    })
}

/// Ways to decorate whole lines, each with its number.
const DECORATIONS: &[fn(usize, &str) -> String] = &[
    |_, line| format!("{line}\r"),
    |_, line| line.replace(' ', "\u{a0}"),
    |_, line| format!("\u{1b}[34m{line}\u{1b}[0m"),
    |_, line| line.replace('a', "a\u{200b}"),
    |_, line| format!("> {line}"),
    |_, line| format!("│ {line}"),
    |_, line| format!("+{line}"),
    |_, line| format!("        {line}"),
    |_, line| format!("\t{line}"),
    |number, line| format!("{number}: {line}"),
    |number, line| format!("{number:4}  {line}"),
    |number, line| format!("{number:4} │ {line}"),
    |number, line| format!("{number:6}\t{line}"),
    |number, line| format!("{number:3}→{line}"),
    |number, line| format!("{}{line}", if number == 1 { ">>> " } else { "... " }),
    |number, line| format!("{}{line}", if number == 1 { "In [7]: " } else { "   ...: " }),
    |number, line| format!("{}{line}", if number == 1 { "```python\n" } else { "" }),
];

fn decorate(code: &str, decoration: fn(usize, &str) -> String) -> String {
    let lines: Vec<_> =
        code.split('\n').enumerate().map(|(index, line)| decoration(index + 1, line)).collect();
    // The cursor stands behind the code, not behind what a decoration has put there.
    lines.join("\n").trim_end_matches(['\r']).trim_end_matches("\u{1b}[0m").to_owned()
}

proptest! {
    /// Whatever the text, it is given back byte for byte around the completion.
    #[test]
    fn nothing_of_the_users_text_is_lost(text in texts(), completion in texts()) {
        let snippet = clean(&text, MARKERS);
        let marker = MARKERS.iter().filter_map(|marker| Some((text.find(marker)?, marker))).min();
        let bare = marker.map_or(text.clone(), |(_, marker)| text.replacen(marker, "", 1));
        prop_assert_eq!(snippet.undo.append(""), bare.clone());
        let appended = snippet.undo.append(&completion);
        let dressed = snippet.undo.dressed(&completion);
        prop_assert_eq!(appended.len(), bare.len() + dressed.len());
        let at_marker = marker.and_then(|(at, _)| Some((appended.strip_prefix(&bare[..at])?, &bare[at..])));
        if let Some((rest, suffix)) = at_marker {
            prop_assert_eq!(rest, dressed + suffix);
        }
    }

    /// The model sees line feeds and blanks, and nothing that is invisible.
    #[test]
    fn the_model_sees_plain_characters(text in texts()) {
        let snippet = clean(&text, MARKERS);
        for part in [snippet.segments.prefix, snippet.segments.suffix] {
            prop_assert!(!part.contains(['\r', '\u{2028}', '\u{a0}', '\u{1b}', '\u{feff}', '\u{200b}', '\u{8}']), "{:?}", part);
        }
    }

    /// What is decorated is undecorated, and what is appended to it is cleaned to the same code
    /// with the completion: the dress is the one that cleaning takes off.
    #[test]
    fn dressing_is_what_cleaning_undoes(
        code in codes(),
        decoration in prop::sample::select(DECORATIONS),
        completion in prop::sample::select(&["x", "x\n    y = 1", "(\n        z\n    )"][..]),
    ) {
        let snippet = clean(&decorate(&code, decoration), MARKERS);
        prop_assert_eq!(&snippet.segments.prefix, &code);
        let appended = snippet.undo.append(completion);
        prop_assert_eq!(clean(&appended, MARKERS).segments.prefix, code + completion, "{:?}", appended);
    }

    /// Nested decorations come off one after the other. Two kinds of line numbers are not nested.
    #[test]
    fn decorations_are_nested(
        code in codes(),
        inner in prop::sample::select(&DECORATIONS[4..14]),
        outer in prop::sample::select(&DECORATIONS[..14]),
    ) {
        let is_number = |decoration: fn(usize, &str) -> String| decoration(7, "").contains('7');
        prop_assume!(!is_number(inner) || !is_number(outer));
        let text = decorate(&decorate(&code, inner), outer);
        let snippet = clean(&text, MARKERS);
        prop_assert_eq!(&snippet.segments.prefix, &code, "{:?}", text);
        let appended = snippet.undo.append("x\n    y");
        prop_assert_eq!(clean(&appended, MARKERS).segments.prefix, code + "x\n    y", "{:?}", appended);
    }
}

#[test]
fn the_dress_of_several_layers_is_put_on_from_the_inside() {
    let snippet = clean("> ```diff\r\n>  1 | +if a &lt; b:\r\n>  2 | +    c = █\r\n> ```", MARKERS);
    assert_eq!(snippet.segments.prefix, "if a < b:\n    c = ");
    assert_eq!(snippet.segments.suffix, "");
    let appended = snippet.undo.append("d\n    e < f");
    let lines = [">  2 | +    c = d", ">  3 | +    e &lt; f", "> ```"].join("\r\n");
    assert!(appended.ends_with(&lines), "{appended:?}");
    assert_eq!(snippet.undo.bare("d\n    e < f"), "d\r\n    e < f");
}

#[test]
fn bare_code_is_left_alone() {
    for text in [
        "",
        "\n",
        "def f(x):\n    return x\n",
        "fn f<'a>(x: &'a str) -> &'a str {\n    x.trim()\n}\n",
        "#include <vector>\n\nint main() { return a > b && c < d; }\n",
        "items:\n  - name: a\n    run: |\n      echo $HOME\n  - ",
        "all: build\n\tgo build\n\ntest:\n\tgo ",
        "x = [\n    1,\n    2,\n    3,\n]\n",
        "module Main where\n\nf x\n  | x > 0 = 1\n  | otherwise = ",
        "# Title\n\n- one\n- two\n\n> quoted\n\nText ",
        "type T =\n  | A\n  | B of int\n",
        "select *\nfrom a\nwhere b > 1\n  and c < ",
        "#!/bin/sh\nset -e\n# build\nif [ $# -gt 1 ]; then\n  echo \"$1\"\n",
        "{\n  \"a\": [1, 2],\n  \"b\": \"&lt;\"\n",
    ] {
        let snippet = clean(text, MARKERS);
        assert_eq!((&*snippet.segments.prefix, snippet.language_hint), (text, None));
        assert_eq!(snippet.undo.append("x\ny"), format!("{text}x\ny"));
    }
}

/// Each step reads the text a fixed number of times, also where it is made of nothing but what the
/// step looks for: quadratic work would be noticed as a test that takes minutes.
#[test]
fn work_on_a_large_text_is_limited() {
    for piece in PIECES.iter().chain(&["\\'", "a'", "\"\\", "&#1", "[1", "1\n", "((((", "aaaa\n"]) {
        let text = piece.repeat(40_000 / piece.len());
        let snippet = clean(&text, &["|>"]);
        assert_eq!(snippet.undo.append(""), text);
    }
}
