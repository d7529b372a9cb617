//! Takes the pictures of the app that the README shows: `make screenshots`. The dashboard's times are those of the machine
//! that takes them, so it should be idle, and this is no test.

use std::time::Duration;

use crate::app::Home;
use crate::app::page::Page;
use crate::figures;
use crate::patience::wait_until;
use crate::scenarios::SNIPPET;
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;

/// The number of requests on the dashboard.
const N_REQUESTS: usize = 100;
/// Where the panel shows the icon, in pixels from the left and the top of the screen.
const ICON: [&str; 2] = ["42", "788"];
/// How long the panel takes to draw a menu, with room to spare.
const PAINTED: Duration = Duration::from_secs(1);
/// The part of the screen with the menu, as ImageMagick writes it.
const MENU: &str = "760x430+0+370";

/// The pictures in light colours.
pub(crate) fn pictures(desktop: &Desktop) {
    take_all(desktop, "light");
}

/// The pictures in dark colours.
pub(crate) fn pictures_dark(desktop: &Desktop) {
    take_all(desktop, "dark");
}

fn take_all(desktop: &Desktop, scheme: &str) {
    let home = Home::installed();
    let page = Page::open(desktop, &home, "dashboard");
    for i in 0..N_REQUESTS {
        let copied = Copied::text(desktop, &figures::snippet(i));
        desktop.press("ctrl+alt+space");
        wait_until("the request on the dashboard", || page.text().contains(&counted(i + 1)));
        drop(copied);
    }
    page.screenshot(&format!("app-dashboard-{scheme}"));
    drop(page);
    take_menu(desktop, &home, scheme);
    let page = Page::open(desktop, &home, "settings");
    page.wait("[id='setting-hotkeys.complete_line']");
    page.screenshot(&format!("app-settings-{scheme}"));
    drop(page);
    let page = Page::open(desktop, &home, "welcome");
    page.wait_for_text("main", "Read code when it is copied");
    page.screenshot(&format!("app-welcome-{scheme}"));
}

/// The note above the chart once there are `n` requests.
fn counted(n: usize) -> String {
    if n == 1 { "1 request".into() } else { format!("{n} requests") }
}

/// Opens the tray menu after a request, and in it the models, by mouse and arrow keys.
fn take_menu(desktop: &Desktop, home: &Home, scheme: &str) {
    desktop.tool("display", &["-window", "root", "xc:#3b4252"]);
    let app = home.start(desktop, &[]);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    app.menu().wait("Undo last replacement", |line| line.is_enabled);
    let [x, y] = ICON;
    desktop.tool("xdotool", &["mousemove", x, y, "click", "1"]);
    // The panel draws the menu after it has asked for its entries; nothing tells that it is there.
    std::thread::sleep(PAINTED);
    for key in ["Down", "Down", "Down", "Right"] {
        desktop.press(key);
    }
    std::thread::sleep(PAINTED);
    desktop.screenshot_part(&format!("app-tray-menu-{scheme}"), MENU);
    desktop.press("Escape");
    desktop.press("Escape");
    app.quit();
}
