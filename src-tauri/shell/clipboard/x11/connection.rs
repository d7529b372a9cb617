//! What every client of the X server here needs: an error type, and a window to send and receive with.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateWindowAux, Window, WindowClass};
use x11rb::rust_connection::RustConnection;

/// The error of a connection, a request or a reply.
pub(crate) type X11Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of talking to the X server.
pub(crate) type X11Result<T> = Result<T, X11Error>;

/// Creates a window that is never shown. Selections are owned and requested by windows.
pub(crate) fn hidden_window(connection: &RustConnection, screen: usize) -> X11Result<Window> {
    let window = connection.generate_id()?;
    let root = connection.setup().roots[screen].root;
    let (class, attributes) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
    connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, 0, &attributes)?;
    Ok(window)
}
