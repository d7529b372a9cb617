//! Checkpoints whose weights are in shards, over the network.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pounce_service::install::Hub;
use pounce_service::{InstallError, InstallStep};
use serde_json::json;

use super::network::{NAME, n_downloads_left, open_at, repo, serve, sound};
use super::server::{Answer, Repo, Server};
use super::shop::{Shop, id, open};
use crate::checkpoints::random_checkpoint::Shape;
use crate::checkpoints::sharded::{self, FORMATS};

/// The repository with its weights in two shards of that format.
fn sharded_repo(format: usize) -> Repo {
    let dir = tempfile::tempdir().unwrap();
    sharded::write(dir.path(), &Shape::TINY, 7, format).unwrap();
    Repo::of(NAME, dir.path())
}

/// The repository with an index of these shards.
fn listing(shards: &[String]) -> Repo {
    let mut repo = sharded_repo(0);
    let tensors = (0..).map(|n| format!("tensor_{n}")).zip(shards);
    let map: serde_json::Map<_, _> = tensors.map(|(name, it)| (name, it.as_str().into())).collect();
    let index = json!({ "weight_map": map }).to_string();
    repo.files.insert(FORMATS[0].0.to_owned(), index.into_bytes());
    repo
}

#[tokio::test]
async fn shards_are_installed_as_one_file_is() {
    let (_server, whole) = sound(repo());
    whole.install("codet5p-220m").await.unwrap();
    let weights =
        |shop: &Shop| fs::read(shop.model_dir("codet5p-220m").join("weights.bin")).unwrap();
    for (format, (index, shards, _)) in FORMATS.into_iter().enumerate() {
        let repo = sharded_repo(format);
        let n_bytes: usize = repo.files.values().map(Vec::len).sum();
        let (_server, mut shop) = sound(repo);
        let mut install = shop.start("codet5p-220m").await.unwrap();
        while let Some(progress) = install.next_progress().await {
            if progress.step == InstallStep::Downloading {
                assert_eq!(progress.total_bytes, Some(n_bytes as u64), "all shards are counted");
            }
        }
        let installed = install.end().await.unwrap();
        assert_eq!(installed.downloaded_bytes, n_bytes as u64, "every byte once");
        let pinned = ["config.json", shards[0], shards[1], index, "tokenizer.json"];
        let mut expected = pinned.to_vec();
        expected.sort_unstable();
        assert_eq!(installed.pinned, expected, "each file is pinned");
        assert_eq!(weights(&shop), weights(&whole), "the same model");
        assert_eq!(n_downloads_left(&shop), 0, "what the model was made of is gone");
        let steps = ["checking", "downloading", "verifying", "converting"];
        assert_eq!(shop.take_story()[..4], steps);
    }
}

#[tokio::test]
async fn one_file_is_preferred_to_shards_and_shards_to_a_pickle() {
    let check = async |repos: [Repo; 2], expected: &str| {
        let [mut both, better] = repos;
        both.files.extend(better.files);
        let (_server, shop) = sound(both);
        let pinned = shop.install("codet5p-220m").await.unwrap().pinned;
        assert!(pinned.contains(&expected.to_owned()), "{expected} in {pinned:?}");
    };
    check([sharded_repo(0), repo()], "model.safetensors").await;
    check([sharded_repo(1), sharded_repo(0)], FORMATS[0].0).await;
}

