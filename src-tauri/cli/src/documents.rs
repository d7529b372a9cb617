//! `pounce completions` and `pounce man`: what packages install beside the program.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;

/// Prints a script that completes the command line of `pounce` in a shell.
pub(crate) fn completions(shell: Shell) {
    clap_complete::generate(shell, &mut Arguments::command(), "pounce", &mut io::stdout());
}

/// Writes the manual pages of `pounce` and its sub-commands into a folder.
///
/// # Errors
/// If the folder cannot be made or written.
pub(crate) fn man(folder: &Path) -> anyhow::Result<()> {
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.with_context(|| format!("cannot write into {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().unwrap();
        man(&folder.path().join("man1")).unwrap();
        let page =
            |name: &str| std::fs::read_to_string(folder.path().join("man1").join(name)).unwrap();
        assert!(page("pounce.1").contains("pounce\\-complete(1)"), "it names the others");
        assert!(page("pounce-models-add.1").contains("SYNOPSIS"));
        let missing = man(Path::new("/dev/null/man1")).unwrap_err().to_string();
        assert_eq!(missing, "cannot write into /dev/null/man1");
    }
}
