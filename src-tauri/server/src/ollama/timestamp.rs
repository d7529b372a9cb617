//! Times as Ollama writes them.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A time by RFC 3339: `2024-07-22T20:47:51.147561Z`.
pub(super) fn rfc3339(time: SystemTime) -> String {
    OffsetDateTime::from(time)
        .format(&Rfc3339)
        .expect("a clock of our days has four digits for the year")
}
