//! Characters of word processors and PDFs where they stand for code: curly quotes, dashes, primes,
//! ligatures, the wide punctuation of East Asian keyboards. In strings and comments they are text.

use super::regions::Spared;
use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// Characters that mean another one in code, and that one.
const IN_CODE: &[(&str, &str)] = &[
    ("“”„‟″", "\""),
    ("‘’‚‛′‵´", "'"),
    ("−‐‑‒﹣", "-"),
    ("…", "..."),
    ("∗", "*"),
    ("∼˜", "~"),
    ("ˆ", "^"),
    ("∣", "|"),
    ("∕⁄", "/"),
    ("。", "."),
    ("、", ","),
    ("【", "["),
    ("】", "]"),
];

/// Letters that a typesetter has joined; a PDF joins them in comments as well.
const LIGATURES: [(char, &str); 7] =
    [('ﬀ', "ff"), ('ﬁ', "fi"), ('ﬂ', "fl"), ('ﬃ', "ffi"), ('ﬄ', "ffl"), ('ﬅ', "st"), ('ﬆ', "st")];

/// Gives code the characters that a compiler knows.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let text = draft.text();
    if text.is_ascii() {
        return None;
    }
    let mut edits = Edits::default();
    let mut spared = Spared::of(text);
    for (at, character) in text.char_indices().filter(|(_, character)| !character.is_ascii()) {
        let plain =
            if spared.contains(at) { ligature(character) } else { plain(text, at, character) };
        if let Some(plain) = plain {
            edits.replace(at..at + character.len_utf8(), plain);
        }
    }
    Layer::undressed(edits)
}

fn ligature(character: char) -> Option<&'static str> {
    LIGATURES.iter().find(|(joined, _)| *joined == character).map(|(_, letters)| *letters)
}

/// What `character`, which stands at byte `at` of the code, means there.
fn plain(text: &str, at: usize, character: char) -> Option<&'static str> {
    let (before, after) = (&text[..at], &text[at + character.len_utf8()..]);
    match character {
        '‘' | '’' if is_within_word(before, after) => None,
        '—' | '―' if before.ends_with(' ') && after.starts_with(' ') => Some("-"),
        '—' | '―' => Some("--"),
        '–' => Some(if opens_long_option(before, after) { "--" } else { "-" }),
        '\u{ff01}'..='\u{ff5e}' => narrow(character),
        _ => in_code(character).or_else(|| ligature(character)),
    }
}

fn in_code(character: char) -> Option<&'static str> {
    IN_CODE.iter().find(|(from, _)| from.contains(character)).map(|(_, to)| *to)
}

/// The ASCII character that a wide one is a form of. The two blocks have the same order.
fn narrow(character: char) -> Option<&'static str> {
    const ASCII: &str = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`\
                         abcdefghijklmnopqrstuvwxyz{|}~";
    let at = (u32::from(character) - 0xff01) as usize;
    ASCII.get(at..=at)
}

fn is_within_word(before: &str, after: &str) -> bool {
    before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric)
}

/// A word processor writes one dash for the two of `--verbose`; `-v` has a single letter.
fn opens_long_option(before: &str, after: &str) -> bool {
    let apart =
        before.chars().next_back().is_none_or(|c| c.is_whitespace() || "([,\"'".contains(c));
    apart && after.chars().take(2).filter(char::is_ascii_alphabetic).count() == 2
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn code_is_made_plain() {
        let check = |text: &str, prefix: &str| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.append("\"x\""), format!("{text}\"x\""), "{text:?}");
        };
        check("f(“USER”, “", "f(\"USER\", \"");
        check("name = ‘Ada’ + ‚b‘ + ″c″", "name = 'Ada' + 'b' + \"c\"");
        check("#include “a.h”", "#include \"a.h\"");
        check("fn f<’a>(x: &’a str", "fn f<'a>(x: &'a str");
        check("while (n −− > 0) x = a – b — c", "while (n -- > 0) x = a - b - c");
        check("git commit –m “a” –amend —all", "git commit -m \"a\" --amend --all");
        check("i—;", "i--;");
        check("f(…args)", "f(...args)");
        check("def ﬁnd_ﬁrst(aﬀine)  # oﬃce", "def find_first(affine)  # office");
        check("print（“你好，世界”）；", "print(\"你好，世界\");");
        check("a ∗ b ∼ c", "a * b ~ c");
    }

    #[test]
    fn text_stays_as_it_is() {
        for text in [
            "# It’s the user’s “real” name – or not…\nx = ",
            "s = \"“quoted” — and so on…\"\nx = ",
            "// don’t\ny = 'a – b' + ",
            "\"\"\"It’s\n“so”\n\"\"\"\n",
            "größe = länge",
            "Don’t",
        ] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
