//! [`ModelPool`]: the models in memory, each with its worker, and the queue of loads.
//!
//! Loading and unloading have files of their own; the memory ledger decides which models may be
//! loaded and which are evicted.

use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::memory::{Pressure, Resident};
use super::model_state::ModelState;
use super::state::{PoolState, Slot};
use crate::context::Context;
use crate::events::Event;
use crate::request::cache::CacheKey;
use crate::routing::ModelView;
use pounce_models::catalog::ModelId;
use pounce_models::registry::InstalledModel;
use pounce_models::sync::lock;

/// The models in memory. Clones share them.
#[derive(Clone)]
pub(crate) struct ModelPool(Arc<Inner>);

struct Inner {
    context: Arc<Context>,
    runtime: Handle,
    state: Mutex<PoolState>,
    /// Notified after every change of a model's state.
    changed: watch::Sender<()>,
    /// To the loading task. `None` once the pool takes no more loads.
    loads: Mutex<Option<mpsc::UnboundedSender<ModelId>>>,
}

impl ModelPool {
    /// An empty pool with a budget in bytes, and the queue of loads for
    /// [`load_in_turn`](super::load_in_turn).
    pub(crate) fn new(
        context: Arc<Context>,
        budget: u64,
    ) -> (Self, mpsc::UnboundedReceiver<ModelId>) {
        let (loads, queue) = mpsc::unbounded_channel();
        let readings = context.probe.read();
        let pool = Self(Arc::new(Inner {
            context,
            runtime: Handle::current(),
            state: Mutex::new(PoolState::new(budget, readings)),
            changed: watch::Sender::new(()),
            loads: Mutex::new(Some(loads)),
        }));
        (pool, queue)
    }

    /// What the pool shares with the rest of the service.
    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.0.context
    }

    /// Where a model is on its way into memory.
    pub(crate) fn state(&self, id: &ModelId) -> ModelState {
        self.with_state(|state| {
            state.slots.get(id).map(|slot| slot.state.clone()).unwrap_or_default()
        })
    }

    /// The budget and what models take of it, in bytes, and how short of memory the machine is.
    pub(crate) fn memory(&self) -> (u64, u64, Pressure) {
        self.with_state(|state| (state.ledger.budget(), state.ledger.used(), state.pressure))
    }

    /// Bytes that one more model may take now without an eviction.
    pub(crate) fn room_bytes(&self) -> u64 {
        let readings = self.0.context.probe.read();
        self.with_state(|state| state.room_bytes(&readings))
    }

    /// The models in the memory ledger, with their sizes.
    pub(crate) fn residents(&self) -> Vec<Resident> {
        self.with_state(|state| state.ledger.residents().to_vec())
    }

    /// The installed models as the router sees them for the prompt of this key.
    pub(crate) fn views(&self, prompt: Option<CacheKey>) -> Vec<ModelView> {
        let now = Instant::now();
        let installed = self.0.context.installed_models();
        installed.iter().map(|model| self.view(model, prompt, now)).collect()
    }

    /// Records which prompt a model has read last; `None` if it is not to be known again.
    pub(crate) fn note_read(&self, id: &ModelId, prompt: Option<CacheKey>) {
        self.with_state(|state| {
            if let Some(slot) = state.slots.get_mut(id) {
                slot.read = prompt;
            }
        });
    }

    /// Waits until a model is neither queued nor being loaded; returns its state then.
    pub(crate) async fn settled(&self, id: &ModelId) -> ModelState {
        let mut changes = self.0.changed.subscribe();
        loop {
            let state = self.state(id);
            if !matches!(state, ModelState::Queued | ModelState::Loading) {
                return state;
            }
            if changes.changed().await.is_err() {
                return state;
            }
        }
    }

    /// Loads a model in the background, unless it is in memory or on its way.
    pub(crate) fn request_load(&self, id: &ModelId) {
        use ModelState::{Loading, Queued, Warm};
        if !self.set_state_if(id, Queued, |slot| !matches!(slot.state, Queued | Loading | Warm)) {
            return;
        }
        let is_sent =
            lock(&self.0.loads).as_ref().is_some_and(|loads| loads.send(id.clone()).is_ok());
        if !is_sent {
            self.set_state(id, ModelState::Absent);
        }
    }

    /// Takes no more loads; the one that is going on is finished.
    pub(crate) fn close(&self) {
        lock(&self.0.loads).take();
    }

    /// Whether the pool still takes loads.
    pub(super) fn is_open(&self) -> bool {
        lock(&self.0.loads).is_some()
    }

    /// Spawns a task on the service's runtime, also from a thread outside of it.
    pub(crate) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::JoinHandle<()> {
        self.0.runtime.spawn(task)
    }

    /// Reads or changes the state under its lock.
    pub(super) fn with_state<T>(&self, work: impl FnOnce(&mut PoolState) -> T) -> T {
        work(&mut lock(&self.0.state))
    }

    /// Changes where a model is, and sends the event.
    pub(super) fn set_state(&self, id: &ModelId, new: ModelState) {
        self.set_state_if(id, new, |_| true);
    }

    /// Changes where a model is if `condition` holds for its slot, and returns whether it did. Both
    /// happen under one lock, so that of several callers only one changes it.
    pub(super) fn set_state_if(
        &self,
        id: &ModelId,
        new: ModelState,
        condition: impl FnOnce(&Slot) -> bool,
    ) -> bool {
        self.with_state(|state| {
            let slot = state.slots.entry(id.clone()).or_default();
            let is_changed = condition(slot);
            if is_changed {
                self.enter_state(slot, id, new);
            }
            is_changed
        })
    }

    /// Enters a state under the lock that gave the slot, so that events come in the order of the
    /// changes.
    pub(super) fn enter_state(&self, slot: &mut Slot, id: &ModelId, new: ModelState) {
        slot.state = new.clone();
        self.0.changed.send_replace(());
        self.0.context.events.send(Event::ModelState { id: id.clone(), state: new });
    }

    fn view(&self, model: &InstalledModel, prompt: Option<CacheKey>, now: Instant) -> ModelView {
        let context = &self.0.context;
        let expected = context.measurements.expected_bytes(model);
        ModelView {
            id: model.id.clone(),
            tier: model.tier,
            location: context.location(model),
            speed: context.measurements.get(model).speed,
            quality: context.quality_of(model),
            max_prompt_tokens: model.max_prompt_tokens,
            has_read: prompt.is_some()
                && self.with_state(|state| state.has_read(&model.id, prompt)),
            residency: self.with_state(|state| state.residency(&model.id, expected, now)),
            is_admitted: context.breakers.state(&model.id).admits(now),
        }
    }
}
