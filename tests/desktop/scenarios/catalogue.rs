//! The life of a catalogue model in the app: download, use, eviction, removal.

use std::path::PathBuf;
use std::sync::{Mutex, mpsc};
use std::time::Instant;
use std::{env, fs};

use tempfile::TempDir;

use crate::app::Home;
use crate::app::page::Page;
use crate::checkpoints::codet5;
use crate::checkpoints::random_checkpoint::Shape;
use crate::patience::wait_until;
use crate::server::{Answer, Repo, Server};
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;

use super::SNIPPET;
use super::requests::completion_of;

const REPO: &str = "Salesforce/codet5p-220m";
const WEIGHTS: &str = "pytorch_model.bin";
const ENTRY: &str = "[data-testid='catalogue-entry'][data-model='codet5p-220m']";
const CARD: &str = "article[data-model='codet5p-220m']";
/// Names a folder with a checkpoint of the real shape; `src-tauri/engine/golden/make_checkpoint.py`
/// makes one.
const VARIABLE: &str = "POUNCE_CODET5P_220M";

/// The files that the server has.
struct Checkpoint {
    folder: PathBuf,
    _made: Option<TempDir>,
}

impl Checkpoint {
    /// The checkpoint folder that the environment names, or else a tiny random one.
    fn find() -> Self {
        if let Some(folder) = env::var_os(VARIABLE) {
            return Self { folder: folder.into(), _made: None };
        }
        println!("{VARIABLE} is not set: a tiny checkpoint stands for the real shape");
        let made = TempDir::new().expect("a temporary folder");
        codet5::write(made.path(), &Shape::TINY, 7).expect("the folder is ours");
        Self { folder: made.path().to_owned(), _made: Some(made) }
    }

    /// Starts a server for it. The first fetch of the weights stops halfway until the sender is
    /// dropped, and then breaks off.
    fn serve(&self) -> (Server, mpsc::Sender<()>) {
        let repo = Repo::of(REPO, &self.folder);
        let half = repo.size(WEIGHTS) / 2;
        let (release, held) = mpsc::channel();
        let held = Mutex::new(Some(held));
        let server = Server::start(move |request| {
            let answer = repo.answer(request);
            let held = held.lock().expect("no holder panics").take_if(|_| request.gets(WEIGHTS));
            Answer { cut_at: held.is_some().then_some(half), hold: held, ..answer }
        });
        (server, release)
    }
}

pub(crate) fn a_model_of_the_catalogue_is_installed_used_evicted_and_removed(desktop: &Desktop) {
    let checkpoint = Checkpoint::find();
    let (server, release) = checkpoint.serve();
    let home = Home::new().with_variable("HF_ENDPOINT", &server.url());
    let page = Page::open(desktop, &home, "settings");
    page.click("a[href='#models']");
    install(&page, release);
    let pins = fs::read_to_string(home.path().join("data/pounce/pins.json"));
    assert!(pins.is_ok_and(|pins| pins.contains(REPO) && pins.contains(WEIGHTS)), "pinned");
    complete(desktop, &home, &page);
    evict(desktop, &home, &page);
    page.click_text(&format!("{CARD} button"), "Remove…");
    page.click_text("dialog button", "Remove");
    wait_until("the card to be gone", || page.texts(CARD).is_empty());
    page.wait(ENTRY);
    assert!(!home.path().join("models/codet5p-220m").exists(), "its files are deleted");
}

/// Installs by the button, and checks what is shown halfway through the download.
fn install(page: &Page<'_>, release: mpsc::Sender<()>) {
    page.wait_for_text(ENTRY, "the first download pins what it gets");
    let begun = Instant::now();
    page.click(&format!("{ENTRY} button"));
    let running = format!("{ENTRY} [data-testid='install']");
    // The download stops at half.
    wait_until("the bar", || page.progress(&running) >= Some(0.4));
    page.wait_for_text(&running, "Downloading");
    page.screenshot("catalogue-downloading");
    drop(release);
    // As long as the progress changes, go on waiting.
    let mut shown = page.texts(&running);
    while !shown.is_empty() {
        wait_until("the install to move", || page.texts(&running) != shown);
        shown = page.texts(&running);
    }
    page.wait(CARD);
    println!("installed in {:.1} s, with one break", begun.elapsed().as_secs_f64());
    for part in ["codet5p-220m is installed", WEIGHTS, "from now on they must be"] {
        page.wait_for_text("section[aria-labelledby='more-title']", part);
    }
    page.screenshot("catalogue-installed");
}

/// Selects the model in the tray and completes by the hotkey.
fn complete(desktop: &Desktop, home: &Home, page: &Page<'_>) {
    let menu = page.menu();
    menu.click("CodeT5+ 220M");
    menu.wait("CodeT5+ 220M", |line| line.is_checked && line.label.contains("ready"));
    let _copied = Copied::text(desktop, SNIPPET);
    let pressed = Instant::now();
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    let told = desktop.notices.wait("Completed in ");
    // Weights drawn at random write what no filter lets pass; the default model writes code.
    let is_rejected =
        |line: &str| line.contains("pounce_filtered_total") && line.contains("rejected");
    let was_rejected = home.stats(desktop).lines().any(is_rejected);
    assert!(told.contains("codet5p-220m") || was_rejected, "the new model answered: {told:?}");
    println!("completed in {:.2} s from the press: {told}", pressed.elapsed().as_secs_f64());
    page.wait_for_text(CARD, "In use");
    page.screenshot("catalogue-in-use");
    menu.click("Automatic");
    menu.wait("Automatic", |line| line.is_checked);
}

/// Lowers the memory budget to the size of the default model, so that the other model is evicted.
fn evict(desktop: &Desktop, home: &Home, page: &Page<'_>) {
    let resident =
        |id: &str| home.stat(desktop, &format!("pounce_model_resident_bytes{{model=\"{id}\"}}"));
    let own = resident("pounce-50m").expect("the default model stays loaded");
    let evicted = resident("codet5p-220m").expect("the model that answered is loaded");
    println!("{:.0} MB of memory until it was evicted", evicted / 1e6);
    let before = home.stat(desktop, "pounce_evictions_total");
    page.click("a[href='#settings/limits']");
    page.enter("[name='memory.budget_mb']", &format!("{:.0}", (own / 1_048_576.0).ceil()));
    wait_until("the eviction", || resident("codet5p-220m").is_none());
    assert!(home.stat(desktop, "pounce_evictions_total") > before, "for room, and counted so");
    page.click("a[href='#models']");
    page.wait_for_text(CARD, "Not loaded");
    page.wait_for_text("article[data-model='pounce-50m']", "Ready");
    page.screenshot("catalogue-evicted");
}
