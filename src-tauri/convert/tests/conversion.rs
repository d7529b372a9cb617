//! Whole conversions of small random checkpoints, through the public API.
#![allow(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::fs;

use pounce_convert::{ConvertOptions, Progress, Step, convert};
use pounce_model_format::{ModelManifest, PromptTemplate, Quantization};
use support::random_checkpoint::{self, Shape};
use support::{sharded, torch_archive};
use tempfile::TempDir;

mod support;

const ALL: [Quantization; 3] = [Quantization::None, Quantization::Int8, Quantization::Int4];

struct Checkpoint {
    dir: TempDir,
    shape: Shape,
}

impl Checkpoint {
    fn new(shape: Shape) -> Self {
        let dir = tempfile::tempdir().unwrap();
        random_checkpoint::write(&dir.path().join("source"), &shape, 7).unwrap();
        Self { dir, shape }
    }

    fn source(&self) -> std::path::PathBuf {
        self.dir.path().join("source")
    }

    /// Converts into a folder of this name and reads the manifest back from there.
    fn convert(&self, out: &str, quantization: Quantization) -> ModelManifest {
        let out = self.dir.path().join(out);
        let options = ConvertOptions { quantization, ..ConvertOptions::default() };
        let manifest = convert(&self.source(), &out, &options, &mut ()).unwrap();
        let read = ModelManifest::load(&out).unwrap();
        assert_eq!(manifest, read, "what is returned is what was written");
        manifest
    }
}

fn check_shape(shape: Shape) {
    let checkpoint = Checkpoint::new(shape);
    for quantization in ALL {
        let manifest = checkpoint.convert(&format!("{quantization:?}"), quantization);
        let dimensions = manifest.dimensions;
        let shape = &checkpoint.shape;
        assert_eq!(dimensions.vocab_size, shape.vocab_size, "the config's vocabulary");
        assert_eq!(dimensions.head_size, shape.d_kv, "a head is as wide as the config says");
        assert_eq!(dimensions.n_decoder_layers, shape.n_decoder_layers, "no layer is lost");
        assert_eq!(manifest.files.len(), 4, "two graphs, weights, tokenizer");
    }
}

#[test]
fn every_architecture_of_the_family_converts() {
    check_shape(Shape::TINY);
    check_shape(Shape { tied_head: false, ..Shape::TINY });
    check_shape(Shape { feed_forward_proj: "gated-gelu", tied_head: false, ..Shape::TINY });
    check_shape(Shape { feed_forward_proj: "gated-silu", ..Shape::TINY });
    check_shape(Shape { feed_forward_proj: "gelu", n_buckets: 8, max_distance: 20, ..Shape::TINY });
    check_shape(Shape { d_kv: 8, n_decoder_layers: 1, d_model: 48, ..Shape::TINY });
}

#[test]
fn a_checkpoint_becomes_the_same_model_in_every_format() {
    let checkpoint = Checkpoint::new(Shape::TINY);
    let whole = checkpoint.convert("whole", Quantization::Int8);
    let (source, tensors) = (checkpoint.source(), Shape::TINY.tensors());
    fs::remove_file(source.join("model.safetensors")).unwrap();

    for (format, (index, ..)) in sharded::FORMATS.into_iter().enumerate() {
        sharded::write(&source, &Shape::TINY, 7, format).unwrap();
        let converted = checkpoint.convert(index, Quantization::Int8);
        assert_eq!(converted.files, whole.files, "shards of {index} hold the same tensors");
        fs::remove_file(source.join(index)).unwrap();
    }

    torch_archive::write(&source.join("pytorch_model.bin"), &tensors, 7).unwrap();
    let pickled = checkpoint.convert("pickled", Quantization::Int8);
    assert_eq!(pickled.files, whole.files, "a pickle holds the same tensors");
}

#[test]
fn a_tied_embedding_is_stored_once() {
    let checkpoint = Checkpoint::new(Shape::TINY);
    let manifest = checkpoint.convert("out", Quantization::None);
    let weights = manifest.files["weights.bin"].size_bytes;
    let elements: usize = checkpoint.shape.tensors().iter().map(|it| it.size_bytes() / 2).sum();
    assert!(weights <= elements as u64 * 4, "{weights} bytes for {elements} floats");
}

#[test]
fn codet5_prompts_surround_the_sentinel() {
    let manifest = Checkpoint::new(Shape::TINY).convert("out", Quantization::Int8);
    let PromptTemplate::Sentinel(tokens) = manifest.prompt else {
        panic!("a vocabulary with sentinels has a sentinel template");
    };
    assert_eq!((tokens.start.as_str(), tokens.end.as_str()), ("<s>", "</s>"));
    assert!(tokens.sentinel_in_output, "span denoising repeats the sentinel");
    assert_eq!(manifest.special_tokens.decoder_start, Some(0), "the config's start");
    let next_sentinel = 600 - 2;
    assert_eq!(manifest.special_tokens.end, [2, next_sentinel], "an answer ends at the next gap");
    assert_eq!(manifest.dimensions.max_prompt_len, 512, "n_positions");
}

#[test]
fn progress_accounts_for_every_byte() {
    #[derive(Default)]
    struct Recorder(Vec<(Step, u64, u64)>);
    impl Progress for Recorder {
        fn begin(&mut self, step: Step, total_bytes: u64) {
            self.0.push((step, total_bytes, 0));
        }
        fn advance(&mut self, bytes: u64) {
            self.0.last_mut().unwrap().2 += bytes;
        }
    }
    let checkpoint = Checkpoint::new(Shape { tied_head: false, ..Shape::TINY });
    let (out, mut recorder) = (checkpoint.dir.path().join("out"), Recorder::default());
    convert(&checkpoint.source(), &out, &ConvertOptions::default(), &mut recorder).unwrap();
    for &(step, promised, read) in &recorder.0 {
        assert_eq!(read, promised, "the step {step} reads what it said it would");
    }
    let read: u64 = recorder.0.iter().map(|step| step.2).sum();
    let total: u64 = checkpoint.shape.tensors().iter().map(|it| it.size_bytes() as u64).sum();
    assert_eq!(read, total, "every tensor is read once: {:?}", recorder.0);
}
