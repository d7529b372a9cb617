//! The app as a person meets it: the built binary on an X server with D-Bus, window manager and panel, all started
//! here and ended with the test. Keys come from xdotool, the clipboard from xclip, menu clicks from D-Bus, and the
//! pages answer to WebDriver.
//!
//! `cargo test --test desktop` runs every scenario, one at a time; a name runs those that contain it. With
//! `POUNCE_SCREENSHOTS` set to a folder, screenshots are written there. The Debian packages it takes are listed in
//! `tests/desktop/packages.txt`.

mod app;
mod clipboard;
mod desktop;
mod figures;
mod menu;
mod notices;
mod offer;
mod page;
mod patience;
mod process;
mod scenarios;
mod window;

use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Trial};

use desktop::Desktop;

fn main() {
    let mut arguments = Arguments::from_args();
    // One keyboard and one clipboard.
    arguments.test_threads = Some(1);
    if arguments.list {
        libtest_mimic::run(&arguments, trials(&Arc::default())).exit();
    }
    let desktop = Arc::new(Mutex::new(Some(Desktop::start())));
    let conclusion = libtest_mimic::run(&arguments, trials(&desktop));
    // Exiting runs no destructor: the desktop is ended first.
    drop(desktop.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take());
    conclusion.exit();
}

fn trials(desktop: &Arc<Mutex<Option<Desktop>>>) -> Vec<Trial> {
    let trial = |(name, scenario): &(&'static str, scenarios::Scenario)| {
        let (desktop, scenario) = (desktop.clone(), *scenario);
        Trial::test(*name, move || {
            let desktop = desktop.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            scenario(desktop.as_ref().expect("the desktop runs as long as its scenarios"));
            Ok(())
        })
    };
    let figures = trial(&("figures", figures::figures)).with_ignored_flag(true);
    scenarios::ALL.iter().map(trial).chain([figures]).collect()
}