#[tokio::test]
async fn a_broken_download_of_shards_is_resumed() {
    let repo = sharded_repo(0);
    let (index, [first, second], _) = FORMATS[0];
    let half = repo.size(second) / 2;
    let is_cut = Arc::new(AtomicBool::new(true));
    let cutting = Arc::clone(&is_cut);
    let (server, shop) = serve(repo.clone(), move |request, answer| {
        let is_cut = request.gets(second) && cutting.load(Ordering::Relaxed);
        // Nothing after the first half, wherever it goes on.
        let begin = request.header("range").map_or(0, |_| half);
        let cut_at = is_cut.then_some(half - begin);
        Answer { cut_at, ..answer }
    });
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(error, InstallError::Unreachable { .. }), "{error}");
    is_cut.store(false, Ordering::Relaxed);
    server.take_log();
    let installed = shop.install("codet5p-220m").await.unwrap();
    let log = server.take_log();
    for whole in [index, first] {
        assert!(!log.iter().any(|request| request.gets(whole)), "{whole} is there already");
    }
    let rest = repo.size(second) - half;
    assert_eq!(installed.downloaded_bytes, rest as u64, "the rest of one shard");
    shop.service.verify(&id("codet5p-220m")).await.unwrap();
}

#[tokio::test]
async fn a_shard_that_changed_or_is_missing_is_named() {
    let (index, [first, second], _) = FORMATS[0];
    let mut repo = sharded_repo(0);
    repo.files.remove(second);
    let (_server, shop) = sound(repo);
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(&error, InstallError::NotFound { what, .. } if what == second), "{error}");

    let (_server, shop) = sound(sharded_repo(0));
    shop.install("codet5p-220m").await.unwrap();
    shop.service.remove(&id("codet5p-220m")).await.unwrap();
    for file in [first, index] {
        let mut repo = sharded_repo(0);
        let bytes = repo.files.get_mut(file).unwrap();
        // A space in the index's JSON, a weight of the shard.
        let at = bytes.iter().rposition(|byte| *byte == b':').filter(|_| file == index);
        match at {
            Some(at) => bytes.insert(at, b' '),
            None => *bytes.last_mut().unwrap() ^= 1,
        }
        let server = Server::start(move |request| repo.answer(request));
        let other = open_at(&server.url(), None);
        fs::create_dir_all(other.paths.checksum_lock_file().parent().unwrap()).unwrap();
        fs::copy(shop.paths.checksum_lock_file(), other.paths.checksum_lock_file()).unwrap();
        let error = other.install("codet5p-220m").await.unwrap_err().to_string();
        assert!(error.contains(file) && error.contains("pins.json"), "{error}");
        assert!(other.ids().is_empty(), "nothing is installed");
    }
}

#[tokio::test]
async fn a_hostile_index_is_refused_before_anything_is_fetched() {
    let check = async |shards: Vec<String>, expected: &str| {
        let (server, shop) = sound(listing(&shards));
        let error = shop.install("codet5p-220m").await.unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(FORMATS[0].0), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        let fetched: Vec<_> =
            server.take_log().into_iter().filter(|it| it.method == "GET").collect();
        assert_eq!(fetched.len(), 1, "the index alone: {fetched:?}");
        assert!(shop.left_in_models().is_empty() && shop.ids().is_empty());
        let downloads = shop.paths.downloads_dir();
        assert!(!downloads.join("x.safetensors").exists(), "nothing is outside of its folder");
    };
    check(vec!["../x.safetensors".to_owned()], "\"../x.safetensors\"").await;
    check(vec!["/tmp/x.safetensors".to_owned()], "no such file beside it").await;
    check(vec!["config.json".to_owned()], "no such file beside it").await;
    check((0..1000).map(|n| format!("{n}.safetensors")).collect(), "1000 shards").await;
    check(vec![], "no shards").await;
}

#[tokio::test]
async fn shards_that_do_not_fit_on_the_disk_are_not_begun() {
    let repo = sharded_repo(0);
    let (_, shards, _) = FORMATS[0];
    let server = Server::start(move |request| repo.answer(request));
    let shop = open(|options| {
        options.hub = Hub::new(&server.url(), None);
        options.free_space = |_| Ok(1_000_000);
    });
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(error, InstallError::DiskSpace { free: 1_000_000, .. }), "{error}");
    let log = server.take_log();
    let is_fetched = |shard: &&str| log.iter().any(|request| request.gets(shard));
    assert!(!shards.iter().any(is_fetched), "the index alone was fetched");
}
