//! Which files of a folder are read: text that people write, and no secrets.

mod file_list;
mod generated;
mod left_out;
mod secret_names;
mod source_file;

pub use left_out::LeftOut;

pub(crate) use file_list::{Depth, FileList, IGNORE_FILES};
pub(crate) use source_file::{ReadFile, SourceFile, Stamp};
