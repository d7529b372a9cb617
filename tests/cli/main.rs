//! The sub-commands as a person runs them: the real binary, the real model, and bad input.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

/// Random checkpoints, shared with the converter's own tests.
#[path = "../../src-tauri/convert/tests/support/mod.rs"]
mod checkpoints;
mod evaluation;
#[cfg(unix)]
mod interruptions;
mod models;
#[path = "../it/install/server.rs"]
mod server;
#[cfg(target_os = "linux")]
mod serving;
mod settings;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The root folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `pounce` with the library and the models of the repository, and with its folders below `home`.
fn pounce(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pounce"));
    command
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("POUNCE_ORT_LIBRARY", root().join("runtime/libonnxruntime.so"))
        .env("POUNCE_MODELS_DIR", root().join("models"))
        .env("POUNCE_DATA_DIR", home)
        .env("POUNCE_CONFIG_DIR", home);
    command
}

fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    let home = TempDir::new().unwrap();
    pounce(home.path()).args(arguments).output().unwrap()
}

/// Runs a command that must fail with a one-line error that contains all of `expected`.
fn check_refused(command: &mut Command, expected: &[&str]) {
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{command:?} should fail, and said {message:?}");
    assert!(output.stdout.is_empty(), "nothing that looks like a completion: {command:?}");
    for part in expected {
        assert!(message.contains(part), "{message:?} should say {part:?}");
    }
    assert_eq!(message.lines().count(), 1, "one line for the person who sees it: {message:?}");
}

fn complete(file: &Path) -> Command {
    let mut command = pounce(file.parent().unwrap());
    command.arg("complete").arg(file);
    command
}

