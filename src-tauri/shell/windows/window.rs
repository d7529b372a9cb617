//! Opens the windows: created when asked for and destroyed when closed, so that the idle app holds no web view.

use crate::ui_language::UiLanguage;
use pounce_cli::Window;
use tauri::{AppHandle, Manager, Runtime, Url, WebviewUrl, WebviewWindowBuilder};

/// A window's label, by which the capabilities and the page know it.
pub(crate) fn label(window: Window) -> &'static str {
    match window {
        Window::Dashboard => "dashboard",
        Window::Settings => "settings",
        Window::Welcome => "welcome",
        Window::History => "history",
        Window::About => "about",
    }
}

/// Opens `window`, or brings it to the front. Returns at once; the window follows on the main thread.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>, window: Window, language: UiLanguage) {
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        if let Err(error) = open_or_raise(&handle, window, language) {
            tracing::error!(window = label(window), %error, "the window cannot be shown");
        }
    });
    if let Err(error) = shown {
        tracing::warn!(%error, "no window is shown any more");
    }
}

fn open_or_raise<R: Runtime>(
    app: &AppHandle<R>,
    window: Window,
    language: UiLanguage,
) -> tauri::Result<()> {
    if let Some(open) = app.get_webview_window(label(window)) {
        open.unminimize()?;
        open.show()?;
        return open.set_focus();
    }
    let (width, height) = size(window);
    let address = format!("index.html?language={}#{}", language.code(), label(window));
    let page = WebviewUrl::App(address.into());
    WebviewWindowBuilder::new(app, label(window), page)
        .title(title(window, language))
        .inner_size(width, height)
        .min_inner_size(360.0, 320.0)
        .on_navigation(is_own)
        .build()?;
    Ok(())
}

/// Whether an address belongs to the app itself. Its pages navigate nowhere else, so no code can leave in an address.
fn is_own(address: &Url) -> bool {
    address.scheme() == "tauri" && address.host_str() == Some("localhost")
}

/// Width and height in logical pixels.
fn size(window: Window) -> (f64, f64) {
    match window {
        Window::Dashboard | Window::Settings | Window::Welcome => (900.0, 640.0),
        Window::History | Window::About => (600.0, 560.0),
    }
}

fn title(window: Window, language: UiLanguage) -> &'static str {
    match window {
        Window::Dashboard => language.window_dashboard(),
        Window::Settings => language.window_settings(),
        Window::Welcome => language.window_welcome(),
        Window::History => language.window_history(),
        Window::About => language.window_about(),
    }
}

/// Gives the open windows their titles in `language`.
pub(crate) fn set_titles<R: Runtime>(app: &AppHandle<R>, language: UiLanguage) {
    for window in
        [Window::Dashboard, Window::Settings, Window::Welcome, Window::History, Window::About]
    {
        let open = app.get_webview_window(label(window));
        if let Some(Err(error)) = open.map(|open| open.set_title(title(window, language))) {
            tracing::debug!(%error, "a window keeps its title");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_nowhere_else() {
        let check = |address: &str, expected: bool| {
            assert_eq!(is_own(&address.parse().unwrap()), expected, "{address}");
        };
        check("tauri://localhost/index.html#dashboard", true);
        check("https://example.org/?code=secret", false);
        check("tauri://example.org/", false);
        check("http://localhost/", false);
        check("file:///etc/passwd", false);
        check("data:text/html,x", false);
    }
}
