//! Listens on the loopback addresses, and on no other.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

/// Listens at a port of 127.0.0.1 and of ::1, where the machine has IPv6. Port 0 takes a free one.
///
/// # Errors
/// If one of them cannot be had: then another program would be asked instead by some clients.
pub(crate) async fn listen(port: u16) -> io::Result<Vec<TcpListener>> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = v4.local_addr()?.port();
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(v6) => Ok(vec![v4, v6]),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(error),
        // Turned off, or not in the kernel.
        Err(_) => Ok(vec![v4]),
    }
}

/// The address that clients are told.
pub(crate) fn address(listeners: &[TcpListener]) -> io::Result<SocketAddr> {
    listeners.first().ok_or(ErrorKind::AddrNotAvailable)?.local_addr()
}
