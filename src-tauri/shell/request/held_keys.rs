//! [`HeldKeys`]: presses of the hotkey while its modifiers are held, by which the user goes through the candidates before
//! one of them is pasted.

use std::fmt;

use pounce_service::Deadline;
use tokio::sync::mpsc;

use super::series::Series;

/// The presses for one request.
pub(crate) struct HeldKeys {
    /// For each press, the deadline of the search for other candidates. Closed where no keys are watched.
    presses: mpsc::UnboundedReceiver<Deadline>,
    /// Takes the candidates once the user may choose, and after each press.
    show: Box<dyn Fn(&Series) + Send + Sync>,
}

impl HeldKeys {
    /// Presses that the other end sends. `show` takes the candidates once the user may choose, and after each press.
    pub(crate) fn new(
        show: impl Fn(&Series) + Send + Sync + 'static,
    ) -> (mpsc::UnboundedSender<Deadline>, Self) {
        let (sender, presses) = mpsc::unbounded_channel();
        (sender, Self { presses, show: Box::new(show) })
    }

    /// The next press; `None` once `released` has ended.
    pub(crate) async fn next(&mut self, released: impl Future<Output = ()>) -> Option<Deadline> {
        tokio::select! {
            () = released => None,
            press = self.presses.recv() => press,
        }
    }

    /// Shows the user what is chosen.
    pub(crate) fn show(&self, series: &Series) {
        (self.show)(series);
    }
}

impl fmt::Debug for HeldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeldKeys")
    }
}
