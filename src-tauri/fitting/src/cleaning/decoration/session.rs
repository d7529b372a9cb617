//! A session with an interactive program: prompts, what was typed, and what was answered.

use super::code_like::look_like_code;
use super::prompts::{Patterns, may_have_prompt, patterns};
use super::typing::Typing;
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// What a line is in a session; the length is that of its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Statement(usize),
    Continuation(usize),
    Output,
}

/// Keeps what was typed, without prompts. If the cursor stands in an answer, that is the snippet:
/// the user goes on with a file that a command has shown.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let cursor = lines.iter().rposition(|line| line.start <= draft.cursor())?;
    let patterns = session(&lines, cursor)?;
    let roles = roles(&lines, patterns);
    if patterns.prompt.is_ambiguous && !is_session(&lines, &roles, cursor) {
        return None;
    }
    if roles[cursor] == Role::Output && !lines[cursor].is_blank() {
        return answer(&lines, &roles, cursor, draft.text().len());
    }
    let mut edits = Edits::default();
    for (index, (line, role)) in lines.iter().zip(&roles).enumerate() {
        let end = match role {
            Role::Statement(length) | Role::Continuation(length) => line.start + length,
            Role::Output if index == cursor => line.start,
            Role::Output => (line.end() + 1).min(draft.text().len()),
        };
        edits.delete(line.start..end);
    }
    let language = Some(patterns.prompt.language).filter(|name| !name.is_empty());
    let layer = if roles[cursor] == Role::Continuation(0) {
        Layer::undressed(edits)
    } else {
        Layer::dressed(edits, typing(draft, &lines, &roles, cursor, patterns))
    };
    Some(Layer { language: language.map(str::to_owned), ..layer? })
}

/// The program that prompts in the first line, or in the cursor's.
fn session(lines: &[Line<'_>], cursor: usize) -> Option<&'static Patterns> {
    let first = lines.iter().find(|line| !line.is_blank())?;
    let in_line = |line: &Line<'_>| {
        patterns()
            .iter()
            .filter(|_| may_have_prompt(line.text))
            .find(|patterns| patterns.primary(line.text).is_some())
    };
    in_line(first)
        .or_else(|| in_line(&lines[cursor]).filter(|patterns| !patterns.prompt.is_ambiguous))
        .or_else(|| continued(lines))
}

/// A piece from the inside of a statement: each line continues.
fn continued(lines: &[Line<'_>]) -> Option<&'static Patterns> {
    let filled = || lines.iter().filter(|line| !line.is_blank());
    filled().next().filter(|line| line.text.trim_start().starts_with("..."))?;
    let python = &patterns()[..2];
    let continues =
        |patterns: &&Patterns| filled().all(|line| patterns.secondary(line.text).is_some());
    python.iter().find(continues).filter(|_| filled().count() > 1)
}

fn roles(lines: &[Line<'_>], patterns: &Patterns) -> Vec<Role> {
    let (mut typed, mut in_cell) = (true, false);
    let role = |line: &Line<'_>| {
        if let Some(length) = patterns.primary(line.text) {
            (typed, in_cell) =
                (true, opens_cell(&line.text[..length]) && length == line.text.len());
            return Role::Statement(length);
        }
        in_cell &= !line.text.starts_with("Out[");
        let continuation = patterns.secondary(line.text).filter(|_| typed);
        typed = continuation.is_some();
        continuation.or(in_cell.then_some(0)).map_or(Role::Output, Role::Continuation)
    };
    lines.iter().map(role).collect()
}

/// Whether a notebook may have this prompt in a line of its own, above the lines of a cell.
fn opens_cell(prompt: &str) -> bool {
    prompt.starts_with("In")
}

/// Whether a prompt that may be something else is one: the cursor stands behind it, and behind
/// the others is code.
fn is_session(lines: &[Line<'_>], roles: &[Role], cursor: usize) -> bool {
    let typed = lines.iter().zip(roles).filter_map(|(line, role)| match role {
        Role::Statement(length) | Role::Continuation(length) => Some(&line.text[*length..]),
        Role::Output => None,
    });
    let at_prompt = roles[cursor] != Role::Output;
    if lines.iter().any(|line| line.text.starts_with(['#', '%'])) {
        // Comments, unless they are commands with options and paths.
        let words = typed.clone().flat_map(str::split_whitespace);
        let is_argument = |word: &str| word.starts_with('-') || word.contains(['/', '=', '|']);
        return at_prompt && typed.count() > 1 && words.clone().any(is_argument);
    }
    let quotes = lines.iter().any(|line| line.text.starts_with('>'));
    let is_typed = look_like_code(typed.clone()) || !quotes && typed.count() > 1;
    (at_prompt || lines[cursor].is_blank()) && is_typed
}

/// Keeps the answer with the cursor alone. The command names the language if it shows a file.
fn answer(lines: &[Line<'_>], roles: &[Role], cursor: usize, end: usize) -> Option<Layer> {
    let is_typed = |index: &usize| roles[*index] != Role::Output;
    let command = (0..cursor).rfind(is_typed)?;
    let next = (cursor..lines.len()).find(is_typed);
    let mut edits = Edits::default();
    edits.delete(0..lines[command + 1].start);
    edits.delete(next.map_or(end, |next| lines[next].start - 1)..end);
    let language = shown_file(lines[command].text).and_then(|file| file.rsplit_once('.'));
    let language = language.map(|(_, extension)| extension.to_lowercase());
    Some(Layer { language, ..Layer::undressed(edits)? })
}

/// The file that a command shows.
fn shown_file(command: &str) -> Option<&str> {
    let shows =
        |word: &str| ["cat", "bat", "less", "more", "head", "tail", "nl", "type"].contains(&word);
    let mut words = command.split_whitespace();
    words.any(shows).then(|| words.next_back()).flatten()
}

/// How the cursor's statement is typed.
fn typing(
    draft: &Draft,
    lines: &[Line<'_>],
    roles: &[Role],
    cursor: usize,
    patterns: &Patterns,
) -> Typing {
    let typed = |index: usize| match roles[index] {
        Role::Statement(length) | Role::Continuation(length) => Some(length),
        Role::Output => None,
    };
    let prompt = |index: usize| &lines[index].text[..typed(index).unwrap_or_default()];
    let is_statement = |index: &usize| matches!(roles[*index], Role::Statement(_));
    let is_continuation = |index: &usize| matches!(roles[*index], Role::Continuation(_));
    let primary = (0..=cursor).rfind(is_statement).or((cursor..lines.len()).find(is_statement));
    let secondary = (0..=cursor).rfind(is_continuation);
    let last = (0..cursor).rfind(|index| typed(*index).is_some());
    let before = match typed(cursor) {
        Some(length) => draft.line_before_cursor().get(length..),
        None => last.and_then(|last| lines[last].text.get(typed(last)?..)),
    };
    let is_bare_prompt = typed(cursor) == Some(draft.line_before_cursor().len());
    Typing::new(patterns.prompt, primary.map(prompt), secondary.map(prompt))
        .at(before.unwrap_or_default(), typed(cursor).is_none())
        .completing(if is_bare_prompt { draft.line_before_cursor() } else { "" })
}

#[cfg(test)]
mod tests;
