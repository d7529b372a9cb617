//! [`Profile`]: how fast and how large each model is on this machine, kept between runs.
//!
//! Speeds are running averages over real runs; a size is the growth of the process when the model
//! was loaded and warmed up. Both belong to one version of one model on one machine with one
//! thread count: where any of these differ, the entry is forgotten.
//!
//! The file is shared by the app and the command line. Each writes what it has measured itself and
//! leaves the rest as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use pounce_engine::Generation;
use serde::{Deserialize, Serialize};

use crate::catalog::ModelId;
use crate::registry::InstalledModel;
use crate::storage;

/// Weight of the newest run in a running average: about the last ten runs count.
const NEWEST: f64 = 0.2;

/// What a model takes besides its weights, before that was measured.
pub(crate) const BUFFER_BYTES: u64 = 32 << 20;

/// Reading fewer tokens takes as long as one step of the decoder, whatever their number.
const MIN_READ_TOKENS: usize = 16;

/// How fast a model is, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Until the first token, whatever the prompt's length: the way to a server and back. Zero for
    /// models of this machine.
    #[serde(default)]
    latency_us: f64,
    /// Reading one prompt token.
    encode_us: f64,
    /// Writing one token.
    decode_us: f64,
}

impl Speed {
    /// Both times a token.
    pub fn new(encode_per_token: Duration, decode_per_token: Duration) -> Self {
        let (encode_us, decode_us) = (micros(encode_per_token), micros(decode_per_token));
        Self { latency_us: 0.0, encode_us, decode_us }
    }

    /// Time to read one prompt token.
    pub fn encode_per_token(&self) -> Duration {
        Duration::from_secs_f64(self.encode_us / 1e6)
    }

    /// Time to write one token.
    pub fn decode_per_token(&self) -> Duration {
        Duration::from_secs_f64(self.decode_us / 1e6)
    }

    /// What a run should take.
    pub fn expected(&self, n_prompt_tokens: usize, n_tokens: usize) -> Duration {
        let micros = self.encode_us * n_prompt_tokens as f64 + self.decode_us * n_tokens as f64;
        Duration::from_secs_f64((self.latency_us + micros) / 1e6)
    }

    fn average(&mut self, newest: Self) {
        self.latency_us += NEWEST * (newest.latency_us - self.latency_us);
        self.encode_us += NEWEST * (newest.encode_us - self.encode_us);
        self.decode_us += NEWEST * (newest.decode_us - self.decode_us);
    }
}

/// What is known of one model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The version that was measured.
    fingerprint: String,
    /// `None` before the first run.
    pub speed: Option<Speed>,
    /// Growth of the process by the loaded model; `None` before the first load.
    pub resident_bytes: Option<u64>,
    /// How long loading and warming up took last; `None` before the first load.
    pub load_ms: Option<u64>,
}

/// What is known of all models on one machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Processor and thread count that it holds for.
    machine: String,
    models: BTreeMap<ModelId, Measured>,
    /// Those that were measured since it was loaded. Of all others the file knows best.
    #[serde(skip)]
    own: BTreeSet<ModelId>,
}

impl Profile {
    /// An empty profile of this machine with models of `threads` threads (0 is automatic).
    pub fn new(threads: usize) -> Self {
        Self { machine: machine(threads), ..Self::default() }
    }

    /// Reads the profile of an earlier run; an empty one if there is none for this machine.
    pub fn load(file: &Path, threads: usize) -> Self {
        let mut profile = Self::new(threads);
        profile.take_over(storage::read_json(file).unwrap_or_default());
        profile
    }

    /// Learns what another process has measured on this machine, of models that were not measured
    /// here.
    pub(crate) fn take_over(&mut self, written: Self) {
        if written.machine == self.machine {
            let theirs = written.models.into_iter().filter(|(id, _)| !self.own.contains(id));
            self.models.extend(theirs);
        }
    }

    /// Writes it, replacing the file in one step. What another process has measured meanwhile stays.
    ///
    /// # Errors
    /// What the system said.
    pub fn save(&self, file: &Path) -> std::io::Result<()> {
        let _held = storage::hold(file)?;
        let mut merged = self.clone();
        merged.take_over(storage::read_json(file).unwrap_or_default());
        storage::write_json(file, &merged)
    }

    /// What is known of a model; nothing if another version of it was measured.
    pub fn get(&self, model: &InstalledModel) -> Measured {
        let known =
            self.models.get(&model.id).filter(|known| known.fingerprint == model.fingerprint);
        known.cloned().unwrap_or_default()
    }

