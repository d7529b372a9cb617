//! [`SpeedMeter`]: bytes a second over the last few seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Long enough for a steady figure, short enough to follow the network.
const WINDOW: Duration = Duration::from_secs(5);

/// Bytes done at recent moments, oldest first.
#[derive(Debug, Default)]
pub(super) struct SpeedMeter(VecDeque<(Instant, u64)>);

impl SpeedMeter {
    /// Records how many bytes are done at `now`. Fewer than before begin a new measurement.
    pub(super) fn reach(&mut self, bytes: u64, now: Instant) {
        if self.0.back().is_some_and(|(_, before)| *before > bytes) {
            self.0.clear();
        }
        self.0.push_back((now, bytes));
        // The last moment outside of the window stays, as the beginning of the measurement.
        while self.0.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.0.pop_front();
        }
    }

    /// The speed over the window; `None` before two moments are known.
    pub(super) fn bytes_per_second(&self) -> Option<u64> {
        let ((begin, before), (end, after)) = (self.0.front()?, self.0.back()?);
        let took = end.duration_since(*begin).as_secs_f64();
        (took > 0.0).then(|| ((after - before) as f64 / took) as u64)
    }
}
