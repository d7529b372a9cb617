//! The catalogue and the running installs in the types that the windows draw. Pure conversions.

use pounce_service as service;
use pounce_service::{InstallProgress, ModelCatalog, ModelId, ModelSpec};

use crate::ipc::{
    CatalogueEntry, InstallEnded, InstallInfo, InstallOutcome, InstallStep, ModelTier,
};
use crate::present;

/// What can be installed: everything but the model that came with the app.
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
pub(crate) fn info(progress: &InstallProgress) -> InstallInfo {
    InstallInfo {
        id: progress.id.to_string(),
        name: progress.name.clone(),
        step: progress.step.into(),
        done_bytes: progress.done_bytes,
        total_bytes: progress.total_bytes,
        bytes_per_second: progress.bytes_per_second,
        time_left_ms: progress.time_left.map(present::ms),
        note: progress.note.clone(),
    }
}

/// An install that has told nothing yet, or has ended so soon that it never will; its end is told in any case.
pub(crate) fn starting(id: &ModelId) -> InstallInfo {
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
pub(crate) fn ended(id: &ModelId, outcome: service::InstallOutcome) -> InstallEnded {
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
    fn what_came_with_the_app_is_not_offered() {
        let entries = catalogue(&ModelCatalog::built_in());
        assert!(entries.iter().any(|entry| entry.id == "codet5p-220m"), "it can be installed");
        assert!(entries.iter().all(|entry| entry.id != "pounce-50m"), "it is there already");
    }

    #[test]
    fn a_failure_is_told_in_its_own_words_and_a_cancelled_install_not_at_all() {
        let message = "no room: 2 GB are needed".to_owned();
        let failed =
            ended(&"a".into(), service::InstallOutcome::Failed { message: message.clone() });
        assert_eq!((failed.outcome, failed.message), (InstallOutcome::Failed, Some(message)));
        let cancelled = ended(&"a".into(), service::InstallOutcome::Cancelled);
        assert_eq!((cancelled.outcome, cancelled.message), (InstallOutcome::Cancelled, None));
    }
}
