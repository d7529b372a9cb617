//! Settings take effect without a restart, and survive one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::settings::{IdleUnload, SettingsError, SettingsFile};
use pounce_service::{CompletionService, Event, Host, ModelState, Paths, ServiceOptions, Settings};

use crate::support::{CODE, Fixture, MS, request_of, source, start, warm};

#[tokio::test(start_paused = true)]
async fn deadlines_and_cache_change_with_the_next_request() {
    let mut fixture =
        warm(FakeModel { step: 20 * MS, tokens: vec!["a "; 30], ..FakeModel::default() }).await;
    fixture.take_events();
    let mut settings = fixture.service.settings();
    settings.deadlines.maximum_ms = 300;
    settings.cache.max_kb = 0;
    fixture.service.set_settings(settings).await.unwrap();
    assert_eq!(fixture.take_events(), ["settings changed"]);
    assert_eq!(fixture.complete(CODE).await.elapsed, 300 * MS, "the new maximum holds");
}

#[tokio::test(start_paused = true)]
async fn changes_at_the_same_time_are_all_kept() {
    let fixture = warm(FakeModel::default()).await;
    let change = |settings: &mut Settings| {
        settings.deadlines.target_ms = 80;
        Ok::<_, SettingsError>(())
    };
    let (pinned, changed) = tokio::join!(
        fixture.service.pin(Some("small".into())),
        fixture.service.update_settings(change)
    );
    pinned.unwrap();
    changed.unwrap();
    let settings = fixture.service.settings();
    assert_eq!(settings.models.pinned, Some("small".into()), "the later one builds on the earlier");
    assert_eq!(settings.deadlines.target_ms, 80, "and both hold");
}

#[tokio::test(start_paused = true)]
async fn a_new_thread_count_reloads_the_models() {
    let fixture = warm(FakeModel::default()).await;
    let mut settings = fixture.service.settings();
    settings.models.threads = 1;
    fixture.service.set_settings(settings).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(fixture.loader.take_log()[..2], ["drop small", "load small"]);
    assert_eq!(fixture.state("small"), ModelState::Warm);
}

#[tokio::test(start_paused = true)]
async fn a_new_thread_count_applies_to_a_model_that_is_being_loaded() {
    let fixture = start([("small", FakeModel::default())], Settings::default());
    tokio::time::sleep(100 * MS).await;
    assert_eq!(fixture.loader.take_log(), ["load small"]);
    let mut settings = fixture.service.settings();
    settings.models.threads = 1;
    fixture.service.set_settings(settings).await.unwrap();
    fixture.service.load(&"small".into()).await.unwrap();
    let mut log = fixture.loader.take_log();
    log.retain(|entry| entry != "run small");
    assert_eq!(log, ["drop small", "load small"], "it is loaded as it is wanted now");
    assert_eq!(source(&fixture.complete(CODE).await), "small");
}

#[tokio::test(start_paused = true)]
async fn a_wider_queue_lets_more_run_at_a_time() {
    let pair = [("a", FakeModel::default()), ("b", FakeModel::default())];
    let fixture = start(pair, Settings::default());
    fixture.load("a").await;
    fixture.load("b").await;
    let mut settings = fixture.service.settings();
    settings.queue.concurrency = 2;
    fixture.service.set_settings(settings).await.unwrap();
    let ask = |client: &str, model: &str| {
        let mut request = request_of(client, &format!("{client} = "));
        request.model = Some(model.into());
        fixture.service.complete(request)
    };
    let (one, two) = tokio::join!(ask("x", "a"), ask("y", "b"));
    assert_eq!((one.elapsed, two.elapsed), (26 * MS, 26 * MS), "side by side");
}

#[tokio::test(start_paused = true)]
async fn wrong_settings_are_refused_field_by_field_and_change_nothing() {
    let fixture = warm(FakeModel::default()).await;
    let mut settings = fixture.service.settings();
    settings.deadlines.target_ms = 5;
    settings.queue.concurrency = 0;
    let Err(SettingsError::Fields { fields }) = fixture.service.set_settings(settings).await else {
        panic!("they are out of range");
    };
    let names: Vec<_> = fields.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(names, ["deadlines.target_ms", "queue.concurrency"]);
    assert_eq!(fixture.service.settings(), Settings::default());
    assert_eq!(source(&fixture.complete(CODE).await), "small");
}

