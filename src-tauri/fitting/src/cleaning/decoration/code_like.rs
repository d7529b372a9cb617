//! Whether lines are code or prose, and which blanks belong to a mark before them.

/// Whether lines look like code: one is indented below another, or half of them have the brackets
/// and signs of code.
pub(super) fn look_like_code<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> bool {
    let filled = || lines.clone().filter(|line| !line.trim().is_empty());
    let least = filled().map(indentation).min().unwrap_or_default();
    let signs = "(){}[]=;<>";
    let with_signs = filled().filter(|line| line.contains(|c| signs.contains(c))).count();
    filled().any(|line| indentation(line) >= least + 2 || line.starts_with('\t'))
        || 2 * with_signs >= filled().count().max(1)
}

/// How many blanks `line` starts with.
pub(super) fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether the first blank of `lines` belongs to the mark before them: code is indented by an
/// even number of blanks. Lines that are blank do not count.
pub(super) fn mark_has_blank<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let filled = lines.filter(|line| !line.trim().is_empty());
    filled.map(indentation).min().is_some_and(|least| least % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_prose() {
        let check = |text: &str, expected: bool| {
            assert_eq!(look_like_code(text.lines()), expected, "{text:?}");
        };
        check("def f(x):\n    return x", true);
        check("x = 1\ny", true);
        check("apples\npears\nplums", false);
        check("Open the window.\nClose it (later).\nGo.", false);
    }

    #[test]
    fn an_odd_blank_belongs_to_the_mark() {
        let check = |text: &str, expected: bool| {
            assert_eq!(mark_has_blank(text.lines()), expected, "{text:?}");
        };
        check(" def f(x):\n\n     return x", true);
        check("     a\n     b", true);
        check("def f(x):\n    return x", false);
        check("    a\n    b", false);
        check("", false);
    }
}
