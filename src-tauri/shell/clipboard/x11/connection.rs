//! What every client of the X server here needs: an error type, and a window to send and receive with.

use x11rb::connection::Connection as _;
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// The error of a connection, a request or a reply.
pub(crate) type X11Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of talking to the X server.
pub(crate) type X11Result<T> = Result<T, X11Error>;

/// The version of XFixes to negotiate, major and minor. Every version reports selections.
const XFIXES: (u32, u32) = (5, 0);

/// Has the server report every new owner of these selections to `window`, and owners that end.
pub(crate) fn report_owners(
    connection: &RustConnection,
    window: Window,
    selections: &[Atom],
) -> X11Result<()> {
    connection.xfixes_query_version(XFIXES.0, XFIXES.1)?.reply()?;
    let mask = SelectionEventMask::SET_SELECTION_OWNER
        | SelectionEventMask::SELECTION_WINDOW_DESTROY
        | SelectionEventMask::SELECTION_CLIENT_CLOSE;
    for selection in selections {
        connection.xfixes_select_selection_input(window, *selection, mask)?.check()?;
    }
    Ok(())
}

/// Creates a window that is never shown, and bears the number of this process. Selections are owned and requested by
/// windows.
pub(crate) fn hidden_window(connection: &RustConnection, screen: usize) -> X11Result<Window> {
    let window = connection.generate_id()?;
    let root = connection.setup().roots[screen].root;
    let (class, attributes) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
    connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &attributes)?;
    let name = process_number(connection)?;
    let (mode, number) = (PropMode::REPLACE, [std::process::id()]);
    connection.change_property32(mode, window, name, AtomEnum::CARDINAL, &number)?;
    Ok(window)
}

/// Whether [`hidden_window`] of this process has made `window`.
pub(super) fn is_own(connection: &RustConnection, window: Window) -> X11Result<bool> {
    let (name, kind) = (process_number(connection)?, AtomEnum::CARDINAL);
    let number = connection.get_property(false, window, name, kind, 0, 1)?.reply()?;
    Ok(number.value32().is_some_and(|mut values| values.next() == Some(std::process::id())))
}

/// The property that holds the number of a window's process.
fn process_number(connection: &RustConnection) -> X11Result<Atom> {
    Ok(connection.intern_atom(false, b"_NET_WM_PID")?.reply()?.atom)
}
