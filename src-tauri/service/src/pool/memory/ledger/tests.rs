use super::*;
use proptest::prelude::*;

fn ledger(budget: u64, models: &[(&str, u64)]) -> (MemoryLedger, Instant) {
    let mut now = Instant::now();
    let mut ledger = MemoryLedger::new(budget);
    for (id, bytes) in models {
        now += Duration::from_secs(1);
        ledger.reserve((*id).into(), *bytes, now);
        ledger.end_use(&(*id).into(), now);
    }
    (ledger, now)
}

/// The models to evict for one of `bytes`.
fn plan(ledger: &MemoryLedger, bytes: u64) -> Result<Vec<ModelId>, Shortage> {
    ledger.excess_with(bytes).map(|excess| ledger.models_to_evict(excess))
}

fn names(ids: &[ModelId]) -> Vec<&str> {
    ids.iter().map(ModelId::as_str).collect()
}

#[test]
fn the_least_recently_used_are_evicted_first() {
    let (mut ledger, now) = ledger(100, &[("a", 40), ("b", 40), ("c", 10)]);
    assert_eq!(names(&plan(&ledger, 10).unwrap()), [] as [&str; 0], "it fits");
    assert_eq!(names(&plan(&ledger, 20).unwrap()), ["a"], "the oldest is enough");
    assert_eq!(names(&plan(&ledger, 60).unwrap()), ["a", "b"]);
    ledger.begin_use(&"a".into(), now + Duration::from_secs(1));
    ledger.end_use(&"a".into(), now + Duration::from_secs(2));
    assert_eq!(names(&plan(&ledger, 20).unwrap()), ["b"], "using a model makes it young");
}

#[test]
fn the_default_model_is_evicted_last_and_no_model_needlessly() {
    let check = |budget: u64, expected: &[&str]| {
        let (mut ledger, _) = ledger(200, &[("default", 40), ("a", 60), ("b", 90)]);
        ledger.mark(None, Some(&"default".into()));
        assert_eq!(names(&ledger.set_budget(budget)), expected, "for a budget of {budget}");
    };
    check(190, &[]);
    check(150, &["a"]);
    check(100, &["b"]);
    check(60, &["a", "b"]);
    check(40, &["a", "b"]);
    check(39, &["a", "b", "default"]);
    // Without the large one there is room for the small one, whichever was used last.
    let (mut ledger, _) = ledger(200, &[("small", 40), ("large", 150)]);
    ledger.mark(None, Some(&"large".into()));
    assert_eq!(names(&ledger.set_budget(60)), ["large"], "the default alone would not fit");
}

#[test]
fn models_in_use_and_pinned_ones_stay() {
    let (mut ledger, now) = ledger(100, &[("a", 40), ("b", 40)]);
    ledger.begin_use(&"a".into(), now);
    assert_eq!(names(&plan(&ledger, 60).unwrap()), ["b"]);
    ledger.mark(Some(&"b".into()), None);
    let shortage = plan(&ledger, 60).unwrap_err();
    assert_eq!(shortage, Shortage::Budget { needed: 60, budget: 100, held: 80 });
}

#[test]
fn a_shortage_names_its_numbers() {
    const MB: u64 = 1024 * 1024;
    let shortage = Shortage::Budget { needed: 900 * MB, budget: 500 * MB, held: 100 * MB };
    let message = shortage.to_string();
    for number in ["900 MB", "500 MB", "100 MB"] {
        assert!(message.contains(number), "{message:?} should say {number}");
    }
}

#[test]
fn a_model_that_turns_out_too_large_evicts_others_or_itself() {
    let (mut ledger, _) = ledger(100, &[("a", 40), ("b", 40)]);
    assert_eq!(names(&ledger.correct(&"b".into(), 70)), ["a"], "the older one makes room");
    assert_eq!(names(&ledger.correct(&"b".into(), 170)), ["b"], "it cannot stay at all");
}

#[test]
fn abandoned_memory_stays_counted() {
    let (mut ledger, _) = ledger(100, &[("a", 40)]);
    ledger.abandon(&"a".into());
    assert_eq!((ledger.used(), ledger.residents().len()), (40, 0));
    let shortage = plan(&ledger, 61).unwrap_err();
    assert_eq!(shortage, Shortage::Budget { needed: 61, budget: 100, held: 40 });
}

