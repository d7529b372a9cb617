//! [`port_owner`]: the program that listens at a port, as far as Linux tells: the socket's inode is
//! in `/proc/net/tcp`, and the process with that inode among its files has a name.

use std::fs;
use std::path::Path;

/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// The name of the program that listens at a port of the loopback addresses or of all; `None` if it
/// is another user's, or there is no `/proc`.
pub(crate) fn port_owner(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
    let inodes: Vec<String> = tables
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .collect();
    let processes = fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    let owner = processes.into_iter().find(|process| holds_socket(process, &inodes))?;
    let name = fs::read_to_string(owner.join("comm")).ok()?;
    Some(name.trim().to_owned())
}

/// The inodes of the sockets that listen at a port, from the text of a table: after the number of
/// the line stand the local address, the other one and the state, and as the tenth field the inode.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    let port = format!(":{port:04X}");
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_listener = fields.get(1)?.ends_with(&port) && *fields.get(3)? == LISTEN;
        is_listener.then(|| fields.get(9).map(|&inode| inode.to_owned()))?
    };
    table.lines().skip(1).filter_map(inode).collect()
}

fn holds_socket(process: &Path, inodes: &[String]) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.flatten().filter_map(|file| fs::read_link(file.path()).ok()).any(|target| {
        let target = target.to_string_lossy();
        let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        inode.is_some_and(|inode| inodes.iter().any(|wanted| wanted == inode))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_tells_who_listens() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:1E06 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1\n   \
            1: 0100007F:1E06 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1\n";
        assert_eq!(listening_inodes(table, 7686), ["4711"], "the listener, not its connection");
        assert!(listening_inodes(table, 7687).is_empty());
        assert!(listening_inodes("nonsense\nmore", 7686).is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_program_is_found_at_its_port() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let name = fs::read_to_string("/proc/self/comm").unwrap();
        let found = port_owner(listener.local_addr().unwrap().port());
        assert_eq!(found.as_deref(), Some(name.trim()));
    }
}
