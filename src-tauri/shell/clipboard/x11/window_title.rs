//! [`focused_title`]: the title of the window that has the focus.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, Window};
use x11rb::rust_connection::RustConnection;

use super::connection::X11Result;

/// The most of a title that is read, in four bytes each.
const MAX_UNITS: u32 = 256;

/// The title of the window that has the focus now; `None` if it has none.
pub(crate) fn focused_title() -> X11Result<Option<String>> {
    let (connection, screen) = x11rb::connect(None)?;
    let root = connection.setup().roots[screen].root;
    let mut window = connection.get_input_focus()?.reply()?.focus;
    // The focus may be in a window within that with the title. 0 and 1 stand for no window and for any.
    while window > 1 && window != root {
        if let Some(title) = title_of(&connection, window)? {
            return Ok(Some(title));
        }
        window = connection.query_tree(window)?.reply()?.parent;
    }
    Ok(None)
}

/// The window manager's name of a window, in UTF-8 if the program gives it so.
fn title_of(connection: &RustConnection, window: Window) -> X11Result<Option<String>> {
    let atom = |name: &[u8]| connection.intern_atom(false, name);
    let (utf8_name, utf8) = (atom(b"_NET_WM_NAME")?, atom(b"UTF8_STRING")?);
    let (utf8_name, utf8) = (utf8_name.reply()?.atom, utf8.reply()?.atom);
    let (name, any) = (AtomEnum::WM_NAME.into(), AtomEnum::ANY.into());
    for (property, kind) in [(utf8_name, utf8), (name, any)] {
        let value = connection.get_property(false, window, property, kind, 0, MAX_UNITS)?;
        let value = value.reply()?.value;
        if !value.is_empty() {
            return Ok(Some(String::from_utf8_lossy(&value).into_owned()));
        }
    }
    Ok(None)
}
