//! A thousand hostile clipboards in a row, through cleaning, detection, analysis and completion, in
//! paused time: each is answered by its deadline, and nothing of it is lost.

use std::sync::Arc;
use std::time::Duration;

use pounce_engine::{DEFAULT_CURSOR_MARKER, Language, Mode};
use pounce_fitting::{MAX_COMPLETION_BYTES, Snippet, clean};
use pounce_fuzz::{KINDS, Kind};
use pounce_service::engines::Loader;
use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::{
    CompletionRequest, CompletionService, Counter, Host, Keys, Paths, ServiceOptions, Settings,
};
use tempfile::TempDir;

const N_CLIPBOARDS: usize = 1_000;
/// Up to the bounds of what is parsed.
const SIZES: [usize; 7] = [0, 1, 20, 100, 300, 1_000, 3_000];
/// More than is analyzed: the first clipboard of each kind.
const LARGE: usize = 30_000;

#[tokio::test(start_paused = true)]
async fn a_thousand_hostile_clipboards_are_answered_in_time_and_kept() {
    let (service, _dir) = service().await;
    for number in 0..N_CLIPBOARDS {
        let (kind, round) = (&KINDS[number % KINDS.len()], number / KINDS.len());
        check(&service, kind, round).await;
    }
    assert_eq!(service.count(Counter::StuckRuns), 0, "every run stopped when it was told to");
}

/// One clipboard from copy to completion.
async fn check(service: &CompletionService, kind: &Kind, round: usize) {
    let n_bytes = round.checked_sub(1).map_or(LARGE, |round| SIZES[round % SIZES.len()]);
    let text = kind.text(n_bytes, round as u64);
    let snippet = clean(&text, &[DEFAULT_CURSOR_MARKER]);
    let what = format!("{}, {n_bytes} bytes", kind.name);
    let mode = if round.is_multiple_of(2) { Mode::Line } else { Mode::Block };
    let request = CompletionRequest::new(snippet.segments.clone(), mode);
    let language = language(&snippet, round, n_bytes);
    let completion = service.complete(CompletionRequest { language, ..request }).await;
    let maximum = service.settings().time_limits().maximum;
    assert!(completion.elapsed <= maximum, "{what}: {:?}", completion.elapsed);
    assert!(!completion.is_cancelled(), "{what}: it is answered");
    let is_explained = !completion.text.is_empty() || !completion.reasons.is_empty();
    assert!(is_explained, "{what}: without a text there is a reason");
    assert!(completion.text.len() <= MAX_COMPLETION_BYTES, "{what}: it is bounded");
    check_kept(&snippet, &text, &completion.text, &what);
}

/// Every third clipboard is said to be in some language, whose parser gets what is not.
fn language(snippet: &Snippet, round: usize, n_bytes: usize) -> Language {
    let is_named = round.is_multiple_of(3) && n_bytes <= 100;
    if is_named { Language::ALL[round % Language::ALL.len()] } else { snippet.language() }
}

/// The user's text is there byte for byte, around the completion.
fn check_kept(snippet: &Snippet, text: &str, completion: &str, what: &str) {
    let own = text.replacen(DEFAULT_CURSOR_MARKER, "", 1);
    assert_eq!(snippet.undo.append(""), own, "{what}: without a completion it is as it was");
    let (appended, dressed) = (snippet.undo.append(completion), snippet.undo.dressed(completion));
    let is_same = |(a, b): &(u8, u8)| a == b;
    let before = own.bytes().zip(appended.bytes()).take_while(is_same).count();
    let after = own.bytes().rev().zip(appended.bytes().rev()).take_while(is_same).count();
    assert!(before + after >= own.len(), "{what}: it stands around the completion");
    assert_eq!(appended.len(), own.len() + dressed.len(), "{what}: and nothing else");
}

/// A service with a model that would write for longer than there is time.
async fn service() -> (CompletionService, TempDir) {
    let step = Duration::from_millis(10);
    let tokens =
        ["x", " = ", "f(", "a", ",", "\u{202e}", "\u{1b}[31m", "b", ")", "\n", "}"].repeat(3);
    let loader = FakeLoader::new([("small", FakeModel { step, tokens, ..FakeModel::default() })]);
    let dir = tempfile::tempdir().expect("the temporary folder can be written");
    // The user's keyring must not be touched.
    let keys = Keys::in_memory();
    let service = CompletionService::start(ServiceOptions {
        settings: Some(Settings::default()),
        registry: Some(loader.registry()),
        probe: loader.machine(16 << 30),
        loader: Arc::new(Loader::over(Arc::new(loader)).with_keys(keys.clone())),
        keys,
        host: Host::Tasks,
        ..ServiceOptions::new(Paths::under(dir.path()))
    });
    service.load(&"small".into()).await.expect("the fake model loads");
    (service, dir)
}
