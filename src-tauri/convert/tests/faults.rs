//! Checkpoints with one fault each: the message names it, and nothing is left behind.
#![allow(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::fs::{self, OpenOptions};
use std::path::Path;

use pounce_convert::{ConvertOptions, convert};
use pounce_model_format::Quantization;
use support::random_checkpoint::{self, Shape, Tensor};
use support::torch_archive;

mod support;

/// Spoils a tiny checkpoint, converts it, and checks that the message has the expected words.
fn check(expected: &[&str], spoil: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().unwrap();
    let (source, out) = (dir.path().join("source"), dir.path().join("out"));
    random_checkpoint::write(&source, &Shape::TINY, 1).unwrap();
    spoil(&source);
    let error = convert(&source, &out, &ConvertOptions::default(), &mut ())
        .expect_err("a spoilt checkpoint is refused");
    let message = error.to_string();
    for word in expected {
        assert!(message.contains(word), "{message:?} should say {word:?}");
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(left, [source], "a failed conversion leaves nothing behind");
}

fn with_tensors(change: impl FnOnce(&mut Vec<Tensor>)) -> impl FnOnce(&Path) {
    move |source| {
        let mut tensors = Shape::TINY.tensors();
        change(&mut tensors);
        let path = source.join("model.safetensors");
        random_checkpoint::write_safetensors(&path, &tensors, 1).unwrap();
    }
}

fn with_config(key: &'static str, value: serde_json::Value) -> impl FnOnce(&Path) {
    move |source| {
        let mut config = Shape::TINY.config();
        config[key] = value;
        fs::write(source.join("config.json"), config.to_string()).unwrap();
    }
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    const O: &str = "encoder.block.1.layer.0.SelfAttention.o.weight";
    let position = |tensors: &[Tensor]| tensors.iter().position(|it| it.name == O).unwrap();
    check(
        &["lacks the tensor", O],
        with_tensors(|tensors| drop(tensors.remove(position(tensors)))),
    );
    check(
        &[O, "[64, 32]", "[64, 64]"],
        with_tensors(|tensors| {
            let o = position(tensors);
            tensors[o].shape = vec![64, 32];
        }),
    );
    check(
        &["encoder.block.2.layer.0.layer_norm.weight", "its config"],
        with_tensors(|tensors| {
            let name = "encoder.block.2.layer.0.layer_norm.weight".to_owned();
            tensors.push(Tensor { name, shape: vec![64], fan_in: 0 });
        }),
    );
}

/// Nothing writes to the pipe: to open it would wait for ever.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_no_files_of_a_checkpoint() {
    check(&["config.json"], |source| {
        let config = source.join("config.json");
        fs::remove_file(&config).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&config).status().unwrap();
        assert!(made.success(), "{made}");
    });
    check(&["config.json"], |source| {
        fs::remove_file(source.join("config.json")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", source.join("config.json")).unwrap();
    });
}

#[test]
fn broken_weight_files_are_named() {
    let truncate = |source: &Path| {
        let file = OpenOptions::new().write(true).open(source.join("model.safetensors")).unwrap();
        file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    };
    check(&["model.safetensors is damaged", "fetch it again"], truncate);
    check(&["model.safetensors is damaged"], |source| {
        fs::write(source.join("model.safetensors"), []).unwrap();
    });
    check(&["header claims to be 18446744073709551615 bytes"], |source| {
        fs::write(source.join("model.safetensors"), [0xff; 64]).unwrap();
    });
    check(&["a.safetensors", "complete"], |source| {
        fs::remove_file(source.join("model.safetensors")).unwrap();
        let index = r#"{"weight_map":{"x":"a.safetensors"}}"#;
        fs::write(source.join("model.safetensors.index.json"), index).unwrap();
    });
    check(&["no such file beside it", "do not trust"], |source| {
        fs::remove_file(source.join("model.safetensors")).unwrap();
        let index = r#"{"weight_map":{"x":"../a.safetensors"}}"#;
        fs::write(source.join("model.safetensors.index.json"), index).unwrap();
    });
    check(&["has no model.safetensors", "pytorch_model.bin"], |source| {
        fs::remove_file(source.join("model.safetensors")).unwrap();
    });
}

