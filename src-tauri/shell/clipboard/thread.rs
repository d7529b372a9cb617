//! [`Clipboard`]: the one thread that owns the system's clipboard, whose content lives no longer than the value that
//! wrote it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::all_formats::AllFormats;
use super::backend::{ClipboardBackend, Replaced};
use super::content::Snapshot;
use super::error::ClipboardError;
use super::source::{Selection, Source};

type Task = Box<dyn FnOnce(&mut dyn ClipboardBackend) + Send>;

/// The thread that owns the clipboard. Dropping it waits for the tasks already queued and hands the content over.
pub(crate) struct Clipboard {
    /// `None` only while dropping: closing the channel ends the thread.
    tasks: Option<mpsc::Sender<Task>>,
    thread: Option<JoinHandle<()>>,
}

impl Clipboard {
    /// Starts the thread. It calls `connect` at once, and again before each task until that succeeds.
    pub(crate) fn start<B: ClipboardBackend + 'static>(
        connect: impl FnMut() -> Result<B, ClipboardError> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (tasks, queue) = mpsc::channel::<Task>();
        let work = move || run_tasks(&queue, connect);
        let thread = std::thread::Builder::new().name("clipboard".into()).spawn(work)?;
        Ok(Self { tasks: Some(tasks), thread: Some(thread) })
    }

    /// Runs `task` on the thread, after the tasks queued before it.
    ///
    /// # Errors
    /// If the task panicked or the thread has ended.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut dyn ClipboardBackend) -> T + Send + 'static,
    ) -> Result<T, ClipboardError> {
        let gone = || ClipboardError::new("its thread has ended; restart pounce");
        let (reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |backend| {
            // The receiver is gone if the request was given up.
            let _ = reply.send(task(backend));
        });
        self.tasks.as_ref().ok_or_else(gone)?.send(task).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

fn run_tasks<B: ClipboardBackend>(
    queue: &mpsc::Receiver<Task>,
    mut connect: impl FnMut() -> Result<B, ClipboardError>,
) {
    let mut backend = connect();
    for task in queue {
        if backend.is_err() {
            backend = connect();
        }
        let run = || match &mut backend {
            Ok(backend) => task(backend),
            Err(error) => task(&mut Unconnected(error.clone())),
        };
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            tracing::error!("a clipboard task panicked; its request is given up");
        }
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the clipboard's thread panicked");
        }
    }
}

/// Answers every call with the error that connecting failed with.
struct Unconnected(ClipboardError);

impl ClipboardBackend for Unconnected {
    fn formats(&mut self, _: Source) -> Result<Vec<String>, ClipboardError> {
        Err(self.0.clone())
    }

    fn content(&mut self, _: Source, _: &str, _: usize) -> Result<Vec<u8>, ClipboardError> {
        Err(self.0.clone())
    }

    fn all_formats(&mut self) -> Result<AllFormats, ClipboardError> {
        Err(self.0.clone())
    }

    fn newest(&self) -> Option<Selection> {
        None
    }

    fn has_written(&self, _: &str) -> bool {
        false
    }

    fn is_overtaken(&self) -> bool {
        false
    }

    fn replace_unread(&mut self, _: &Snapshot) -> Result<Replaced, ClipboardError> {
        Err(self.0.clone())
    }

    fn write(&mut self, _: &Snapshot) -> Result<(), ClipboardError> {
        Err(self.0.clone())
    }

    fn give_back(&mut self, _: AllFormats, _: &Snapshot) -> Result<(), ClipboardError> {
        Err(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::clipboard::error::Refusal;
    use crate::clipboard::memory::MemoryBackend;
    use crate::clipboard::rules::read;

    #[tokio::test]
    async fn the_thread_connects_again_after_a_failure() {
        let attempts = AtomicUsize::new(0);
        let clipboard = Clipboard::start(move || match attempts.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Err(ClipboardError::new("no display yet")),
            _ => Ok(MemoryBackend::holding(Snapshot::text("a"))),
        });
        let clipboard = clipboard.unwrap();
        let first = clipboard.run(read).await.unwrap();
        assert!(matches!(first, Err(Refusal::Unusable(_))), "the failure is reported: {first:?}");
        let second = clipboard.run(read).await.unwrap();
        assert_eq!(second, Ok(Snapshot::text("a")), "and the next request tries again");
    }

    #[tokio::test]
    async fn a_panicking_task_is_an_error_to_its_caller() {
        let clipboard = Clipboard::start(|| Ok(MemoryBackend::default())).unwrap();
        let answer = clipboard.run(|_| panic!("a task went wrong")).await;
        let answer: Result<(), ClipboardError> = answer;
        assert!(answer.is_err(), "the caller gets an error, not a hang");
        assert_eq!(clipboard.run(|_| 1).await, Ok(1), "and the thread goes on");
    }
}
