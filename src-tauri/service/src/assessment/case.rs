//! [`Case`]: a completion whose right answer is known. [`cases`] are cut out of the sources in the same
//! way every time.

use pounce_engine::{Mode, Prompt, Segments};
use pounce_models::catalog::ContextKind;

use super::sources::{SOURCES, Source};

/// Cases of one kind that want a single line.
const N_LINES: usize = 60;
/// Cases that want a block.
const N_BLOCKS: usize = 24;
/// Lines before the cursor of a snippet that stands alone, with the cursor's.
const STANDING_ALONE_LINES: usize = 4;
/// The first line, from 0, at which the cursor of other cases is.
const FIRST_ROW: usize = 12;
/// The fewest characters of a target without its blanks.
const MIN_TARGET: usize = 5;
/// Lines of a block.
const BLOCK_LINES: std::ops::RangeInclusive<usize> = 2..=6;

/// A completion whose right answer is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Case {
    /// What is around the cursor.
    pub kind: ContextKind,
    /// What to complete.
    pub prompt: Prompt,
    /// The right completion.
    pub target: String,
}

/// All cases: lines of the three kinds in turn, then blocks.
pub fn cases() -> Vec<Case> {
    // Any seed would do: it only has to be the same one every time.
    let mut random = fastrand::Rng::with_seed(17);
    let mut places = places();
    random.shuffle(&mut places);
    let kinds = [ContextKind::StandingAlone, ContextKind::Prefix, ContextKind::Suffix];
    let mut cases: Vec<Case> = Vec::new();
    for &(source, row) in &places {
        let n_of = |kind| cases.iter().filter(|case| case.kind == kind).count();
        let Some(kind) = kinds.into_iter().min_by_key(|kind| n_of(*kind)) else { break };
        if n_of(kind) < N_LINES {
            cases.extend(line(source, row, kind, &mut random));
        }
    }
    let blocks = places.iter().filter_map(|&(source, row)| block(source, row));
    cases.extend(blocks.take(N_BLOCKS));
    cases
}

/// Every line of every source at which a cursor may be.
fn places() -> Vec<(&'static Source, usize)> {
    let rows = |source: &'static Source| {
        (FIRST_ROW..source.text.lines().count()).map(move |row| (source, row))
    };
    SOURCES.iter().flat_map(rows).collect()
}

/// A case that wants the rest of a line, or something inside it; `None` if the line is not worth
/// completing.
fn line(
    source: &Source,
    row: usize,
    kind: ContextKind,
    random: &mut fastrand::Rng,
) -> Option<Case> {
    let lines: Vec<&str> = source.text.lines().collect();
    let line = lines[row];
    let is_inside = kind == ContextKind::Suffix && random.u8(..) < 128;
    let arguments = arguments(line).filter(|_| is_inside);
    let (start, end) = arguments.or_else(|| Some((cursor(line, random)?, line.len())))?;
    let first = if kind == ContextKind::StandingAlone { row + 1 - STANDING_ALONE_LINES } else { 0 };
    let suffix =
        if kind == ContextKind::Suffix { rest(&lines, row, &line[end..]) } else { String::new() };
    let segments = Segments { prefix: above(&lines[first..row], &line[..start]), suffix };
    let prompt = Prompt { segments, language: source.language, mode: Mode::Line };
    Some(Case { kind, prompt, target: line[start..end].to_owned() })
}

/// Where the cursor is set in a line: before its code, or behind a blank, a bracket, a dot or a quote,
/// with something to complete behind it.
fn cursor(line: &str, random: &mut fastrand::Rng) -> Option<usize> {
    let indentation = line.len() - line.trim_start().len();
    let is_cursor = |at: &usize| {
        let is_start = *at == indentation || line[..*at].ends_with([' ', '(', '[', '{', '.', '"']);
        is_start && line[*at..].chars().filter(|c| c.is_alphanumeric()).count() >= MIN_TARGET
    };
    let columns = (indentation..line.len()).filter(|at| line.is_char_boundary(*at));
    random.choice(columns.filter(is_cursor).collect::<Vec<_>>())
}

/// The columns between which the first brackets of a line have something that stands by itself.
fn arguments(line: &str) -> Option<(usize, usize)> {
    let start = line.find('(')? + 1;
    let end = start + line[start..].find(')')?;
    let inside = &line[start..end];
    (inside.trim().len() >= MIN_TARGET && !inside.contains('(')).then_some((start, end))
}

/// A case that wants the lines that the line `row` opens; `None` if it opens none, or many.
fn block(source: &Source, row: usize) -> Option<Case> {
    let lines: Vec<&str> = source.text.lines().collect();
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let is_inside =
        |line: &&&str| line.trim().is_empty() || indentation(line) > indentation(lines[row]);
    let n_inside = lines[row + 1..].iter().take_while(is_inside).count();
    let inside = &lines[row + 1..row + 1 + n_inside];
    let opens = lines[row].ends_with([':', '{']) && BLOCK_LINES.contains(&n_inside);
    let is_whole = inside.iter().all(|line| !line.trim().is_empty());
    (opens && is_whole).then(|| {
        let suffix = rest(&lines, row + n_inside, "");
        let segments = Segments { prefix: above(&lines[..=row], ""), suffix };
        let prompt = Prompt { segments, language: source.language, mode: Mode::Block };
        Case { kind: ContextKind::Block, prompt, target: inside.join("\n") }
    })
}

/// Whole lines, and the beginning of one.
fn above(lines: &[&str], beginning: &str) -> String {
    lines.iter().copied().chain([beginning]).collect::<Vec<_>>().join("\n")
}

/// The rest of a line, and the lines below `row`.
fn rest(lines: &[&str], row: usize, rest_of_line: &str) -> String {
    let below = lines[row + 1..].iter().copied();
    [rest_of_line].into_iter().chain(below).chain([""]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_cases_of_every_kind_as_are_wanted() {
        let cases = cases();
        for kind in ContextKind::ALL {
            let n = cases.iter().filter(|case| case.kind == kind).count();
            let wanted = if kind == ContextKind::Block { N_BLOCKS } else { N_LINES };
            assert_eq!(n, wanted, "{}", kind.name());
        }
        assert_eq!(
            cases,
            super::cases(),
            "an assessment that was stopped goes on with the same ones"
        );
    }

    #[test]
    fn a_case_and_its_target_are_a_part_of_a_source() {
        for Case { prompt, target, kind } in cases() {
            let Segments { prefix, suffix } = &prompt.segments;
            let whole = format!("{prefix}{target}{suffix}");
            assert!(SOURCES.iter().any(|source| source.text.contains(&whole)), "{kind:?}: {whole}");
            assert_eq!(
                suffix.is_empty(),
                matches!(kind, ContextKind::StandingAlone | ContextKind::Prefix)
            );
        }
    }

    #[test]
    fn arguments_are_those_of_the_first_brackets() {
        let inside = |line: &'static str| arguments(line).map(|(start, end)| &line[start..end]);
        assert_eq!(inside("    receive(sku, quantity);"), Some("sku, quantity"));
        assert_eq!(inside("    next();"), None, "nothing is in them");
        assert_eq!(inside("    len(set(names))"), None, "brackets are in them");
    }
}
