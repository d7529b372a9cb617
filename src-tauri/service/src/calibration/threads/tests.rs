use super::*;
use crate::engines::fake::{FakeLoader, FakeModel};
use futures_util::FutureExt;
use std::sync::Mutex;

fn millis(times: &[(usize, u64)]) -> BTreeMap<usize, Duration> {
    times.iter().map(|(threads, ms)| (*threads, Duration::from_millis(*ms))).collect()
}

#[test]
fn the_fewest_threads_that_are_as_good_are_chosen() {
    let check = |times: &[(usize, u64)], expected: Option<usize>, why: &str| {
        let choice = ThreadChoice::of(&millis(times));
        assert_eq!(choice.map(|choice| choice.threads), expected, "{why}");
    };
    check(&[(1, 100), (2, 60), (4, 50)], Some(4), "the fastest");
    check(&[(1, 100), (2, 60), (4, 58)], Some(2), "three hundredths are not worth two threads");
    check(&[(1, 50), (2, 60), (4, 90)], Some(1), "threads that disturb each other");
    check(&[(2, 60)], None, "nothing to choose from");
    check(&[], None, "nothing was measured");
}

#[test]
fn there_are_no_more_candidates_than_cores() {
    assert_eq!(candidates(1, Some(1)), [1]);
    assert_eq!(candidates(2, Some(2)), [1, 2]);
    assert_eq!(candidates(4, Some(2)), [1, 2, 4], "two threads a core");
    assert_eq!(candidates(16, Some(8)), [1, 2, 4, 8]);
    assert_eq!(candidates(6, None), [1, 2, 4, 6], "the system does not tell");
}

/// Takes, and claims, times from a list; the last one again and again. A number that is missing
/// fails.
struct Script(Mutex<BTreeMap<usize, Vec<u64>>>);

impl Script {
    fn new<const N: usize>(times: [(usize, &[u64]); N]) -> Self {
        let owned = times.into_iter().map(|(threads, times)| (threads, times.to_vec()));
        Self(Mutex::new(owned.collect()))
    }
}

impl ThreadTimer for Script {
    fn time<'a>(
        &'a self,
        _: &'a InstalledModel,
        threads: usize,
    ) -> BoxFuture<'a, Result<Duration, String>> {
        async move {
            let ms = {
                let mut times = self.0.lock().unwrap();
                let times = times.get_mut(&threads).ok_or("no such process")?;
                if times.len() > 1 { times.remove(0) } else { times[0] }
            };
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(Duration::from_millis(ms))
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_are_timed_in_turn_and_those_that_fail_are_left_out() {
    let registry = FakeLoader::new([("m", FakeModel::default())]).registry();
    let model = registry.get(&"m".into()).unwrap();
    let choose = async |candidates: &[usize], script: Script| {
        let choice = choose_from(candidates, &script, model).await;
        choice.map(|choice| (choice.threads, choice.times_us.len()))
    };
    let busy_at_first = Script::new([(1, &[90, 90, 90]), (2, &[300, 60, 60])]);
    assert_eq!(choose(&[1, 2], busy_at_first).await, Some((2, 2)), "the fastest run counts");
    let one_fails = Script::new([(1, &[90]), (2, &[60])]);
    assert_eq!(choose(&[1, 2, 4], one_fails).await, Some((2, 2)), "4 cannot be timed");
    let slow = Script::new([(1, &[30_000]), (2, &[19_000]), (4, &[12_000])]);
    assert_eq!(choose(&[1, 2, 4], slow).await, Some((4, 2)), "1 is given up after a while");
    let all_fail = Script::new([]);
    assert_eq!(choose(&[1, 2], all_fail).await, None, "then the machine's cores decide");
    let unneeded = Script::new([(1, &[10])]);
    assert_eq!(choose(&[1], unneeded).await, None, "one core: nothing to choose");
}