    /// The bytes to reckon with before a model is loaded: as measured, else twice its files (ONNX
    /// Runtime packs the weights into a second copy) and its buffers. The embedded model has 53 MB
    /// of files and takes 139 in use. A model that turns out larger is caught after loading.
    pub fn expected_bytes(&self, model: &InstalledModel) -> u64 {
        if model.remote.is_some() {
            return 0;
        }
        self.get(model).resident_bytes.unwrap_or(model.disk_bytes * 2 + BUFFER_BYTES)
    }

    /// Notes how long loading took and how many bytes it cost. The largest size ever seen counts:
    /// a second load reuses memory that the allocator has kept, and seems to cost less.
    pub fn note_load(
        &mut self,
        model: &InstalledModel,
        resident_bytes: u64,
        took: Duration,
    ) -> u64 {
        let measured = self.entry(model);
        let largest =
            measured.resident_bytes.map_or(resident_bytes, |known| known.max(resident_bytes));
        measured.resident_bytes = Some(largest);
        measured.load_ms = Some(took.as_millis() as u64);
        largest
    }

    /// Learns from a run.
    pub fn note_run(&mut self, model: &InstalledModel, run: &Generation) {
        let measured = self.entry(model);
        let newest = match model.remote {
            Some(_) => speed_of_server(run),
            None => speed_of(run, measured.speed),
        };
        let Some(newest) = newest else { return };
        match &mut measured.speed {
            Some(speed) => speed.average(newest),
            None => measured.speed = Some(newest),
        }
    }

    fn entry(&mut self, model: &InstalledModel) -> &mut Measured {
        self.own.insert(model.id.clone());
        let measured = self.models.entry(model.id.clone()).or_default();
        if measured.fingerprint != model.fingerprint {
            *measured = Measured { fingerprint: model.fingerprint.clone(), ..Measured::default() };
        }
        measured
    }
}

/// The speed that one run shows; `None` if it was too short to show one. A prompt of which next to
/// nothing had to be read says nothing about reading, so there the known value stands.
fn speed_of(run: &Generation, known: Option<Speed>) -> Option<Speed> {
    let n_tokens = run.n_tokens();
    if n_tokens == 0 || run.n_prompt_tokens == 0 {
        return None;
    }
    let decode_us = micros(run.timings.first_token + run.timings.decode) / n_tokens as f64;
    let encode = run.timings.tokenize + run.timings.encode;
    let encode_us = match known {
        Some(known) if run.n_read_tokens < MIN_READ_TOKENS => known.encode_us,
        _ => micros(encode) / run.n_read_tokens.max(1) as f64,
    };
    Some(Speed { latency_us: 0.0, encode_us, decode_us })
}

