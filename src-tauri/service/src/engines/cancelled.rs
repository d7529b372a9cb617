//! Waiting for a [`CancelToken`] on a task.

use std::sync::Arc;

use pounce_engine::CancelToken;
use tokio::sync::Notify;

/// Returns when the token is cancelled, at once if it is already.
pub(crate) async fn cancelled(token: &CancelToken) {
    let told = Arc::new(Notify::new());
    let teller = Arc::clone(&told);
    let _guard = token.on_cancel(move || teller.notify_one());
    told.notified().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn it_waits_for_the_token_and_no_longer() {
        let token = CancelToken::new();
        assert!(cancelled(&token).now_or_never().is_none(), "nobody has cancelled");
        let waiter = tokio::spawn({
            let token = token.clone();
            async move { cancelled(&token).await }
        });
        token.cancel();
        waiter.await.unwrap();
        cancelled(&token).await;
    }
}
