//! [`Case`]: a place in a file of a project, and what belongs there.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::Deserialize;

/// A case as the file has it. Other keys are ignored.
#[derive(Debug, Deserialize)]
struct Written {
    project: String,
    path: String,
    offset: usize,
    target: String,
}

/// A place in a file of a project, and what belongs there.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) file: PathBuf,
    /// The line of the place, counted from 0.
    pub(super) line: usize,
    /// The file up to the place.
    before: String,
    /// The rest of the line, which is not in the file.
    pub(super) target: String,
}

impl Case {
    /// A line of the cases, whose file is below `folder`.
    ///
    /// # Errors
    /// If it is no case, or its file does not have the place.
    pub(super) fn parse(line: &str, folder: &Path) -> anyhow::Result<Self> {
        let Written { project, path, offset, target } = serde_json::from_str(line)?;
        let file = folder.join(project).join(path);
        let name = file.display();
        let mut before =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        ensure!(before.is_char_boundary(offset), "{name} has no character {offset}");
        before.truncate(offset);
        let line = before.matches('\n').count();
        Ok(Self { file, line, before, target })
    }

    /// The last `n` lines before the place, the one that the place is in included.
    pub(super) fn copied(&self, n: usize) -> &str {
        let start = self.before.rmatch_indices('\n').nth(n - 1).map_or(0, |(at, _)| at + 1);
        &self.before[start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_before_the_place_are_copied() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("p")).unwrap();
        std::fs::write(folder.path().join("p/a.py"), "one\ntwo\nthr\nfour\n").unwrap();
        let case = |offset: usize| {
            let line =
                format!(r#"{{"project":"p","path":"a.py","offset":{offset},"target":"ee"}}"#);
            Case::parse(&line, folder.path())
        };
        let place = case(11).unwrap();
        assert_eq!(place.line, 2);
        assert_eq!([1, 2, 9].map(|n| place.copied(n)), ["thr", "two\nthr", "one\ntwo\nthr"]);
        assert!(case(99).unwrap_err().to_string().contains("a.py"), "the file is named");
    }
}
