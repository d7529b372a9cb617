//! Licences as crates state them: names with `AND`, `OR` and parentheses; `/` is an old `OR`.

/// Whether the licences in `allowed` are enough for `expression`; no statement is not allowed.
pub(super) fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let any = split(expression, &[" OR ", "/"]);
    if any.len() > 1 {
        return any.into_iter().any(|part| is_allowed(part, allowed));
    }
    let all = split(expression, &[" AND "]);
    if all.len() > 1 {
        return all.into_iter().all(|part| is_allowed(part, allowed));
    }
    let inner = expression.trim().strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    inner.map_or_else(|| allowed.contains(&expression.trim()), |inner| is_allowed(inner, allowed))
}

/// Splits at each of `separators` that stands in no parentheses.
fn split<'a>(expression: &'a str, separators: &[&str]) -> Vec<&'a str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in expression.char_indices() {
        let separator =
            separators.iter().find(|separator| expression[at..].starts_with(**separator));
        match (c, separator) {
            ('(', _) => depth += 1,
            (')', _) => depth -= 1,
            (_, Some(separator)) if depth == 0 => {
                parts.push(&expression[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&expression[start..]);
    parts
}

#[test]
fn one_of_several_or_all_of_them_have_to_be_allowed() {
    let check = |expression: &str, expected: bool| {
        assert_eq!(is_allowed(expression, &["MIT", "ISC"]), expected, "{expression:?}");
    };
    check("MIT", true);
    check("GPL-3.0", false);
    check("MIT OR GPL-3.0", true);
    check("GPL-3.0/MIT", true);
    check("Apache-2.0 / MIT", true);
    check("MIT AND GPL-3.0", false);
    check("MIT AND ISC", true);
    check("(MIT OR GPL-3.0) AND ISC", true);
    check("(MIT OR ISC) AND GPL-3.0", false);
    check("GPL-3.0 AND MIT OR ISC", true);
    check("", false);
}
