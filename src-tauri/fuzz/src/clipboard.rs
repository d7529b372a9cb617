//! The clipboard's text: through cleaning, detection, analysis and completion with a fake model, and
//! back. The model's own text is as hostile.

use std::sync::LazyLock;
use std::time::Duration;

use pounce_engine::{DEFAULT_CURSOR_MARKER, FinishReason, Language, Mode, Prompt};
use pounce_fitting::{MAX_COMPLETION_BYTES, Place, Snippet, clean, fit};
use pounce_service::engines::Loader;
use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::{
    CompletionRequest, CompletionService, Host, Keys, Paths, ServiceOptions, Settings,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The first byte chooses language and mode; a NUL ends the clipboard and begins the completion.
pub(crate) fn clipboard(bytes: &[u8]) {
    let (choice, content) = bytes.split_first().unwrap_or((&0, &[]));
    let content = String::from_utf8_lossy(content);
    let (text, completion) = content.split_once('\0').unwrap_or((&content, "x"));
    let mode = if choice & 1 == 0 { Mode::Line } else { Mode::Block };
    let snippet = clean(text, &[DEFAULT_CURSOR_MARKER]);
    let named = Language::ALL.get(usize::from(choice / 2)).copied();
    let language = named.unwrap_or_else(|| snippet.language());
    check_fit(&snippet, language, mode, completion);
    check_undo(&snippet, text, completion);
    let request = CompletionRequest::new(snippet.segments, mode);
    let completed = SERVICE.complete(CompletionRequest { language, ..request });
    assert!(!completed.is_cancelled(), "it is answered: {:?}", completed.reasons);
}

/// What becomes of a completion is bounded, and has no characters that no code has.
fn check_fit(snippet: &Snippet, language: Language, mode: Mode, completion: &str) {
    let prompt = Prompt { segments: snippet.segments.clone(), language, mode };
    let fitted = fit(&Place::from(&prompt), completion, FinishReason::Stop);
    assert!(fitted.text.len() <= MAX_COMPLETION_BYTES, "{} bytes", fitted.text.len());
    let is_unwanted = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!fitted.text.contains(is_unwanted), "{:?}", fitted.text);
}

/// Nothing of the user's text is lost: a completion is put in, and that is all.
fn check_undo(snippet: &Snippet, text: &str, completion: &str) {
    let own = text.replacen(DEFAULT_CURSOR_MARKER, "", 1);
    assert_eq!(snippet.undo.append(""), own, "without a completion, the text is as it was");
    let (appended, dressed) = (snippet.undo.append(completion), snippet.undo.dressed(completion));
    let common = own.bytes().zip(appended.bytes()).take_while(|(a, b)| a == b).count();
    let is_put_in = (0..=common).rev().any(|at| {
        own.is_char_boundary(at)
            && appended[at..].strip_prefix(&*dressed).is_some_and(|rest| *rest == own[at..])
    });
    assert!(is_put_in, "{dressed:?} is put into {own:?}, which makes {appended:?}");
}

static SERVICE: LazyLock<FakeService> = LazyLock::new(FakeService::start);

/// A service with a fake model that answers at once.
struct FakeService {
    service: CompletionService,
    runtime: Runtime,
    /// Its files.
    _dir: TempDir,
}

impl FakeService {
    fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a thread starts");
        let dir = tempfile::tempdir().expect("the temporary folder can be written");
        let model = FakeModel {
            load: Duration::ZERO,
            encode: Duration::ZERO,
            step: Duration::ZERO,
            ..FakeModel::default()
        };
        let service = runtime.block_on(async {
            let service = CompletionService::start(options(&dir, model));
            service.load(&"small".into()).await.expect("the fake model loads");
            service
        });
        Self { service, runtime, _dir: dir }
    }

    fn complete(&self, request: CompletionRequest) -> pounce_service::Completion {
        self.runtime.block_on(self.service.complete(request))
    }
}

fn options(dir: &TempDir, model: FakeModel) -> ServiceOptions {
    let loader = FakeLoader::new([("small", model)]);
    // The user's keyring must not be touched.
    let keys = Keys::in_memory();
    ServiceOptions {
        settings: Some(Settings::default()),
        registry: Some(loader.registry()),
        probe: loader.machine(16 << 30),
        loader: std::sync::Arc::new(
            Loader::over(std::sync::Arc::new(loader)).with_keys(keys.clone()),
        ),
        keys,
        host: Host::Tasks,
        ..ServiceOptions::new(Paths::under(dir.path()))
    }
}
