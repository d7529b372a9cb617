//! [`Pressure`]: how short of memory the machine is.
//!
//! Linux reports how long tasks wait for memory ([`Stall`](super::Stall)); where it does not, and on
//! other systems, the share of free memory decides.

use super::probe::Readings;

/// How short of memory the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressure {
    /// Not short.
    None,
    /// Models other than the default are unloaded, and none is loaded.
    Moderate,
    /// Every model that is not running is unloaded.
    Critical,
}

/// PSI's `some avg10`, in percent, above which the machine is short of memory: about the default of
/// systemd-oomd and of Android.
const MODERATE_STALL: f32 = 10.0;
/// PSI's `full avg10`, in percent, above which the machine hardly responds.
const CRITICAL_STALL: f32 = 10.0;
/// Free memory below these shares of the whole is short whatever PSI says, which reports the past
/// only.
const MODERATE_FREE: f64 = 0.06;
const CRITICAL_FREE: f64 = 0.03;

impl Pressure {
    /// Judges one reading of the memory.
    pub fn of(readings: &Readings) -> Self {
        let free = readings.available_bytes as f64 / readings.total_bytes.max(1) as f64;
        let stall = readings.stall.unwrap_or_default();
        if free < CRITICAL_FREE || stall.full > CRITICAL_STALL {
            Self::Critical
        } else if free < MODERATE_FREE || stall.some > MODERATE_STALL {
            Self::Moderate
        } else {
            Self::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::memory::Stall;

    #[test]
    fn stalls_and_free_memory_are_judged() {
        let check = |available_bytes: u64, stall: Option<(f32, f32)>, expected: Pressure| {
            let stall = stall.map(|(some, full)| Stall { some, full });
            let headroom_bytes = available_bytes;
            let readings = Readings {
                process_bytes: 1,
                total_bytes: 1000,
                available_bytes,
                headroom_bytes,
                stall,
            };
            assert_eq!(Pressure::of(&readings), expected, "{readings:?}");
        };
        check(500, None, Pressure::None);
        check(500, Some((9.0, 1.0)), Pressure::None);
        check(500, Some((11.0, 1.0)), Pressure::Moderate);
        check(500, Some((40.0, 11.0)), Pressure::Critical);
        check(50, None, Pressure::Moderate);
        check(50, Some((0.0, 0.0)), Pressure::Moderate);
        check(20, Some((0.0, 0.0)), Pressure::Critical);
    }
}
