//! The janitor: what has to be done every now and then. Idle models and old completions leave, the
//! machine's memory is watched, measurements are written down.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::{Instant, interval};

use crate::context::{Context, lock};
use crate::events::ModelState;
use crate::metrics::{Counter, Gauges};
use crate::pool::ModelPool;
use crate::storage;

/// Between two looks at the memory and the clock.
const ROUND: Duration = Duration::from_secs(2);
/// Between two dumps of measurements, if there are any.
const DUMP_EVERY: Duration = Duration::from_secs(30);

/// Makes its rounds until `stop` is notified, by `notify_one`: it may come before the first round.
pub(crate) async fn make_rounds(context: Arc<Context>, pool: ModelPool, stop: Arc<Notify>) {
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
        pool.heed_pressure().await;
        pool.unload_idle().await;
        lock(&context.cache).expire(SystemTime::now());
        let max_age = lock(&context.settings).cache.max_age();
        lock(&context.recents).expire(max_age);
        let n_events = n_events(&context);
        if last_dump.elapsed() >= DUMP_EVERY && n_events != n_dumped {
            (last_dump, n_dumped) = (Instant::now(), n_events);
            dump(&context, &pool).await;
        }
    }
}

/// Counts whatever changes what is dumped.
fn n_events(context: &Context) -> u64 {
    let metrics = lock(&context.metrics);
    [Counter::Requests, Counter::Loads, Counter::LoadFailures, Counter::Evictions]
        .map(|c| metrics.get(c))
        .iter()
        .sum()
}

/// Writes profile and metrics. A full disk costs the measurements, nothing else.
pub(crate) async fn dump(context: &Context, pool: &ModelPool) {
    let profile = lock(&context.profile).clone();
    // First, because a breaker that changes is locked while it counts that.
    let gauges = gauges(context, pool);
    let text = lock(&context.metrics).to_text(&gauges);
    let paths = context.paths.clone();
    let written = storage::off_the_runtime(move || {
        profile.save(&paths.profile_file())?;
        storage::write(&paths.metrics_file(), &text)
    });
    if let Err(error) = written.await {
        tracing::warn!(folder = %context.paths.data.display(), %error, "measurements were not written");
    }
}

/// The state of the models, for the dump.
pub(crate) fn gauges(context: &Context, pool: &ModelPool) -> Gauges {
    let installed = lock(&context.registry).installed().to_vec();
    let breakers =
        installed.iter().map(|model| (model.id.clone(), context.breakers.state(&model.id).name()));
    // What is loading has room set aside, but no measured size.
    let loaded = pool
        .residents()
        .into_iter()
        .filter(|resident| pool.state(&resident.id) == ModelState::Warm);
    Gauges {
        budget_bytes: pool.memory().0,
        resident_bytes: loaded.map(|resident| (resident.id, resident.bytes)).collect(),
        breakers: breakers.collect(),
    }
}
