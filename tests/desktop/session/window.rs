//! Other programs of the X11 session: a window with the focus, a program that grabs keys, and
//! keyboard layouts.

use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{ConnectionExt as _, ID};
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, InputFocus, KeyButMask,
    ModMask, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::desktop::Desktop;
use crate::patience::{wait_for, wait_until};

/// A window that has the focus and receives the key presses.
pub(crate) struct FocusedWindow {
    connection: RustConnection,
    window: Window,
}

impl FocusedWindow {
    pub(crate) fn open(desktop: &Desktop) -> Self {
        let (connection, screen) =
            x11rb::connect(Some(desktop.display())).expect("the X server runs");
        let window = open(&connection, screen).expect("a window can be opened");
        let window = Self { connection, window };
        window.focus();
        window
    }

    /// Gives the window the focus.
    pub(crate) fn focus(&self) {
        let Self { connection, window } = self;
        let is_focused = || {
            let _ = connection.set_input_focus(InputFocus::PARENT, *window, x11rb::CURRENT_TIME);
            connection
                .get_input_focus()
                .ok()
                .and_then(|cookie| cookie.reply().ok())
                .is_some_and(|reply| reply.focus == *window)
        };
        wait_until("the focus", is_focused);
    }

    /// Gives the window a title, as an editor does for the file that is open.
    pub(crate) fn set_title(&self, desktop: &Desktop, title: &str) {
        desktop.tool("xdotool", &["set_window", "--name", title, &self.window.to_string()]);
    }

    /// Waits for Ctrl+V.
    pub(crate) fn wait_for_ctrl_v(&self) {
        self.wait_for_ctrl_and(key_for(&self.connection, 0x76));
    }

    /// Waits for Ctrl with the key `code`.
    pub(crate) fn wait_for_ctrl_and(&self, code: u8) {
        wait_until("the keys", || self.presses().any(|(key, is_ctrl)| key == code && is_ctrl));
    }

    /// Whether Ctrl+V was pressed in the window since the last call.
    pub(crate) fn saw_ctrl_v(&self) -> bool {
        let v = key_for(&self.connection, 0x76);
        self.presses().any(|(key, is_ctrl)| key == v && is_ctrl)
    }

    /// Whether no key was pressed in the window since the last call.
    pub(crate) fn saw_nothing(&self) -> bool {
        self.presses().next().is_none()
    }

    /// Fetches the text on the clipboard, as a program does when it pastes.
    pub(crate) fn fetch(&self) -> String {
        let atom = |name: &str| {
            let cookie = self.connection.intern_atom(false, name.as_bytes());
            cookie.expect("the X server runs").reply().expect("atoms can be made").atom
        };
        let (text, property) = (atom("UTF8_STRING"), atom("FETCHED"));
        self.connection
            .convert_selection(self.window, atom("CLIPBOARD"), text, property, x11rb::CURRENT_TIME)
            .expect("the X server runs");
        self.connection.flush().expect("the X server runs");
        let notify = wait_for("the text", || match self.connection.poll_for_event() {
            Ok(Some(Event::SelectionNotify(notify))) => Some(notify),
            _ => None,
        });
        assert_ne!(notify.property, x11rb::NONE, "the clipboard holds text");
        let content = self
            .connection
            .get_property(true, self.window, property, AtomEnum::ANY, 0, 1 << 20)
            .expect("the X server runs")
            .reply()
            .expect("the window is ours");
        String::from_utf8(content.value).expect("it was asked for as UTF-8")
    }

    /// The key codes pressed since the last call, each with whether Ctrl was held.
    fn presses(&self) -> impl Iterator<Item = (u8, bool)> {
        let events = std::iter::from_fn(|| self.connection.poll_for_event().ok().flatten());
        events.filter_map(|event| match event {
            Event::KeyPress(press) => {
                Some((press.detail, press.state.contains(KeyButMask::CONTROL)))
            }
            _ => None,
        })
    }
}

fn open(connection: &RustConnection, screen: usize) -> Result<Window, Box<dyn std::error::Error>> {
    let root = connection.setup().roots[screen].root;
    let window = connection.generate_id()?;
    let attributes = CreateWindowAux::new().event_mask(EventMask::KEY_PRESS);
    let class = WindowClass::INPUT_OUTPUT;
    connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        root,
        0,
        0,
        300,
        200,
        0,
        class,
        0,
        &attributes,
    )?;
    connection.map_window(window)?.check()?;
    Ok(window)
}

/// A program that has grabbed Ctrl+Alt+Space; dropping it releases the keys.
pub(crate) struct KeyHolder(
    #[expect(dead_code, reason = "the keys are held as long as it is open")] RustConnection,
);

impl KeyHolder {
    /// Grabs the keys; `None` if another program holds them.
    pub(crate) fn hold_ctrl_alt_space(desktop: &Desktop) -> Option<Self> {
        let (connection, screen) =
            x11rb::connect(Some(desktop.display())).expect("the X server runs");
        let root = connection.setup().roots[screen].root;
        let space = key_for(&connection, 0x20);
        let modifiers = ModMask::CONTROL | ModMask::M1;
        let mode = GrabMode::ASYNC;
        let grab = connection.grab_key(false, root, modifiers, space, mode, mode);
        let is_ours = grab.expect("the X server runs").check().is_ok();
        is_ours.then_some(Self(connection))
    }
}

/// The code of the key that produces `keysym`.
pub(crate) fn key_for(connection: &RustConnection, keysym: u32) -> u8 {
    let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
    let map = connection
        .get_keyboard_mapping(first, last - first + 1)
        .expect("the X server runs")
        .reply();
    let map = map.expect("the keyboard has a map");
    let row =
        map.keysyms.chunks(map.keysyms_per_keycode.into()).position(|row| row.contains(&keysym));
    first + u8::try_from(row.expect("every keyboard has it")).expect("keycodes are bytes")
}

/// Keyboard layouts set for a test; dropping them restores the American layout.
pub(crate) struct Layouts<'a>(&'a Desktop);

impl<'a> Layouts<'a> {
    /// Sets layouts, such as `us,dvorak`, and activates the one with index `active`.
    pub(crate) fn set(desktop: &'a Desktop, layouts: &str, active: u8) -> Self {
        desktop.tool("setxkbmap", &[layouts]);
        let layouts = Self(desktop);
        layouts.lock(active);
        layouts
    }

    fn lock(&self, layout: u8) {
        let (connection, _) = x11rb::connect(Some(self.0.display())).expect("the X server runs");
        let (keyboard, no) = (u16::from(ID::USE_CORE_KBD), ModMask::default());
        let locked = || {
            connection.xkb_use_extension(1, 0)?.reply()?;
            connection
                .xkb_latch_lock_state(keyboard, no, no, true, layout.into(), no, false, 0)?
                .check()?;
            Ok::<_, Box<dyn std::error::Error>>(())
        };
        locked().expect("the X server has layouts");
    }
}

impl Drop for Layouts<'_> {
    fn drop(&mut self) {
        self.lock(0);
        self.0.tool("setxkbmap", &["us"]);
    }
}
