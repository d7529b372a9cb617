//! Lets Tauri generate what the desktop app needs from `tauri.conf.json`; without the app there is nothing to do.

fn main() {
    #[cfg(feature = "desktop")]
    tauri_build::build();
}
