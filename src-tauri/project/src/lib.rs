//! Where a snippet stands in the user's projects, and the code around it.
//!
//! The modules in reading order:
//!
//! 1. `selection`: which files of a folder are read. Secrets, binaries and what programs have written
//!    are not.
//! 2. `index`: hashes of all lines, in memory alone. The code itself stays on the disk.
//! 3. `search`: where the last lines of a snippet stand, and what stands around them there, read from
//!    the disk at that moment.
//! 4. `related`: lines of the files beside the place that have the names there.
//! 5. `watching`: a thread at low priority that keeps the index as the folders are.
//! 6. [`Projects`]: what programs hold of all that.
//!
//! It knows no model, no settings and no clipboard.
//!
//! ```
//! use pounce_project::{Limits, Projects};
//!
//! let folder = tempfile::tempdir()?;
//! let code = "def area(width, height):\n    result = width * height\n    return result\n";
//! std::fs::write(folder.path().join("area.py"), code)?;
//! let projects = Projects::read(&[folder.path().to_owned()], Limits::default());
//! let place = projects.find("result = width * height")?;
//! assert_eq!(place.before, "def area(width, height):\n");
//! assert_eq!(place.snippet, "    result = width * height");
//! assert_eq!(place.after, "\n    return result");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod disk;
mod index;
mod limits;
mod projects;
mod related;
mod search;
mod selection;
mod status;
mod sync;
mod watching;

pub use limits::Limits;
pub use projects::Projects;
pub use search::{NoPlace, Place};
pub use selection::LeftOut;
pub use status::{FolderState, FolderStatus};
