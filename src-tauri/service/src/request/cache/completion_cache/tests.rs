use super::*;
use std::sync::Arc;

use pounce_engine::{GenerationConfig, Language, Mode, Prompt, RelatedCode, Segments};
use pounce_models::catalog::Tier;
use pounce_models::registry::InstalledModel;
use proptest::prelude::*;

const LIMITS: CacheLimits = CacheLimits { max_bytes: 2_000, max_age: Duration::from_secs(60) };

fn installed(id: &str) -> InstalledModel {
    InstalledModel {
        id: id.into(),
        dir: id.into(),
        tier: Tier::Small,
        disk_bytes: 0,
        max_prompt_tokens: 0,
        fingerprint: id.to_owned(),
        remote: None,
    }
}

fn prompt(prefix: &str, suffix: &str) -> Prompt {
    let segments = Segments { prefix: prefix.to_owned(), suffix: suffix.to_owned() };
    Prompt { segments, language: Language::Python, mode: Mode::Line }
}

fn key(prefix: &str, suffix: &str) -> CacheKey {
    CacheKey::new(&prompt(prefix, suffix), &GenerationConfig::default()).unwrap()
}

fn cached(text: &str, stored: SystemTime) -> Cached {
    Cached { text: text.to_owned(), model: "m".into(), probability: Some(0.75), stored }
}

#[test]
fn a_context_hits_only_if_nothing_of_it_changed() {
    let base = prompt("a = ", "\nb");
    let config = GenerationConfig::default();
    let check = |prompt: Prompt, config: GenerationConfig, is_same: bool| {
        let is_equal =
            CacheKey::new(&prompt, &config) == CacheKey::new(&base, &GenerationConfig::default());
        assert_eq!(is_equal, is_same, "{prompt:?} {config:?}");
    };
    check(base.clone(), config.clone(), true);
    check(prompt("a =", "\nb"), config.clone(), false);
    check(prompt("a = ", "\nc"), config.clone(), false);
    check(prompt("a = \n", "b"), config.clone(), false);
    check(Prompt { mode: Mode::Block, ..base.clone() }, config.clone(), false);
    check(Prompt { language: Language::Rust, ..base.clone() }, config.clone(), false);
    check(base.clone(), GenerationConfig { max_new_tokens: 3, ..config.clone() }, false);
    let other_files = vec!["a = 1".into()];
    let related = Some(Arc::new(RelatedCode { other_files, ..RelatedCode::default() }));
    check(base.clone(), GenerationConfig { related, ..config }, false);
}

#[test]
fn sampled_completions_are_not_remembered() {
    let sampling = GenerationConfig { temperature: 0.5, ..GenerationConfig::default() };
    assert_eq!(CacheKey::new(&prompt("a", ""), &sampling), None, "each draw is another");
}

#[test]
fn old_entries_are_forgotten() {
    let mut cache = CompletionCache::new(LIMITS);
    let stored = SystemTime::now();
    cache.put(key("a", ""), cached("x", stored));
    assert!(cache.get(&key("a", ""), stored + Duration::from_secs(60)).is_some(), "still young");
    assert!(cache.get(&key("a", ""), stored + Duration::from_secs(61)).is_none(), "too old");
    assert_eq!((cache.len(), cache.size_bytes()), (0, 0), "and gone");
}

#[test]
fn the_least_recently_used_make_room() {
    let mut cache =
        CompletionCache::new(CacheLimits { max_bytes: 2 * (ENTRY_BYTES + 1), ..LIMITS });
    let now = SystemTime::now();
    cache.put(key("a", ""), cached("1", now));
    cache.put(key("b", ""), cached("2", now));
    cache.get(&key("a", ""), now);
    cache.put(key("c", ""), cached("3", now));
    let is_there = |cache: &mut CompletionCache, prefix| cache.get(&key(prefix, ""), now).is_some();
    assert!(is_there(&mut cache, "a") && is_there(&mut cache, "c"), "used and new stay");
    assert!(!is_there(&mut cache, "b"), "it was used least recently");
}

#[test]
fn it_can_be_kept_and_restored() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cache.json");
    let now = SystemTime::now();
    let mut cache = CompletionCache::new(LIMITS);
    cache.put(key("secret", ""), cached("x", now));
    cache.put(key("b", ""), cached("y", now - Duration::from_secs(90)));
    let models = ["m", "other"].map(installed);
    cache.put(key("c", ""), Cached { model: "removed".into(), ..cached("z", now) });
    cache.put(key("d", ""), Cached { model: "other".into(), ..cached("z", now) });
    cache.save(&file, &models).unwrap();
    assert!(!std::fs::read_to_string(&file).unwrap().contains("secret"), "contexts are digests");

    let mut restored = CompletionCache::new(LIMITS);
    let swapped = InstalledModel { fingerprint: "new files".into(), ..installed("other") };
    restored.restore(&file, &[installed("m"), swapped], now);
    assert_eq!(restored.len(), 1, "what is too old or of another model stays away");
    assert_eq!(restored.get(&key("secret", ""), now).unwrap().text, "x");
    restored.restore(&dir.path().join("none.json"), &models, now);
    assert_eq!(restored.len(), 1, "no file is no cache");
}

#[cfg(unix)]
#[test]
fn a_kept_cache_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cache.json");
    CompletionCache::new(LIMITS).save(&file, &[]).unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "code of the user is in it");
}

#[test]
fn without_room_nothing_is_remembered() {
    let mut cache = CompletionCache::new(CacheLimits { max_bytes: 0, ..LIMITS });
    cache.put(key("a", ""), cached("", SystemTime::now()));
    assert_eq!(cache.len(), 0, "0 turns it off");
}

proptest! {
    /// Whatever happens, the limit holds and the sum is right.
    #[test]
    fn it_is_never_over_its_limit(
        steps in prop::collection::vec((0_u8..20, 0_usize..700, 0_u64..100), 1..80),
        max_bytes in 0_usize..3_000,
    ) {
        let mut cache = CompletionCache::new(CacheLimits { max_bytes, ..LIMITS });
        let start = SystemTime::now();
        for (context, length, at) in steps {
            let now = start + Duration::from_secs(at);
            let key = key(&context.to_string(), "");
            match length {
                0..50 => cache.expire(now),
                50..100 => drop(cache.get(&key, now).cloned()),
                _ => cache.put(key, cached(&"x".repeat(length), now)),
            }
            prop_assert!(cache.size_bytes() <= max_bytes);
            let sum: usize = cache.entries.iter().map(|(_, cached)| size_of(cached)).sum();
            prop_assert_eq!(cache.size_bytes(), sum);
        }
    }

    #[test]
    fn other_contexts_have_other_keys(a in "[ab\n]{0,8}", b in "[ab\n]{0,8}", c in "[ab\n]{0,8}", d in "[ab\n]{0,8}") {
        let is_same_context = (&a, &b) == (&c, &d);
        prop_assert_eq!(key(&a, &b) == key(&c, &d), is_same_context);
    }
}
