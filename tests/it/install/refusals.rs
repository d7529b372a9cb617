//! Servers that lie and refuse, disks that are full: what was asked for is not installed, and the
//! user is told why.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use pounce_service::InstallError;
use pounce_service::install::{ChecksumSource, Hub};

use super::network::{AT_ONCE, NAME, WEIGHTS, open_at, ranges, repo, serve, sha256, sound};
use super::server::{Answer, COMMIT, Repo, Server};
use super::shop::{id, open};
use crate::checkpoints::random_checkpoint::Shape;
use crate::checkpoints::{codet5, torch_archive};

#[tokio::test]
async fn a_file_that_is_not_what_its_server_says_is_not_kept() {
    let is_damaged = Arc::new(AtomicUsize::new(1));
    let (damaged, repo) = (Arc::clone(&is_damaged), repo());
    let promised = sha256(&repo.files[WEIGHTS]);
    let (_server, shop) = serve(repo, move |request, mut answer| {
        if request.gets(WEIGHTS) && damaged.swap(0, Ordering::Relaxed) == 1 {
            answer.body[5000] ^= 1;
        }
        let is_weights = request.path.ends_with(WEIGHTS);
        if is_weights { answer.with("X-Linked-Etag", format!("\"{promised}\"")) } else { answer }
    });
    let error = shop.install("codet5p-220m").await.unwrap_err();
    let InstallError::Checksum { file, expected_by: ChecksumSource::Server, .. } = &error else {
        panic!("one bit is enough: {error}")
    };
    assert_eq!(file, WEIGHTS);
    assert!(shop.left_in_models().is_empty() && shop.ids().is_empty());
    assert!(!shop.paths.checksum_lock_file().exists(), "nothing was pinned");
    shop.install("codet5p-220m").await.unwrap();
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_pinned_is_refused_and_both_sums_are_named() {
    let repo = repo();
    let shared = Arc::new(Mutex::new(repo.clone()));
    let served = Arc::clone(&shared);
    let server = Server::start(move |request| served.lock().unwrap().answer(request));
    let shop = open_at(&server.url(), None);
    shop.install("codet5p-220m").await.unwrap();
    shop.service.remove(&id("codet5p-220m")).await.unwrap();

    let mut changed = repo.files[WEIGHTS].clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    shared.lock().unwrap().files.insert(WEIGHTS.to_owned(), changed.clone());
    let message = shop.install("codet5p-220m").await.unwrap_err().to_string();
    for part in [&sha256(&repo.files[WEIGHTS]), &sha256(&changed), "pins.json", WEIGHTS] {
        assert!(message.contains(part), "{message} should name {part}");
    }
    changed.push(0);
    shared.lock().unwrap().files.insert(WEIGHTS.to_owned(), changed);
    server.take_log();
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(error, InstallError::Size { .. }), "{error}");
    assert!(ranges(&server).is_empty(), "another length shows before it is fetched");

    shared.lock().unwrap().files.insert(WEIGHTS.to_owned(), repo.files[WEIGHTS].clone());
    let again = shop.install("codet5p-220m").await.unwrap();
    assert_eq!(again.pinned, [""; 0], "all was known");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let check = async |answer: fn() -> Answer, file: &'static str, expected: &[&str]| {
        let (server, shop) =
            serve(
                repo(),
                move |request, right| {
                    if request.path.ends_with(file) { answer() } else { right }
                },
            );
        let message = shop.install("codet5p-220m").await.unwrap_err().to_string();
        for part in expected {
            assert!(message.contains(part), "{message:?} should say {part:?}");
        }
        assert_eq!(message.lines().count(), 1);
        assert!(shop.left_in_models().is_empty());
        assert!(server.take_log().len() < 12, "it is not asked for ever");
    };
    let repository = "codet5p-220m";
    check(|| Answer::status(404), "config.json", &["no config.json", repository]).await;
    for status in [|| Answer::status(401), || Answer::status(403)] {
        check(status, "config.json", &["HF_TOKEN", "accept its licence", repository]).await;
    }
    check(|| Answer::status(503), "config.json", &["503", "try again later"]).await;
    check(|| Answer::status(418), WEIGHTS, &["418", WEIGHTS]).await;
    let long = || Answer::status(429).with("Retry-After", "86400");
    check(long, "config.json", &["429", "try again later"]).await;
    let page = || {
        let body = b"<html>sign in</html>".to_vec();
        Answer { body, ..Answer::status(200) }.with("Content-Type", "text/html; charset=utf-8")
    };
    check(page, "config.json", &["web page", "config.json"]).await;
}

#[tokio::test]
async fn a_pickle_that_wants_to_execute_something_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let (source, marker) = (dir.path().join("source"), dir.path().join("executed"));
    codet5::write(&source, &Shape::TINY, 7).unwrap();
    let command = format!("touch {}", marker.display());
    let length = u32::try_from(command.len()).unwrap().to_le_bytes();
    let pickle = [
        b"\x80\x02cposix\nsystem\nX".as_slice(),
        &length,
        command.as_bytes(),
        b"\x85R.".as_slice(),
    ];
    torch_archive::write_archive(&source.join("pytorch_model.bin"), &pickle.concat(), []).unwrap();
    let (_server, shop) = sound(Repo::of(NAME, &source));
    let message = shop.install("codet5p-220m").await.unwrap_err().to_string();
    assert!(message.contains("posix.system") && message.contains("do not trust"), "{message}");
    assert!(!marker.exists(), "Python's own reader would have made it");
    assert!(shop.left_in_models().is_empty() && shop.ids().is_empty());
    assert!(!shop.paths.checksum_lock_file().exists(), "nothing was pinned");
}

