//! [`LastSeries`]: the last series, for as long as a write can be undone.

use tokio::time::{Instant, sleep_until};

use super::series::Series;
use crate::clipboard::undo::LIFETIME;

/// The last series, in memory only.
#[derive(Debug, Default)]
pub(crate) struct LastSeries {
    /// The series and when it is forgotten; `None` if there is none.
    kept: Option<(Series, Instant)>,
}

impl LastSeries {
    /// The series; `None` before the first and once it is forgotten.
    pub(crate) fn get(&self) -> Option<&Series> {
        self.kept.as_ref().map(|(series, _)| series)
    }

    /// Keeps `series` in place of the one before.
    pub(crate) fn keep(&mut self, series: Series) {
        self.kept = Some((series, Instant::now() + LIFETIME));
    }

    /// Forgets the series.
    pub(crate) fn forget(&mut self) {
        self.kept = None;
    }

    /// Waits until the series is too old, and forgets it. Waits forever if there is none.
    pub(crate) async fn expire(&mut self) {
        match &self.kept {
            Some((_, end)) => sleep_until(*end).await,
            None => std::future::pending().await,
        }
        self.forget();
    }
}
