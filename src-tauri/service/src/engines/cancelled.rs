//! [`cancelled`]: waits for a [`CancelToken`] in async code.

use std::sync::Arc;

use pounce_engine::CancelToken;
use tokio::sync::Notify;

/// Returns when the token is cancelled, at once if it is already.
pub(crate) async fn cancelled(token: &CancelToken) {
    let is_cancelled = Arc::new(Notify::new());
    let notify = Arc::clone(&is_cancelled);
    let _guard = token.on_cancel(move || notify.notify_one());
    is_cancelled.notified().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn it_waits_for_the_token_and_no_longer() {
        let token = CancelToken::new();
        assert!(cancelled(&token).now_or_never().is_none(), "it was not cancelled yet");
        let waiter = tokio::spawn({
            let token = token.clone();
            async move { cancelled(&token).await }
        });
        token.cancel();
        waiter.await.unwrap();
        cancelled(&token).await;
    }
}
