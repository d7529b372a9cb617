//! A unified diff: its new side is the code.

use super::code_like::{look_like_code, mark_has_blank};
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Layer, LineMark};

/// What a line is in a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Header,
    Context,
    Added,
    Deleted,
}

struct Diff<'a> {
    /// One for each line of the snippet.
    roles: Vec<Role>,
    /// What follows a sign: nothing, or a blank where the program that shows the diff writes one.
    blank: &'static str,
    /// The file that the patch changes.
    path: Option<&'a str>,
}

/// Takes off the signs of a diff. Of a diff with several files the cursor's stays; of the lines
/// those of the new side, or of the old one if the cursor stands in a deleted line.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let diff = patch(&lines, draft.cursor()).or_else(|| marked_lines(&lines))?;
    let is_deleted = draft.line_before_cursor().starts_with('-');
    let (sign, dropped) = if is_deleted { ("-", Role::Added) } else { ("+", Role::Deleted) };
    let mut edits = Edits::default();
    for (line, role) in lines.iter().zip(diff.roles) {
        if line.holds(draft.cursor()) || role != Role::Header && role != dropped {
            edits.delete(line.start..line.start + sign_length(line.text, diff.blank));
        } else {
            edits.delete(line.start..(line.end() + 1).min(draft.text().len()));
        }
    }
    let mark = LineMark::at_cursor(draft, &format!("{sign}{}", diff.blank));
    let language = diff.path.and_then(|path| Some(path.rsplit_once('.')?.1.to_lowercase()));
    Some(Layer { language, ..Layer::dressed(edits, mark)? })
}

fn sign_length(line: &str, blank: &str) -> usize {
    let Some(rest) = line.strip_prefix(['+', '-', ' ']) else { return 0 };
    line.len() - rest.strip_prefix(blank).unwrap_or(rest).len()
}

/// A patch with the headers of its hunks. What belongs to other files than the cursor's is taken
/// for header.
fn patch<'a>(lines: &[Line<'a>], cursor: usize) -> Option<Diff<'a>> {
    lines.iter().find(|line| is_hunk_header(line.text))?;
    let starts_file = |index: &usize| {
        let text = |index: usize| lines.get(index).map_or("", |line| line.text);
        text(*index).starts_with("diff ")
            || text(*index).starts_with("--- ") && text(index + 1).starts_with("+++ ")
    };
    let is_before = |index: &usize| lines[*index].start <= cursor;
    let start = (0..lines.len()).filter(is_before).rfind(starts_file).unwrap_or(0);
    // The two lines with file names follow the line that says `diff`.
    let end = (start + 1..lines.len()).filter(|index| !is_before(index)).find(starts_file);
    let mut in_hunk = false;
    let role = |(index, line): (usize, &Line<'_>)| {
        let is_header = is_hunk_header(line.text);
        in_hunk = (in_hunk || is_header) && (start..end.unwrap_or(lines.len())).contains(&index);
        let role = role(line.text).filter(|_| in_hunk && !is_header);
        role.unwrap_or(Role::Header)
    };
    let roles = lines.iter().enumerate().map(role).collect();
    let path = lines[start..].iter().find_map(|line| line.text.strip_prefix("+++ "));
    Some(Diff { roles, blank: "", path: path.filter(|path| *path != "/dev/null") })
}

/// `@@ -1,2 +3,4 @@`, or with more signs for a merge.
fn is_hunk_header(line: &str) -> bool {
    let rest = line.trim_start_matches('@');
    line.len() - rest.len() >= 2 && rest.starts_with(" -") && rest.contains(" @@")
}

