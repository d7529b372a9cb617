//! [`DesktopUi`]: the settings of requests, and where the user sees what becomes of them.

use std::sync::Arc;

use pounce_engine::Mode;
use pounce_service::settings::{ClipboardBehaviour, PasteRule, SnippetSource};
use pounce_service::{ModelId, TimeLimits};

use super::completions::candidate_list::CandidateList;
use super::completions::completed::Completed;
use super::cursor_markers::CursorMarkers;
use super::improving::ImprovementLimits;
use super::notice::Notice;
use super::report::RequestReport;
use crate::ui_language::UiLanguage;

/// The settings that a request is worked on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestSettings {
    /// How much to complete if the trigger does not say.
    pub(crate) mode: Mode,
    /// What is completed.
    pub(crate) source: SnippetSource,
    /// What stands for the cursor.
    pub(crate) markers: CursorMarkers,
    /// What happens with the completion.
    pub(crate) behaviour: ClipboardBehaviour,
    /// The keys that paste in programs that the app's table does not know.
    pub(crate) paste_keys: Vec<PasteRule>,
    /// How long the request may take.
    pub(crate) limits: TimeLimits,
    /// Whether code is read as soon as it is copied.
    pub(crate) reads_ahead: bool,
    /// How a larger model may improve a completion; `None` if it may not.
    pub(crate) improvement: Option<ImprovementLimits>,
}

/// What the tray and the windows show of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestState {
    /// Whether a request is being worked on.
    pub(crate) is_working: bool,
    /// Whether the user has paused the app.
    pub(crate) is_paused: bool,
    /// Whether there is a write that can be undone.
    pub(crate) can_undo: bool,
    /// The candidates of the last request.
    pub(crate) candidates: CandidateList,
    /// The last completions, newest first.
    pub(crate) history: Vec<Arc<Completed>>,
}

/// What the user sees and sets. Only [`Self::release_hotkeys`] may block, for about 100 ms.
pub(crate) trait DesktopUi: Send + Sync + 'static {
    /// The language of notices.
    fn language(&self) -> UiLanguage;
    /// The settings now.
    fn settings(&self) -> RequestSettings;
    /// What people call a model.
    fn model_name(&self, id: &ModelId) -> String;
    /// Shows a notice, if the user wants such notices.
    fn notify(&self, notice: Notice);
    /// Shows the candidates between which the user chooses by holding the hotkey, and takes no focus; `None` hides them.
    fn offer(&self, candidates: Option<CandidateList>);
    /// Redraws the tray.
    fn draw(&self, state: RequestState);
    /// Gives the hotkeys back (`true`), or takes them again (`false`), and remembers which for the next start.
    fn release_hotkeys(&self, is_released: bool);
    /// Records that a request has ended. `limits` are those in force when it started.
    fn ended(&self, report: &RequestReport, limits: TimeLimits);
    /// Records a better completion, and whether it came in time to take the first one's place.
    fn improved(&self, is_in_time: bool);
}
