//! [`Persistence`]: goes on after failures that may pass, saying why it waits.

use super::InstallError;
use super::backoff::{Backoff, Patience};
use super::cancellation::Cancellation;
use super::hub::Failure;
use super::progress::Reporter;

/// Waits between attempts at one thing.
#[derive(Debug)]
pub(super) struct Persistence {
    backoff: Backoff,
    reporter: Reporter,
    cancellation: Cancellation,
}

impl Persistence {
    pub(super) fn new(
        patience: Patience,
        reporter: &Reporter,
        cancellation: &Cancellation,
    ) -> Self {
        let (reporter, cancellation) = (reporter.clone(), cancellation.clone());
        Self { backoff: Backoff::new(patience), reporter, cancellation }
    }

    /// Something was gained: the next failure is the first again.
    pub(super) fn succeed(&mut self) {
        self.backoff.succeed();
    }

    /// Returns when it is time for the next attempt.
    ///
    /// # Errors
    /// What failed, if there is to be no other attempt; [`InstallError::Cancelled`].
    pub(super) async fn endure(&mut self, failure: Failure) -> Result<(), InstallError> {
        let (error, retry_after) = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Passing { error, retry_after } => (error, retry_after),
        };
        let Some(wait) = self.backoff.fail(retry_after) else { return Err(error) };
        let seconds = wait.as_secs_f64().ceil();
        self.reporter.note(format!("{}, trying again in {seconds} s", cause(&error)));
        self.cancellation.or(tokio::time::sleep(wait)).await
    }
}

/// What happened, without the remedy: there is nothing to do yet.
fn cause(error: &InstallError) -> String {
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

    fn refused(retry_after: Option<Duration>) -> Failure {
        let (host, file) = ("example.org".to_owned(), "x".to_owned());
        Failure::Passing { error: InstallError::Refused { host, status: 503, file }, retry_after }
    }

    fn persistence() -> (Persistence, Cancellation, Reporter) {
        let (reporter, _) = Reporter::new("m".into(), "M".to_owned());
        let cancellation = Cancellation::new();
        let patience =
            Patience { first: Duration::from_secs(8), attempts: 3, ..Patience::default() };
        (Persistence::new(patience, &reporter, &cancellation), cancellation, reporter)
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_as_long_as_it_says_and_not_for_ever() {
        let (mut persistence, _, reporter) = persistence();
        let started = Instant::now();
        persistence.endure(refused(None)).await.unwrap();
        let waited = started.elapsed();
        assert!((4..=8).contains(&waited.as_secs()), "the first wait, with jitter: {waited:?}");
        let note = reporter.progress().note.unwrap();
        assert!(note.starts_with("example.org answers 503, trying again in"), "{note}");

        let started = Instant::now();
        persistence.endure(refused(Some(Duration::from_secs(100)))).await.unwrap();
        assert!(started.elapsed().as_secs() >= 100, "the server's wish");
        let end = persistence.endure(refused(None)).await;
        assert!(matches!(end, Err(InstallError::Refused { .. })), "the third failure is the last");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_can_be_cancelled_and_what_is_final_is_not_waited_for() {
        let (mut persistence, cancellation, _) = persistence();
        let started = Instant::now();
        let end = persistence.endure(Failure::Final(InstallError::Cancelled)).await;
        assert!(end.is_err());
        cancellation.ask();
        let end = persistence.endure(refused(None)).await;
        assert!(matches!(end, Err(InstallError::Cancelled)), "{end:?}");
        assert_eq!(started.elapsed(), Duration::ZERO, "nobody waited");
    }
}
