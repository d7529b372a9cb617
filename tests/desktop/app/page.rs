//! A page of the app, driven through WebKit's WebDriver (w3.org/TR/webdriver2). The driver starts
//! the app itself, so the app's first window is the page.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::home::{BINARY, Home};
use super::menu::Menu;
use crate::patience::{wait_for, wait_until};
use crate::session::desktop::Desktop;
use crate::session::process::Process;

/// The key under which WebDriver sends an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The time limit of one WebDriver command.
const PATIENCE: Duration = Duration::from_secs(60);
/// The Enter key in WebDriver's alphabet.
const ENTER: &str = "\u{e007}";

/// A page; dropping it ends the app and the driver.
pub(crate) struct Page<'a> {
    desktop: &'a Desktop,
    home: &'a Home,
    /// The URL of the WebDriver session.
    session: String,
    driver: Process,
}

impl<'a> Page<'a> {
    /// Starts the app with a window and waits until its page shows data and a model is warm.
    pub(crate) fn open(desktop: &'a Desktop, home: &'a Home, window: &str) -> Self {
        desktop.notices.clear();
        let port = free_port();
        let mut command = desktop.command("WebKitWebDriver", home.path());
        home.equip(&mut command);
        command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true");
        let log = std::fs::File::create(home.path().join("app.log")).expect("the folder is ours");
        command.stdout(Stdio::null()).stderr(log);
        let driver = Process::start(command);
        let address = format!("http://127.0.0.1:{port}");
        wait_until("the WebDriver", || ureq::get(format!("{address}/status")).call().is_ok());
        let session = new_session(&address, window);
        let page = Self { desktop, home, session, driver };
        page.wait("body[data-ready]");
        home.wait_until_warm(desktop);
        page
    }

