//! The commands as a window calls them, over Tauri's mock runtime and a service with fake models.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pounce_cli::Verb;
use pounce_engine::Mode;
use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::{CompletionService, Host, Paths, ServiceOptions};
use serde_json::{Value, json};
use tauri::test::{
    INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets,
};
use tauri::webview::InvokeRequest;
use tauri::{Listener as _, Manager as _, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

use super::*;
use crate::app::{App, AppParts};
use crate::display::Display;
use crate::hotkeys::Hotkeys;
use crate::hotkeys::grabber::{KeyGrabber, TakeError};
use crate::hotkeys::hotkey::keys_of;
use crate::hotkeys::key_combination::KeyCombination;
use crate::sync::lock;

/// A window of an app with one fake model.
struct Desktop {
    window: WebviewWindow<MockRuntime>,
    app: Arc<App<MockRuntime>>,
    meanwhile: Meanwhile,
    _tauri: tauri::App<MockRuntime>,
    _folder: TempDir,
}

/// Runs once, while a key is taken.
type Meanwhile = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// Gives every key but Ctrl+K, which another program holds.
struct BusyDisplay(Meanwhile);

impl KeyGrabber for BusyDisplay {
    fn take(&mut self, keys: KeyCombination) -> Result<(), TakeError> {
        if let Some(meanwhile) = lock(&self.0).take() {
            meanwhile();
        }
        if keys.to_string() == "Ctrl+K" { Err(TakeError::Taken(keys)) } else { Ok(()) }
    }

    fn give_back(&mut self, _: KeyCombination) {}
}

impl Desktop {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let loader = FakeLoader::new([("small", FakeModel::default())]);
        let paths = Paths::under(folder.path());
        let options = ServiceOptions {
            registry: Some(loader.registry()),
            probe: loader.machine(8 << 30),
            loader: Arc::new(loader),
            host: Host::Tasks,
            keys: pounce_service::Keys::in_memory(),
            ..ServiceOptions::new(paths.clone())
        };
        let service = tauri::async_runtime::block_on(async { CompletionService::start(options) });
        let tauri =
            mock_builder().invoke_handler(handler()).build(mock_context(noop_assets())).unwrap();
        let meanwhile = Meanwhile::default();
        let hotkeys = Hotkeys::new(Some(Box::new(BusyDisplay(meanwhile.clone()))));
        let (actor, _) = tokio::sync::mpsc::unbounded_channel();
        let parts = AppParts { paths, hotkeys, display: Display::X11, logging: None, actor };
        let app = Arc::new(App::new(tauri.handle().clone(), service, parts));
        lock(&app.hotkeys).take(&keys_of(&app.service.settings().hotkeys));
        tauri.manage(app.clone());
        let window =
            WebviewWindowBuilder::new(&tauri, "settings", Default::default()).build().unwrap();
        Self { window, app, meanwhile, _tauri: tauri, _folder: folder }
    }

    /// Calls a command as the page does: `Ok` is the answer, `Err` the `CommandError`.
    fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.into(),
            callback: tauri::ipc::CallbackFn(0),
            error: tauri::ipc::CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: arguments.into(),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_string(),
        };
        get_ipc_response(&self.window, request).map(|body| body.deserialize().unwrap())
    }

    /// Receives one message for each `event` that the windows are sent.
    fn hear(&self, event: &str) -> Receiver<()> {
        let (heard, receiver) = mpsc::channel();
        self.app.handle.listen_any(event, move |_| heard.send(()).unwrap_or(()));
        receiver
    }

    fn refused_fields(&self, update: Value) -> Vec<(String, String)> {
        let error = self.call("set_settings", json!({ "update": update })).unwrap_err();
        assert_eq!(
            error["code"], "invalid_settings",
            "the window shows it beside the field: {error}"
        );
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fields = error["fields"].as_array().unwrap();
        fields.iter().map(|field| (text(&field["field"]), text(&field["message"]))).collect()
    }
}

