//! Hotkeys on Wayland, through the GlobalShortcuts portal if the desktop has one (KDE, Hyprland, GNOME from 48 on).
//!
//! The user sees and changes the keys in the desktop's own settings; the keys of our settings are a proposal. Without a
//! portal, the user can bind `pounce trigger` in the compositor.

use std::time::Instant;

use anyhow::Context as _;
use ashpd::desktop::CreateSessionOptions;
use ashpd::desktop::global_shortcuts::{BindShortcutsOptions, GlobalShortcuts, NewShortcut};
use futures_util::StreamExt as _;
use pounce_cli::Verb;

use super::hotkey::{HOTKEYS, Hotkey};
use super::key_combination::KeyCombination;
use crate::ui_language::UiLanguage;

/// Binds the hotkeys to `keys`, one for each of [`HOTKEYS`], described in `language`, then calls `on_press` for each press until the portal ends
/// the session. `on_bound` is called once the hotkeys work.
///
/// # Errors
/// If the desktop has no portal, or the user refuses.
pub(crate) async fn serve(
    keys: &[Option<KeyCombination>],
    language: UiLanguage,
    on_bound: impl FnOnce(),
    on_press: impl Fn(Verb, Instant),
) -> anyhow::Result<()> {
    let portal = GlobalShortcuts::new().await.context("this desktop has no portal for hotkeys")?;
    let session = portal.create_session(CreateSessionOptions::default()).await?;
    let on = HOTKEYS.iter().zip(keys).filter_map(|(hotkey, keys)| Some((hotkey, (*keys)?)));
    let shortcuts: Vec<_> = on.map(|(hotkey, keys)| shortcut(hotkey, keys, language)).collect();
    let mut presses = portal.receive_activated().await?;
    let bound =
        portal.bind_shortcuts(&session, &shortcuts, None, BindShortcutsOptions::default()).await?;
    bound.response().context("the hotkeys were not allowed")?;
    let ended = session.receive_closed().await?;
    let mut ended = std::pin::pin!(ended);
    on_bound();
    loop {
        tokio::select! {
            Some(press) = presses.next() => {
                if let Some(verb) = verb_of(press.shortcut_id()) {
                    on_press(verb, Instant::now());
                }
            }
            _ = ended.next() => return Ok(()),
            else => return Ok(()),
        }
    }
}

fn shortcut(hotkey: &Hotkey, keys: KeyCombination, language: UiLanguage) -> NewShortcut {
    NewShortcut::new(hotkey.portal_id, (hotkey.description)(language))
        .preferred_trigger(Some(keys.to_portal().as_str()))
}

fn verb_of(portal_id: &str) -> Option<Verb> {
    HOTKEYS.iter().find(|hotkey| hotkey.portal_id == portal_id).map(|hotkey| hotkey.verb)
}
