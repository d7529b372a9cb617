//! Periodic maintenance: unloads idle models, forgets old completions, watches the machine's memory and
//! writes measurements to the disk.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, interval};

use crate::context::Context;
use crate::metrics::{Counter, Gauges};
use crate::pool::{ModelPool, ModelState};
use pounce_models::storage;
use pounce_models::sync::spawn_blocking;

/// Between two rounds of maintenance.
const ROUND: Duration = Duration::from_secs(2);
/// Between two dumps of measurements, if there are new ones.
const DUMP_EVERY: Duration = Duration::from_secs(30);

/// Maintains the service until `stop` is notified with `notify_one`, which may be before the first
/// round.
pub(crate) async fn run(pool: ModelPool, stop: Arc<Notify>) {
    let context = pool.context();
    let mut rounds = interval(ROUND);
    let (mut last_dump, mut n_dumped) = (Instant::now(), 0);
    let stopped = stop.notified();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => return,
            _ = rounds.tick() => {}
        }
        pool.set_index_bytes(context.projects.size_bytes()).await;
        pool.respond_to_pressure().await;
        pool.unload_idle().await;
        context.completions.expire(context.settings().cache.max_age());
        let n_events = n_events(context);
        if last_dump.elapsed() >= DUMP_EVERY && n_events != n_dumped {
            (last_dump, n_dumped) = (Instant::now(), n_events);
            dump(&pool).await;
        }
    }
}

/// Counts the events that change what is dumped.
fn n_events(context: &Context) -> u64 {
    [Counter::Requests, Counter::Loads, Counter::LoadFailures, Counter::Evictions]
        .map(|counter| context.metrics.get(counter))
        .iter()
        .sum()
}

/// Writes measurements and metrics. On a full disk they are lost, and nothing else is.
pub(crate) async fn dump(pool: &ModelPool) {
    let context = pool.context();
    let (text, file) = (context.metrics.to_text(&gauges(pool)), context.paths.metrics_file());
    let measured = context.measurements.save().await;
    let counted = spawn_blocking(move || storage::write(&file, &text)).await;
    if let Err(error) = measured.and(counted) {
        tracing::warn!(folder = %context.paths.data.display(), %error, "measurements were not written");
    }
}

/// The state of the models, for the dump.
pub(crate) fn gauges(pool: &ModelPool) -> Gauges {
    let context = pool.context();
    let installed = context.installed_models().into_iter();
    let breakers = installed.map(|model| {
        let state = context.breakers.state(&model.id).name();
        (model.id, state)
    });
    // A model that is being loaded has reserved memory, but no measured size yet.
    let loaded = pool
        .residents()
        .into_iter()
        .filter(|resident| pool.state(&resident.id) == ModelState::Warm);
    Gauges {
        budget_bytes: pool.memory().0,
        resident_bytes: loaded.map(|resident| (resident.id, resident.bytes)).collect(),
        breakers: breakers.collect(),
        kept: context.kept.counts().levels(),
    }
}
