//! The installed models, the memory they take and how fast they are here.

use std::path::Path;
use std::time::Duration;

use pounce_engine::PromptForm;
use pounce_service as service;
use pounce_service::units::ms;
use pounce_service::{
    BreakerState, ContextQuality, ModelState, Quality, RemoteInfo, ThreadChoice, Tier,
};
use serde::Serialize;

use crate::app::state::wanted_model;

/// The answer to `query_models`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct Models {
    /// Every installed model, the one that came with the app first.
    pub(crate) models: Vec<ModelInfo>,
    /// The model that the user pinned; `None` if the router chooses.
    pub(crate) pinned: Option<String>,
    /// What the resident models may take together and take now.
    pub(crate) memory: MemoryInfo,
}

/// The payload of the event `model_state`: one model's state has changed, so `query_models` has a new answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct ModelStateChange {
    /// The model's id.
    pub(crate) id: String,
    /// The model's new state.
    #[serde(flatten)]
    pub(crate) state: ModelState,
}

/// One installed model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct ModelInfo {
    /// The id that commands take.
    pub(crate) id: String,
    /// The name for people.
    pub(crate) name: String,
    /// The size of its files.
    pub(crate) size_bytes: u64,
    /// The resident memory that loading it took; `None` before it was first loaded on this machine.
    pub(crate) memory_bytes: Option<u64>,
    /// Whether it is in memory.
    #[serde(flatten)]
    pub(crate) state: ModelState,
    /// Whether the user pinned it.
    pub(crate) is_pinned: bool,
    /// Whether the next request will probably go to it.
    pub(crate) is_active: bool,
    /// Whether it may be removed: the model that came with the app may not.
    pub(crate) is_removable: bool,
    /// How fast it is on this machine; `None` before it was measured.
    pub(crate) speed: Option<ModelSpeed>,
    /// How long a typical completion takes with each number of threads, fewest first; empty before that was measured.
    pub(crate) threads: Vec<ThreadTime>,
    /// Why it runs on the processor although the settings ask for a GPU; `None` if nothing is wrong.
    pub(crate) device_problem: Option<String>,
    /// How much it knows, and so how slow it is.
    pub(crate) tier: Tier,
    /// How good its completions are; `None` if it was not measured.
    pub(crate) quality: Option<Quality>,
    /// How many of a hundred short snippets it completes rightly; `None` if that was not measured.
    pub(crate) accepted_snippets: Option<u32>,
    /// How it is asked best and how good it is then; `None` before that was measured on this machine.
    pub(crate) assessment: Option<AssessmentInfo>,
    /// Whether requests pass to it.
    pub(crate) breaker: BreakerState,
    /// The licence of its weights, as an SPDX identifier; `None` for a model that the catalogue does not know.
    pub(crate) licence: Option<String>,
    /// Where it runs; `None` for a model of this machine.
    pub(crate) remote: Option<RemoteInfo>,
}

/// What an assessment on this machine has shown of a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct AssessmentInfo {
    /// The form in which it is asked.
    pub(crate) form: PromptForm,
    /// How good it is, asked in that form.
    pub(crate) quality: ContextQuality,
}

/// A model's speed as measured on this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct ModelSpeed {
    /// Reading one token of the snippet.
    pub(crate) prompt_token_ms: f64,
    /// Writing one token of the completion.
    pub(crate) token_ms: f64,
}

/// How long a typical completion takes with this many threads.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct ThreadTime {
    /// The number of threads.
    pub(crate) n_threads: u32,
    /// The time for prompt and completion together.
    pub(crate) total_ms: f64,
    /// Whether the next start uses this many, if the user leaves the choice to the app.
    pub(crate) is_chosen: bool,
}

/// Bytes allowed and bytes used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct MemoryInfo {
    /// What resident models may take together.
    pub(crate) budget_bytes: u64,
    /// What they take now.
    pub(crate) resident_bytes: u64,
}

/// The answer to `query_models`. `own` is the folder of the models that the user installed, which may be removed; `dirs`
/// says where each model is.
pub(crate) fn models(
    status: &service::Status,
    dirs: &service::ModelRegistry,
    own: &Path,
) -> Models {
    let active = wanted_model(&status.models).map(|model| &model.id);
    let info = |model: &service::ModelStatus| {
        let dir = dirs.get(&model.id).map(|installed| installed.dir.as_path());
        let is_removable = dir.is_some_and(|dir| dir.parent() == Some(own)) && !model.is_default;
        ModelInfo { is_active: active == Some(&model.id), is_removable, ..model_info(model) }
    };
    let mut models: Vec<_> = status.models.iter().collect();
    models.sort_by_key(|model| !model.is_default);
    Models {
        models: models.into_iter().map(info).collect(),
        pinned: status
            .models
            .iter()
            .find(|model| model.is_pinned)
            .map(|model| model.id.to_string()),
        memory: MemoryInfo { budget_bytes: status.budget_bytes, resident_bytes: status.used_bytes },
    }
}

fn model_info(model: &service::ModelStatus) -> ModelInfo {
    let speed = model.measured.speed.map(|speed| ModelSpeed {
        prompt_token_ms: ms(speed.encode_per_token()),
        token_ms: ms(speed.decode_per_token()),
    });
    let spec = service::ModelCatalog::built_in().get(&model.id).cloned();
    ModelInfo {
        id: model.id.to_string(),
        name: model.name.clone(),
        size_bytes: model.disk_bytes,
        memory_bytes: model.resident_bytes.or(model.measured.resident_bytes),
        state: model.state.clone(),
        is_pinned: model.is_pinned,
        is_active: false,
        is_removable: false,
        speed,
        threads: model.measured.threads.as_ref().map(thread_times).unwrap_or_default(),
        device_problem: model.measured.device_fallback_reason.clone(),
        tier: model.tier,
        quality: spec.as_ref().and_then(|spec| spec.quality),
        accepted_snippets: spec.as_ref().and_then(|spec| spec.accepted_snippets),
        assessment: model
            .measured
            .assessment
            .as_ref()
            .map(|found| AssessmentInfo { form: found.form, quality: found.quality }),
        breaker: model.breaker,
        licence: spec.map(|spec| spec.licence),
        remote: model.remote.clone(),
    }
}

fn thread_times(choice: &ThreadChoice) -> Vec<ThreadTime> {
    let time = |(threads, time): (usize, Duration)| ThreadTime {
        n_threads: threads as u32,
        total_ms: ms(time),
        is_chosen: threads == choice.threads,
    };
    choice.times().map(time).collect()
}