    /// The tray menu of the app that shows the page. The app is the driver's only child.
    pub(crate) fn menu(&self) -> Menu<'_> {
        let driver = self.driver.id().to_string();
        let app = wait_for("the app's process", || {
            self.desktop.tool("pgrep", &["--parent", &driver]).parse().ok()
        });
        Menu::find(self.desktop, app)
    }

    /// Waits for an element and returns its text.
    pub(crate) fn wait(&self, selector: &str) -> String {
        wait_for(&format!("{selector} in the page"), || self.texts(selector).into_iter().next())
    }

    /// The text of every element that matches.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        self.evaluate(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())",
            selector,
        )
    }

    /// The text of the whole page.
    pub(crate) fn text(&self) -> String {
        self.texts("body").concat()
    }

    /// The value of the first element that matches.
    pub(crate) fn value(&self, selector: &str) -> String {
        let script =
            "const e = document.querySelector(arguments[0]); return [String(e?.value ?? '')]";
        self.evaluate(script, selector).pop().unwrap_or_default()
    }

    /// The numbers that elements carry in `data-value`.
    pub(crate) fn numbers(&self, selector: &str) -> Vec<f64> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map(e => e.dataset.value)";
        self.evaluate(script, selector).iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// The position of the progress bar in an element, from 0 to 1; `None` without a bar or while
    /// it is indeterminate.
    pub(crate) fn progress(&self, selector: &str) -> Option<f64> {
        let script =
            "return [String(document.querySelector(arguments[0] + ' progress')?.position ?? -1)]";
        self.evaluate(script, selector).concat().parse().ok().filter(|share| *share >= 0.0)
    }

    /// Clicks by script, so that an element may be covered or outside of a small screen.
    pub(crate) fn click(&self, selector: &str) {
        self.wait(selector);
        self.evaluate("document.querySelector(arguments[0]).click(); return []", selector);
    }

    /// Clicks the first element that matches and whose text is `text`.
    pub(crate) fn click_text(&self, selector: &str, text: &str) {
        let place = self.place_of(selector, text);
        let script = format!("document.querySelectorAll(arguments[0])[{place}].click(); return []");
        self.evaluate(&script, selector);
    }

    /// [`click_text`](Self::click_text) on what closes the window, a moment after the driver has answered: it could not
    /// once the page is gone.
    pub(crate) fn click_text_to_close(&self, selector: &str, text: &str) {
        self.click_later(self.place_of(selector, text), selector);
    }

    /// Waits for an element that matches and whose text is `text`, and returns how many matching ones stand before it.
    fn place_of(&self, selector: &str, text: &str) -> usize {
        wait_for(&format!("{text:?} in {selector}"), || {
            self.texts(selector).iter().position(|found| found == text)
        })
    }

    fn click_later(&self, place: usize, selector: &str) {
        let script = format!(
            "const e = document.querySelectorAll(arguments[0])[{place}]; \
             setTimeout(() => e.click(), 200); return []"
        );
        self.evaluate(&script, selector);
    }

    /// Waits until the text of an element that matches contains `text`.
    pub(crate) fn wait_for_text(&self, selector: &str, text: &str) {
        wait_until(&format!("{text:?} in {selector}"), || {
            self.texts(selector).iter().any(|found| found.contains(text))
        });
    }

    /// Chooses an entry of a list by its value.
    pub(crate) fn choose(&self, selector: &str, value: &str) {
        self.wait(selector);
        let script = format!(
            "const e = document.querySelector(arguments[0]); e.value = {value:?}; \
             e.dispatchEvent(new Event('change', {{ bubbles: true }})); return []"
        );
        self.evaluate(&script, selector);
    }

    /// Writes `text` into a field and commits it with Enter.
    pub(crate) fn enter(&self, selector: &str, text: &str) {
        self.wait(selector);
        let found = self.post("element", json!({ "using": "css selector", "value": selector }));
        let id = found[ELEMENT].as_str().expect("an element has an id").to_owned();
        self.post(&format!("element/{id}/clear"), json!({}));
        self.post(&format!("element/{id}/value"), json!({ "text": format!("{text}{ENTER}") }));
    }

    /// Waits until a field has `value`.
    pub(crate) fn wait_for_value(&self, selector: &str, value: &str) {
        wait_until(&format!("{selector} to be {value:?}"), || self.value(selector) == value);
    }

    /// Writes a screenshot of the page, if `POUNCE_SCREENSHOTS` names a folder. Unlike a screenshot
    /// of the whole screen, the driver's waits until the page is painted.
    pub(crate) fn screenshot(&self, name: &str) {
        let Some(file) = Desktop::screenshot_file(name) else { return };
        let mut answer =
            ureq::get(format!("{}/screenshot", self.session)).call().expect("the driver runs");
        let answer: Value = answer.body_mut().read_json().expect("the driver answers in JSON");
        let picture = STANDARD.decode(answer["value"].as_str().unwrap_or_default());
        std::fs::write(file, picture.expect("the driver sends base64"))
            .expect("the folder can be written");
    }

    /// Navigates the page to another address, which the app is expected to prevent.
    pub(crate) fn leave_for(&self, address: &str) {
        self.evaluate("location.href = arguments[0]; return []", address);
    }

    /// Runs a script that returns a list of texts, with `selector` as its argument.
    fn evaluate(&self, script: &str, selector: &str) -> Vec<String> {
        let answer = self.post("execute/sync", json!({ "script": script, "args": [selector] }));
        serde_json::from_value(answer).unwrap_or_default()
    }

    fn post(&self, command: &str, body: Value) -> Value {
        post(&format!("{}/{command}", self.session), body)
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}

impl Drop for Page<'_> {
    /// Asks the app to quit and waits for it: as the driver's child, it cannot be waited for as a
    /// process.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the app's log:\n{}", self.home.log());
        }
        self.home.run(self.desktop, &["quit"]);
        wait_until("the end of the app", || !self.home.is_running(self.desktop));
    }
}

fn new_session(address: &str, window: &str) -> String {
    let app = json!({ "binary": BINARY, "args": ["show", window] });
    let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": app } } });
    let session = post(&format!("{address}/session"), wanted).expect("the app can be started");
    format!("{address}/session/{}", session["sessionId"].as_str().expect("a session has an id"))
}

/// Sends a command and returns the `value` of its answer.
fn post(url: &str, body: Value) -> Result<Value, ureq::Error> {
    let request = ureq::post(url).config().timeout_global(Some(PATIENCE)).build();
    let mut answer: Value = request.send_json(body)?.body_mut().read_json()?;
    Ok(answer["value"].take())
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