/// The lines of a hunk without its header: each begins with a sign, and behind the signs is code
/// that is no list.
fn marked_lines<'a>(lines: &[Line<'a>]) -> Option<Diff<'a>> {
    let filled = || lines.iter().filter(|line| !line.is_blank());
    let roles: Vec<_> = lines.iter().map(|line| role(line.text)).collect::<Option<_>>()?;
    let signed = filled().filter(|line| !line.text.starts_with(' ')).map(|line| &line.text[1..]);
    let rests = filled().map(|line| &line.text[1..]);
    let has_blank = mark_has_blank(rests.clone());
    // `- ` begins the entries of a YAML list, and nothing tells them from deleted lines.
    let is_list = if roles.contains(&Role::Added) {
        has_blank && !rests.clone().any(|rest| rest.starts_with("  "))
    } else {
        has_blank || signed.clone().any(|rest| rest.starts_with('-'))
    };
    let is_diff = filled().count() > 1
        && !is_list
        && look_like_code(rests)
        && signed.clone().any(|rest| rest.contains(char::is_alphabetic));
    is_diff.then_some(Diff { roles, blank: if has_blank { " " } else { "" }, path: None })
}

fn role(line: &str) -> Option<Role> {
    match line.chars().next() {
        Some('+') => Some(Role::Added),
        Some('-') => Some(Role::Deleted),
        Some(' ') | None => Some(Role::Context),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn signs_go_and_new_lines_are_added_ones() {
        let check = |text: &str, prefix: &str, completed: &str| {
            let snippet = clean(text, &["|"]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.dressed("x\n\n  y\n"), completed, "{text:?}");
            assert_eq!(snippet.undo.bare("x\n\n  y\n"), "x\n\n  y\n", "{text:?}");
        };
        let code = "if a:\n    b = ";
        check("+if a:\n+    b = ", code, "x\n+\n+  y\n");
        check(" if a:\n+    b = ", code, "x\n+\n+  y\n");
        check(" if a:\n-    c = 1\n+    b = ", code, "x\n+\n+  y\n");
        check(" if a:\n+    c = 1\n-    b = ", code, "x\n-\n-  y\n");
        check("+if a:\n\n+    b = ", "if a:\n\n    b = ", "x\n+\n+  y\n");
        check("+ if a:\n+     b = ", code, "x\n+\n+   y\n");
        check("+if a:\n+    b\n", "if a:\n    b\n", "+x\n+\n+  y\n");
        check("@@ -1,2 +1,3 @@ def f():\n if a:\n-    c\n+    b = |\n \n d", code, "x\n+\n+  y\n");
        let snippet = clean("    +if a:\n    +    b = ", &[]);
        assert_eq!(snippet.segments.prefix, code);
        assert_eq!(snippet.undo.dressed("x\n  y\n"), "x\n    +  y\n");
    }

    #[test]
    fn a_patch_is_code_of_the_cursors_file() {
        let text = "From 1 Mon\nSubject: Fix\n---\ndiff --git a/a.py b/a.py\nindex 1..2 100644\n--- a/a.py\n\
                    +++ b/a.py\n@@ -1 +1 @@\n-old\n+new\n\\ No newline at end of file\n\
                    diff --git a/b.rs b/b.rs\n--- a/b.rs\n+++ b/b.rs\n@@ -1,2 +1,3 @@\n fn f() {\n+    g(";
        let snippet = clean(text, &[]);
        assert_eq!(snippet.segments.prefix, "fn f() {\n    g(");
        assert_eq!(snippet.language_hint.as_deref(), Some("rs"));
        assert_eq!(snippet.undo.append("1);\n}"), format!("{text}1);\n+}}"));
        let marked = text.replace("+new\n", "+new|\n");
        let snippet = clean(&marked, &["|"]);
        assert_eq!(
            (&*snippet.segments.prefix, snippet.language_hint.as_deref()),
            ("new", Some("py"))
        );
        assert_eq!(snippet.undo.append(""), text);
    }

    #[test]
    fn signs_of_code_and_lists_stay() {
        for text in [
            "- name: a\n- name: b\n  run: [c]\n- ",
            "- apples (red)\n- pears (green)\n- ",
            "+ apples\n+ pears\n+ ",
            "-1,\n-2,\n-3,",
            "+1\n+2\n",
            "+ f(1)\n+ g(2)\n",
            "--verbose\n--help=1\n",
        ] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
