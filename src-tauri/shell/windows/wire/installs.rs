//! The catalogue of models that can be installed, and how an install ended.

use pounce_service as service;
use pounce_service::{ModelCatalog, ModelId, ModelSpec, Tier};
use serde::{Deserialize, Serialize};

/// One entry of the catalogue, in the answer to `query_catalogue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
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
    pub(crate) tier: Tier,
    /// Bytes to download; `None` if only the server knows.
    pub(crate) size_bytes: Option<u64>,
    /// How many of a hundred short snippets it completes rightly; `None` if that was not measured.
    pub(crate) accepted_snippets: Option<u32>,
    /// Whether every file's checksum is known. Otherwise the first download pins what it got.
    pub(crate) is_pinned: bool,
}

/// The payload of the event `install_ended`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
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
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum InstallOutcome {
    /// The model is installed.
    Installed,
    /// The user cancelled it; what was downloaded is kept for the next time.
    Cancelled,
    /// It failed.
    Failed,
}

/// What is chosen in the desktop's dialog: the argument of `do_choose_path`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum Chosen {
    /// A `.gguf` file.
    File,
    /// A folder with a checkpoint.
    Folder,
    /// A folder with code of the user's.
    Project,
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
        tier: spec.tier,
        size_bytes: spec.size_bytes(),
        accepted_snippets: spec.accepted_snippets,
        is_pinned: spec.is_pinned(),
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
