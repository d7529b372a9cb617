//! Manifests with one wrong value each.

use super::*;

#[test]
fn values_that_no_model_has_are_refused_by_name() {
    let text = include_str!("../../../../models/pounce-50m/manifest.json");
    let check = |change: fn(&mut ModelManifest), expected: Option<&str>| {
        let mut manifest = ModelManifest::parse(text, Path::new(FILE_NAME)).unwrap();
        change(&mut manifest);
        assert_eq!(manifest.wrong_value(), expected);
    };
    check(|_| {}, None);
    check(|manifest| manifest.dimensions.n_decoder_layers = usize::MAX, Some("n_decoder_layers"));
    check(|manifest| manifest.dimensions.max_seq_len = 0, Some("max_seq_len"));
    check(|manifest| manifest.dimensions.n_kv_heads = 5, Some("n_kv_heads"));
    check(|manifest| manifest.special_tokens.end.push(u32::MAX), Some("special token"));
    let outside = |manifest: &mut ModelManifest| {
        let digest = manifest.files.values().next().unwrap().clone();
        manifest.files.insert("../weights.bin".to_owned(), digest);
    };
    check(outside, Some("file name"));
}
