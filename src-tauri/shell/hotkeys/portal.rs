//! Hotkeys on Wayland: the GlobalShortcuts portal, where the desktop has one (KDE, Hyprland, GNOME from 48 on).
//!
//! The user sees and changes the keys in the desktop's own settings; the keys of our settings are a proposal. Where
//! there is no portal, the compositor can be told to run `pounce trigger`.

use std::time::Instant;

use anyhow::Context as _;
use ashpd::desktop::CreateSessionOptions;
use ashpd::desktop::global_shortcuts::{BindShortcutsOptions, GlobalShortcuts, NewShortcut};
use futures_util::StreamExt as _;

use crate::hotkey::{Keys, MODES};
use crate::ipc::Mode;

/// Binds the hotkeys, then calls `on_press` for each press until the portal ends the session. `on_bound` runs once they work.
///
/// # Errors
/// If the desktop has no portal, or the user refuses.
pub(crate) async fn serve(
    keys: [Option<Keys>; 2],
    on_bound: impl FnOnce(),
    on_press: impl Fn(Mode, Instant),
) -> anyhow::Result<()> {
    let portal = GlobalShortcuts::new().await.context("this desktop has no portal for hotkeys")?;
    let session = portal.create_session(CreateSessionOptions::default()).await?;
    let shortcuts: Vec<_> =
        MODES.iter().zip(keys).filter_map(|(mode, keys)| Some(shortcut(*mode, keys?))).collect();
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
                if let Some(mode) = mode_of(press.shortcut_id()) {
                    on_press(mode, Instant::now());
                }
            }
            _ = ended.next() => return Ok(()),
            else => return Ok(()),
        }
    }
}

fn shortcut(mode: Mode, keys: Keys) -> NewShortcut {
    let (id, description) = match mode {
        Mode::Line => ("complete", "Complete the clipboard"),
        Mode::Block => ("complete-block", "Complete the clipboard to the end of the block"),
    };
    NewShortcut::new(id, description).preferred_trigger(Some(keys.to_portal().as_str()))
}

fn mode_of(shortcut: &str) -> Option<Mode> {
    match shortcut {
        "complete" => Some(Mode::Line),
        "complete-block" => Some(Mode::Block),
        _ => None,
    }
}
