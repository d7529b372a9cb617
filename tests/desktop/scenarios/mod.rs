//! The scenarios: one function for each thing that a user does.

mod catalogue;
mod clipboard_rules;
mod keys;
mod lifetime;
mod on_wayland;
mod pages;
mod pasting;
mod reading_ahead;
mod requests;

use crate::session::desktop::Desktop;

pub(crate) type Scenario = fn(&Desktop);

/// A Python snippet with an obvious completion.
pub(crate) const SNIPPET: &str = "def add(a, b):\n    \"\"\"Adds two numbers.\"\"\"\n    return ";

/// The scenarios on an X server with a panel.
pub(crate) const ON_X11: &[(&str, Scenario)] = &[
    ("a_hotkey_completes_the_clipboard", requests::a_hotkey_completes_the_clipboard),
    (
        "the_tray_menu_completes_copies_and_undoes",
        requests::the_tray_menu_completes_copies_and_undoes,
    ),
    ("another_press_cancels", requests::another_press_cancels),
    ("a_model_is_switched_in_the_tray_menu", requests::a_model_is_switched_in_the_tray_menu),
    ("pausing_gives_the_hotkey_back", requests::pausing_gives_the_hotkey_back),
    ("a_paste_gives_the_clipboard_back", pasting::a_paste_gives_the_clipboard_back),
    ("a_paste_waits_for_a_slow_window", pasting::a_paste_waits_for_a_slow_window),
    (
        "a_paste_that_no_window_takes_gives_the_clipboard_back",
        pasting::a_paste_that_no_window_takes_gives_the_clipboard_back,
    ),
    ("what_is_copied_during_a_paste_stays", pasting::what_is_copied_during_a_paste_stays),
    (
        "a_fetch_by_a_clipboard_manager_is_not_called_a_paste",
        pasting::a_fetch_by_a_clipboard_manager_is_not_called_a_paste,
    ),
    ("nothing_is_pasted_into_another_window", pasting::nothing_is_pasted_into_another_window),
    (
        "a_paste_presses_the_v_of_the_active_layout",
        pasting::a_paste_presses_the_v_of_the_active_layout,
    ),
    (
        "a_copy_is_read_ahead_if_the_user_wants_that",
        reading_ahead::a_copy_is_read_ahead_if_the_user_wants_that,
    ),
    ("a_secret_is_never_read_ahead", reading_ahead::a_secret_is_never_read_ahead),
    ("a_picture_is_left_alone", clipboard_rules::a_picture_is_left_alone),
    ("files_are_left_alone", clipboard_rules::files_are_left_alone),
    ("a_secret_is_never_read", clipboard_rules::a_secret_is_never_read),
    ("a_large_clipboard_is_not_shortened", clipboard_rules::a_large_clipboard_is_not_shortened),
    (
        "a_clipboard_too_large_to_be_put_back_is_left_alone",
        clipboard_rules::a_clipboard_too_large_to_be_put_back_is_left_alone,
    ),
    (
        "an_owner_that_sends_for_ever_is_left_alone",
        clipboard_rules::an_owner_that_sends_for_ever_is_left_alone,
    ),
    ("undo_leaves_what_was_copied_since", clipboard_rules::undo_leaves_what_was_copied_since),
    ("a_taken_hotkey_is_reported", lifetime::a_taken_hotkey_is_reported),
    ("a_second_start_shows_the_first", lifetime::a_second_start_shows_the_first),
    ("a_killed_app_starts_again", lifetime::a_killed_app_starts_again),
    ("no_display_is_one_clear_line", lifetime::no_display_is_one_clear_line),
    ("without_a_bus_the_app_runs", lifetime::without_a_bus_the_app_runs),
    (
        "a_first_start_without_a_panel_shows_itself",
        lifetime::a_first_start_without_a_panel_shows_itself,
    ),
    ("closing_the_window_does_not_quit", lifetime::closing_the_window_does_not_quit),
    ("a_broken_settings_file_is_kept_aside", lifetime::a_broken_settings_file_is_kept_aside),
    ("the_first_start_measures_the_models", lifetime::the_first_start_measures_the_models),
    (
        "settings_are_in_force_and_survive_a_restart",
        pages::settings_are_in_force_and_survive_a_restart,
    ),
    ("a_page_goes_nowhere_else", pages::a_page_goes_nowhere_else),
    (
        "wrong_settings_are_refused_beside_their_field",
        pages::wrong_settings_are_refused_beside_their_field,
    ),
    (
        "a_folder_is_installed_used_and_removed_in_the_window",
        pages::a_folder_is_installed_used_and_removed_in_the_window,
    ),
    ("a_folder_is_chosen_in_the_desktops_dialog", pages::a_folder_is_chosen_in_the_desktops_dialog),
    (
        "a_model_of_the_catalogue_is_installed_used_evicted_and_removed",
        catalogue::a_model_of_the_catalogue_is_installed_used_evicted_and_removed,
    ),
    (
        "code_leaves_the_machine_only_after_a_confirmation",
        pages::code_leaves_the_machine_only_after_a_confirmation,
    ),
    ("a_key_is_kept_in_the_keyring_alone", keys::a_key_is_kept_in_the_keyring_alone),
    (
        "starting_at_login_is_an_entry_of_the_desktop",
        pages::starting_at_login_is_an_entry_of_the_desktop,
    ),
    ("a_hotkey_is_changed_by_pressing_it", pages::a_hotkey_is_changed_by_pressing_it),
    ("a_hotkey_is_recorded_as_the_layout_has_it", pages::a_hotkey_is_recorded_as_the_layout_has_it),
    ("the_dashboard_shows_the_request_just_made", pages::the_dashboard_shows_the_request_just_made),
];

/// The scenarios on a Wayland compositor.
pub(crate) const ON_WAYLAND: &[(&str, Scenario)] = &[
    ("wayland_a_trigger_completes_the_clipboard", on_wayland::a_trigger_completes_the_clipboard),
    ("wayland_a_secret_is_never_read", on_wayland::a_secret_is_never_read),
    (
        "wayland_a_copy_is_read_ahead_if_the_user_wants_that",
        on_wayland::a_copy_is_read_ahead_if_the_user_wants_that,
    ),
    (
        "wayland_the_desktops_portal_delivers_the_hotkeys",
        on_wayland::the_desktops_portal_delivers_the_hotkeys,
    ),
    (
        "wayland_the_settings_say_what_the_session_allows",
        on_wayland::the_settings_say_what_the_session_allows,
    ),
    (
        "wayland_a_panel_that_comes_later_is_noticed",
        on_wayland::a_panel_that_comes_later_is_noticed,
    ),
    ("wayland_a_paste_becomes_a_copy", on_wayland::a_paste_becomes_a_copy),
    ("wayland_a_program_that_hangs_is_given_up", on_wayland::a_program_that_hangs_is_given_up),
];