/// The speed of a server as seen from here: what its first token takes is mostly the way there, and
/// says little about how fast it reads.
fn speed_of_server(run: &Generation) -> Option<Speed> {
    let n_later = run.n_tokens().checked_sub(1)?;
    let latency_us = micros(run.timings.ttft());
    let decode_us = micros(run.timings.decode) / n_later.max(1) as f64;
    Some(Speed { latency_us, encode_us: 0.0, decode_us })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Names what speed depends on besides the model.
fn machine(threads: usize) -> String {
    let only_names = sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing());
    let system = sysinfo::System::new_with_specifics(only_names).ok();
    let cpu = system
        .as_ref()
        .and_then(|system| system.cpus().first())
        .map_or("unknown", |cpu| cpu.brand());
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cpu}, {n_cores} cores, {threads} threads")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Tier;
    use crate::settings::{RemoteEngine, RemoteKind};
    use pounce_engine::{FinishReason, StageTimings};

    fn model(fingerprint: &str) -> InstalledModel {
        InstalledModel {
            id: "m".into(),
            dir: "/m".into(),
            tier: Tier::Small,
            disk_bytes: 100,
            max_prompt_tokens: 448,
            fingerprint: fingerprint.to_owned(),
            remote: None,
        }
    }

    fn run(encode_ms: u64, decode_ms: u64) -> Generation {
        let timings = StageTimings {
            encode: Duration::from_millis(encode_ms),
            decode: Duration::from_millis(decode_ms),
            ..StageTimings::default()
        };
        Generation {
            text: String::new(),
            token_ids: vec![7; 10],
            n_prompt_tokens: 100,
            n_read_tokens: if encode_ms == 0 { 0 } else { 100 },
            is_prompt_clipped: false,
            n_decoder_runs: 10,
            finish: FinishReason::Stop,
            timings,
        }
    }

    #[test]
    fn speeds_follow_the_runs() {
        let mut profile = Profile::new(2);
        profile.note_run(&model("v1"), &run(50, 20));
        let speed = profile.get(&model("v1")).speed.unwrap();
        assert_eq!(
            speed.expected(200, 5),
            Duration::from_millis(110),
            "0.5 ms to read, 2 ms to write a token"
        );
        for _ in 0..50 {
            profile.note_run(&model("v1"), &run(100, 20));
        }
        let slower = profile.get(&model("v1")).speed.unwrap().encode_per_token();
        assert!(
            slower > Duration::from_micros(990),
            "the average follows the machine, got {slower:?}"
        );
    }

    #[test]
    fn a_server_s_first_token_does_not_depend_on_the_prompt() {
        let url = "https://example.org/v1".to_owned();
        let far = InstalledModel::remote(&RemoteEngine::new("m".into(), url, RemoteKind::Openai));
        let mut profile = Profile::new(2);
        profile.note_run(&far, &run(50, 18));
        let speed = profile.get(&far).speed.unwrap();
        for n_prompt_tokens in [1, 1000] {
            let expected = speed.expected(n_prompt_tokens, 5);
            assert_eq!(expected, Duration::from_millis(60), "50 ms, and 2 ms a token");
        }
    }

    #[test]
    fn a_prompt_read_ahead_does_not_count_as_fast_reading() {
        let mut profile = Profile::new(2);
        profile.note_run(&model("v1"), &run(50, 20));
        profile.note_run(&model("v1"), &run(0, 20));
        let speed = profile.get(&model("v1")).speed.unwrap();
        assert_eq!(speed.encode_per_token(), Duration::from_micros(500));
    }

    #[test]
    fn sizes_are_the_largest_seen_and_estimated_before() {
        let mut profile = Profile::new(2);
        assert_eq!(
            profile.expected_bytes(&model("v1")),
            200 + BUFFER_BYTES,
            "an estimate from the files"
        );
        profile.note_load(&model("v1"), 300 << 20, Duration::from_millis(80));
        profile.note_load(&model("v1"), 20, Duration::from_millis(80));
        assert_eq!(
            profile.expected_bytes(&model("v1")),
            300 << 20,
            "reused memory is still the model's"
        );
    }

    #[test]
    fn two_processes_keep_each_other_s_measurements() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("profile.json");
        let named = |id: &str| InstalledModel { id: id.into(), ..model("v1") };
        let speed = |profile: &Profile, id: &str| profile.get(&named(id)).speed;
        let mut app = Profile::load(&file, 2);
        app.note_run(&named("a"), &run(50, 20));
        let mut command_line = Profile::load(&file, 2);
        command_line.note_run(&named("b"), &run(100, 20));
        command_line.save(&file).unwrap();
        app.save(&file).unwrap();
        let both = Profile::load(&file, 2);
        assert_eq!(speed(&both, "a"), speed(&app, "a"), "what the app measured");
        assert_eq!(speed(&both, "b"), speed(&command_line, "b"), "is not all there is");

        command_line.note_run(&named("a"), &run(200, 20));
        command_line.save(&file).unwrap();
        let measured = speed(&app, "a");
        app.take_over(Profile::load(&file, 2));
        assert_eq!(speed(&app, "b"), speed(&command_line, "b"), "the app learns of it");
        assert_eq!(speed(&app, "a"), measured, "and believes its own measurements");
    }

    #[test]
    fn many_writers_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("profile.json");
        let ids: Vec<String> = (0..8).map(|index| format!("m{index}")).collect();
        let measure = |id: &String| {
            let model = InstalledModel { id: id.as_str().into(), ..model("v1") };
            let mut profile = Profile::load(&file, 2);
            profile.note_run(&model, &run(50, 20));
            profile.save(&file).unwrap();
        };
        std::thread::scope(|scope| {
            for id in &ids {
                scope.spawn(|| measure(id));
            }
        });
        assert_eq!(Profile::load(&file, 2).models.len(), ids.len(), "one at a time writes");
    }

    #[test]
    fn another_version_or_machine_starts_anew() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sub/profile.json");
        let mut profile = Profile::new(2);
        profile.note_run(&model("v1"), &run(50, 20));
        profile.save(&file).unwrap();
        let kept = Profile::load(&file, 2);
        assert_eq!(kept.get(&model("v1")), profile.get(&model("v1")), "kept between runs");
        assert_eq!(Profile::load(&file, 1), Profile::new(1), "other threads, other speeds");
        assert_eq!(profile.get(&model("v2")), Measured::default(), "other files, other speeds");
        std::fs::write(&file, "{").unwrap();
        assert_eq!(Profile::load(&file, 2), Profile::new(2), "a broken profile is measured again");
    }
}
