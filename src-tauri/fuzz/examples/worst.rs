//! The worst clipboard of each kind: how long each stage takes, and how much memory all of them take.
//! `cargo run --release -p pounce-fuzz --example worst`

use std::fs;
use std::time::{Duration, Instant};

use pounce_engine::{DEFAULT_CURSOR_MARKER, FinishReason, Mode, Prompt};
use pounce_fitting::{Place, clean, fit};
use pounce_fuzz::{KINDS, Kind};
use pounce_service::{MAX_SEGMENT_BYTES, analyze, fallback};

/// From a window of the parser up to what is kept on one side of the cursor.
const SIZES: [usize; 5] = [1_000, 3_000, 10_000, 30_000, MAX_SEGMENT_BYTES];
/// What the model writes.
const COMPLETION: &str = "f(a, b) {\n    c();\n}\nd";

fn main() {
    println!(
        "{:<32} {:>6} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "kind", "bytes", "cleaning", "detection", "analysis", "fitting", "memory"
    );
    for kind in KINDS {
        let measured = SIZES.map(|n_bytes| Cost::of(kind, n_bytes));
        let worst = measured.iter().max_by_key(|cost| cost.times.iter().sum::<Duration>());
        println!("{:<32} {}", kind.name, worst.expect("there are sizes").in_words());
    }
}

/// What one clipboard takes.
struct Cost {
    n_bytes: usize,
    /// Cleaning, detection, analysis, fitting with the fallback: the least of three times.
    times: [Duration; 4],
    /// The most that the process grew by, in kilobytes.
    memory_kb: u64,
}

impl Cost {
    fn of(kind: &Kind, n_bytes: usize) -> Self {
        let text = kind.text(n_bytes, 1);
        // Resets the mark of the highest memory.
        fs::write("/proc/self/clear_refs", "5").expect("Linux has it");
        let before = memory_kb("VmRSS:");
        let times = [0; 3].map(|_| stages(&text));
        let least = |stage: usize| times.iter().map(|times| times[stage]).min().unwrap_or_default();
        let memory_kb = memory_kb("VmHWM:").saturating_sub(before);
        Self { n_bytes: text.len(), times: [least(0), least(1), least(2), least(3)], memory_kb }
    }

    fn in_words(&self) -> String {
        let ms = self.times.map(|time| format!("{:>6.2} ms", time.as_secs_f64() * 1e3)).join(" ");
        format!("{:>6} {ms} {:>6} kB", self.n_bytes, self.memory_kb)
    }
}

fn stages(text: &str) -> [Duration; 4] {
    let started = Instant::now();
    let snippet = clean(text, &[DEFAULT_CURSOR_MARKER]);
    let cleaned = started.elapsed();
    let language = snippet.language();
    let detected = started.elapsed();
    analyze(&snippet.segments.prefix, language);
    let analyzed = started.elapsed();
    let prompt = Prompt { segments: snippet.segments, language, mode: Mode::Block };
    fit(&Place::from(&prompt), COMPLETION, FinishReason::Stop);
    fallback(&prompt);
    let all = started.elapsed();
    [cleaned, detected - cleaned, analyzed - detected, all - analyzed]
}

/// A line of the process's status, in kilobytes.
fn memory_kb(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
