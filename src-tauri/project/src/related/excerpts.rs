//! [`excerpts`]: the lines of files that have the names near a cursor.

use std::collections::HashMap;

/// The most code of all files, in bytes: a few milliseconds of a tokenizer.
const MAX_BYTES: usize = 16 * 1024;
/// Shorter words stand anywhere.
const MIN_NAME: usize = 3;
/// At most this many names are looked for.
const MAX_NAMES: usize = u64::BITS as usize;
/// Lines before the cursor's, and after it, whose names count: those with code.
const N_BEFORE: usize = 3;
const N_AFTER: usize = 2;
/// What a name in the cursor's own line is worth more than one in another line.
const OWN_LINE: f32 = 2.0;
/// What names in the line before are worth of those in a line itself.
const LINE_BEFORE: f32 = 0.5;

/// The lines of `files` with the names near the cursor between `before` and `after`, each with the line
/// before and after it: a text for each file that has some, with a blank line where lines are left out.
/// Rare names count more, and so do those in the cursor's line.
pub(crate) fn excerpts(before: &str, after: &str, files: &[String]) -> Vec<String> {
    let names = Names::near(before, after);
    let files: Vec<Vec<&str>> = files.iter().map(|text| text.lines().collect()).collect();
    let masks: Vec<Vec<u64>> =
        files.iter().map(|lines| lines.iter().map(|line| names.mask(line)).collect()).collect();
    let worths = names.worths(&masks);
    let mut scored = Vec::new();
    for (file, masks) in masks.iter().enumerate() {
        for (line, mask) in masks.iter().enumerate().filter(|(_, mask)| **mask != 0) {
            let above = line.checked_sub(1).map_or(0, |above| masks[above]);
            let score = worth(*mask, &worths) + LINE_BEFORE * worth(above, &worths);
            scored.push((score, file, line));
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let taken = taken(&files, scored.into_iter().map(|(_, file, line)| (file, line)));
    let texts = files.iter().zip(&taken).map(|(lines, taken)| joined(lines, taken));
    texts.filter(|text| !text.is_empty()).collect()
}

/// The names near a cursor, each with its number and what it is worth.
struct Names<'a>(HashMap<&'a str, (usize, f32)>);

impl<'a> Names<'a> {
    fn near(before: &'a str, after: &'a str) -> Self {
        let (above, own) = before.rsplit_once('\n').unwrap_or(("", before));
        let filled = |line: &&str| !line.trim().is_empty();
        let above = above.rsplit('\n').filter(filled).take(N_BEFORE);
        let below = after.split('\n').skip(1).filter(filled).take(N_AFTER);
        let lines = above.chain(below).map(|line| (line, 1.0));
        let mut found = Self(HashMap::new());
        for (line, weight) in std::iter::once((own, OWN_LINE)).chain(lines) {
            for name in names(line) {
                let number = found.0.len();
                if number < MAX_NAMES || found.0.contains_key(name) {
                    found.0.entry(name).or_insert((number, 0.0)).1 += weight;
                }
            }
        }
        found
    }

    /// The names that a line has, a bit for each.
    fn mask(&self, line: &str) -> u64 {
        let known = names(line).filter_map(|name| self.0.get(name));
        known.fold(0, |mask, (number, _)| mask | 1 << number)
    }

    /// What each name is worth: less the more lines have it.
    fn worths(&self, masks: &[Vec<u64>]) -> [f32; MAX_NAMES] {
        const MOST: f32 = 3.0;
        let mut worths = [0.0; MAX_NAMES];
        for (number, weight) in self.0.values() {
            let n_lines = masks.iter().flatten().filter(|mask| **mask >> number & 1 == 1).count();
            worths[*number] = weight.min(MOST) / (2.0 + n_lines as f32).log2();
        }
        worths
    }
}

fn names(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|word| word.len() >= MIN_NAME && !word.starts_with(|c: char| c.is_ascii_digit()))
}

fn worth(mask: u64, worths: &[f32; MAX_NAMES]) -> f32 {
    (0..MAX_NAMES).filter(|number| mask >> number & 1 == 1).map(|number| worths[number]).sum()
}

/// Of each file, which lines are taken: those that are wanted, with their neighbours, while there is room.
fn taken(files: &[Vec<&str>], wanted: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<bool>> {
    let mut taken: Vec<Vec<bool>> = files.iter().map(|lines| vec![false; lines.len()]).collect();
    let mut n_bytes = 0;
    for (file, line) in wanted {
        for near in line.saturating_sub(1)..(line + 2).min(files[file].len()) {
            if !std::mem::replace(&mut taken[file][near], true) {
                n_bytes += files[file][near].len() + 1;
            }
        }
        if n_bytes > MAX_BYTES {
            break;
        }
    }
    taken
}

fn joined(lines: &[&str], taken: &[bool]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| taken[*at]) {
        if at > 0 && !taken[at - 1] && !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_the_names_of_the_place_are_taken() {
        let file = |lines: &[&str]| lines.join("\n");
        let other = file(&["one", "client = open_client(url)", "two", "three", "four", "five"]);
        let unrelated = file(&["alpha", "beta"]);
        let found = excerpts("x = 1\nclient = open_", "\nreturn client", &[other, unrelated]);
        assert_eq!(found, ["one\nclient = open_client(url)\ntwo\n"], "with the lines around it");
    }

    #[test]
    fn rare_names_and_those_of_the_own_line_come_first() {
        let common = "value = common_name + 1\n".repeat(2_000);
        let files = [format!("{common}rare_name(value)\n"), common.clone()];
        let found = excerpts("common_name\nrare_name", "", &files);
        assert!(found[0].ends_with("rare_name(value)\n"), "the rarest is in");
        assert!(found.iter().map(String::len).sum::<usize>() < MAX_BYTES + 200, "there is a limit");
    }

    #[test]
    fn a_blank_line_stands_where_lines_are_left_out() {
        let text = "call_it(1)\na\nb\nc\nd\ncall_it(2)\n".to_owned();
        assert_eq!(excerpts("call_it", "", &[text]), ["call_it(1)\na\n\nd\ncall_it(2)\n"]);
        assert_eq!(excerpts("", "", &["a_name\n".to_owned()]), [""; 0], "no name, no line");
    }
}
