//! Names that are safe as those of folders and files, wherever they come from.

/// Whether `name` can be that of a model and of its folder: 1 to 96 letters, digits, `.`, `_` and
/// `-`, not beginning with a dot.
pub(crate) fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=96).contains(&name.len()) && !name.starts_with('.') && name.chars().all(is_allowed)
}

/// Whether a file is a GGUF file by its name.
pub(crate) fn is_gguf(name: &str) -> bool {
    name.len() > 5 && name.to_ascii_lowercase().ends_with(".gguf")
}

/// Whether the path of a file in a repository stays inside of the folder it is downloaded to.
pub(super) fn is_inner_path(path: &str) -> bool {
    path.split('/').all(is_name)
}
