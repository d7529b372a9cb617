//! The candidates between which the user chooses while the hotkey is held: a list over the other windows, which takes no
//! focus and no keys. It is the app's own, because a desktop's notification service may write what it shows to the disk.

use std::cell::RefCell;

use gtk::WindowType;
use gtk::prelude::*;
use tauri::{AppHandle, Runtime};

use crate::request::completions::candidate_list::CandidateList;
use crate::ui_language::UiLanguage;

/// The room around a line, and between the list and the edge of the screen, in logical pixels.
const PADDING: i32 = 8;
const TO_EDGE: i32 = 48;

thread_local! {
    /// The list that is shown; GTK's windows belong to the main thread.
    static SHOWN: RefCell<Option<gtk::Window>> = const { RefCell::new(None) };
}

/// Shows `candidates` in place of those before; `None` shows none. Returns at once; the window follows on the main thread.
pub(crate) fn show<R: Runtime>(
    app: &AppHandle<R>,
    candidates: Option<CandidateList>,
    language: UiLanguage,
) {
    let shown = app.run_on_main_thread(move || {
        let popup = candidates.map(|candidates| popup(&candidates, language));
        if let Some(last) = SHOWN.replace(popup) {
            last.close();
        }
    });
    if let Err(error) = shown {
        tracing::warn!(%error, "no window is shown any more");
    }
}

fn popup(candidates: &CandidateList, language: UiLanguage) -> gtk::Window {
    let popup = gtk::Window::new(WindowType::Popup);
    popup.set_title(language.window_history());
    let frame = gtk::Frame::new(None);
    frame.add(&list(candidates, language));
    popup.add(&frame);
    popup.show_all();
    place(&popup);
    popup
}

fn list(candidates: &CandidateList, language: UiLanguage) -> gtk::ListBox {
    let list = gtk::ListBox::new();
    let lines = candidates.lines.iter().map(String::as_str).chain([language.tray_snippet()]);
    for line in lines {
        let label = gtk::Label::builder().label(line).xalign(0.0).margin(PADDING);
        list.add(&label.build());
    }
    list.select_row(list.row_at_index(candidates.shown as i32).as_ref());
    list
}

/// Moves the popup to the middle of the lower edge of the screen that has the pointer.
fn place(popup: &gtk::Window) -> Option<()> {
    let display = popup.display();
    let (_, x, y) = display.default_seat()?.pointer()?.position();
    let area = display.monitor_at_point(x, y)?.workarea();
    let (width, height) = popup.size();
    popup.move_(area.x() + (area.width() - width) / 2, area.y() + area.height() - height - TO_EDGE);
    Some(())
}
