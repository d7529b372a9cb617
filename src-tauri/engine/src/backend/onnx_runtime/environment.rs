//! [`SharedEnvironment`]: one pool of threads for all loaded models.
//!
//! Left alone, every session of ONNX Runtime has threads of its own, and waiting threads spin. An
//! encoder's would spin on the cores that its decoder's need: measured on two cores with the
//! embedded model, that doubles both (a step 1.8 ms against 0.9, the encoder at 256 tokens 88 ms
//! against 39). So the sessions share the pool of their environment.
//!
//! Where ONNX Runtime has the decoder alone to run, its session has threads of its own again, which wait awake for
//! as long as a step takes and no longer: the encoder's kernels are the next to need those cores.
//!
//! ONNX Runtime allows one environment a process, so it is made once and stays; its threads sleep
//! while no model runs. Its size is that of the first model. A model that is to have another number
//! of threads gets threads of its own; with one, it runs on its caller's alone.

use std::sync::{Mutex, PoisonError};

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::session::builder::SessionBuilder;

use super::runtime::Runtime;
use crate::backend::load_options::LoadOptions;

/// Threads wait awake between operators: faster while the machine has nothing else to do, slower while it has
/// (`bench/PERFORMANCE.md`), which nobody knows beforehand. They sleep while no model runs.
const SPINS: bool = true;
/// How long a session's own threads wait awake, in microseconds. With 200 they fall asleep within a step; with 3,000
/// the encoder finds them awake after a completion, and takes up to twice as long.
const SPIN_US: &str = "1000";

/// Whose threads a session runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    /// Those of all models, if they suit a model of so many graphs; see [`shares_pool`].
    Shared { n_graphs: usize },
    /// Its own.
    Own,
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct SharedEnvironment {
    environment: Environment,
    options: LoadOptions,
}

static SHARED: Mutex<Option<&'static SharedEnvironment>> = Mutex::new(None);

impl SharedEnvironment {
    /// The environment of this process; the first call makes it, with threads as `options` say.
    pub(super) fn get(_: &Runtime, options: &LoadOptions) -> ort::Result<&'static Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(environment) = *shared {
            return Ok(environment);
        }
        let pool = GlobalThreadPoolOptions::default()
            .with_intra_threads(options.n_threads())?
            .with_inter_threads(1)?
            .with_spin_control(SPINS)?;
        let builder = ort::init().with_name("pounce").with_telemetry(false);
        let environment = builder.with_global_thread_pool(pool).build()?;
        Ok(shared.insert(Box::leak(Box::new(Self { environment, options: *options }))))
    }

    /// A builder for sessions with threads as `options` say. Threads of their own get those that want another number.
    pub(super) fn session_builder(
        &self,
        options: &LoadOptions,
        threads: Threads,
    ) -> ort::Result<SessionBuilder> {
        let builder = SessionBuilder::new(&self.environment)?;
        match threads {
            Threads::Shared { n_graphs } if shares_pool(&self.options, options, n_graphs) => {
                return Ok(builder);
            }
            Threads::Shared { .. } | Threads::Own => {}
        }
        let builder =
            builder.with_independent_thread_pool()?.with_intra_threads(options.n_threads())?;
        let builder = builder.with_intra_op_spinning(SPINS)?;
        Ok(builder.with_config_entry("session.intra_op.spin_duration_us", SPIN_US)?)
    }
}

/// Whether a model of `n_graphs` that is to be loaded as `wanted` runs on the pool that was made for
/// `pool`.
fn shares_pool(pool: &LoadOptions, wanted: &LoadOptions, n_graphs: usize) -> bool {
    let would_spin_on_itself = n_graphs > 1 && wanted.n_threads() > 1;
    wanted.shares_threads_with(pool) || (wanted.prefers_shared_threads && would_spin_on_itself)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_left_only_for_threads_that_do_not_disturb_each_other() {
        let asked = |threads| LoadOptions { threads, ..LoadOptions::default() };
        let measured = |threads| LoadOptions { prefers_shared_threads: true, ..asked(threads) };
        let check = |pool, wanted, n_graphs, expected, why: &str| {
            assert_eq!(shares_pool(&pool, &wanted, n_graphs), expected, "{why}");
        };
        check(asked(2), asked(2), 2, true, "as many threads");
        let as_many = asked(0).n_threads();
        check(asked(0), asked(as_many), 2, true, "as many, chosen by the machine or by somebody");
        check(asked(2), asked(4), 2, false, "what somebody asks for is done");
        check(asked(2), measured(4), 2, true, "two pools of one model would disturb each other");
        check(asked(2), measured(4), 1, false, "one graph has one pool, and nothing else runs");
        check(asked(2), measured(1), 2, false, "one thread is the caller's: nothing spins");
    }
}
