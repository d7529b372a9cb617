//! [`n_named`]: whether the title of a window names a file.
//!
//! Editors write the name of the open file there, often with its folder or project: `a.rs - src - Editor`.

use std::path::Path;

/// How many parts of a path a title names; 0 if it does not name the file, whatever else it names.
pub(super) fn n_named(path: &Path, title: &str) -> usize {
    let parts = || path.iter().rev().filter_map(|part| part.to_str());
    match parts().next() {
        Some(name) if names(title, name) => parts().filter(|part| names(title, part)).count(),
        _ => 0,
    }
}

/// Whether a name stands in a title, not as a part of another.
fn names(title: &str, name: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    title.match_indices(name).any(|(at, _)| {
        let (before, after) = (&title[..at], &title[at + name.len()..]);
        !before.ends_with(is_name) && !after.starts_with(is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_a_file_by_its_whole_name() {
        let check = |title: &str, expected: usize, why: &str| {
            assert_eq!(n_named(Path::new("/home/ada/shop/src/main.rs"), title), expected, "{why}");
        };
        check("main.rs - shop - Visual Studio Code", 2, "with the project");
        check("● main.rs — src", 2, "changed, with the folder");
        check("~/shop/src/main.rs (~/shop/src) - NVIM", 3, "with the path");
        check("domain.rs - shop", 0, "another file");
        check("main.rs.orig - shop", 0, "and another");
        check("shop - Terminal", 0, "only the project");
        check("", 0, "none");
    }
}