#[tokio::test]
async fn an_overloaded_server_is_tried_again() {
    let n_refused = AtomicUsize::new(0);
    let (_server, shop) =
        serve(repo(), move |_, right| match n_refused.fetch_add(1, Ordering::Relaxed) {
            0 => Answer::status(503),
            1 => Answer::status(429).with("Retry-After", "0"),
            _ => right,
        });
    shop.install("codet5p-220m").await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let url = Server::start(|_| Answer::status(404)).url();
    let shop = open_at(&url, None);
    let message = shop.install("codet5p-220m").await.unwrap_err().to_string();
    let host = url.strip_prefix("http://").unwrap();
    assert!(message.contains(host) && message.contains("HF_ENDPOINT"), "{message}");
}

#[tokio::test]
async fn the_token_goes_to_the_hub_and_no_further() {
    let repo = repo();
    let far = {
        let repo = repo.clone();
        Server::start(move |request| repo.answer(request))
    };
    let to = far.url();
    let size = repo.size(WEIGHTS);
    let hub = Server::start(move |request| {
        if !request.path.ends_with(WEIGHTS) {
            return repo.answer(request);
        }
        let answer = Answer::status(302).with("Location", format!("{to}{}", request.path));
        answer.with("X-Linked-Size", size.to_string()).with("X-Repo-Commit", COMMIT)
    });
    let shop = open_at(&hub.url(), Some("hf_secret"));
    shop.install("codet5p-220m").await.unwrap();
    let (near, far) = (hub.take_log(), far.take_log());
    let token = Some("Bearer hf_secret");
    assert!(near.iter().all(|request| request.header("authorization") == token));
    assert!(far.iter().any(|request| request.gets(WEIGHTS)), "the weights came from there");
    assert!(far.iter().all(|request| request.header("authorization").is_none()));
}

#[tokio::test]
async fn a_full_disk_is_noticed_before_the_download() {
    let server = {
        let repo = repo();
        Server::start(move |request| repo.answer(request))
    };
    let shop = open(|options| {
        options.hub = Hub::new(&server.url(), None).with_retry_policy(AT_ONCE);
        options.free_space = |_| Ok(100_000);
    });
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(error, InstallError::DiskSpace { free: 100_000, .. }), "{error}");
    assert!(ranges(&server).is_empty(), "no byte of the weights was fetched");
}

/// The bytes of all files below `dir`.
fn size_of(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata().unwrap() {
            folder if folder.is_dir() => size_of(&entry.path()),
            file => file.len(),
        })
        .sum()
}

#[tokio::test]
async fn a_file_without_end_is_cut_off_and_deleted() {
    let (_server, shop) = serve(repo(), |request, answer| {
        let is_config = request.gets("config.json");
        let body = if is_config { vec![b' '; 40 << 20] } else { answer.body.clone() };
        Answer { body, has_no_length: true, ..answer }
    });
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(error, InstallError::TooLong { .. }), "{error}");
    assert!(error.to_string().starts_with("config.json is longer than 32 MiB"), "{error}");
    assert_eq!(size_of(&shop.paths.downloads_dir()), 0, "nothing of it stays");
}

/// The server does not say how long the weights are, so they cannot be refused beforehand.
#[tokio::test]
async fn a_disk_that_fills_up_is_emptied_again() {
    const MIB: u64 = 1 << 20;
    let repo = repo();
    let server = Server::start(move |request| {
        let answer = repo.answer(request);
        let is_weights = request.gets(WEIGHTS);
        let body = if is_weights { vec![0; 48 << 20] } else { answer.body.clone() };
        Answer { body, has_no_length: true, ..answer }
    });
    let shop = open(|options| {
        options.hub = Hub::new(&server.url(), None).with_retry_policy(AT_ONCE);
        options.free_space = |dir| Ok((290 * MIB).saturating_sub(size_of(dir)));
    });
    let error = shop.install("codet5p-220m").await.unwrap_err();
    let InstallError::DiskSpace { free, .. } = error else { panic!("{error}") };
    assert!(free > 250 * MIB, "others can still write to the disk: {free}");
    let left = size_of(&shop.paths.downloads_dir());
    assert!(left < MIB, "the weights are deleted, {left} bytes of small files stay");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let (_server, shop) = sound(repo());
    fs::create_dir_all(&shop.paths.data).unwrap();
    fs::write(shop.paths.downloads_dir(), "in the way").unwrap();
    let error = shop.install("codet5p-220m").await.unwrap_err();
    assert!(matches!(error, InstallError::Disk { .. }), "{error}");
    assert!(error.to_string().contains("downloads"), "{error}");
}
