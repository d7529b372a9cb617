//! Models over a network that breaks. The server is on this machine.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use pounce_service::{Install, InstallError, InstallStep};

use super::network::{
    NAME, WEIGHTS, cut, n_downloads_left, open_at, ranges, repo, serve, sha256, sound,
};
use super::server::{Answer, COMMIT, Repo, Server};
use super::shop::id;
use crate::checkpoints::random_checkpoint::{self, Shape};
use crate::checkpoints::{codet5, random_llama};

#[tokio::test]
async fn a_model_of_the_catalogue_is_installed_and_its_files_are_pinned() {
    let repo = repo();
    let n_bytes: usize = repo.files.values().map(Vec::len).sum();
    let (server, mut shop) = sound(repo);
    let installed = shop.install("codet5p-220m").await.unwrap();
    assert_eq!(shop.ids(), ["codet5p-220m"]);
    assert_eq!(installed.downloaded_bytes, n_bytes as u64, "every byte once");
    assert_eq!(installed.pinned, ["config.json", WEIGHTS, "tokenizer.json"]);
    let pins = fs::read_to_string(installed.checksum_lock_file).unwrap();
    assert!(pins.contains(NAME) && pins.contains(COMMIT), "a person can read them: {pins}");
    let steps = ["checking", "downloading", "verifying", "converting", "calibrating", "finishing"];
    assert_eq!(shop.take_story()[..6], steps);
    assert_eq!(n_downloads_left(&shop), 0, "what the model was made of is gone");
    let log = server.take_log();
    assert!(log[0].path.contains("/resolve/main/"), "{:?}", log[0]);
    let is_one_commit = log[1..].iter().all(|request| request.path.contains(COMMIT));
    assert!(is_one_commit, "all other files are of the commit that the first answer named");
}

#[tokio::test]
async fn progress_counts_every_byte_of_the_download() {
    let repo = repo();
    let n_bytes: usize = repo.files.values().map(Vec::len).sum();
    let (_server, shop) = sound(repo);
    let mut install: Install = shop.start("codet5p-220m").await.unwrap();
    let mut downloading = Vec::new();
    while let Some(progress) = install.next_progress().await {
        if progress.step == InstallStep::Downloading {
            assert_eq!(progress.total_bytes, Some(n_bytes as u64), "known before the first byte");
            downloading.push(progress.done_bytes);
        }
    }
    install.end().await.unwrap();
    assert!(downloading.is_sorted(), "never backwards where nothing breaks: {downloading:?}");
}

#[tokio::test]
async fn a_broken_connection_is_resumed() {
    let check = async |percent: usize| {
        let repo = repo();
        let (n_bytes, at) = (repo.size(WEIGHTS), repo.size(WEIGHTS) * percent / 100);
        let others: usize = repo.files.values().map(Vec::len).sum::<usize>() - n_bytes;
        let (server, shop) = serve(repo, cut(1, at));
        let installed = shop.install("codet5p-220m").await.unwrap();
        let ranges = ranges(&server);
        assert_eq!(ranges.len(), 2, "cut at {percent} %: {ranges:?}");
        let from = ranges[1].as_deref().unwrap().strip_prefix("bytes=").unwrap();
        let from: usize = from.strip_suffix('-').unwrap().parse().unwrap();
        assert!(from <= at && (percent == 0 || from > 0), "{from} of {at}");
        let most = others + at + n_bytes - from;
        assert!(installed.downloaded_bytes <= most as u64, "what was there is not fetched again");
        shop.service.verify(&id("codet5p-220m")).await.unwrap();
    };
    for percent in [10, 50, 99] {
        check(percent).await;
    }
}

#[tokio::test]
async fn a_server_without_ranges_starts_over() {
    let repo = Repo { is_simple: true, ..repo() };
    let half = repo.size(WEIGHTS) / 2;
    let (server, shop) = serve(repo, cut(2, half));
    shop.install("codet5p-220m").await.unwrap();
    assert_eq!(ranges(&server).len(), 3, "twice broken, then whole");

    // Cut at the same place every time: without progress the download is given up.
    let repo = Repo { is_simple: true, ..self::repo() };
    let (server, shop) = serve(repo, cut(usize::MAX, half));
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(error, InstallError::Unreachable { .. }), "{error}");
    assert!(ranges(&server).len() < 10, "not for ever");
}

#[tokio::test]
async fn two_versions_of_a_file_are_never_joined() {
    check_versions(false).await;
    // A careless server sends the rest of the new version as if it were that of the old.
    check_versions(true).await;
}