#[test]
fn every_question_is_answered() {
    let desktop = Desktop::new();
    let status = desktop.call("query_status", json!({})).unwrap();
    assert_eq!(status["hotkeys"][0]["keys"], "Ctrl+Alt+Space", "the default hotkey: {status}");
    assert_eq!(status["hotkeys"][0]["state"], "working", "and it works: {status}");
    assert_eq!(
        (&status["target_ms"], &status["maximum_ms"]),
        (&json!(100), &json!(200)),
        "the deadlines: {status}"
    );
    let models = desktop.call("query_models", json!({})).unwrap();
    assert_eq!(models["models"][0]["id"], "small", "the installed model: {models}");
    assert_eq!(
        models["models"][0]["is_removable"], false,
        "it is not in the user's folder: {models}"
    );
    for question in ["query_settings", "query_recent", "query_counters", "query_calibration"] {
        assert!(desktop.call(question, json!({})).is_ok(), "{question} has an answer");
    }
}

#[test]
fn settings_are_saved_and_wrong_ones_are_not() {
    let desktop = Desktop::new();
    let state =
        desktop.call("set_settings", json!({ "update": { "deadlines.target_ms": 80 } })).unwrap();
    assert_eq!(state["settings"]["deadlines"]["target_ms"], 80, "the answer is the new state");
    assert_eq!(desktop.app.service.settings().deadlines.target_ms, 80, "it is in force");
    let fields =
        desktop.refused_fields(json!({ "deadlines.target_ms": 5, "models.threads": 9999 }));
    let names: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(names, ["deadlines.target_ms", "models.threads"], "both are named");
    assert_eq!(desktop.app.service.settings().deadlines.target_ms, 80, "the old value stays");
}

#[test]
fn a_mode_of_the_settings_is_the_mode_of_the_app() {
    let desktop = Desktop::new();
    for mode in ["free", "block", "line"] {
        desktop.call("set_settings", json!({ "update": { "desktop.mode": mode } })).unwrap();
        assert_eq!(desktop.call("query_status", json!({})).unwrap()["mode"], mode);
    }
}

#[test]
fn a_hotkey_that_another_program_holds_is_refused_beside_its_field() {
    let desktop = Desktop::new();
    let fields = desktop.refused_fields(json!({ "hotkeys.complete_line": "Ctrl+K" }));
    assert_eq!(fields[0].0, "hotkeys.complete_line", "the field is named: {fields:?}");
    assert!(
        fields[0].1.contains("another program holds Ctrl+K"),
        "and so is the conflict: {fields:?}"
    );
    let status = desktop.call("query_status", json!({})).unwrap();
    assert_eq!(status["hotkeys"][0]["keys"], "Ctrl+Alt+Space", "the old hotkey is held again");
    assert_eq!(status["hotkeys"][0]["state"], "working", "and works");
}

#[test]
fn changes_by_the_tray_meanwhile_are_not_lost() {
    let desktop = Desktop::new();
    let service = desktop.app.service.clone();
    let pin = move || tauri::async_runtime::block_on(service.pin(Some("small".into()))).unwrap();
    *lock(&desktop.meanwhile) = Some(Box::new(pin));
    desktop
        .call("set_settings", json!({ "update": { "hotkeys.complete_line": "Super+J" } }))
        .unwrap();
    let settings = desktop.app.service.settings();
    assert_eq!(settings.hotkeys.complete_line, "Super+J", "the window's change");
    assert_eq!(settings.models.pinned, Some("small".into()), "the tray's");
}

#[test]
fn hotkeys_go_back_where_the_settings_cannot_be_saved() {
    let desktop = Desktop::new();
    std::fs::create_dir_all(desktop.app.paths.settings_file()).unwrap();
    let update = json!({ "update": { "hotkeys.complete_line": "Super+J" } });
    let error = desktop.call("set_settings", update).unwrap_err();
    assert_eq!(error["code"], "failed", "a folder stands in the file's place: {error}");
    let status = desktop.call("query_status", json!({})).unwrap();
    assert_eq!(status["hotkeys"][0]["keys"], "Ctrl+Alt+Space", "as the settings say");
}

#[test]
fn an_api_key_is_sent_to_no_address_that_the_page_makes_up() {
    let desktop = Desktop::new();
    let evil =
        json!({ "id": "far", "url": "https://evil.example.org", "model": "", "kind": "fim" });
    let refused = desktop.call("do_check_engine", json!({ "engine": evil }));
    assert!(refused.is_err(), "an address is no argument: {refused:?}");
    let error = desktop.call("do_check_engine", json!({ "id": "far" })).unwrap_err();
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("no remote engine far"), "only what was saved is asked: {error}");
}

