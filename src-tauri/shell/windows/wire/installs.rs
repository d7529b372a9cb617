//! Models that can be had, and those that are being installed.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// One entry of the catalogue, in the answer to `query_catalogue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct CatalogueEntry {
    /// The id that `do_install_model` takes as its source.
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) name: String,
    /// What it is, in a line.
    pub(crate) summary: String,
    /// The licence of its weights, as an SPDX identifier.
    pub(crate) licence: String,
    /// What it was trained on; empty where no list is known.
    pub(crate) languages: Vec<String>,
    /// Its trained weights.
    pub(crate) n_parameters: u64,
    /// The longest prompt it was trained on, in tokens.
    pub(crate) context_tokens: u32,
    /// How much it knows, and so how slow it is.
    pub(crate) tier: ModelTier,
    /// Bytes to download; `None` where the server tells them first.
    pub(crate) size_bytes: Option<u64>,
    /// Whether every file's checksum is known. Else the first download pins what it got.
    pub(crate) is_pinned: bool,
}

/// How much a model knows, and so how slow it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum ModelTier {
    /// Below about 150 million parameters.
    Small,
    /// Up to about 400 million.
    Medium,
    /// Above.
    Large,
}

/// A model that is being installed: in the answer to `query_installs`, and the payload of the event
/// `install_progress`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct InstallInfo {
    /// The id that it will have.
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) name: String,
    /// What is done just now.
    pub(crate) step: InstallStep,
    /// Bytes done of this step.
    pub(crate) done_bytes: u64,
    /// Bytes of this step; `None` where they are not known.
    pub(crate) total_bytes: Option<u64>,
    /// How fast it goes; `None` at first, and in steps that do not transfer.
    pub(crate) bytes_per_second: Option<u64>,
    /// How long it will probably take; `None` where nobody can tell.
    pub(crate) time_left_ms: Option<f64>,
    /// What is in the way just now, such as a lost connection; `None` where nothing is.
    pub(crate) note: Option<String>,
}

/// The steps of an install, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum InstallStep {
    /// Asking what there is, and whether it fits on the disk.
    Checking,
    /// Fetching the files.
    Downloading,
    /// Comparing checksums.
    Verifying,
    /// Writing the graph that runs here.
    Converting,
    /// Measuring how fast it is here.
    Calibrating,
    /// Moving it to its place.
    Finishing,
}

/// The payload of the event `install_ended`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct InstallEnded {
    /// The model's id.
    pub(crate) id: String,
    /// How it ended.
    pub(crate) outcome: InstallOutcome,
    /// Why it failed, with the remedy; or, where it was installed, what could not be measured. `None` where there is
    /// nothing to say.
    pub(crate) message: Option<String>,
    /// The files whose checksums nobody knew before, and that were pinned by this download.
    pub(crate) pinned: Vec<String>,
}

/// How an install ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum InstallOutcome {
    /// The model is there.
    Installed,
    /// The user has stopped it; what was downloaded is kept for the next time.
    Cancelled,
    /// It cannot be had.
    Failed,
}

/// What a model of the user's own is: the argument of `do_choose_model`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum ModelPlace {
    /// A `.gguf` file.
    File,
    /// A folder with a checkpoint.
    Folder,
}
