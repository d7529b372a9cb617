//! Reads cases: JSON objects, one a line, in one file or in the files of a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The first `limit` cases of a file; blank lines are skipped.
///
/// # Errors
/// If the file cannot be read, or `parse` fails for a line, which is named.
pub(super) fn read<T>(
    file: &Path,
    limit: Option<usize>,
    parse: impl Fn(&str) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .take(limit.unwrap_or(usize::MAX))
        .map(|(idx, line)| {
            parse(line).with_context(|| format!("line {} of {name} is no case", idx + 1))
        })
        .collect()
}

/// The cases of a file, or of every `.jsonl` file of a folder, at most `limit` a file.
///
/// # Errors
/// Those of [`read`]; and if there are no cases.
pub(super) fn read_all<T>(
    path: &Path,
    limit: Option<usize>,
    parse: impl Fn(&Path, &str) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let mut cases = Vec::new();
    for file in files(path)? {
        cases.extend(read(&file, limit, |line| parse(&file, line))?);
    }
    if cases.is_empty() {
        bail!("{} has no cases", path.display());
    }
    Ok(cases)
}

fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = path.read_dir().with_context(|| format!("cannot read {}", path.display()))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut files = paths.with_context(|| format!("cannot read {}", path.display()))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    Ok(files)
}
