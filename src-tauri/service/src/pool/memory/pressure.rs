//! [`Pressure`]: how short of memory the machine is.
//!
//! Linux tells how long tasks wait for memory (PSI, `/proc/pressure/memory`); where it does not,
//! and on other systems, the share of free memory decides.

use super::probe::Readings;

/// Percent of the last ten seconds in which tasks waited for memory.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stall {
    /// At least one task.
    pub some: f32,
    /// All tasks at once.
    pub full: f32,
}

/// How short of memory the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressure {
    /// Not short.
    None,
    /// Models that are not needed leave, and none is loaded.
    Moderate,
    /// Every model leaves that is not running.
    Critical,
}

/// PSI's `some avg10` above which the machine is short: the value that systemd-oomd's and
/// Android's defaults lie around.
const MODERATE_STALL: f32 = 10.0;
/// PSI's `full avg10` above which it hardly moves.
const CRITICAL_STALL: f32 = 10.0;
/// Free memory below these shares is short whatever PSI says: it tells only what has happened.
const MODERATE_FREE: f64 = 0.06;
const CRITICAL_FREE: f64 = 0.03;

impl Pressure {
    /// Judges one look at the memory.
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

/// Reads PSI; `None` where the kernel does not tell.
pub(super) fn read_stall() -> Option<Stall> {
    parse(&std::fs::read_to_string("/proc/pressure/memory").ok()?)
}

/// Parses `some avg10=0.00 avg60=…` and `full avg10=…`.
fn parse(text: &str) -> Option<Stall> {
    let avg10 = |name: &str| -> Option<f32> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
    };
    Some(Stall { some: avg10("some")?, full: avg10("full")? })
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_kernels_format_is_read() {
        let text = "some avg10=1.50 avg60=0.00 avg300=0.00 total=7\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=3\n";
        assert_eq!(parse(text), Some(Stall { some: 1.5, full: 0.25 }));
        assert_eq!(parse("some avg10=x"), None, "an unknown format is no reading");
    }
}
