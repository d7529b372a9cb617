//! Snippets that stand in the user's projects are completed with the code around them.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use pounce_engine::{Language, Mode, Segments};
use pounce_service::engines::fake::FakeModel;
use pounce_service::settings::SettingsError;
use pounce_service::{CompletionRequest, Counter, FolderState, Lookup, NoPlace, Settings};
use serde_json::Value;

use crate::remote::fixture::{beside_small, far, preferring, server};
use crate::support::server::{Answer, Then};
use crate::support::{Fixture, request, source, start};

const FILE: &str = "\
class Circle:
    def area(self):
        square = self.radius ** 2
        return math.pi * square

    def scale(self, factor):
        self.radius *= factor
";
/// Lines of the file without their indentation, and one that is not saved.
const SNIPPET: &str = "square = self.radius ** 2\nhalf = ";

/// A service that reads a folder with `FILE`, and the settings for it.
async fn reading(mut settings: Settings, model: FakeModel) -> (Fixture, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("area.py"), FILE).unwrap();
    settings.projects.folders = vec![folder.path().to_owned()];
    let fixture = match settings.remote.enabled {
        true => beside_small(settings).await,
        false => start([("small", model)], settings),
    };
    fixture.load("small").await;
    let is_reading = || match fixture.service.projects().as_slice() {
        [] => true,
        folders => folders.iter().any(|status| status.state == FolderState::Reading),
    };
    while is_reading() {
        tokio::task::yield_now().await;
    }
    (fixture, folder)
}

fn count(fixture: &Fixture) -> [u64; 3] {
    [Counter::PlacesFound, Counter::PlacesAmbiguous, Counter::PlacesMissed]
        .map(|counter| fixture.count(counter))
}

#[tokio::test(start_paused = true)]
async fn the_model_reads_the_code_around_the_snippet() {
    let model = FakeModel { tokens: vec!["1", "\n        # two"], ..FakeModel::default() };
    let (fixture, _folder) = reading(Settings::default(), model).await;
    let asked = CompletionRequest { mode: Mode::Free, ..request(SNIPPET) };
    let completion = fixture.service.complete(asked.clone()).await;
    let prompt = fixture.loader.take_prompts().pop().unwrap();
    let head =
        "class Circle:\n    def area(self):\n        square = self.radius ** 2\n        half = ";
    assert_eq!(prompt.segments.prefix, head, "indented as in the file");
    assert!(prompt.segments.suffix.starts_with("\n        return math.pi"), "{prompt:?}");
    assert_eq!(prompt.language, Language::Python, "by the name of the file");
    assert_eq!(completion.text, "1\n# two", "indented as the snippet");
    assert_eq!(completion.lookup, Lookup::Found("area.py".into()));
    assert_eq!(count(&fixture), [1, 0, 0]);
    let again = fixture.service.complete(asked).await;
    assert_eq!((again.source.name(), &*again.text), ("cache", "1\n# two"), "as remembered");
}

#[tokio::test(start_paused = true)]
async fn the_model_heeds_the_files_beside_the_snippet() {
    let (fixture, folder) = reading(Settings::default(), FakeModel::default()).await;
    let related = |fixture: &Fixture| fixture.loader.take_configs().pop().unwrap().related;
    fixture.complete(SNIPPET).await;
    let own = related(&fixture).unwrap();
    let [before, after] = &own.own_file;
    assert!(before.starts_with("class Circle") && before.ends_with("half = "), "{before:?}");
    assert!(after.contains("self.radius *= factor"), "to the end of the file: {after:?}");
    assert!(own.other_files.is_empty(), "{own:?}");
    fs::write(folder.path().join("other.py"), "half = circle.radius / 2\n").unwrap();
    while fixture.service.projects()[0].n_files < 2 {
        tokio::task::yield_now().await;
    }
    let completion = fixture.complete(SNIPPET).await;
    assert_eq!(source(&completion), "small", "an answer without that file does not count");
    assert_eq!(*related(&fixture).unwrap().other_files[0], *"half = circle.radius / 2\n");
    fixture.complete("let mut counted_words = 1;\nlet total_words = ").await;
    assert_eq!(related(&fixture), None, "a snippet that stands nowhere");
}