#[test]
fn weights_of_other_types_are_named() {
    let write = |dtype: &'static str, element: &'static [u8]| {
        move |source: &Path| {
            let end = 600 * 64 * element.len();
            let entry =
                format!(r#"{{"dtype":"{dtype}","shape":[600,64],"data_offsets":[0,{end}]}}"#);
            let header = format!(r#"{{"shared.weight":{entry}}}"#);
            let length = (header.len() as u64).to_le_bytes();
            let data = element.repeat(600 * 64);
            let bytes = [&length, header.as_bytes(), &data].concat();
            fs::write(source.join("model.safetensors"), bytes).unwrap();
        }
    };
    check(&["shared.weight", "I32", "F32, F16 or BF16"], write("I32", &[0; 4]));
    // The exponent's bits all set: infinity.
    check(&["shared.weight", "not finite"], write("F16", &[0x00, 0x7c]));
}

#[test]
fn pickles_with_more_than_tensors_are_refused() {
    let pickled = |write: fn(&Path)| {
        move |source: &Path| {
            fs::remove_file(source.join("model.safetensors")).unwrap();
            write(&source.join("pytorch_model.bin"));
        }
    };
    check(
        &["posix.system", "do not trust"],
        pickled(|path| {
            let pickle = b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.";
            torch_archive::write_archive(path, pickle, []).unwrap();
        }),
    );
    check(
        &["reaches beyond its storage", "damaged"],
        pickled(|path| {
            let pickle = torch_archive::state_dict(&Shape::TINY.tensors());
            let short = Shape::TINY.tensors().into_iter().map(|_| vec![0; 8]);
            torch_archive::write_archive(path, &pickle, short).unwrap();
        }),
    );
    check(&["before 1.6"], pickled(|path| fs::write(path, b"\x80\x02}q\x00.").unwrap()));
    check(&["damaged"], pickled(|path| fs::write(path, b"nothing of the kind").unwrap()));
}

#[test]
fn configs_that_make_no_sense_are_named() {
    check(&["model type `gemma`", "Qwen2"], with_config("model_type", "gemma".into()));
    check(&["config.json", "d_model", "between"], with_config("d_model", 0.into()));
    check(&["d_kv", "multiple of 8"], with_config("d_kv", 12.into()));
    check(
        &["feed_forward_proj", "gated-tanh"],
        with_config("feed_forward_proj", "gated-tanh".into()),
    );
    check(&["eos_token_id", "vocab_size"], with_config("eos_token_id", 600.into()));
    check(&["config.json is damaged"], |source| {
        fs::write(source.join("config.json"), "{").unwrap();
    });
    check(&["cannot read", "config.json"], |source| {
        fs::remove_file(source.join("config.json")).unwrap();
    });
}

#[test]
fn tokenizers_that_do_not_belong_are_refused() {
    check(&["id 600", "ends at 600", "another model"], |source| {
        let tokenizer = random_checkpoint::tokenizer(601).to_string();
        fs::write(source.join("tokenizer.json"), tokenizer).unwrap();
    });
    check(&["neither tokenizer.json nor vocab.json"], |source| {
        fs::remove_file(source.join("tokenizer.json")).unwrap();
    });
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (source, out) = (dir.path().join("source"), dir.path().join("out"));
    random_checkpoint::write(&source, &Shape::TINY, 1).unwrap();
    fs::create_dir(&out).unwrap();
    fs::write(out.join("precious"), "mine").unwrap();
    let error = convert(&source, &out, &ConvertOptions::default(), &mut ()).unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error}");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "the folder is as it was");
}

#[test]
fn rows_that_cannot_be_divided_into_blocks_need_floats() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("source");
    random_checkpoint::write(&source, &Shape { d_model: 40, ..Shape::TINY }, 1).unwrap();
    let mut options = ConvertOptions::default();
    let error = convert(&source, &dir.path().join("int8"), &options, &mut ()).unwrap_err();
    assert!(error.to_string().contains("multiple of 16"), "{error}");
    options.quantization = Quantization::None;
    convert(&source, &dir.path().join("none"), &options, &mut ()).unwrap();
}

#[test]
fn what_is_no_checkpoint_is_named_as_what_it_is() {
    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 2336\n";
    for name in ["model.safetensors", "tokenizer.json", "config.json"] {
        check(&[name, "Git LFS", "git lfs pull"], |source| {
            fs::write(source.join(name), POINTER).unwrap();
        });
    }
    check(&["web page", "download button"], |source| {
        fs::write(source.join("model.safetensors"), "<!DOCTYPE html><html></html>").unwrap();
    });
    check(&["quantized", "\"gptq\"", "GGUF"], |source| {
        let quantized = serde_json::json!({ "bits": 4, "quant_method": "gptq" });
        with_config("quantization_config", quantized)(source);
    });
    let only = |name: &'static str| {
        move |source: &Path| {
            fs::remove_dir_all(source).unwrap();
            fs::create_dir(source).unwrap();
            fs::write(source.join(name), "{}").unwrap();
        }
    };
    check(&["LoRA adapter", "merge_and_unload"], only("adapter_config.json"));
    check(&["flax_model.msgpack", "another framework"], only("flax_model.msgpack"));
    check(&["tf_model.h5", "another framework"], only("tf_model.h5"));
    check(&["m.GGUF", "give that file"], only("m.GGUF"));
    check(&["cannot read", "config.json"], only("readme.md"));
    check(&["tf_model.h5", "model.safetensors"], |source| {
        fs::rename(source.join("model.safetensors"), source.join("tf_model.h5")).unwrap();
    });
}
