//! What the windows may ask. Each command unpacks its arguments, calls one function and converts the error.
//!
//! Which window may call which command is in `tauri.conf.json`.

mod desktop;
mod error;
mod installs;
mod metrics;
mod models;
mod remote;
mod settings;
mod shared;

use tauri::Runtime;

/// Every command; `build.rs` lists the same names.
pub(crate) fn handler<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static
{
    tauri::generate_handler![
        desktop::query_status,
        models::query_models,
        settings::query_settings,
        metrics::query_recent,
        metrics::query_counters,
        metrics::query_calibration,
        settings::set_settings,
        models::do_pin_model,
        models::do_load_model,
        models::do_unload_model,
        installs::do_remove_model,
        installs::query_catalogue,
        installs::query_installs,
        desktop::do_choose_path,
        installs::do_install_model,
        installs::do_cancel_install,
        installs::do_verify_model,
        remote::query_remote,
        remote::set_remote,
        remote::do_save_engine,
        remote::do_remove_engine,
        remote::do_remove_engine_key,
        remote::do_check_engine,
        models::do_reset_breaker,
        metrics::do_calibrate,
        metrics::do_clear_metrics,
        metrics::do_save_export,
        desktop::query_history,
        desktop::do_verb,
        desktop::do_quit,
        desktop::do_suspend_hotkeys,
        desktop::do_open_folder,
        desktop::do_show_window,
    ]
}

#[cfg(test)]
mod tests;
