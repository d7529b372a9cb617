use super::*;
use crate::settings::{RemoteEngine, RemoteKind};
use pounce_engine::{FinishReason, StageTimings};
use pounce_models::catalog::Tier;

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
        n_prompt_tokens: 100,
        n_read_tokens: if encode_ms == 0 { 0 } else { 100 },
        timings,
        ..Generation::of_text(String::new(), 10, FinishReason::Stop)
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
    assert!(slower > Duration::from_micros(990), "the average follows the machine, got {slower:?}");
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
    app.merge(Profile::load(&file, 2));
    assert_eq!(speed(&app, "b"), speed(&command_line, "b"), "the app learns of it");
    assert_eq!(speed(&app, "a"), measured, "and believes its own measurements");

    let mut loaded = Profile::load(&dir.path().join("none.json"), 2);
    loaded.note_load(&named("b"), 100, Duration::from_millis(5));
    loaded.merge(Profile::load(&file, 2));
    assert_eq!(speed(&loaded, "b"), speed(&command_line, "b"), "but loading tells no speed");
    assert_eq!(loaded.get(&named("b")).resident_bytes, Some(100), "only a size");
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
fn another_version_or_machine_is_measured_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("sub/profile.json");
    let mut profile = Profile::new(2);
    profile.note_run(&model("v1"), &run(50, 20));
    profile.save(&file).unwrap();
    let kept = Profile::load(&file, 2);
    assert_eq!(kept.get(&model("v1")), profile.get(&model("v1")), "kept between runs");
    let measured = Profile::load(&file, 1).get(&model("v1"));
    assert_eq!(measured.speed, None, "other threads, other speeds");
    assert_eq!(profile.get(&model("v2")), Measured::default(), "other files, other speeds");
    std::fs::write(&file, "{").unwrap();
    assert_eq!(Profile::load(&file, 2), Profile::new(2), "a broken profile is measured again");
}

#[test]
fn automatic_threads_are_those_that_were_chosen_and_drop_the_speed_with_others() {
    let times = [(1, 90), (2, 60), (3, 40)].map(|(n, ms)| (n, Duration::from_millis(ms)));
    let mut profile = Profile::new(0);
    let model = model("v1");
    let before = profile.begin_load(&model, Device::Cpu);
    assert_eq!(before, LoadOptions::default(), "by the machine's cores, until measured");
    profile.note_run(&model, &run(50, 20));
    profile.note_threads(&model, ThreadChoice::of(&times.into()).unwrap());
    assert!(profile.get(&model).speed.is_some(), "it runs on with the threads it has");
    let chosen = profile.begin_load(&model, Device::Cpu);
    assert_eq!((chosen.threads, chosen.prefers_shared_threads), (3, true));
    let is_other = before.n_threads() != 3;
    assert_eq!(profile.get(&model).speed.is_none(), is_other, "its speed was another's");
    profile.note_run(&model, &run(50, 20));
    profile.begin_load(&model, Device::Cuda);
    assert_eq!(profile.get(&model).speed, None, "nor does a processor's speed hold for a GPU");
    profile.set_threads(2);
    let asked = LoadOptions { threads: 2, ..LoadOptions::default() };
    assert_eq!(profile.begin_load(&model, Device::Cpu), asked, "what the user sets is done");
    profile.set_threads(0);
    assert_eq!(
        profile.begin_load(&model, Device::Cpu).threads,
        3,
        "the choice outlives the setting"
    );
}

#[test]
fn what_another_processor_chose_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("profile.json");
    let times = [(1, 90), (2, 60)].map(|(n, ms)| (n, Duration::from_millis(ms)));
    let mut profile = Profile::new(0);
    profile.note_threads(&model("v1"), ThreadChoice::of(&times.into()).unwrap());
    profile.save(&file).unwrap();
    let kept = Profile::load(&file, 0);
    assert_eq!(kept.get(&model("v1")), profile.get(&model("v1")), "kept between runs");
    profile.machine = "another".to_owned();
    storage::write_json(&file, &profile).unwrap();
    assert_eq!(Profile::load(&file, 0), Profile::new(0), "the disk was put into another machine");
}