#[test]
fn hotkeys_are_changed_at_once_and_released_while_recording() {
    let desktop = Desktop::new();
    desktop
        .call("set_settings", json!({ "update": { "hotkeys.complete_line": "Super+J" } }))
        .unwrap();
    let id = |keys: &str| keys.parse::<KeyCombination>().unwrap().id();
    assert_eq!(
        lock(&desktop.app.hotkeys).verb_of(id("Super+J")),
        Some(Verb::Complete(Some(Mode::Line))),
        "the new keys are held"
    );
    desktop.call("do_suspend_hotkeys", json!({ "isSuspended": true })).unwrap();
    assert_eq!(
        lock(&desktop.app.hotkeys).verb_of(id("Super+J")),
        None,
        "the recorder gets the keys"
    );
    desktop.call("do_suspend_hotkeys", json!({ "isSuspended": false })).unwrap();
    assert_eq!(
        lock(&desktop.app.hotkeys).verb_of(id("Super+J")),
        Some(Verb::Complete(Some(Mode::Line))),
        "then they are back"
    );
}

#[test]
fn one_calibration_runs_at_a_time_and_the_windows_are_told() {
    let desktop = Desktop::new();
    // Otherwise threads are timed, in processes of their own.
    desktop.call("set_settings", json!({ "update": { "models.threads": 1 } })).unwrap();
    let heard = desktop.hear("calibrated");
    let app = &desktop.app;
    let both = async { tokio::join!(app.calibrate(), app.calibrate()) };
    let (first, second) = tauri::async_runtime::block_on(both);
    assert_eq!(first, second, "the second waits for the first");
    assert_eq!(heard.try_iter().count(), 1, "and measures nothing itself");
}

#[test]
fn windows_are_told_when_models_are_installed_elsewhere() {
    let desktop = Desktop::new();
    // Otherwise the first start is calibrated.
    lock(&desktop.app.calibration).at_ms = Some(1);
    let heard = desktop.hear("models_changed");
    tauri::async_runtime::block_on(async {
        crate::app::service_events::follow(&desktop.app);
        desktop.app.service.refresh().await;
    });
    heard.recv_timeout(Duration::from_secs(30)).expect("the windows are told");
    let models = desktop.call("query_models", json!({})).unwrap();
    assert_eq!(models["models"], json!([]), "the folders were scanned and do not hold it");
}

#[test]
fn models_are_pinned_and_loaded() {
    let desktop = Desktop::new();
    let models = desktop.call("do_load_model", json!({ "id": "small" })).unwrap();
    assert_eq!(models["models"][0]["state"], "warm", "loading waits until it is: {models}");
    let models = desktop.call("do_pin_model", json!({ "id": "small" })).unwrap();
    assert_eq!(models["pinned"], "small", "pinned: {models}");
    let models = desktop.call("do_pin_model", json!({ "id": null })).unwrap();
    assert_eq!(models["pinned"], Value::Null, "and no more: {models}");
}

#[test]
fn a_refused_command_names_the_model() {
    let desktop = Desktop::new();
    for (command, arguments) in [
        ("do_remove_model", json!({ "id": "unknown" })),
        ("do_load_model", json!({ "id": "unknown" })),
    ] {
        let error = desktop.call(command, arguments).unwrap_err();
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("unknown") && !message.contains('\n'),
            "{command} names the model on one line: {error}"
        );
    }
}

#[test]
fn the_server_says_where_it_answers_or_that_its_port_is_taken() {
    let desktop = Desktop::new();
    let changed = desktop.hear("status_changed");
    let wait_for = |kind: &str| loop {
        let server = desktop.call("query_status", json!({})).unwrap()["server"].clone();
        if server["kind"] == kind {
            break server;
        }
        changed.recv().unwrap();
    };
    let other = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = other.local_addr().unwrap().port();
    let update = json!({ "server.enabled": true, "server.port": port });
    desktop.call("set_settings", json!({ "update": update })).unwrap();
    desktop.app.apply_server();
    assert_eq!(wait_for("port_in_use")["port"], port);
    drop(other);
    desktop.app.apply_server();
    assert_eq!(wait_for("on")["url"], format!("http://127.0.0.1:{port}"));
    desktop.call("set_settings", json!({ "update": { "server.enabled": false } })).unwrap();
    desktop.app.apply_server();
    wait_for("off");
}
