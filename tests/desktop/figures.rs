//! Measures the app: time from a key press to the changed clipboard, time to start, memory. The
//! figures depend on the machine, so this is no test: run `cargo test --release --test desktop --
//! --ignored figures --nocapture`.

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::app::{App, Home};
use crate::patience::wait_until;
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;
use crate::session::window::key_for;

/// The number of key presses that are timed.
const N_PRESSES: usize = 100;
/// Keysyms of Control, Alt and the space bar.
const HOTKEY: [u32; 3] = [0xffe3, 0xffe9, 0x20];

/// A snippet as people copy them; `i` makes each one different, so that none is in the cache.
pub(crate) fn snippet(i: usize) -> String {
    let templates = [
        format!(
            "def scale_{i}(values, factor):\n    result = []\n    for value in values:\n        result.append("
        ),
        format!("fn area_{i}(width: u32, height: u32) -> u32 {{\n    let area = "),
        format!(
            "function sum{i}(items) {{\n  let total = 0;\n  for (const item of items) {{\n    total += "
        ),
        format!(
            "func (s *Store{i}) Get(key string) (string, error) {{\n\tvalue, ok := s.items[key]\n\tif !ok {{\n\t\treturn "
        ),
        format!(
            "class Queue{i}:\n    def __init__(self):\n        self.items = []\n\n    def push(self, item):\n        self.items."
        ),
    ];
    templates[i % templates.len()].clone()
}

/// Prints every figure.
pub(crate) fn figures(desktop: &Desktop) {
    let home = Home::new();
    let started = Instant::now();
    let app = home.spawn(desktop, &[]);
    app.menu();
    let to_tray = started.elapsed();
    home.wait_until_warm(desktop);
    let to_warm = started.elapsed();
    app.menu().wait("Pounce: ready", |_| true);
    println!(
        "start to tray icon {} ms, to warm model {} ms",
        to_tray.as_millis(),
        to_warm.as_millis()
    );
    println!("start by its own log: {}", logged_start(&home));
    println!("memory idle, no window ever opened: {} MB", resident_mb(&app));

    let mut times = press_times(desktop);
    times.sort();
    let at =
        |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    println!(
        "key press to clipboard changed, {} presses: p50 {:.1} ms, p95 {:.1} ms, worst {:.1} ms",
        times.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
    println!("memory after that: {} MB", resident_mb(&app));
    home.run(desktop, &["show", "dashboard"]);
    wait_until("the dashboard", || desktop.tool("wmctrl", &["-l"]).contains("Pounce Dashboard"));
    wait_until("the web view", || family_mb(desktop, &app) > resident_mb(&app) + 50);
    println!("memory with the dashboard, all processes: {} MB", family_mb(desktop, &app));
    desktop.tool("wmctrl", &["-c", "Pounce Dashboard"]);
    wait_until("the window to be gone", || {
        !desktop.tool("wmctrl", &["-l"]).contains("Pounce Dashboard")
    });
    wait_until("the end of the page", || {
        desktop.tool("pgrep", &["-f", "WebKitWebProcess"]).is_empty()
    });
    println!("memory after closing it, all processes: {} MB", family_mb(desktop, &app));
    app.quit();
}

fn logged_start(home: &Home) -> String {
    home.log()
        .lines()
        .filter(|line| line.contains("ready") || line.contains("loaded"))
        .collect::<Vec<_>>()
        .join("; ")
}

fn press_times(desktop: &Desktop) -> Vec<Duration> {
    let (connection, _) = x11rb::connect(Some(desktop.display())).expect("the X server runs");
    let clipboard = connection.intern_atom(false, b"CLIPBOARD").expect("the X server runs").reply();
    let clipboard = clipboard.expect("atoms can be made").atom;
    let owner = || {
        connection
            .get_selection_owner(clipboard)
            .ok()
            .and_then(|cookie| cookie.reply().ok())
            .map(|r| r.owner)
    };
    let mut times = Vec::new();
    for i in 0..N_PRESSES {
        desktop.notices.clear();
        let _copied = Copied::text(desktop, &snippet(i));
        let before = owner();
        let pressed = Instant::now();
        press_hotkey(&connection);
        let took = loop {
            if owner() != before {
                break Some(pressed.elapsed());
            }
            if pressed.elapsed() > Duration::from_secs(2) {
                break None;
            }
            std::thread::sleep(Duration::from_micros(300));
        };
        times.extend(took);
        // The next copy must not happen before this request has ended.
        desktop.notices.wait("");
    }
    println!(
        "{} of {N_PRESSES} presses changed the clipboard; the others had nothing to add",
        times.len()
    );
    times
}

fn press_hotkey(connection: &RustConnection) {
    let keys: Vec<u8> = HOTKEY.iter().map(|keysym| key_for(connection, *keysym)).collect();
    let presses = keys.iter().map(|key| (KEY_PRESS_EVENT, *key));
    let releases = keys.iter().rev().map(|key| (KEY_RELEASE_EVENT, *key));
    for (event, key) in presses.chain(releases) {
        connection
            .xtest_fake_input(event, key, 0, x11rb::NONE, 0, 0, 0)
            .expect("the X server runs");
    }
    connection.flush().expect("the X server runs");
}

/// Proportional memory of the app's own process, in MB.
fn resident_mb(app: &App<'_>) -> u64 {
    resident_kb(&app.id().to_string()) / 1024
}

/// Proportional memory of the app and the web view's processes, in MB. Shared pages are divided
/// among them.
fn family_mb(desktop: &Desktop, app: &App<'_>) -> u64 {
    let children = desktop.tool("pgrep", &["-f", "WebKit(Web|Network)Process"]);
    let children: u64 = children.lines().map(resident_kb).sum();
    (children + resident_kb(&app.id().to_string())) / 1024
}

fn resident_kb(id: &str) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    pss.and_then(|kb| kb.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
