//! Lines that a terminal has broken at its width.

use std::cell::LazyCell;
use std::collections::HashSet;

use crate::cleaning::code::{Kind, Spared, regions};
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// Terminals that are narrower are not what code is copied from.
const MIN_WIDTH: usize = 40;

/// Joins lines that are as wide as any and go on in the next one where code would not be broken:
/// in a string, in a name, or within brackets with the rest at the margin.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let widths: Vec<_> = lines.iter().map(|line| line.text.chars().count()).collect();
    let width = widths.iter().copied().max().filter(|width| *width >= MIN_WIDTH)?;
    let words = LazyCell::new(|| words_of(draft.text()));
    let is_known = |word: &str| words.contains(word);
    let mut edits = Edits::default();
    let mut start = 0;
    for (index, pair) in lines.windows(2).enumerate() {
        let (line, next) = (pair[0], pair[1]);
        let so_far = &draft.text()[start..line.end()];
        let full = widths[index] == width && !line.text.ends_with("  ");
        // One logical line of a megabyte is no code; it would be read again for each of its parts.
        let sensible = so_far.len() <= 16 * width;
        if full && sensible && is_broken(so_far, line, next, is_known) {
            edits.delete(line.end()..next.start);
        } else {
            start = next.start;
        }
    }
    Layer::undressed(edits)
}

/// Whether `next` goes on from `line` without a line end of the code's own; `so_far` is the line
/// from its start, several screen lines before.
fn is_broken(
    so_far: &str,
    line: Line<'_>,
    next: Line<'_>,
    is_known: impl Fn(&str) -> bool,
) -> bool {
    let code = next.text.strip_prefix(' ').unwrap_or(next.text);
    let at_margin = code.starts_with(|c: char| !c.is_whitespace() && !")]}#".contains(c));
    !next.is_blank()
        && (ends_in_string(so_far)
            || at_margin
                && (ends_in_brackets(so_far) || cuts_a_word(line.text, next.text, is_known)))
}

fn ends_in_string(line: &str) -> bool {
    regions(line).last().is_some_and(|last| last.kind == Kind::String && !last.is_closed)
}

/// Whether `line` leaves brackets open, and not at a place where one would break it.
fn ends_in_brackets(line: &str) -> bool {
    let indented = line.starts_with([' ', '\t']);
    let mut spared = Spared::of(line);
    let depth: i32 = line
        .char_indices()
        .filter(|(at, _)| !spared.contains(*at))
        .map(|(_, character)| match character {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        })
        .sum();
    depth > 0 && !line.ends_with(['(', '[', '{']) && (indented || !line.ends_with([',', ';']))
}

/// Whether the two halves at the break are one word that stands elsewhere, too.
fn cuts_a_word(line: &str, next: &str, is_known: impl Fn(&str) -> bool) -> bool {
    let head = &line[line.trim_end_matches(is_word).len()..];
    let tail = &next[..next.len() - next.trim_start_matches(is_word).len()];
    !head.is_empty() && !tail.is_empty() && is_known(&[head, tail].concat())
}

fn words_of(text: &str) -> HashSet<&str> {
    text.split(|c| !is_word(c)).collect()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    /// A line of 50 columns before what is tested.
    fn wrapped_at_50(code: &str) -> String {
        let broken: Vec<String> = code
            .split('\n')
            .flat_map(|line| {
                let characters: Vec<char> = line.chars().collect();
                let parts: Vec<String> =
                    characters.chunks(50).map(|part| part.iter().collect()).collect();
                if parts.is_empty() { vec![String::new()] } else { parts }
            })
            .collect();
        broken.join("\n")
    }

    #[test]
    fn broken_lines_are_joined() {
        for code in [
            "function f(client, options) {\n  const reply = await client.get(\"/users\", { page: options.page });\n  return reply.",
            "def f(x):\n    raise ValueError(\"the value has to be between zero and one hundred\")\nf(",
            "first_value = 1\nsecond_value = 2\nresult = compute_all(1) + compute_another(22) * second_value\nprint(",
            "f(a_rather_long_argument_of_a_call, another_argument, and_a_third_one, and_a_fourth_one, and_a_fifth_one)\nx",
        ] {
            let text = wrapped_at_50(code);
            assert_ne!(text, code, "the example has to be wide enough");
            let snippet = clean(&text, &[]);
            assert_eq!(snippet.segments.prefix, code);
            assert_eq!(snippet.undo.append("x"), text + "x");
        }
    }

    #[test]
    fn whole_lines_are_not_joined() {
        for code in [
            "import numpy_and_a_package_with_a_long_name_indeed\nimport os\n",
            "value = some_function_with_a_long_name(argument_one,\n                                       two)\n",
            "public static void main(String[] arguments, int n) {\nrun();\n",
            "# A comment that is as wide as any other line of it\n# and its second line, which is not\n",
            "const total_of_everything_that_was_bought = compute();\nnext();\n",
        ] {
            assert_eq!(clean(code, &[]).segments.prefix, code);
        }
    }
}
