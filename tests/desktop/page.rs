//! A page of the app, through WebKit's WebDriver. The driver starts the app itself, so its first window is the page.

use std::process::Stdio;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use crate::app::{BINARY, Home};
use crate::desktop::Desktop;
use crate::patience::wait_for;
use crate::process::Process;

/// As long as anything takes on a loaded machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A page; dropping it ends driver and app.
pub(crate) struct Page<'a> {
    pub(crate) desktop: &'a Desktop,
    client: Client,
    _driver: Process,
}

impl<'a> Page<'a> {
    /// Starts the app with a window and waits until its page shows data.
    pub(crate) fn open(desktop: &'a Desktop, home: &Home, window: &str) -> Self {
        desktop.notices.clear();
        let port = free_port();
        let mut command = desktop.command("WebKitWebDriver", home.path());
        home.name_models(&mut command);
        command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true");
        let log = std::fs::File::create(home.path().join("app.log")).expect("the folder is ours");
        command.stdout(Stdio::null()).stderr(log);
        let driver = Process::start(command);
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": BINARY, "args": ["show", window] } });
        let capabilities: Capabilities = serde_json::from_value(capabilities).expect("it is an object");
        let client = wait_for("the WebDriver", || {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let url = format!("http://127.0.0.1:{port}");
            desktop.tasks.block_on(builder.capabilities(capabilities.clone()).connect(&url)).ok()
        });
        let page = Self { desktop, client, _driver: driver };
        page.wait("body[data-ready]");
        home.wait_until_warm(desktop);
        page
    }

    /// Waits for an element and returns its text.
    pub(crate) fn wait(&self, selector: &str) -> String {
        let wait = self.client.wait().at_most(LIMIT);
        self.desktop.tasks.block_on(async {
            let element = wait.for_element(Locator::Css(selector)).await;
            let element = element.unwrap_or_else(|error| panic!("the page has no {selector}: {error}"));
            element.text().await.unwrap_or_default()
        })
    }

    /// The text of every element that matches.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        self.evaluate("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())", selector)
    }

    /// An attribute or, failing that, a property of the first element that matches.
    pub(crate) fn value(&self, selector: &str) -> String {
        let script = "const e = document.querySelector(arguments[0]); return [String(e?.value ?? '')]";
        self.evaluate(script, selector).pop().unwrap_or_default()
    }

    /// The numbers that elements carry in `data-value`.
    pub(crate) fn numbers(&self, selector: &str) -> Vec<f64> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.dataset.value)";
        self.evaluate(script, selector).iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// Clicks by script: what covers an element on a small screen is no concern here.
    pub(crate) fn click(&self, selector: &str) {
        self.wait(selector);
        self.evaluate("document.querySelector(arguments[0]).click(); return []", selector);
    }

    /// Writes `text` into a field and commits it.
    pub(crate) fn enter(&self, selector: &str, text: &str) {
        self.wait(selector);
        self.desktop.tasks.block_on(async {
            let field = self.client.find(Locator::Css(selector)).await.expect("it is there");
            field.clear().await.expect("it can be cleared");
            field.send_keys(&format!("{text}\u{e007}")).await.expect("it takes keys");
        });
    }

    /// Waits until a field has `value`.
    pub(crate) fn wait_for_value(&self, selector: &str, value: &str) {
        wait_for(&format!("{selector} to be {value:?}"), || (self.value(selector) == value).then_some(()));
    }

    fn evaluate(&self, script: &str, selector: &str) -> Vec<String> {
        let answer = self.desktop.tasks.block_on(self.client.execute(script, vec![json!(selector)]));
        serde_json::from_value(answer.expect("the page runs scripts of its driver")).unwrap_or_default()
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