/// A copy of the embedded model in which one file is changed, with its new size in the manifest.
fn damaged_model(folder: &Path, file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> PathBuf {
    let model = folder.join("damaged");
    fs::create_dir(&model).unwrap();
    for entry in fs::read_dir(root().join("models/pounce-50m")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), model.join(entry.file_name())).unwrap();
    }
    let bytes = change(fs::read(model.join(file)).unwrap());
    let manifest = fs::read_to_string(model.join("manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    manifest["files"][file]["size_bytes"] = bytes.len().into();
    fs::write(model.join("manifest.json"), manifest.to_string()).unwrap();
    fs::write(model.join(file), bytes).unwrap();
    model
}

#[test]
fn an_unusable_gpu_is_reported_once_and_the_processor_completes() {
    let sample = root().join("tests/samples/fibonacci.py");
    let on_processor = run(&["complete".as_ref(), sample.as_os_str()]);
    let output =
        run(&["complete".as_ref(), "--device".as_ref(), "cuda".as_ref(), sample.as_os_str()]);
    assert!(output.status.success(), "a missing GPU is no error: {output:?}");
    assert_eq!(output.stdout, on_processor.stdout, "the same completion");
    let message = String::from_utf8(output.stderr).unwrap();
    let told: Vec<_> = message.lines().filter(|line| line.contains("processor")).collect();
    // The reason depends on the features this was built with.
    let reasons = ["the feature `cuda`", "rounded weights"];
    assert!(
        matches!(told[..], [line] if reasons.iter().any(|reason| line.contains(reason))),
        "one line says why: {message}"
    );
}

#[test]
fn onnx_runtime_stores_no_telemetry() {
    let home = TempDir::new().unwrap();
    let output = complete(&root().join("tests/samples/fibonacci.py"))
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("POUNCE_DATA_DIR", home.path())
        .env("POUNCE_CONFIG_DIR", home.path())
        .env_remove("XDG_CACHE_HOME")
        .env_remove("ORT_DISABLE_TELEMETRY")
        .output()
        .unwrap();
    assert!(output.status.success(), "the runtime has been loaded: {output:?}");
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().collect();
    assert!(
        left.is_empty(),
        "with its telemetry on, it leaves a database and a device id: {left:?}"
    );
}

#[test]
fn a_snippet_is_completed_with_the_time_of_every_stage() {
    let sample = root().join("tests/samples/fibonacci.py");
    let output = run(&["complete".as_ref(), sample.as_os_str()]);
    let (text, timings) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{timings}");
    assert!(text.contains("range(n)"), "the embedded model knows this loop, and wrote {text:?}");
    for stage in ["tokenize", "encode", "first token", "decode", "detokenize", "total", "tokens/s"]
    {
        assert!(timings.contains(stage), "{timings}");
    }
}

#[test]
fn json_is_one_object_whose_stages_add_up() {
    let sample = root().join("tests/samples/fibonacci.py");
    let output = run(&["complete".as_ref(), sample.as_os_str(), "--json".as_ref()]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let ms = |key: &str| report[key].as_f64().unwrap();
    let stages = ["tokenize_ms", "encode_ms", "first_token_ms", "decode_ms", "detokenize_ms"];
    let sum: f64 = stages.iter().map(|stage| ms(stage)).sum();
    assert!((sum - ms("total_ms")).abs() < 1e-6, "{report}");
    assert_eq!(report["language"], "python", "the file name says so");
    assert_eq!(report["completion"].as_str().unwrap().lines().count(), 1, "a line is a line");
}

#[test]
fn bad_input_is_refused_in_one_line() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    check_refused(&mut complete(&folder.path().join("none.py")), &["none.py"]);
    check_refused(&mut complete(folder.path()), &["folder"]);
    check_refused(&mut complete(&file("empty.py", b"")), &["empty.py", "nothing to complete"]);
    check_refused(
        &mut complete(&file("large.py", &vec![b'a'; 10 << 20])),
        &["large.py", "larger than 4 MB"],
    );
    check_refused(&mut complete(&file("binary.py", b"\x7FELF\0\0\0")), &["binary.py", "binary"]);
    check_refused(
        &mut complete(&file("latin1.py", b"# caf\xE9\n")),
        &["latin1.py", "UTF-8", "byte 5"],
    );
    let good = file("good.py", b"x = ");
    check_refused(complete(&good).args(["--cursor", "x"]), &["before the cursor"]);
    check_refused(complete(&good).args(["--model", "gpt-9"]), &["gpt-9", "pounce-50m"]);
    check_refused(complete(&good).args(["--temperature", "99"]), &["temperature is 99"]);
}

#[test]
fn a_wrong_command_line_is_refused() {
    for arguments in [
        ["complete", "--max-tokens", "0"],
        ["complete", "--language", "klingon"],
        ["bench", "--model", ""],
    ] {
        let output = run(&arguments);
        assert!(!output.status.success(), "{arguments:?} should be refused");
        assert!(!output.stderr.is_empty(), "{arguments:?} should be told why");
    }
}

#[test]
fn a_missing_or_wrong_library_says_what_to_run() {
    let folder = TempDir::new().unwrap();
    let snippet = folder.path().join("good.py");
    fs::write(&snippet, "x = ").unwrap();
    let wrong = folder.path().join("libwrong.so");
    fs::write(&wrong, "no library").unwrap();
    for library in [folder.path().join("libnone.so"), wrong] {
        let name = library.display().to_string();
        check_refused(
            complete(&snippet).env("POUNCE_ORT_LIBRARY", &library),
            &[&name, "make setup"],
        );
    }
}

#[test]
fn a_damaged_model_is_refused_by_name() {
    let check = |file: &str, change: fn(Vec<u8>) -> Vec<u8>, expected: &[&str]| {
        let folder = TempDir::new().unwrap();
        let snippet = folder.path().join("good.py");
        fs::write(&snippet, "x = ").unwrap();
        let model = damaged_model(folder.path(), file, change);
        check_refused(complete(&snippet).arg("--model").arg(model), expected);
    };
    let halve = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    check("decoder.onnx", halve, &["decoder.onnx", "install it again"]);
    // Both graphs need it; which is opened first depends on the processor.
    check("weights.bin", halve, &["coder.onnx", "install it again"]);
    check("tokenizer.json", halve, &["tokenizer.json", "install the model again"]);
    let add_tokens = |bytes: Vec<u8>| {
        let mut tokenizer: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        tokenizer["model"]["vocab"]["zzzzzz"] = 99_999.into();
        tokenizer.to_string().into_bytes()
    };
    check("tokenizer.json", add_tokens, &["do not belong together"]);
}

#[test]
fn a_file_of_another_size_than_the_manifest_says_is_noticed() {
    let folder = TempDir::new().unwrap();
    let snippet = folder.path().join("good.py");
    fs::write(&snippet, "x = ").unwrap();
    let model = damaged_model(folder.path(), "encoder.onnx", |bytes| bytes);
    fs::write(model.join("encoder.onnx"), "short").unwrap();
    check_refused(
        complete(&snippet).arg("--model").arg(&model),
        &["encoder.onnx", "and is 5", "install it again"],
    );
}

/// The shares themselves are for benchmarks: they change with the embedded model.
#[test]
fn the_snippets_are_read_and_every_answer_is_judged() {
    let folder = root().join("tests/snippets");
    let output = run(&[
        "eval".as_ref(),
        folder.as_os_str(),
        "--snippets".as_ref(),
        "--limit".as_ref(),
        "1".as_ref(),
        "--json".as_ref(),
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> =
        report["rows"].as_array().unwrap().iter().map(|row| &row["language"]).collect();
    let expected = ["c", "cpp", "go", "javascript", "python", "rust", "typescript", "all"];
    assert_eq!(names, expected, "a row for each file of snippets, and one for all");
    for answer in report["answers"].as_array().unwrap() {
        assert!(answer["parses"].is_boolean() && answer["is_accepted"].is_boolean(), "{answer}");
    }
}

#[test]
fn quality_and_speed_are_reported_as_json() {
    let folder = TempDir::new().unwrap();
    let cases = folder.path().join("cases.jsonl");
    fs::write(&cases, "{\"language\":\"python\",\"prefix\":\"for i in range(n\",\"suffix\":\"\\n\",\"target\":\"):\"}\n").unwrap();
    let parse = |output: Output| -> serde_json::Value {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let quality = parse(run(&["eval".as_ref(), cases.as_os_str(), "--json".as_ref()]));
    assert_eq!(quality["cases"], 1, "{quality}");
    assert_eq!(
        quality["rows"].as_array().unwrap().len(),
        2,
        "with and without the suffix: {quality}"
    );
    let speed =
        parse(run(&["bench", "--json", "--contexts", "16", "--tokens", "4", "--repetitions", "1"]));
    assert_eq!(speed["rows"][0]["context_tokens"], 16, "{speed}");
    assert_eq!(speed["rows"][0]["decoder_runs"], 4.0, "one run a token without drafts: {speed}");
}

#[test]
fn a_key_without_a_keyring_is_refused_with_a_way_out() {
    let home = TempDir::new().unwrap();
    let key = home.path().join("key");
    fs::write(&key, "not-for-any-log").unwrap();
    let remote = |arguments: &[&str]| {
        let mut command = pounce(home.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").arg("remote").args(arguments);
        command
    };
    let added = remote(&["add", "https://gpu.invalid/v1", "--name", "far"]).output().unwrap();
    assert!(added.status.success(), "{added:?}");
    let mut keep = remote(&["key", "far"]);
    keep.stdin(fs::File::open(&key).unwrap());
    check_refused(&mut keep, &["no keyring", "POUNCE_REMOTE_KEY_FAR"]);
}
