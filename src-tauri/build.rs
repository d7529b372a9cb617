//! Generates what the desktop app needs from `tauri.conf.json`; does nothing for a build without the app.

fn main() {
    #[cfg(feature = "desktop")]
    desktop::generate();
}

#[cfg(feature = "desktop")]
mod desktop {
    use tauri_build::{AppManifest, Attributes};

    /// Every command of `shell/windows/commands`. A command that is listed here can only be called by the windows whose
    /// capability in `tauri.conf.json` allows it.
    const COMMANDS: [&str; 32] = [
        "query_status",
        "query_models",
        "query_settings",
        "query_recent",
        "query_counters",
        "query_calibration",
        "set_settings",
        "do_pin_model",
        "do_load_model",
        "do_unload_model",
        "do_remove_model",
        "query_catalogue",
        "query_installs",
        "do_choose_model",
        "do_install_model",
        "do_cancel_install",
        "do_verify_model",
        "query_remote",
        "set_remote",
        "do_save_engine",
        "do_remove_engine",
        "do_remove_engine_key",
        "do_check_engine",
        "do_reset_breaker",
        "do_calibrate",
        "do_clear_metrics",
        "do_save_export",
        "do_set_paused",
        "do_undo",
        "do_copy_last",
        "do_suspend_hotkeys",
        "do_open_folder",
    ];

    pub(super) fn generate() {
        let attributes = Attributes::new().app_manifest(AppManifest::new().commands(&COMMANDS));
        tauri_build::try_build(attributes).expect("tauri.conf.json is right; see the cause above");
    }
}
