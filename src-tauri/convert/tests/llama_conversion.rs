//! Whole conversions of small decoder-only models, through the public API. The engine, which runs the
//! graphs, tests their numbers.
#![allow(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use pounce_convert::{ConvertError, ConvertOptions, Progress, Step, convert, inspect};
use pounce_model_format::{Architecture, ModelManifest, PromptTemplate, Quantization};
use support::gguf::{Gguf, Value};
use support::random_llama::{Model, Shape, write_safetensors};
use tempfile::TempDir;

mod support;

const QWEN: Shape = Shape { family: "qwen2", tied_head: false, ..Shape::TINY };

/// Writes a GGUF file to a new folder.
fn gguf_file(gguf: &Gguf) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    gguf.write(&path).unwrap();
    (dir, path)
}

fn convert_to(source: &Path, out: &Path, quantization: Quantization) -> ModelManifest {
    let options = ConvertOptions { quantization, ..ConvertOptions::default() };
    let manifest = convert(source, out, &options, &mut ()).unwrap();
    assert_eq!(manifest, ModelManifest::load(out).unwrap(), "what is returned is what was written");
    manifest
}

#[test]
fn a_folder_and_a_file_become_the_same_model() {
    // Qwen2 has the same order of rows in both, Llama does not.
    let model = Model::new(QWEN, 7);
    let (dir, file) = gguf_file(&model.gguf());
    let folder = dir.path().join("folder");
    model.write_folder(&folder).unwrap();
    for quantization in [Quantization::None, Quantization::Int8, Quantization::Int4] {
        let out = |name: &str| dir.path().join(format!("{name}-{quantization:?}"));
        let of_folder = convert_to(&folder, &out("of-folder"), quantization);
        let of_file = convert_to(&file, &out("of-file"), quantization);
        assert_eq!(of_file.files["weights.bin"], of_folder.files["weights.bin"], "the weights");
        assert_eq!(of_file.dimensions, of_folder.dimensions, "the sizes");
        assert_eq!((of_folder.id.as_str(), of_file.id.as_str()), ("folder", "model"), "the names");
        assert_eq!(of_file.files.len(), 3, "graph, weights, tokenizer");
    }
}

#[test]
fn shards_hold_the_same_tensors() {
    let model = Model::new(QWEN, 7);
    let dir = tempfile::tempdir().unwrap();
    let (folder, out) = (dir.path().join("folder"), |name: &str| dir.path().join(name));
    model.write_folder(&folder).unwrap();
    let whole = convert_to(&folder, &out("whole"), Quantization::Int8);
    fs::remove_file(folder.join("model.safetensors")).unwrap();
    let mut weight_map = serde_json::Map::new();
    for (index, tensors) in model.tensors.chunks(10).enumerate() {
        let shard = format!("model-{index}.safetensors");
        write_safetensors(&folder.join(&shard), tensors).unwrap();
        let shard = serde_json::Value::from(shard);
        weight_map.extend(tensors.iter().map(|tensor| (tensor.name.clone(), shard.clone())));
    }
    let index = serde_json::json!({ "weight_map": weight_map });
    fs::write(folder.join("model.safetensors.index.json"), index.to_string()).unwrap();
    let sharded = convert_to(&folder, &out("sharded"), Quantization::Int8);
    assert_eq!(sharded.files, whole.files);
}

#[test]
fn a_tokenizer_beside_a_file_is_preferred() {
    let mut gguf = Model::new(Shape::TINY, 1).gguf();
    let (_dir, file) = gguf_file(&gguf);
    let own = inspect(&file).unwrap();
    assert_eq!(own.prompt, PromptTemplate::Plain, "no tokens to fill a gap with");
    gguf.set("tokenizer.ggml.model", Value::Text("unheard of".to_owned()));
    gguf.write(&file).unwrap();
    inspect(&file).expect_err("such a vocabulary is not known");
    let json =
        r#"{"model": {"vocab": {"<|fim_prefix|>": 0, "<|fim_suffix|>": 1, "<|fim_middle|>": 2}}}"#;
    fs::write(file.with_file_name("tokenizer.json"), json).unwrap();
    let found = inspect(&file).unwrap().prompt;
    assert!(matches!(found, PromptTemplate::FillInTheMiddle(_)), "{found:?}");
}