#[tokio::test(start_paused = true)]
async fn a_marked_cursor_keeps_what_stands_behind_it() {
    let (fixture, _folder) = reading(Settings::default(), FakeModel::default()).await;
    let segments = Segments { prefix: SNIPPET.to_owned(), suffix: ")\nmore()".to_owned() };
    fixture.service.complete(CompletionRequest { segments, ..request("") }).await;
    let prompt = fixture.loader.take_prompts().pop().unwrap();
    assert!(prompt.segments.prefix.starts_with("class Circle:"), "{prompt:?}");
    assert_eq!(prompt.segments.suffix, ")\n        more()", "the user's own");
}

#[tokio::test(start_paused = true)]
async fn other_snippets_are_completed_as_they_are() {
    let (fixture, folder) = reading(Settings::default(), FakeModel::default()).await;
    let missed = fixture.complete("let mut counted_words = 1;\nlet total_words = ").await;
    assert_eq!(missed.lookup, Lookup::Missed(NoPlace::NotFound));
    let secret = CompletionRequest { is_secret: true, ..request(SNIPPET) };
    assert_eq!(fixture.service.complete(secret).await.lookup, Lookup::None, "not looked for");
    let prompt = fixture.loader.take_prompts().pop().unwrap();
    assert_eq!(prompt.segments.prefix, SNIPPET, "nothing is added");
    fs::write(folder.path().join("copy.py"), FILE).unwrap();
    while fixture.service.projects()[0].n_files < 2 {
        tokio::task::yield_now().await;
    }
    let ambiguous = fixture.complete(SNIPPET).await;
    assert!(matches!(ambiguous.lookup, Lookup::Ambiguous(_)), "{:?}", ambiguous.lookup);
    let prompt = fixture.loader.take_prompts().pop().unwrap();
    assert_eq!(prompt.segments, request(SNIPPET).segments, "nor here");
    assert_eq!(count(&fixture), [0, 1, 1]);
    let none = |settings: &mut Settings| {
        settings.projects.folders.clear();
        Ok::<_, SettingsError>(())
    };
    fixture.service.update_settings(none).await.unwrap();
    while !fixture.service.projects().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.complete(SNIPPET).await.lookup, Lookup::None, "no folder is named");
}

#[tokio::test(start_paused = true)]
async fn a_prompt_is_read_ahead_with_the_code_around_it() {
    let (fixture, _folder) = reading(Settings::default(), FakeModel::default()).await;
    assert!(fixture.service.prepare(request(SNIPPET)).await, "it is read");
    let completion = fixture.complete(SNIPPET).await;
    assert_eq!(completion.timings.encode, Duration::ZERO, "and not read again");
    assert_eq!(completion.lookup, Lookup::Found("area.py".into()));
}

#[tokio::test]
async fn a_remote_engine_gets_the_snippet_alone_unless_the_user_allows_more() {
    for is_allowed in [false, true] {
        let server = server(|| Answer::stream(&["b"], Then::End)).await;
        let mut settings = preferring(far(&server.url("/v1")));
        settings.projects.send_to_remote = is_allowed;
        let (fixture, _folder) = reading(settings, FakeModel::default()).await;
        let completion = fixture.complete(SNIPPET).await;
        assert_eq!(completion.lookup, Lookup::Found(PathBuf::from("area.py")));
        let sent: Value = serde_json::from_str(&server.seen().pop().unwrap().body).unwrap();
        let prompt = sent["prompt"].as_str().unwrap();
        assert_eq!(prompt == SNIPPET, !is_allowed, "{prompt:?}");
        assert_eq!(sent.to_string().contains("class Circle"), is_allowed, "{sent}");
        assert_eq!(sent.to_string().contains("math.pi"), is_allowed, "{sent}");
    }
}

#[test]
fn a_folder_is_named_by_its_whole_path() {
    let mut settings = Settings::default();
    settings.projects.folders = vec!["code".into()];
    let errors = settings.validate().unwrap_err();
    assert_eq!(errors[0].field, "projects.folders");
}
