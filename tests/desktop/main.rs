//! The app as a person meets it: the built binary on an X server with D-Bus, window manager and
//! panel, and on a Wayland compositor, all started here and ended with the test. Keys come from
//! xdotool, the clipboard from xclip and wl-clipboard, menu clicks from D-Bus, and the pages answer
//! to WebDriver.
//!
//! `cargo test --test desktop` runs every scenario, one at a time; a name runs those that contain it. With
//! `POUNCE_SCREENSHOTS` set to a folder, screenshots are written there. The Debian packages it takes are listed in
//! `tests/desktop/packages.txt`.

mod app;
/// Random checkpoints, shared with the converter's own tests.
#[path = "../../src-tauri/convert/tests/support/mod.rs"]
mod checkpoints;
mod figures;
mod patience;
mod pictures;
mod scenarios;
#[path = "../it/install/server.rs"]
#[allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
mod server;
mod session;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Trial};

use scenarios::Scenario;
use session::desktop::Desktop;

/// A desktop that is started by the first scenario that needs it.
struct Stage {
    start: fn() -> Desktop,
    desktop: Mutex<Option<Desktop>>,
}

impl Stage {
    fn new(start: fn() -> Desktop) -> Arc<Self> {
        Arc::new(Self { start, desktop: Mutex::default() })
    }

    /// Plays `scenario`, and once more if the panel crashed in the middle of it.
    fn play(&self, scenario: Scenario) {
        let mut desktop = self.desktop.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let desktop = desktop.get_or_insert_with(self.start);
        if desktop.revive_panel() {
            eprintln!("the panel had crashed, and was started again");
        }
        let played = catch_unwind(AssertUnwindSafe(|| scenario(desktop)));
        if let Err(panic) = played {
            if !desktop.revive_panel() {
                resume_unwind(panic);
            }
            eprintln!("the panel crashed meanwhile; the scenario is played again");
            scenario(desktop);
        }
    }

    /// Ends the desktop. Needed before `exit`, which runs no destructors.
    fn end(&self) {
        drop(self.desktop.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take());
    }
}

fn main() {
    let mut arguments = Arguments::from_args();
    // All scenarios share one keyboard and one clipboard.
    arguments.test_threads = Some(1);
    let (x11, dark) = (Stage::new(Desktop::start), Stage::new(Desktop::start_dark));
    let wayland = Stage::new(Desktop::start_wayland);
    let on_x11 = scenarios::ON_X11.iter().map(|scenario| trial(&x11, scenario));
    let on_wayland = scenarios::ON_WAYLAND.iter().map(|scenario| trial(&wayland, scenario));
    let asked_for = [
        trial(&x11, &("figures", figures::figures)),
        trial(&x11, &("pictures", pictures::pictures)),
        trial(&dark, &("pictures_dark", pictures::pictures_dark)),
    ];
    let asked_for = asked_for.map(|trial| trial.with_ignored_flag(true));
    let trials = on_x11.chain(on_wayland).chain(asked_for).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    [x11, dark, wayland].iter().for_each(|stage| stage.end());
    conclusion.exit();
}

fn trial(stage: &Arc<Stage>, (name, scenario): &(&'static str, Scenario)) -> Trial {
    let (stage, scenario) = (stage.clone(), *scenario);
    Trial::test(*name, move || {
        stage.play(scenario);
        Ok(())
    })
}
