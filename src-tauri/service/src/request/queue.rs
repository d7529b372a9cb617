//! [`Queue`]: which requests run now. A newer request of one client cancels the older; requests of
//! several clients wait for their turn, and beyond a bound they are refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pounce_engine::CancelToken;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::completion::Reason;
use super::completion_request::ClientId;
use super::deadline::Deadline;
use pounce_models::sync::lock;

/// The requests that wait and run. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Queue(Arc<State>);

#[derive(Debug)]
struct State {
    slots: Arc<Semaphore>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// How many requests may run at a time.
    concurrency: usize,
    /// Slots in use that are removed when they are released, after the concurrency was lowered.
    n_surplus: usize,
    capacity: usize,
    n_waiting: usize,
    is_closed: bool,
    next_ticket: u64,
    /// The newest request of each client that is not answered yet.
    newest: HashMap<ClientId, (u64, Abort)>,
    /// The run for which no caller waits; any request stops it.
    speculation: Option<Abort>,
}

/// Ends one request from outside: wakes the task that waits for it, and stops its run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Abort(Arc<AbortState>);

#[derive(Debug, Default)]
struct AbortState {
    reason: Mutex<Option<Reason>>,
    notify: Notify,
    cancel: CancelToken,
}

impl Abort {
    /// Cancels the request; the first reason counts.
    pub(crate) fn abort(&self, reason: Reason) {
        lock(&self.0.reason).get_or_insert(reason);
        self.0.cancel.cancel();
        self.0.notify.notify_waiters();
    }

    /// Why it was cancelled; `None` if it was not.
    pub(crate) fn reason(&self) -> Option<Reason> {
        lock(&self.0.reason).clone()
    }

    /// Waits until it is cancelled.
    pub(crate) async fn aborted(&self) -> Reason {
        loop {
            let notified = self.0.notify.notified();
            if let Some(reason) = self.reason() {
                return reason;
            }
            notified.await;
        }
    }
}

/// A place in the queue, and then the right to run. Dropping it gives both up.
#[derive(Debug)]
pub(crate) struct Ticket {
    queue: Queue,
    client: ClientId,
    number: u64,
    pub(crate) abort: Abort,
    /// How long the request waited for its turn.
    pub(crate) queued: Duration,
    slot: Option<OwnedSemaphorePermit>,
}

impl Queue {
    pub(crate) fn new(concurrency: usize, capacity: usize) -> Self {
        let inner = Inner {
            concurrency,
            n_surplus: 0,
            capacity,
            n_waiting: 0,
            is_closed: false,
            next_ticket: 0,
            newest: HashMap::new(),
            speculation: None,
        };
        Self(Arc::new(State {
            slots: Arc::new(Semaphore::new(concurrency)),
            inner: Mutex::new(inner),
        }))
    }

    /// Waits for a turn, until the deadline. Cancels the client's older request.
    ///
    /// # Errors
    /// Why the request gets no turn: refused, timed out, cancelled or shutting down.
    pub(crate) async fn enter(
        &self,
        client: &ClientId,
        deadline: &Deadline,
    ) -> Result<Ticket, Reason> {
        let mut ticket = self.register(client)?;
        let arrived = Instant::now();
        let slot = match Arc::clone(&self.0.slots).try_acquire_owned() {
            Ok(slot) => slot,
            Err(_) => self.wait(&ticket.abort, deadline).await?,
        };
        ticket.queued = arrived.elapsed();
        ticket.slot = Some(slot);
        match ticket.abort.reason() {
            Some(reason) => Err(reason),
            None => Ok(ticket),
        }
    }

    /// Lets work in that takes no request's turn, and can be cancelled as a request of `client`.
    ///
    /// # Errors
    /// Why it is not let in: too many requests wait, or the service is shutting down.
    pub(crate) fn enter_aside(&self, client: &ClientId) -> Result<Ticket, Reason> {
        self.register(client)
    }

