//! What happened, in numbers: counters, and percentiles of each stage by model. Never any text of a
//! request.

mod counter;
mod filter_outcome;
mod histogram;
mod kept_level;
mod prometheus;
mod record;
mod recorder;
mod stage;
mod totals;

pub use counter::Counter;
pub use histogram::TimeHistogram;
pub use kept_level::KeptLevel;
pub use record::{ClipboardTimes, RequestRecord};

pub(crate) use prometheus::Gauges;
pub(crate) use recorder::MetricsRecorder;
