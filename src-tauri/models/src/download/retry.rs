//! [`Retry`]: waits between attempts at one request, and tells the watcher why.

use tokio_util::sync::CancellationToken;

use super::failure::DownloadFailure;
use super::retry_policy::{Backoff, RetryPolicy};
use crate::error::InstallError;
use crate::progress::Reporter;

/// The attempts at one request.
#[derive(Debug)]
pub(crate) struct Retry {
    backoff: Backoff,
    reporter: Reporter,
    cancellation: CancellationToken,
}

impl Retry {
    pub(crate) fn new(
        policy: RetryPolicy,
        reporter: &Reporter,
        cancellation: &CancellationToken,
    ) -> Self {
        let (reporter, cancellation) = (reporter.clone(), cancellation.clone());
        Self { backoff: Backoff::new(policy), reporter, cancellation }
    }

    /// Makes the next failure the first again, after an attempt that made progress.
    pub(crate) fn reset(&mut self) {
        self.backoff.reset();
    }

    /// Returns when it is time for the next attempt.
    ///
    /// # Errors
    /// The failure, if it is permanent or was the last to be waited for;
    /// [`InstallError::Cancelled`].
    pub(crate) async fn wait_after(
        &mut self,
        failure: DownloadFailure,
    ) -> Result<(), InstallError> {
        let (error, retry_after) = match failure {
            DownloadFailure::Permanent(error) => return Err(error),
            DownloadFailure::Transient { error, retry_after } => (error, retry_after),
        };
        let Some(wait) = self.backoff.after_failure(retry_after) else { return Err(error) };
        let seconds = wait.as_secs_f64().ceil();
        self.reporter.note(format!("{}, trying again in {seconds} s", without_remedy(&error)));
        let slept = self.cancellation.run_until_cancelled(tokio::time::sleep(wait)).await;
        slept.ok_or(InstallError::Cancelled)
    }
}

/// What happened, without the remedy: there is nothing to do yet.
fn without_remedy(error: &InstallError) -> String {
    match error {
        InstallError::Unreachable { reason } => reason.to_string(),
        InstallError::Refused { host, status, .. } => format!("{host} answers {status}"),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::Instant;

    fn refused(retry_after: Option<Duration>) -> DownloadFailure {
        let (host, file) = ("example.org".to_owned(), "x".to_owned());
        DownloadFailure::Transient {
            error: InstallError::Refused { host, status: 503, file },
            retry_after,
        }
    }

    fn retry() -> (Retry, CancellationToken, Reporter) {
        let (reporter, _) = Reporter::new("m".into(), "M".to_owned());
        let cancellation = CancellationToken::new();
        let policy =
            RetryPolicy { first: Duration::from_secs(8), attempts: 3, ..RetryPolicy::default() };
        (Retry::new(policy, &reporter, &cancellation), cancellation, reporter)
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_as_long_as_its_note_says_and_gives_up_in_the_end() {
        let (mut retry, _, reporter) = retry();
        let started = Instant::now();
        retry.wait_after(refused(None)).await.unwrap();
        let waited = started.elapsed();
        assert!((4..=8).contains(&waited.as_secs()), "the first wait, with jitter: {waited:?}");
        let note = reporter.progress().note.unwrap();
        assert!(note.starts_with("example.org answers 503, trying again in"), "{note}");

        let started = Instant::now();
        retry.wait_after(refused(Some(Duration::from_secs(100)))).await.unwrap();
        assert!(started.elapsed().as_secs() >= 100, "the wait that the server asks for");
        let end = retry.wait_after(refused(None)).await;
        assert!(matches!(end, Err(InstallError::Refused { .. })), "the third failure is the last");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_can_be_cancelled_and_permanent_failures_are_not_waited_for() {
        let (mut retry, cancellation, _) = retry();
        let started = Instant::now();
        let end = retry.wait_after(DownloadFailure::Permanent(InstallError::Cancelled)).await;
        assert!(end.is_err());
        cancellation.cancel();
        let end = retry.wait_after(refused(None)).await;
        assert!(matches!(end, Err(InstallError::Cancelled)), "{end:?}");
        assert_eq!(started.elapsed(), Duration::ZERO, "there was no wait");
    }
}
