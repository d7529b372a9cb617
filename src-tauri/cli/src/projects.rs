//! `pounce projects`: the folders in which snippets are looked for.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Subcommand;
use pounce_project::{FolderState, FolderStatus, Limits, Projects};
use pounce_service::settings::Settings;
use pounce_service::units::ms;

use crate::open_settings::OpenSettings;
use crate::output::{put, say};
use crate::table::Table;

#[derive(Debug, Subcommand)]
pub(crate) enum ProjectsCommand {
    /// List the folders
    List,
    /// Look for snippets in a folder, too
    Add {
        /// The folder
        folder: PathBuf,
    },
    /// Look for snippets in a folder no more
    Remove {
        /// The folder
        folder: PathBuf,
    },
    /// Read the folders, and say what is left out
    Status,
}

/// Runs a sub-command. Returns whether a running app has to reload the settings.
///
/// # Errors
/// One line that names the folder or the setting and the remedy.
pub(crate) fn run(command: &ProjectsCommand) -> anyhow::Result<bool> {
    let mut open = OpenSettings::open()?;
    let settings = &mut open.settings;
    match command {
        ProjectsCommand::List => {
            settings.projects.folders.iter().for_each(|folder| say!("{}", folder.display()));
            return Ok(false);
        }
        ProjectsCommand::Status => {
            put!("{}", status(&settings.projects.folders, Limits::default()));
            return Ok(false);
        }
        ProjectsCommand::Add { folder } => add(settings, folder)?,
        ProjectsCommand::Remove { folder } => remove(settings, folder)?,
    }
    open.save()?;
    Ok(true)
}

/// Reads a folder now.
///
/// # Errors
/// If it is no folder.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Projects> {
    Ok(Projects::read(&[whole(folder)?], Limits::default()))
}

fn add(settings: &mut Settings, folder: &Path) -> anyhow::Result<()> {
    let folder = whole(folder)?;
    if settings.projects.folders.contains(&folder) {
        bail!("{} is one of the folders already", folder.display());
    }
    settings.projects.folders.push(folder);
    Ok(())
}

fn remove(settings: &mut Settings, folder: &Path) -> anyhow::Result<()> {
    // One that is gone has no whole path any more.
    let whole = whole(folder).unwrap_or_else(|_| folder.to_owned());
    let folders = &mut settings.projects.folders;
    let Some(at) = folders.iter().position(|known| *known == whole) else {
        bail!("{} is none of the folders: see `pounce projects list`", whole.display());
    };
    folders.remove(at);
    Ok(())
}

/// The whole path of a folder, without links.
fn whole(folder: &Path) -> anyhow::Result<PathBuf> {
    let name = folder.display();
    let whole = folder.canonicalize().with_context(|| format!("cannot open {name}"))?;
    if !whole.is_dir() {
        bail!("{name} is a file: give a folder");
    }
    Ok(whole)
}

/// What is known of the folders once they are read.
fn status(folders: &[PathBuf], limits: Limits) -> String {
    if folders.is_empty() {
        return "no folder is read: `pounce projects add FOLDER`\n".to_owned();
    }
    let started = Instant::now();
    let projects = Projects::read(folders, limits);
    let took = ms(started.elapsed());
    let mut table = Table::new(["folder", "files", "lines", "left out"]);
    for status in projects.status() {
        table.push([
            status.folder.display().to_string(),
            status.n_files.to_string(),
            status.n_lines.to_string(),
            left_out(&status),
        ]);
    }
    format!("{table}read in {took:.0} ms, {} MB\n", projects.size_bytes() >> 20)
}

fn left_out(status: &FolderStatus) -> String {
    let missing = (status.state == FolderState::Missing).then(|| "there is no such folder".into());
    let cut = status.is_cut.then(|| "what is beyond the limits of files and lines".to_owned());
    let files = status.left_out.iter().map(|(why, n)| format!("{n} {why}"));
    let all: Vec<String> = missing.into_iter().chain(files).chain(cut).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_added_once_by_their_whole_paths() {
        let folder = tempfile::tempdir().unwrap();
        let (mut settings, path) = (Settings::default(), folder.path());
        add(&mut settings, &path.join(".")).unwrap();
        assert_eq!(settings.projects.folders, [path.canonicalize().unwrap()]);
        settings.validate().unwrap();
        let error = add(&mut settings, path).unwrap_err().to_string();
        assert!(error.contains("already"), "{error}");
        let missing = path.join("none");
        let error = format!("{:#}", add(&mut settings, &missing).unwrap_err());
        assert!(error.contains("cannot open"), "{error}");
        let error = remove(&mut settings, &missing).unwrap_err().to_string();
        assert!(error.contains("projects list"), "{error}");
        remove(&mut settings, path).unwrap();
        assert!(settings.projects.folders.is_empty());
    }

    #[test]
    fn the_status_says_what_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.rs"), "fn main() {}\n").unwrap();
        std::fs::write(folder.path().join("key.pem"), "x").unwrap();
        let folders = [folder.path().to_owned(), folder.path().join("none")];
        let text = status(&folders, Limits::default());
        assert!(text.contains("1 may hold secrets"), "{text}");
        assert!(text.contains("there is no such folder"), "{text}");
        assert!(!text.contains("beyond the limits"), "{text}");
        assert!(status(&[], Limits::default()).contains("projects add"), "the remedy");
    }

    #[test]
    fn of_very_many_files_those_beyond_the_limit_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..300 {
            std::fs::write(folder.path().join(format!("{number}.rs")), "fn main() {}\n").unwrap();
        }
        let limits = Limits { max_files: 256, ..Limits::default() };
        let text = status(&[folder.path().to_owned()], limits);
        assert!(text.contains(" 256 ") && text.contains("beyond the limits"), "{text}");
    }
}
