//! [`Fetch`]: from a repository to files on this disk that are what they are meant to be.
//!
//! First every file is described, which costs a header each: so names, sizes and room are checked
//! before anything is downloaded, but for an index of shards ([`shards`]). Then they come one after
//! the other, and at last each is compared with all that is known of it: by the catalogue, by the
//! user's pins, by the server.

mod shards;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use pounce_model_format::Quantization;

use super::cancellation::Cancellation;
use super::download::Download;
use super::error::{InstallError, PinnedIn};
use super::hub::{Description, Failure, RemoteFile};
use super::installer::Parts;
use super::partial::Partial;
use super::persistence::Persistence;
use super::pins::{FilePin, Pins, RepositoryPins};
use super::progress::{InstallStep, Reporter};
use super::shelf::{Found, Shelf, Wanted, extras};
use super::stash::{self, Stash};
use super::take_over::Material;
use super::{checksum, space};
use crate::catalog::ModelId;
use crate::storage::off_the_runtime;

/// Fetches one model's files.
pub(super) struct Fetch<'a> {
    pub(super) id: &'a ModelId,
    pub(super) shelf: &'a Shelf,
    pub(super) quantization: Quantization,
    pub(super) parts: &'a Parts,
    pub(super) reporter: &'a Reporter,
    pub(super) cancellation: &'a Cancellation,
}

/// Files that are on this disk and what they are meant to be.
pub(super) struct Fetched {
    pub(super) material: Material,
    pub(super) stash: Stash,
    pub(super) received_bytes: u64,
    pub(super) pins: RepositoryPins,
    /// Those of the files that nothing was known of before.
    pub(super) newly_pinned: Vec<String>,
}

