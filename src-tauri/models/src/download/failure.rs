//! [`DownloadFailure`]: why a request brought no file, and whether it is worth repeating.

use std::time::{Duration, SystemTime};

use crate::error::InstallError;
use crate::http::HttpError;

/// Why a request brought no file.
#[derive(Debug)]
pub(crate) enum DownloadFailure {
    /// Repeating the request would not help.
    Permanent(InstallError),
    /// Repeating the request may help.
    Transient {
        error: InstallError,
        /// The shortest wait that the server asks for.
        retry_after: Option<Duration>,
    },
}

impl DownloadFailure {
    /// Whether what was downloaded has to go: the disk is full, or the file has no end.
    pub(crate) fn ends_download(&self) -> bool {
        let (Self::Permanent(error) | Self::Transient { error, .. }) = self;
        error.is_disk_full() || matches!(error, InstallError::TooLong { .. })
    }
}

impl From<HttpError> for DownloadFailure {
    fn from(reason: HttpError) -> Self {
        let is_transient =
            matches!(reason, HttpError::Unreachable { .. } | HttpError::Broken { .. });
        let error = InstallError::Unreachable { reason };
        if is_transient {
            Self::Transient { error, retry_after: None }
        } else {
            Self::Permanent(error)
        }
    }
}

impl From<InstallError> for DownloadFailure {
    fn from(error: InstallError) -> Self {
        Self::Permanent(error)
    }
}

/// Reads `Retry-After`, which has seconds or a date; `None` if it has neither.
pub(super) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_has_seconds_or_a_date() {
        const S: Duration = Duration::from_secs(1);
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(parse_retry_after("7", now), Some(7 * S));
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(30 * S));
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(parse_retry_after("soon", now), None);
    }
}