#[test]
fn idle_models_are_named_but_never_the_default() {
    let (mut ledger, now) = ledger(100, &[("a", 10), ("b", 10), ("c", 10)]);
    ledger.mark(Some(&"b".into()), Some(&"a".into()));
    let later = now + Duration::from_secs(300);
    assert_eq!(
        names(&ledger.idle(Duration::from_secs(300), later)),
        ["c"],
        "a is the default, b is pinned"
    );
    assert_eq!(names(&ledger.idle(Duration::from_secs(301), later)), [] as [&str; 0]);
    assert_eq!(names(&ledger.dispensable(false)), ["c"]);
    assert_eq!(
        names(&ledger.dispensable(true)),
        ["a", "c"],
        "under critical pressure the default is unloaded too"
    );
}

#[derive(Debug, Clone)]
enum Step {
    Load(u8, u64),
    Correct(u8, u64),
    Use(u8),
    EndUse(u8),
    Pin(u8),
    Abandon(u8),
    Budget(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..6, 1_u64..80).prop_map(|(id, bytes)| Step::Load(id, bytes)),
        2 => (0_u8..6, 1_u64..80).prop_map(|(id, bytes)| Step::Correct(id, bytes)),
        2 => (0_u8..6).prop_map(Step::Use),
        3 => (0_u8..6).prop_map(Step::EndUse),
        1 => (0_u8..6).prop_map(Step::Pin),
        1 => (0_u8..6).prop_map(Step::Abandon),
        1 => (50_u64..150).prop_map(Step::Budget),
    ]
}

proptest! {
    /// A load that follows its plan never exceeds the budget, and no plan touches a model that is
    /// in use or pinned.
    #[test]
    fn it_is_never_over_budget_by_a_load(steps in prop::collection::vec(any_step(), 1..80)) {
        let mut ledger = MemoryLedger::new(100);
        let mut now = Instant::now();
        for step in steps {
            now += Duration::from_secs(1);
            let before = ledger.clone();
            let to_evict = match step {
                Step::Load(id, bytes) => {
                    let id = ModelId::from(id.to_string());
                    let is_new = ledger.get(&id).is_none();
                    let Some(to_evict) = is_new.then(|| plan(&ledger, bytes).ok()).flatten() else { continue };
                    for evicted in &to_evict {
                        ledger.remove(evicted);
                    }
                    ledger.reserve(id, bytes, now);
                    prop_assert!(ledger.used() <= ledger.budget());
                    to_evict
                }
                Step::Correct(id, bytes) => {
                    let id = ModelId::from(id.to_string());
                    if ledger.get(&id).is_none() { continue }
                    let to_evict = ledger.correct(&id, bytes);
                    let is_consistent = to_evict == [id.clone()] || to_evict.iter().all(|l| *l != id);
                    prop_assert!(is_consistent);
                    for evicted in to_evict {
                        ledger.remove(&evicted);
                    }
                    let is_within = ledger.used() <= ledger.budget();
                    let was_over = before.used() > before.budget();
                    prop_assert!(is_within || was_over || ledger.get(&id).is_none());
                    continue;
                }
                Step::Use(id) => { ledger.begin_use(&ModelId::from(id.to_string()), now); vec![] }
                Step::EndUse(id) => { ledger.end_use(&ModelId::from(id.to_string()), now); vec![] }
                Step::Pin(id) => { ledger.mark(Some(&ModelId::from(id.to_string())), None); vec![] }
                Step::Abandon(id) => {
                    let used = ledger.used();
                    ledger.abandon(&ModelId::from(id.to_string()));
                    prop_assert_eq!(ledger.used(), used, "lost memory is still taken");
                    vec![]
                }
                Step::Budget(budget) => {
                    let to_evict = ledger.set_budget(budget);
                    for evicted in &to_evict {
                        ledger.remove(evicted);
                    }
                    to_evict
                }
            };
            for evicted in to_evict {
                let was = before.get(&evicted).expect("only residents are evicted");
                prop_assert!(was.n_users == 0 && !was.is_pinned);
            }
        }
    }
}
