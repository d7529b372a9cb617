//! [`SoakModels`]: fakes of known speed, or the installed models.

use std::sync::Arc;
use std::time::Duration;

use pounce_service::engines::fake::{FakeLoader, FakeModel};
use pounce_service::engines::{EngineLoader, LocalLoader};
use pounce_service::memory::{MemoryProbe, SystemProbe};
use pounce_service::{ModelRegistry, Tier};

/// The models of a soak.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub enum SoakModels {
    /// Three fakes of different sizes and speeds
    #[default]
    Fake,
    /// The installed models
    Installed,
}

/// What loads the models, which are installed (`None`: those on the disk), and what measures memory.
type Parts = (Arc<dyn EngineLoader>, Option<ModelRegistry>, Arc<dyn MemoryProbe>);

impl SoakModels {
    pub(crate) fn parts(&self) -> Parts {
        match self {
            Self::Fake => {
                let fakes = fakes();
                let (registry, machine) = (fakes.registry(), fakes.machine(MACHINE_BYTES));
                (Arc::new(fakes), Some(registry), machine)
            }
            Self::Installed => {
                (Arc::new(LocalLoader::default()), None, Arc::new(SystemProbe::default()))
            }
        }
    }
}

/// Bytes of memory of the fakes' machine: by the default budget, room for the small model and one other.
const MACHINE_BYTES: u64 = 2 << 30;

fn fakes() -> FakeLoader {
    let ms = Duration::from_millis;
    let lines = || vec!["a", "(", "b", ")", "\n", "c", " = ", "d", "\n"];
    FakeLoader::new([
        ("small", FakeModel { load: ms(80), ..FakeModel::default() }),
        (
            "medium",
            FakeModel {
                tier: Tier::Medium,
                resident_bytes: 400 << 20,
                load: ms(300),
                encode: ms(50),
                step: ms(5),
                tokens: lines(),
                ..FakeModel::default()
            },
        ),
        (
            "large",
            FakeModel {
                tier: Tier::Large,
                resident_bytes: 700 << 20,
                load: ms(700),
                encode: ms(90),
                step: ms(12),
                tokens: lines().repeat(3),
                ..FakeModel::default()
            },
        ),
    ])
}
