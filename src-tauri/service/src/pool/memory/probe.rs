//! [`MemoryProbe`]: how much memory the process takes and the machine has left.

use std::sync::Mutex;

use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::stall::{Stall, read_stall};
use pounce_models::sync::lock;

/// The memory of the process and of the machine at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Readings {
    /// Resident size of this process.
    pub process_bytes: u64,
    /// Memory of the machine, or of its container.
    pub total_bytes: u64,
    /// Memory that the machine, or its container, has left.
    pub available_bytes: u64,
    /// Memory that this process can still get: at most what is available, and what its own limit
    /// (`ulimit -v`) leaves.
    pub headroom_bytes: u64,
    /// How long tasks wait for memory; `None` where the system does not report it.
    pub stall: Option<Stall>,
}

/// Measures memory. Tests use a fake machine.
pub trait MemoryProbe: Send + Sync {
    /// Measures now, in well under a millisecond.
    fn read(&self) -> Readings;
}

/// The real machine. On a system that `sysinfo` does not support, memory counts as unlimited.
#[derive(Debug)]
pub struct SystemProbe {
    system: Mutex<Option<System>>,
}

impl Default for SystemProbe {
    fn default() -> Self {
        Self { system: Mutex::new(System::new().ok()) }
    }
}

impl MemoryProbe for SystemProbe {
    fn read(&self) -> Readings {
        lock(&self.system).as_mut().map_or(UNKNOWN, read)
    }
}

const UNKNOWN: Readings = Readings {
    process_bytes: 0,
    total_bytes: u64::MAX,
    available_bytes: u64::MAX,
    headroom_bytes: u64::MAX,
    stall: None,
};

fn read(system: &mut System) -> Readings {
    let pid = Pid::from_u32(std::process::id());
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let only_memory = ProcessRefreshKind::nothing().with_memory().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, only_memory);
    let Some(process) = system.process(pid) else { return UNKNOWN };
    let (total, free) = process
        .cgroup_limits()
        .map_or((u64::MAX, u64::MAX), |container| (container.total_memory, container.free_memory));
    let available_bytes = system.available_memory().min(free);
    let own_free = address_space_limit()
        .map_or(u64::MAX, |limit| limit.saturating_sub(process.virtual_memory()));
    Readings {
        process_bytes: process.memory(),
        total_bytes: system.total_memory().min(total),
        available_bytes,
        headroom_bytes: available_bytes.min(own_free),
        stall: read_stall(),
    }
}

/// The limit that `ulimit -v` sets; `None` for no limit.
#[cfg(unix)]
fn address_space_limit() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the pointer is to a local of the type that the call fills.
    let status = unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) };
    (status == 0 && limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

#[cfg(not(unix))]
fn address_space_limit() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_read() {
        let readings = SystemProbe::default().read();
        assert!(readings.process_bytes > 100_000, "this process takes something: {readings:?}");
        assert!(
            readings.process_bytes < readings.total_bytes,
            "and less than there is: {readings:?}"
        );
        assert!(readings.available_bytes <= readings.total_bytes, "{readings:?}");
    }

    #[test]
    fn an_allocation_is_seen() {
        let probe = SystemProbe::default();
        let before = probe.read().process_bytes;
        let block = vec![1_u8; 64 << 20];
        let growth = probe.read().process_bytes.saturating_sub(before);
        drop(block);
        assert!(growth > 48 << 20, "64 MB were written and {growth} bytes were seen");
    }
}