#[test]
fn an_inspection_says_what_a_conversion_gives() {
    let model = Model::new(QWEN, 2);
    let (dir, file) = gguf_file(&model.gguf());
    let found = inspect(&file).unwrap();
    let manifest = convert_to(&file, &dir.path().join("out"), Quantization::Int8);
    assert_eq!((found.family, found.architecture), ("Qwen2", Architecture::DecoderOnly));
    assert_eq!(found.dimensions, manifest.dimensions);
    assert_eq!(found.special_tokens, manifest.special_tokens);
    assert_eq!(found.prompt, manifest.prompt);
    let stored: u64 = model.tensors.iter().map(|it| it.bytes.len() as u64).sum();
    assert_eq!(found.weights_bytes, stored);
    assert_eq!(found.dimensions.max_prompt_len, 512 - 64, "an eighth is for the completion");
}

#[test]
fn texts_start_and_end_as_the_file_says() {
    let check = |set: &[(&str, Value)], start: Option<u32>, end: &[u32]| {
        let mut gguf = Model::new(Shape::TINY, 1).gguf();
        for (key, value) in set {
            gguf.set(&format!("tokenizer.ggml.{key}"), value.clone());
        }
        let (_dir, file) = gguf_file(&gguf);
        let tokens = inspect(&file).unwrap().special_tokens;
        assert_eq!((tokens.decoder_start, tokens.end.as_slice()), (start, end), "{set:?}");
    };
    let bos = ("bos_token_id", Value::U32(1));
    check(std::slice::from_ref(&bos), None, &[2]);
    check(&[bos.clone(), ("add_bos_token", Value::Bool(true))], Some(1), &[2]);
    check(&[bos.clone(), ("eot_token_id", Value::U32(7))], None, &[2, 7]);
    check(&[bos.clone(), ("pre", Value::Text("llama-bpe".to_owned()))], Some(1), &[2]);
    let says_no = ("add_bos_token", Value::Bool(false));
    check(&[bos, ("pre", Value::Text("llama-bpe".to_owned())), says_no], None, &[2]);
}

/// Counts bytes, and cancels after some calls.
#[derive(Default)]
struct Recorder {
    steps: Vec<(Step, u64, u64)>,
    n_calls: Cell<usize>,
    cancels_at: Option<usize>,
}

impl Progress for Recorder {
    fn begin(&mut self, step: Step, total_bytes: u64) {
        self.steps.push((step, total_bytes, 0));
    }

    fn advance(&mut self, bytes: u64) {
        self.steps.last_mut().unwrap().2 += bytes;
    }

    fn is_cancelled(&self) -> bool {
        self.n_calls.set(self.n_calls.get() + 1);
        self.cancels_at.is_some_and(|at| self.n_calls.get() > at)
    }
}

#[test]
fn progress_accounts_for_every_byte() {
    let model = Model::new(QWEN, 7);
    let (dir, file) = gguf_file(&model.gguf());
    let mut recorder = Recorder::default();
    let options = ConvertOptions::default();
    convert(&file, &dir.path().join("out"), &options, &mut recorder).unwrap();
    let steps: Vec<Step> = recorder.steps.iter().map(|step| step.0).collect();
    assert_eq!(steps, [Step::Embedding, Step::Decoder]);
    for (step, promised, read) in recorder.steps {
        assert_eq!(read, promised, "the step {step} reads what it said it would");
    }
}

#[test]
fn a_cancelled_conversion_leaves_nothing_behind() {
    let (dir, file) = gguf_file(&Model::new(QWEN, 7).gguf());
    for cancels_at in [0, 1, 7] {
        let mut recorder = Recorder { cancels_at: Some(cancels_at), ..Recorder::default() };
        let options = ConvertOptions::default();
        let error = convert(&file, &dir.path().join("out"), &options, &mut recorder).unwrap_err();
        assert!(matches!(error, ConvertError::Cancelled), "{error}");
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().path()).collect();
        assert_eq!(left, std::slice::from_ref(&file), "only what was there before");
    }
}