impl Fetch<'_> {
    pub(super) async fn run(&self) -> Result<Fetched, InstallError> {
        let pins_file = self.parts.paths.pins_file();
        let (file, key) = (pins_file.clone(), self.shelf.key());
        let pinned = off_the_runtime(move || Pins::load(&file)).await?.get(&key);
        let (revision, mut found) = self.look(self.shelf.revision(&pinned)).await?;
        let known = Known { shelf: self.shelf, pinned: &pinned, pins_file: &pins_file };
        found.iter().try_for_each(|file| known.check_size(file))?;
        let stash = self.open_stash(&revision).await?;
        let index_bytes = self.add_shards(&stash, &revision, &mut found, &known).await?;
        self.check_space(&stash, &found)?;
        let received_bytes = index_bytes + self.download(&stash, &revision, &found).await?;
        let files = self.verify(&stash, &found, &known).await?;
        let newly_pinned =
            files.keys().filter(|path| known.sums(path).is_empty()).cloned().collect();
        let is_commit =
            found.iter().any(|file| file.description.commit.as_ref() == Some(&revision));
        let pins = RepositoryPins { commit: is_commit.then_some(revision), files };
        let material = match self.shelf.file() {
            Some(file) => stash.dir().join(file),
            None => stash.dir().to_owned(),
        };
        let material = Material::Checkpoint(material);
        Ok(Fetched { material, stash, received_bytes, pins, newly_pinned })
    }

    /// Finds the files. Once the server has told the commit, all others are of the same.
    async fn look(&self, mut revision: String) -> Result<(String, Vec<Found>), InstallError> {
        let mut found: Vec<Found> = Vec::new();
        let mut wanted = self.shelf.wanted();
        let mut has_extras = false;
        loop {
            for wanted in std::mem::take(&mut wanted) {
                found.extend(self.find(&wanted, &revision).await?);
                let commit = found.first().and_then(|file| file.description.commit.clone());
                revision = commit.unwrap_or(revision);
            }
            if has_extras {
                return Ok((revision, found));
            }
            has_extras = true;
            wanted = extras(&found);
        }
    }

    /// The first of several forms that is there.
    async fn find(&self, wanted: &Wanted, revision: &str) -> Result<Vec<Found>, InstallError> {
        let mut missing = None;
        for group in &wanted.one_of {
            let mut found = Vec::new();
            for path in group {
                match self.describe(path, revision).await {
                    Ok(description) => found.push(Found { path: path.clone(), description }),
                    Err(error @ InstallError::NotFound { .. }) if found.is_empty() => {
                        missing = missing.or(Some(error));
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            if !found.is_empty() {
                return Ok(found);
            }
        }
        missing.filter(|_| wanted.is_needed).map_or(Ok(Vec::new()), Err)
    }

    async fn describe(&self, path: &str, revision: &str) -> Result<Description, InstallError> {
        let hub = &self.parts.hub;
        let file = self.remote(path, revision);
        let mut persistence = Persistence::new(hub.patience, self.reporter, self.cancellation);
        loop {
            let described = self.cancellation.or(hub.describe(&file)).await;
            match described.map_err(Failure::from).flatten() {
                Ok(description) => return Ok(description),
                Err(failure) => persistence.endure(failure).await?,
            }
        }
    }

    async fn open_stash(&self, revision: &str) -> Result<Stash, InstallError> {
        let downloads = self.parts.paths.downloads_dir();
        let (repo, revision) = (self.shelf.repo.clone(), revision.to_owned());
        let id = self.id.clone();
        off_the_runtime(move || {
            stash::clean(&downloads, SystemTime::now());
            Stash::open(&downloads, &repo, &revision, &id)
        })
        .await
    }

    /// Room for what is still to come, and for the model that will be made of it.
    fn check_space(&self, stash: &Stash, found: &[Found]) -> Result<(), InstallError> {
        let total = total(found).unwrap_or(0);
        let here: u64 = found.iter().map(|file| partial(stash, &file.path).size_bytes()).sum();
        let is_gguf = self.shelf.file().is_some();
        let converted = space::of_converted(total, is_gguf, self.quantization);
        let needed = total.saturating_sub(here).saturating_add(converted);
        space::check(self.parts.free_space, stash.dir(), needed)
    }

    async fn download(
        &self,
        stash: &Stash,
        revision: &str,
        found: &[Found],
    ) -> Result<u64, InstallError> {
        self.reporter.begin(InstallStep::Downloading, total(found));
        let (mut base, mut received_bytes) = (0, 0);
        for file in found {
            received_bytes += self.download_file(stash, revision, file, base).await?;
            let partial = partial(stash, &file.path);
            base += off_the_runtime(move || partial.size_bytes()).await;
            self.reporter.resume(base);
        }
        Ok(received_bytes)
    }

    /// Fetches one file, after `base` bytes of others; how many bytes came over the network.
    async fn download_file(
        &self,
        stash: &Stash,
        revision: &str,
        file: &Found,
        base: u64,
    ) -> Result<u64, InstallError> {
        let download = Download {
            hub: &self.parts.hub,
            file: self.remote(&file.path, revision),
            size_bytes: file.description.size_bytes,
            partial: partial(stash, &file.path),
            base,
            reporter: self.reporter,
            cancellation: self.cancellation,
        };
        download.run().await
    }

    /// Compares every file with what is known of it. One that is wrong is deleted: the next
    /// installation fetches it anew.
    async fn verify(
        &self,
        stash: &Stash,
        found: &[Found],
        known: &Known<'_>,
    ) -> Result<BTreeMap<String, FilePin>, InstallError> {
        self.reporter.begin(InstallStep::Verifying, total(found));
        let mut pins = BTreeMap::new();
        for file in found {
            self.reporter.file(&file.path);
            let pin = self.digest(stash.dir().join(&file.path)).await?;
            if let Err(error) = known.check_sum(file, &pin.sha256) {
                let partial = partial(stash, &file.path);
                off_the_runtime(move || partial.clear()).await;
                return Err(error);
            }
            pins.insert(file.path.clone(), pin);
        }
        Ok(pins)
    }

    async fn digest(&self, path: PathBuf) -> Result<FilePin, InstallError> {
        let (reporter, cancellation) = (self.reporter.clone(), self.cancellation.clone());
        off_the_runtime(move || {
            let mut size_bytes = 0;
            let mut on_bytes = |n| {
                size_bytes += n;
                reporter.advance(n);
                !cancellation.is_asked()
            };
            let sha256 = checksum::of_file(&path, &mut on_bytes).map_err(InstallError::disk(&path));
            let sha256 = sha256?.ok_or(InstallError::Cancelled)?;
            Ok(FilePin { size_bytes, sha256 })
        })
        .await
    }

    fn remote(&self, path: &str, revision: &str) -> RemoteFile {
        RemoteFile {
            repo: self.shelf.repo.clone(),
            revision: revision.to_owned(),
            path: path.to_owned(),
        }
    }
}

/// What is known of files before they are fetched.
struct Known<'a> {
    shelf: &'a Shelf,
    pinned: &'a RepositoryPins,
    pins_file: &'a Path,
}

impl Known<'_> {
    /// The checksums that are promised for a file, and by whom; not what its server says.
    fn sums(&self, path: &str) -> Vec<(&str, PinnedIn)> {
        let catalogue = self.shelf.known(path).and_then(|file| file.sha256.as_deref());
        let pinned = self.pinned.files.get(path).map(|pin| pin.sha256.as_str());
        let pins = || PinnedIn::Pins(self.pins_file.to_owned());
        let catalogue = catalogue.map(|sum| (sum, PinnedIn::Catalogue));
        catalogue.into_iter().chain(pinned.map(|sum| (sum, pins()))).collect()
    }

    fn check_sum(&self, file: &Found, found: &str) -> Result<(), InstallError> {
        let server = file.description.sha256.as_deref().map(|sum| (sum, PinnedIn::Server));
        let wrong = self.sums(&file.path).into_iter().chain(server).find(|(sum, _)| *sum != found);
        let Some((expected, pinned_in)) = wrong else { return Ok(()) };
        Err(InstallError::Checksum {
            file: file.path.clone(),
            expected: expected.to_owned(),
            found: found.to_owned(),
            pinned_in,
        })
    }

    /// Another length is another file: that shows before it is fetched.
    fn check_size(&self, file: &Found) -> Result<(), InstallError> {
        let Some(found) = file.description.size_bytes else { return Ok(()) };
        let catalogue = self.shelf.known(&file.path).and_then(|known| known.size_bytes);
        let catalogue = catalogue.map(|size| (size, PinnedIn::Catalogue));
        let pinned = self.pinned.files.get(&file.path).map(|pin| pin.size_bytes);
        let pinned = pinned.map(|size| (size, PinnedIn::Pins(self.pins_file.to_owned())));
        let wrong = catalogue.into_iter().chain(pinned).find(|(size, _)| *size != found);
        let Some((expected, pinned_in)) = wrong else { return Ok(()) };
        Err(InstallError::Size { file: file.path.clone(), expected, found, pinned_in })
    }
}

/// Bytes of all files; `None` if the server does not tell.
fn total(found: &[Found]) -> Option<u64> {
    found.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.description.size_bytes?))
}

fn partial(stash: &Stash, path: &str) -> Partial {
    Partial::of(&stash.dir().join(path))
}
