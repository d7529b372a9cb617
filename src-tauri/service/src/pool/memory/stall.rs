//! [`Stall`]: how long tasks wait for memory, by Linux's pressure stall information (PSI,
//! `/proc/pressure/memory`).

/// Percent of the last ten seconds in which tasks waited for memory.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stall {
    /// At least one task.
    pub some: f32,
    /// All tasks at once.
    pub full: f32,
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
    fn the_kernels_format_is_read() {
        let text = "some avg10=1.50 avg60=0.00 avg300=0.00 total=7\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=3\n";
        assert_eq!(parse(text), Some(Stall { some: 1.5, full: 0.25 }));
        assert_eq!(parse("some avg10=x"), None, "an unknown format is no reading");
    }
}