#[tokio::test(start_paused = true)]
async fn saved_settings_are_those_of_the_next_start() {
    let fixture = warm(FakeModel::default()).await;
    let mut settings = fixture.service.settings();
    settings.memory.idle_unload = IdleUnload::Never;
    fixture.service.set_settings(settings.clone()).await.unwrap();
    let file = SettingsFile::new(&fixture.dir.path().join("config/settings.jsonc"));
    assert_eq!(file.load().settings, settings);
}

#[tokio::test(start_paused = true)]
async fn a_broken_file_is_reported_to_the_first_subscriber_and_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let paths = Paths::under(dir.path());
    std::fs::create_dir_all(&paths.config).unwrap();
    std::fs::write(paths.settings_file(), "{ \"deadlines\": 7 }").unwrap();
    let loader = FakeLoader::new([("small", FakeModel::default())]);
    let service = CompletionService::start(ServiceOptions {
        registry: Some(loader.registry()),
        probe: loader.machine(1 << 34),
        loader: Arc::new(loader),
        host: Host::Tasks,
        ..ServiceOptions::new(paths)
    });
    let Ok(Event::SettingsBroken(problem)) = service.subscribe().try_recv() else {
        panic!("it is reported")
    };
    assert!(
        problem.contains("settings.jsonc: line 1: deadlines"),
        "with line and field: {problem}"
    );
    assert_eq!(
        service.status().settings_problem,
        Some(problem),
        "the window can show it later, too"
    );
    assert!(service.subscribe().try_recv().is_err(), "once is enough");
    service.load(&"small".into()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_change_by_hand_comes_into_force_and_is_kept_by_the_next_change() {
    let fixture = warm(FakeModel::default()).await;
    let file = settings_file(&fixture);
    edit(&file, "{\n  // Quick.\n  \"deadlines\": { \"target_ms\": 80 }\n}\n").await;
    assert_eq!(fixture.service.settings().deadlines.target_ms, 80);
    fixture.service.pin(Some("small".into())).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("// Quick.") && text.contains("\"pinned\": \"small\""), "{text}");
    assert_eq!(fixture.service.settings().deadlines.target_ms, 80);
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_was_not_read_yet_is_not_overwritten() {
    let fixture = warm(FakeModel::default()).await;
    let file = settings_file(&fixture);
    std::fs::write(&file, "{ \"queue\": { \"capacity\": 5 } }").unwrap();
    fixture.service.pin(Some("small".into())).await.unwrap();
    let settings = fixture.service.settings();
    assert_eq!((settings.queue.capacity, settings.models.pinned), (5, Some("small".into())));
    assert_eq!(SettingsFile::new(&file).load().settings.queue.capacity, 5);
}

#[tokio::test(start_paused = true)]
async fn a_half_written_file_changes_nothing_and_is_told_until_it_is_whole() {
    let fixture = warm(FakeModel::default()).await;
    let file = settings_file(&fixture);
    edit(&file, "{ \"deadlines\": { \"target_ms\": 80 } }").await;
    let mut events = fixture.service.subscribe();
    edit(&file, "{ \"deadlines\": { \"target_ms\": 7").await;
    assert_eq!(fixture.service.settings().deadlines.target_ms, 80, "as before");
    assert!(matches!(events.try_recv(), Ok(Event::SettingsBroken(_))));
    assert!(fixture.service.status().settings_problem.is_some());
    edit(&file, "{ \"deadlines\": { \"target_ms\": 70 } }").await;
    assert_eq!(fixture.service.settings().deadlines.target_ms, 70);
    assert_eq!(fixture.service.status().settings_problem, None);
}

/// Writes the file as an editor does, and waits until the service has looked at it.
async fn edit(file: &Path, text: &str) {
    // Until it has seen the file as it was.
    tokio::time::sleep(Duration::from_secs(3)).await;
    std::fs::write(file, text).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
}

fn settings_file(fixture: &Fixture) -> PathBuf {
    let folder = fixture.dir.path().join("config");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("settings.jsonc")
}
