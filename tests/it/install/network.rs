//! A server of one repository, a shop at it, and what tests ask of both.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pounce_service::install::{Hub, RetryPolicy};

use super::server::{Answer, Repo, Request, Server};
use super::shop::{Shop, open};
use crate::checkpoints::random_checkpoint::{self, Shape};

pub(super) const NAME: &str = "Salesforce/codet5p-220m";
pub(super) const WEIGHTS: &str = "model.safetensors";
/// No test waits.
pub(super) const AT_ONCE: RetryPolicy =
    RetryPolicy { first: Duration::ZERO, longest: Duration::ZERO, attempts: 4 };

/// The repository of the catalogue's `codet5p-220m`, with the smallest of models in it.
pub(super) fn repo() -> Repo {
    let dir = tempfile::tempdir().unwrap();
    random_checkpoint::write(dir.path(), &Shape::TINY, 7).unwrap();
    Repo::of(NAME, dir.path())
}

pub(super) fn open_at(url: &str, token: Option<&str>) -> Shop {
    open(|options| options.hub = Hub::new(url, token).with_retry_policy(AT_ONCE))
}

/// A server of the repository where every answer passes through `change`, and a shop at it.
pub(super) fn serve(
    repo: Repo,
    change: impl Fn(&Request, Answer) -> Answer + Send + Sync + 'static,
) -> (Server, Shop) {
    let server = Server::start(move |request| change(request, repo.answer(request)));
    let shop = open_at(&server.url(), None);
    (server, shop)
}

pub(super) fn sound(repo: Repo) -> (Server, Shop) {
    serve(repo, |_, answer| answer)
}

/// Breaks off the first `n` fetches of the weights after `at` bytes.
pub(super) fn cut(n: usize, at: usize) -> impl Fn(&Request, Answer) -> Answer + Send + Sync {
    let n_cut = AtomicUsize::new(0);
    move |request, answer| {
        let is_cut = request.gets(WEIGHTS) && n_cut.fetch_add(1, Ordering::Relaxed) < n;
        Answer { cut_at: is_cut.then_some(at), ..answer }
    }
}

/// The `Range` header of each fetch of the weights.
pub(super) fn ranges(server: &Server) -> Vec<Option<String>> {
    let fetches = server.take_log().into_iter().filter(|request| request.gets(WEIGHTS));
    fetches.map(|request| request.header("range").map(str::to_owned)).collect()
}

pub(super) fn n_downloads_left(shop: &Shop) -> usize {
    fs::read_dir(shop.paths.downloads_dir()).map_or(0, Iterator::count)
}

/// The SHA-256 in hex, computed independently of the installer.
pub(super) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
