//! Sound indexes, and those that list something else than shards.

use super::*;

fn read(name: &str, weight_map: &BTreeMap<String, String>) -> Result<BTreeSet<String>, String> {
    let dir = tempfile::tempdir().unwrap();
    let index = dir.path().join(name);
    let text = serde_json::json!({ "metadata": { "total_size": 1 }, "weight_map": weight_map });
    std::fs::write(&index, text.to_string()).unwrap();
    shards(&index).map_err(|error| error.to_string())
}

fn of(shards: &[&str]) -> BTreeMap<String, String> {
    (0..).zip(shards).map(|(n, shard)| (format!("tensor_{n}"), (*shard).to_owned())).collect()
}

#[test]
fn an_index_lists_files_beside_it() {
    let check = |index: &str, listed: &[&str], expected: &[&str]| {
        let found = read(index, &of(listed)).unwrap();
        assert!(found.iter().map(String::as_str).eq(expected.iter().copied()), "{found:?}");
    };
    let [a, b] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    check(INDEX_NAMES[0], &[b, a, b], &[a, b]);
    check(INDEX_NAMES[1], &["pytorch_model-1-of-1.bin"], &["pytorch_model-1-of-1.bin"]);
}

#[test]
fn an_index_that_lists_anything_else_is_refused_in_one_line() {
    let check = |listed: &[&str], part: &str| {
        let message = read(INDEX_NAMES[0], &of(listed)).unwrap_err();
        assert!(message.contains(part) && message.contains("index.json"), "{message}");
        assert!(message.lines().count() == 1 && message.len() < 400, "{message}");
    };
    let long = format!("{}.safetensors", "x".repeat(10_000));
    for name in [
        "../x.safetensors",
        "/etc/x.safetensors",
        "a/b.safetensors",
        "a\\b.safetensors",
        "C:x.safetensors",
        "..",
        "",
        ".hidden.safetensors",
        "config.json",
        "pytorch_model.bin",
        "x?download=true&y=.safetensors",
        "two\nlines.safetensors",
        &long,
    ] {
        check(&["model-1.safetensors", name], "no such file beside it");
    }
    let many: Vec<String> = (0..1000).map(|n| format!("model-{n}.safetensors")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    check(&many, "1000 shards");
    check(&[], "no shards");
}