#[track_caller]
fn check_fault(expected: &[&str], spoil: impl FnOnce(&mut Gguf)) {
    let mut gguf = Model::new(QWEN, 1).gguf();
    spoil(&mut gguf);
    let (dir, file) = gguf_file(&gguf);
    let options = ConvertOptions::default();
    let message = convert(&file, &dir.path().join("out"), &options, &mut ())
        .expect_err("a spoilt file is refused")
        .to_string();
    for word in expected {
        assert!(message.contains(word), "{message:?} should say {word:?}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn files_that_make_no_sense_are_named() {
    let set = |key: &'static str, value: Value| move |gguf: &mut Gguf| gguf.set(key, value);
    let text = |text: &str| Value::Text(text.to_owned());
    check_fault(&["`rwkv`", "Llama"], set("general.architecture", text("rwkv")));
    check_fault(&["model.gguf", "number of layers is 0"], set("qwen2.block_count", Value::U32(0)));
    check_fault(
        &["lacks the tensor blk.3.attn_norm.weight"],
        set("qwen2.block_count", Value::U32(4)),
    );
    check_fault(&["blk.2.", "do they belong together"], set("qwen2.block_count", Value::U32(2)));
    check_fault(&["4 heads", "3 key-value"], set("qwen2.attention.head_count_kv", Value::U32(3)));
    check_fault(
        &["head size is 16777200", "1024"],
        set("qwen2.attention.key_length", Value::U32(16_777_200)),
    );
    check_fault(&["head size is 8", "16"], set("qwen2.attention.key_length", Value::U32(8)));
    check_fault(&["[600, 64]", "[600, 32]"], set("qwen2.embedding_length", Value::U32(32)));
    check_fault(&["mixture of 8 experts"], set("qwen2.expert_count", Value::U32(8)));
    check_fault(&["\"yarn\"", "linear"], set("qwen2.rope.scaling.type", text("yarn")));
    check_fault(&["8 of 16 channels"], set("qwen2.rope.dimension_count", Value::U32(8)));
    check_fault(&["block_count is not a whole number"], set("qwen2.block_count", text("many")));
    check_fault(
        &["id 600", "beyond the vocabulary"],
        set("tokenizer.ggml.eos_token_id", Value::U32(600)),
    );
    check_fault(&["no qwen2.block_count"], |gguf| {
        gguf.metadata.retain(|(key, _)| key != "qwen2.block_count");
    });
    check_fault(&["token_embd.weight"], |gguf| {
        gguf.tensors.retain(|tensor| tensor.name != "token_embd.weight");
    });
    check_fault(&["blk.0.attn_q.weight", "not finite"], |gguf| {
        let tensor = gguf.tensors.iter_mut().find(|it| it.name == "blk.0.attn_q.weight").unwrap();
        tensor.bytes[..2].copy_from_slice(&[0x00, 0x7c]);
    });
}

#[test]
fn a_truncated_file_is_named_before_anything_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("model.gguf"), dir.path().join("out"));
    let bytes = Model::new(QWEN, 1).gguf().to_bytes();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let message =
        convert(&file, &out, &ConvertOptions::default(), &mut ()).unwrap_err().to_string();
    assert!(message.contains("output.weight lies beyond its end"), "{message}");
    assert!(message.contains("fetch it again"), "{message}");
}

#[test]
fn configs_that_are_not_supported_are_named() {
    let check = |key: &str, value: serde_json::Value, expected: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        let model = Model::new(QWEN, 1);
        model.write_folder(dir.path()).unwrap();
        let mut config = model.config();
        config[key] = value;
        fs::write(dir.path().join("config.json"), config.to_string()).unwrap();
        let message = inspect(dir.path()).unwrap_err().to_string();
        for word in expected {
            assert!(message.contains(word), "{message:?} should say {word:?}");
        }
    };
    check("hidden_act", "gelu".into(), &["config.json", "\"gelu\"", "silu"]);
    check("use_sliding_window", true.into(), &["sliding window"]);
    check("rope_scaling", serde_json::json!({"type": "yarn", "factor": 4.0}), &["\"yarn\""]);
    check("rope_scaling", serde_json::json!({"type": "linear"}), &["no factor"]);
    let twice = serde_json::json!({"type": "yarn", "rope_type": "yarn", "factor": 4.0});
    check("rope_scaling", twice, &["\"yarn\""]);
    check("num_attention_heads", 0.into(), &["number of heads is 0"]);
    check("rope_theta", (-1.0).into(), &["rotation base -1"]);
    check("vocab_size", 500.into(), &["another model's tokenizer"]);
}