async fn check_versions(is_careless: bool) {
    let (old, new) = (repo(), {
        let dir = tempfile::tempdir().unwrap();
        random_checkpoint::write(dir.path(), &Shape::TINY, 8).unwrap();
        Repo { etag: Some("\"v2\"".to_owned()), is_careless, ..Repo::of(NAME, dir.path()) }
    });
    assert_ne!(old.files[WEIGHTS], new.files[WEIGHTS]);
    let expected = new.files[WEIGHTS].clone();
    let half = old.size(WEIGHTS) / 2;
    let n_fetches = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let is_first = request.gets(WEIGHTS) && n_fetches.fetch_add(1, Ordering::Relaxed) == 0;
        let answer = if is_first { old.answer(request) } else { new.answer(request) };
        Answer { cut_at: is_first.then_some(half), ..answer }
    });
    let shop = open_at(&server.url(), None);
    let installed = shop.install("codet5p-220m").await.unwrap();
    let log = server.take_log();
    let second = log.iter().filter(|request| request.gets(WEIGHTS)).nth(1).unwrap();
    assert_eq!(second.header("if-range"), Some("\"v1\""), "only if it is still the same");
    assert!(installed.downloaded_bytes > expected.len() as u64, "fetched as a whole");
    let pins = fs::read_to_string(installed.checksum_lock_file).unwrap();
    let sha256 = sha256(&expected);
    assert!(pins.contains(&sha256), "the file is the new one: {sha256} in {pins}");
}

#[tokio::test]
async fn a_cancelled_download_is_kept_and_resumed() {
    let repo = repo();
    let half = repo.size(WEIGHTS) / 2;
    let others = repo.files.values().map(Vec::len).sum::<usize>() - repo.size(WEIGHTS);
    let (release, held) = mpsc::channel();
    let held = Mutex::new(Some(held));
    let (server, mut shop) = serve(repo, move |request, answer| {
        let held = held.lock().unwrap().take_if(|_| request.gets(WEIGHTS));
        Answer { cut_at: held.is_some().then_some(half), hold: held, ..answer }
    });
    let install = shop.start("codet5p-220m").await.unwrap();
    // The weights come last.
    while shop.service.installs()[0].done_bytes <= others as u64 {
        tokio::task::yield_now().await;
    }
    assert!(shop.service.cancel_install(&id("codet5p-220m")));
    assert!(matches!(install.end().await, Err(InstallError::Cancelled)));
    drop(release);
    assert_eq!(shop.take_story().last().map(String::as_str), Some("codet5p-220m cancelled"));
    assert!(shop.left_in_models().is_empty());
    assert_eq!(n_downloads_left(&shop), 1, "what has come is kept");
    server.take_log();
    shop.install("codet5p-220m").await.unwrap();
    assert_eq!(n_downloads_left(&shop), 0);
}

#[tokio::test]
async fn any_repository_and_any_gguf_in_it_can_be_named() {
    let gguf = random_llama::Model::new(random_llama::Shape::TINY, 3).gguf().to_bytes();
    let repo = Repo { name: "someone/tiny-models".to_owned(), ..repo() };
    let mut files = repo.files.clone();
    files.insert("sub/tiny.gguf".to_owned(), gguf);
    let (_server, shop) = sound(Repo { files, ..repo });
    shop.install("someone/tiny-models@main:sub/tiny.gguf").await.unwrap();
    assert_eq!(shop.ids(), ["tiny"], "called as the file");
    let error = shop.install("someone/tiny-models:other.gguf").await.unwrap_err();
    assert!(matches!(error, InstallError::NotFound { .. }), "{error}");
    let request = pounce_service::InstallRequest {
        id: Some(id("other")),
        ..pounce_service::InstallRequest::new("someone/tiny-models".parse().unwrap())
    };
    shop.service.install(request).await.unwrap().end().await.unwrap();
    assert_eq!(shop.ids(), ["other", "tiny"], "the checkpoint, under another name");
}

/// The same model as its authors would have saved it years ago.
fn older_repo() -> Repo {
    let dir = tempfile::tempdir().unwrap();
    codet5::write(dir.path(), &Shape::TINY, 7).unwrap();
    Repo::of(NAME, dir.path())
}

#[tokio::test]
async fn an_older_tokenizer_and_a_pickle_are_used_where_there_is_nothing_newer() {
    let (_server, shop) = sound(older_repo());
    let installed = shop.install("codet5p-220m").await.unwrap();
    assert_eq!(installed.pinned, codet5::FILES);

    let newer = repo();
    let mut both = older_repo();
    both.files.extend(newer.files);
    let (_server, shop) = sound(both);
    let installed = shop.install("codet5p-220m").await.unwrap();
    assert_eq!(installed.pinned, ["config.json", WEIGHTS, "tokenizer.json"], "the newer ones");
}
