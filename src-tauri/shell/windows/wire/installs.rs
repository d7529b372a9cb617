//! The catalogue of models that can be installed, and the running installs.

use pounce_service as service;
use pounce_service::{InstallProgress, ModelCatalog, ModelId, ModelSpec};
use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

use super::units::ms;

/// One entry of the catalogue, in the answer to `query_catalogue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct CatalogueEntry {
    /// The id that `do_install_model` takes as its source.
    pub(crate) id: String,
    /// The name for people.
    pub(crate) name: String,
    /// What it is, in a line.
    pub(crate) summary: String,
    /// The licence of its weights, as an SPDX identifier.
    pub(crate) licence: String,
    /// The languages it was trained on; empty if no list is known.
    pub(crate) languages: Vec<String>,
    /// The number of trained weights.
    pub(crate) n_parameters: u64,
    /// The longest prompt it was trained on, in tokens.
    pub(crate) context_tokens: u32,
    /// How much it knows, and so how slow it is.
    pub(crate) tier: ModelTier,
    /// Bytes to download; `None` if only the server knows.
    pub(crate) size_bytes: Option<u64>,
    /// Whether every file's checksum is known. Otherwise the first download pins what it got.
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
    /// The name for people.
    pub(crate) name: String,
    /// The current step.
    pub(crate) step: InstallStep,
    /// Bytes done of this step.
    pub(crate) done_bytes: u64,
    /// Bytes of this step in all; `None` if not known.
    pub(crate) total_bytes: Option<u64>,
    /// The transfer speed; `None` at first, and in steps that transfer nothing.
    pub(crate) bytes_per_second: Option<u64>,
    /// The estimated remaining time; `None` if it cannot be estimated.
    pub(crate) time_left_ms: Option<f64>,
    /// What holds the install up, such as a lost connection; `None` if nothing does.
    pub(crate) note: Option<String>,
}

/// The steps of an install, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum InstallStep {
    /// Looking up the files, and whether they fit on the disk.
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
    /// Why it failed, with the remedy; or, if it was installed, what could not be measured. `None` if there is nothing to
    /// say.
    pub(crate) message: Option<String>,
    /// The files whose checksums were not known before, and that this download has pinned.
    pub(crate) pinned: Vec<String>,
}

/// How an install ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum InstallOutcome {
    /// The model is installed.
    Installed,
    /// The user cancelled it; what was downloaded is kept for the next time.
    Cancelled,
    /// It failed.
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

/// The models that can be installed: all but the one that came with the app.
pub(crate) fn catalogue(catalog: &ModelCatalog) -> Vec<CatalogueEntry> {
    catalog.models().iter().filter(|spec| !spec.is_embedded()).map(entry).collect()
}

fn entry(spec: &ModelSpec) -> CatalogueEntry {
    CatalogueEntry {
        id: spec.id.to_string(),
        name: spec.name.clone(),
        summary: spec.summary.clone(),
        licence: spec.licence.clone(),
        languages: spec.languages.clone(),
        n_parameters: spec.n_parameters,
        context_tokens: spec.context_tokens as u32,
        tier: spec.tier.into(),
        size_bytes: spec.size_bytes(),
        is_pinned: spec.is_pinned(),
    }
}

/// A running install.
pub(crate) fn install_info(progress: &InstallProgress) -> InstallInfo {
    InstallInfo {
        id: progress.id.to_string(),
        name: progress.name.clone(),
        step: progress.step.into(),
        done_bytes: progress.done_bytes,
        total_bytes: progress.total_bytes,
        bytes_per_second: progress.bytes_per_second,
        time_left_ms: progress.time_left.map(ms),
        note: progress.note.clone(),
    }
}

/// An install that has reported nothing yet, or has already ended without a report; its end is reported separately.
pub(crate) fn starting_install(id: &ModelId) -> InstallInfo {
    InstallInfo {
        id: id.to_string(),
        name: id.to_string(),
        step: InstallStep::Checking,
        done_bytes: 0,
        total_bytes: None,
        bytes_per_second: None,
        time_left_ms: None,
        note: None,
    }
}

/// How an install ended.
pub(crate) fn install_ended(id: &ModelId, outcome: service::InstallOutcome) -> InstallEnded {
    let (outcome, message, pinned) = match outcome {
        service::InstallOutcome::Installed(installed) => {
            (InstallOutcome::Installed, installed.uncalibrated, installed.pinned)
        }
        service::InstallOutcome::Cancelled => (InstallOutcome::Cancelled, None, Vec::new()),
        service::InstallOutcome::Failed { message } => {
            (InstallOutcome::Failed, Some(message), Vec::new())
        }
    };
    InstallEnded { id: id.to_string(), outcome, message, pinned }
}

impl From<service::Tier> for ModelTier {
    fn from(tier: service::Tier) -> Self {
        match tier {
            service::Tier::Small => Self::Small,
            service::Tier::Medium => Self::Medium,
            service::Tier::Large => Self::Large,
        }
    }
}

impl From<service::InstallStep> for InstallStep {
    fn from(step: service::InstallStep) -> Self {
        match step {
            service::InstallStep::Checking => Self::Checking,
            service::InstallStep::Downloading => Self::Downloading,
            service::InstallStep::Verifying => Self::Verifying,
            service::InstallStep::Converting => Self::Converting,
            service::InstallStep::Calibrating => Self::Calibrating,
            service::InstallStep::Finishing => Self::Finishing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_that_came_with_the_app_is_not_offered() {
        let entries = catalogue(&ModelCatalog::built_in());
        assert!(entries.iter().any(|entry| entry.id == "codet5p-220m"), "it can be installed");
        assert!(entries.iter().all(|entry| entry.id != "pounce-50m"), "it is there already");
    }

    #[test]
    fn a_failed_install_has_a_message_and_a_cancelled_one_does_not() {
        let message = "no room: 2 GB are needed".to_owned();
        let failed = install_ended(
            &"a".into(),
            service::InstallOutcome::Failed { message: message.clone() },
        );
        assert_eq!((failed.outcome, failed.message), (InstallOutcome::Failed, Some(message)));
        let cancelled = install_ended(&"a".into(), service::InstallOutcome::Cancelled);
        assert_eq!((cancelled.outcome, cancelled.message), (InstallOutcome::Cancelled, None));
    }
}