    /// Lets a run in for which no caller waits, until the next request comes. It takes no other's
    /// place; it replaces an older one of its kind. `None` while a request runs or waits.
    pub(crate) fn enter_idle(&self) -> Option<Ticket> {
        let mut inner = self.lock();
        if inner.is_closed || !inner.newest.is_empty() {
            return None;
        }
        let abort = Abort::default();
        if let Some(older) = inner.speculation.replace(abort.clone()) {
            older.abort(Reason::Superseded);
        }
        drop(inner);
        let (queue, client) = (self.clone(), ClientId::from("speculation"));
        Some(Ticket { queue, client, number: 0, abort, queued: Duration::ZERO, slot: None })
    }

    /// Cancels the newest request of a client; false if it has none.
    pub(crate) fn cancel(&self, client: &ClientId) -> bool {
        let newest = self.lock().newest.get(client).map(|(_, abort)| abort.clone());
        newest.is_some_and(|abort| {
            abort.abort(Reason::Cancelled);
            true
        })
    }

    /// Changes how many requests may run and wait.
    pub(crate) fn set_limits(&self, concurrency: usize, capacity: usize) {
        let mut inner = self.lock();
        inner.capacity = capacity;
        let n_more = concurrency.saturating_sub(inner.concurrency);
        let n_fewer = inner.concurrency.saturating_sub(concurrency);
        inner.concurrency = concurrency;
        let n_kept = n_more.min(inner.n_surplus);
        self.0.slots.add_permits(n_more - n_kept);
        let n_idle = self.0.slots.forget_permits(n_fewer);
        inner.n_surplus = inner.n_surplus - n_kept + (n_fewer - n_idle);
    }

    /// Cancels every request and lets no more in.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.is_closed = true;
        for abort in inner.newest.values().map(|(_, abort)| abort).chain(&inner.speculation) {
            abort.abort(Reason::ShuttingDown);
        }
    }

    /// Registers a client's newest request, which cancels its older one.
    fn register(&self, client: &ClientId) -> Result<Ticket, Reason> {
        let mut inner = self.lock();
        if inner.is_closed {
            return Err(Reason::ShuttingDown);
        }
        if let Some(speculation) = inner.speculation.take() {
            speculation.abort(Reason::Superseded);
        }
        if let Some((_, older)) = inner.newest.get(client) {
            older.abort(Reason::Superseded);
        } else if self.0.slots.available_permits() == 0 && inner.n_waiting >= inner.capacity {
            return Err(Reason::QueueFull { capacity: inner.capacity });
        }
        inner.next_ticket += 1;
        let number = inner.next_ticket;
        let abort = Abort::default();
        inner.newest.insert(client.clone(), (number, abort.clone()));
        drop(inner);
        let (queue, client) = (self.clone(), client.clone());
        Ok(Ticket { queue, client, number, abort, queued: Duration::ZERO, slot: None })
    }

    async fn wait(
        &self,
        abort: &Abort,
        deadline: &Deadline,
    ) -> Result<OwnedSemaphorePermit, Reason> {
        let _waiting = Waiting::new(self.clone());
        let turn = Arc::clone(&self.0.slots).acquire_owned();
        tokio::select! {
            biased;
            reason = abort.aborted() => Err(reason),
            slot = turn => slot.map_err(|_| Reason::ShuttingDown),
            () = tokio::time::sleep_until(deadline.maximum()) => Err(Reason::QueueTimedOut),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.0.inner)
    }
}

impl Ticket {
    /// Whether a caller waits for the run.
    pub(crate) fn is_awaited(&self) -> bool {
        self.slot.is_some()
    }

    /// The token that stops the run of this request when it is cancelled.
    pub(crate) fn cancel_token(&self) -> CancelToken {
        self.abort.0.cancel.clone()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inner = self.queue.lock();
        if inner.newest.get(&self.client).is_some_and(|(number, _)| *number == self.number) {
            inner.newest.remove(&self.client);
        }
        if inner.n_surplus > 0
            && let Some(slot) = self.slot.take()
        {
            inner.n_surplus -= 1;
            slot.forget();
        }
    }
}

/// Counts one waiting request, until it is dropped.
struct Waiting(Queue);

impl Waiting {
    fn new(queue: Queue) -> Self {
        queue.lock().n_waiting += 1;
        Self(queue)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.lock().n_waiting -= 1;
    }
}

#[cfg(test)]
mod tests;
