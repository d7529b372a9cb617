//! The scenarios: one function for each thing that a user does.

mod candidates;
mod catalogue;
mod clipboard_rules;
mod copied_code;
mod first_start;
mod history;
mod improving;
mod keys;
mod languages;
mod lifetime;
mod on_wayland;
mod pages;
mod pasting;
mod programs;
mod projects;
mod reading_ahead;
mod requests;
mod tray;

use crate::session::desktop::Desktop;

pub(crate) type Scenario = fn(&Desktop);

/// A Python snippet with an obvious completion.
pub(crate) const SNIPPET: &str = "def add(a, b):\n    \"\"\"Adds two numbers.\"\"\"\n    return ";

/// Pairs each function with its name behind a prefix.
macro_rules! scenarios {
    ($prefix:literal; $($module:ident::$scenario:ident,)*) => {
        &[$((concat!($prefix, stringify!($scenario)), $module::$scenario),)*]
    };
}

/// The scenarios on an X server with a panel.
pub(crate) const ON_X11: &[(&str, Scenario)] = scenarios![
    "";
    requests::a_hotkey_completes_the_clipboard,
    requests::the_tray_menu_completes_copies_and_undoes,
    requests::another_press_cancels,
    requests::a_model_is_switched_in_the_tray_menu,
    requests::pausing_gives_the_hotkey_back,
    requests::a_command_tells_whether_anything_was_done,
    requests::a_pause_survives_a_restart,
    requests::failures_are_told_where_successes_are_not,
    history::earlier_completions_are_copied_from_the_menu,
    history::a_window_lists_the_last_completions,
    tray::lines_keep_their_ids,
    tray::marks_follow_the_state_and_not_the_click,
    tray::a_setting_that_cannot_be_saved_is_reported,
    tray::the_tooltip_names_state_and_hotkeys,
    candidates::presses_go_through_the_candidates_and_back,
    candidates::a_new_copy_begins_anew,
    candidates::one_undo_takes_the_candidates_back,
    candidates::a_candidate_is_chosen_without_a_hotkey,
    candidates::after_a_paste_the_next_candidate_is_copied,
    candidates::the_candidate_at_which_the_hotkey_is_let_go_is_pasted,
    candidates::letting_go_at_the_snippet_pastes_nothing,
    improving::a_better_answer_takes_the_place_of_the_first,
    improving::a_paste_before_the_better_answer_keeps_the_first,
    improving::a_clipboard_manager_is_no_paste,
    improving::a_better_answer_never_replaces_a_new_copy,
    improving::undo_and_the_next_candidate_know_both_answers,
    improving::a_paste_by_the_app_waits_for_the_better_answer,
    pasting::a_paste_gives_the_clipboard_back,
    pasting::a_paste_waits_for_a_slow_window,
    pasting::a_completion_that_no_window_takes_is_copied,
    pasting::what_is_copied_during_a_paste_stays,
    pasting::a_fetch_by_a_clipboard_manager_is_not_called_a_paste,
    pasting::a_hotkey_that_is_held_is_waited_for,
    pasting::a_hotkey_that_is_held_for_long_copies,
    pasting::every_format_is_given_back,
    pasting::nothing_is_pasted_into_another_window,
    pasting::a_paste_presses_the_v_of_the_active_layout,
    programs::a_selected_snippet_stays_in_a_gtk_editor,
    programs::a_selected_snippet_stays_in_a_gtk_4_editor,
    programs::a_selected_snippet_stays_in_a_qt_editor,
    programs::a_selected_snippet_stays_in_a_browser,
    programs::a_selected_snippet_stays_in_the_editor_of_vs_code,
    programs::a_line_is_copied_without_a_selection_in_the_editor_of_vs_code,
    programs::a_cursor_that_has_moved_on_stays_in_a_gtk_editor,
    programs::a_cursor_that_has_moved_on_stays_in_a_qt_editor,
    programs::a_selected_snippet_gets_its_completion_at_the_marker,
    programs::a_completion_is_pasted_into_an_old_terminal,
    programs::a_completion_is_pasted_into_a_new_terminal,
    programs::nothing_is_pasted_into_a_program_that_the_user_names,
    programs::a_window_that_wakes_late_gets_the_completion,
    projects::a_name_that_stands_below_in_the_file_is_completed,
    projects::of_two_equal_files_that_of_the_window_is_read,
    projects::a_folder_with_code_is_removed_in_the_window,
    reading_ahead::a_copy_is_read_ahead_if_the_user_wants_that,
    reading_ahead::a_secret_is_never_read_ahead,
    copied_code::code_with_the_line_ends_of_windows_is_completed,
    copied_code::code_with_the_spaces_of_a_web_page_is_completed,
    copied_code::a_doctest_is_completed,
    copied_code::a_diff_is_completed,
    copied_code::a_line_copied_with_its_line_end_is_finished,
    copied_code::text_that_is_only_selected_is_completed,
    copied_code::cells_of_a_spreadsheet_are_text,
    copied_code::a_program_that_hangs_is_given_up_in_a_sentence,
    copied_code::the_language_that_an_editor_names_is_taken,
    clipboard_rules::a_picture_is_left_alone,
    clipboard_rules::files_are_left_alone,
    clipboard_rules::a_secret_is_never_read,
    clipboard_rules::a_large_clipboard_is_not_shortened,
    clipboard_rules::a_clipboard_too_large_to_be_put_back_is_left_alone,
    clipboard_rules::an_owner_that_sends_for_ever_is_left_alone,
    clipboard_rules::undo_leaves_what_was_copied_since,
    lifetime::a_taken_hotkey_is_reported,
    lifetime::a_taken_hotkey_is_tried_again,
    lifetime::a_second_start_shows_the_first,
    lifetime::a_killed_app_starts_again,
    lifetime::a_clipboard_manager_keeps_the_completion,
    lifetime::a_completion_that_ends_with_the_app_is_reported,
    lifetime::no_display_is_one_clear_line,
    lifetime::without_a_bus_the_app_runs,
    lifetime::closing_the_window_does_not_quit,
    lifetime::keys_close_a_window,
    pages::without_a_panel_the_dashboard_has_the_menu,
    pages::help_names_version_licence_and_log,
    lifetime::a_broken_settings_file_is_told_and_stays,
    tray::settings_changed_by_hand_come_into_force,
    first_start::the_first_start_alone_shows_the_first_steps,
    first_start::a_first_start_without_a_bus_shows_the_first_steps,
    first_start::a_new_user_tries_the_hotkey_and_chooses_a_language,
    languages::the_desktops_language_is_taken,
    languages::another_language_needs_no_restart,
    pages::settings_are_in_force_and_survive_a_restart,
    pages::a_page_goes_nowhere_else,
    pages::wrong_settings_are_refused_beside_their_field,
    pages::a_folder_is_installed_used_and_removed_in_the_window,
    pages::a_folder_is_chosen_in_the_desktops_dialog,
    catalogue::a_model_of_the_catalogue_is_installed_used_evicted_and_removed,
    pages::code_leaves_the_machine_only_after_a_confirmation,
    keys::a_key_is_kept_in_the_keyring_alone,
    pages::starting_at_login_is_an_entry_of_the_desktop,
    pages::a_hotkey_is_changed_by_pressing_it,
    pages::a_hotkey_is_recorded_as_the_layout_has_it,
    pages::a_hotkey_with_super_is_recorded_whole,
    pages::keys_that_cannot_be_a_hotkey_are_refused_with_a_reason,
    pages::a_program_gets_paste_keys_in_the_window,
    pages::the_dashboard_shows_the_request_just_made,
];

/// The scenarios on a Wayland compositor.
pub(crate) const ON_WAYLAND: &[(&str, Scenario)] = scenarios![
    "wayland_";
    on_wayland::a_trigger_completes_the_clipboard,
    on_wayland::a_better_answer_comes_within_the_time_of_the_settings,
    on_wayland::a_secret_is_never_read,
    on_wayland::a_copy_is_read_ahead_if_the_user_wants_that,
    on_wayland::the_desktops_portal_delivers_the_hotkeys,
    on_wayland::the_settings_say_what_the_session_allows,
    on_wayland::a_panel_that_comes_later_is_noticed,
    on_wayland::a_panel_that_comes_later_shows_the_icon,
    on_wayland::a_paste_becomes_a_copy,
    on_wayland::a_program_that_hangs_is_given_up,
];
