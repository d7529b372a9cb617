//! Models from this disk: nothing is asked of any network.

use std::fs;
use std::path::Path;
use std::time::Duration;

use pounce_service::engines::fake::Fault;
use pounce_service::{
    CompletionService, InstallError, InstallRequest, RemoveError, UseError, VerifyError,
};

use super::shop::{id, open};

#[tokio::test]
async fn a_checkpoint_s_folder_becomes_a_model() {
    let mut shop = open(|_| {});
    let installed = shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    assert_eq!(installed.id, id("tiny"), "called as its folder");
    assert_eq!(installed.uncalibrated, None, "there was room to try it");
    assert_eq!(shop.ids(), ["tiny"], "it can be asked");
    assert_eq!(shop.left_in_models(), ["tiny"]);
    assert_eq!(
        shop.take_story(),
        ["checking", "converting", "calibrating", "finishing", "tiny installed"]
    );
    let measured = &shop.service.status().models[0].measured;
    assert!(measured.speed.is_some(), "its speed is in the profile");
    let bytes = shop.service.verify(&id("tiny")).await.unwrap();
    assert_eq!(bytes, installed.size_bytes, "every byte was compared");
}

#[tokio::test]
async fn a_converted_model_is_copied_and_compared_with_its_manifest() {
    let mut shop = open(|_| {});
    shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    let elsewhere = shop.folder("elsewhere");
    fs::rename(shop.model_dir("tiny"), &elsewhere).unwrap();
    shop.take_story();

    let source = elsewhere.to_str().unwrap().parse().unwrap();
    let request =
        InstallRequest { id: Some(id("mine")), trusts_graphs: true, ..InstallRequest::new(source) };
    let installed = shop.service.install(request.clone()).await.unwrap().end().await.unwrap();
    assert_eq!(installed.id, id("mine"));
    assert_eq!(shop.ids(), ["mine"], "its manifest has the new name");
    let steps = shop.take_story();
    assert_eq!(steps, ["checking", "verifying", "calibrating", "finishing", "mine installed"]);

    shop.service.remove(&id("mine")).await.unwrap();
    let mut weights = fs::read(elsewhere.join("weights.bin")).unwrap();
    weights[1000] ^= 1;
    fs::write(elsewhere.join("weights.bin"), weights).unwrap();
    let error = shop.service.install(request).await.unwrap().end().await.unwrap_err();
    assert!(matches!(&error, InstallError::Checksum { .. }), "one bit is enough: {error}");
    assert!(error.to_string().contains("weights.bin"), "{error}");
    assert_eq!(shop.left_in_models(), [""; 0], "nothing half there");
}

/// Graphs are run like a program, so a folder that has them is asked about.
#[tokio::test]
async fn a_converted_model_is_installed_only_with_the_user_s_trust() {
    let shop = open(|_| {});
    shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    let elsewhere = shop.folder("elsewhere");
    fs::rename(shop.model_dir("tiny"), &elsewhere).unwrap();
    let error = shop.install_folder(&elsewhere).await.unwrap_err();
    assert!(matches!(error, InstallError::Untrusted { .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("run like a program") && message.contains("--trust"), "{message}");
    assert_eq!(shop.left_in_models(), [""; 0]);
}

/// The links and the pipe have the length that the manifest gives, as far as the system says.
#[cfg(unix)]
#[tokio::test]
async fn devices_and_pipes_in_a_converted_model_are_refused() {
    let shop = open(|_| {});
    shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    let elsewhere = shop.folder("elsewhere");
    fs::rename(shop.model_dir("tiny"), &elsewhere).unwrap();
    let manifest = fs::read_to_string(elsewhere.join("manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    manifest["files"]["weights.bin"]["size_bytes"] = 0.into();
    fs::write(elsewhere.join("manifest.json"), manifest.to_string()).unwrap();
    let weights = elsewhere.join("weights.bin");
    let request = InstallRequest {
        trusts_graphs: true,
        ..InstallRequest::new(elsewhere.to_str().unwrap().parse().unwrap())
    };
    for put in [
        (|path| std::os::unix::fs::symlink("/dev/zero", path)) as fn(&Path) -> std::io::Result<()>,
        |path| std::process::Command::new("mkfifo").arg(path).status().map(drop),
    ] {
        fs::remove_file(&weights).unwrap();
        put(&weights).unwrap();
        let end = shop.service.install(request.clone()).await.unwrap().end();
        let end = tokio::time::timeout(Duration::from_secs(10), end).await;
        let error = end.expect("nothing is waited for").unwrap_err();
        assert!(error.to_string().contains("it is not a regular file"), "{error}");
        assert_eq!(shop.left_in_models(), [""; 0]);
    }
}

#[tokio::test]
async fn what_another_process_installed_and_measured_is_known_after_a_refresh() {
    let shop = open(|_| {});
    let other = open(|options| options.paths = shop.paths.clone());
    other.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    other.service.shut_down().await;
    // The profile's file rounds the last digits, so times per token are compared.
    let speed = |service: &CompletionService| {
        let measured = service.status().models[0].measured.clone();
        measured.speed.map(|speed| (speed.encode_per_token(), speed.decode_per_token()))
    };
    let expected = speed(&other.service);
    assert!(shop.ids().is_empty(), "this process has not looked yet");
    // A load would measure the speed itself: it must not succeed.
    shop.loader.break_load("tiny", Fault::Error);
    shop.service.refresh().await;
    let found = speed(&shop.service);
    assert!(found.is_some() && found == expected, "{found:?} is {expected:?}");
}

#[tokio::test]
async fn what_cannot_be_installed_is_refused_at_once() {
    let shop = open(|_| {});
    let check = async |source: &str, expected: &str| {
        let error = shop.start(source).await.expect_err("it is refused before it begins");
        assert!(error.to_string().contains(expected), "{source}: {error}");
        assert_eq!(error.to_string().lines().count(), 1);
    };
    check("gpt-9", "no model \"gpt-9\"").await;
    check("./no-such-folder", "no-such-folder").await;
    check("./no-such-file.gguf", "no-such-file.gguf").await;
    check("pounce-50m", "installed already").await;
    let named = |name: &str| InstallRequest {
        id: Some(id(name)),
        ..InstallRequest::new(".".parse().unwrap())
    };
    for name in ["../up", ".hidden", "", "a b"] {
        let refused = shop.service.install(named(name)).await;
        assert!(matches!(refused, Err(InstallError::Name { .. })), "{name:?} is no name");
    }
}

#[tokio::test]
async fn a_model_that_fails_on_the_way_leaves_nothing() {
    let mut shop = open(|_| {});
    let empty = shop.folder("empty");
    fs::create_dir(&empty).unwrap();
    let error = shop.install_folder(&empty).await.unwrap_err();
    assert!(matches!(error, InstallError::Convert(_)), "no checkpoint: {error}");

    for fault in [Fault::Error, Fault::Panic] {
        shop.loader.break_load("tiny", fault);
        let error = shop.install_folder(&shop.checkpoint("tiny")).await.unwrap_err();
        assert!(matches!(error, InstallError::Unusable(_)), "{fault:?}: {error}");
    }
    assert_eq!(shop.left_in_models(), [""; 0]);
    assert!(shop.take_story().iter().any(|line| line.starts_with("tiny failed: ")));
    shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    assert_eq!(shop.ids(), ["tiny"], "and can be tried again");
}

#[tokio::test]
async fn a_full_disk_is_noticed_before_anything_is_written() {
    let shop = open(|options| options.free_space = |_| Ok(1_000_000));
    let error = shop.install_folder(&shop.checkpoint("tiny")).await.unwrap_err();
    assert!(matches!(error, InstallError::DiskSpace { free: 1_000_000, .. }), "{error}");
    assert_eq!(shop.left_in_models(), [""; 0]);
}

#[tokio::test]
async fn a_model_without_room_in_memory_is_installed_untried() {
    let shop = open(|options| {
        let mut settings = pounce_service::Settings::default();
        settings.memory.budget_mb = Some(64);
        options.settings = Some(settings);
        options.probe = pounce_service::engines::fake::FakeLoader::default().machine(80 << 20);
    });
    let installed = shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    let reason = installed.uncalibrated.expect("there was no room");
    assert!(reason.contains("MB are free"), "with numbers: {reason}");
    assert_eq!(shop.ids(), ["tiny"], "it is there all the same");
}

#[tokio::test]
async fn a_cancelled_conversion_leaves_nothing() {
    let mut shop = open(|_| {});
    let dir = shop.checkpoint("tiny");
    let install = shop.start(dir.to_str().unwrap()).await.unwrap();
    assert_eq!(shop.service.installs().len(), 1, "a window opened now sees it");
    let second = shop.start(dir.to_str().unwrap()).await.expect_err("one at a time");
    assert!(matches!(second, InstallError::Busy { .. }), "{second}");
    let busy = shop.service.remove(&id("tiny")).await.unwrap_err();
    assert!(matches!(busy, RemoveError::NotInstalled { .. }), "it is not there yet: {busy}");
    assert!(shop.service.cancel_install(&id("tiny")));
    let end = install.end().await;
    assert!(matches!(end, Err(InstallError::Cancelled)), "{end:?}");
    assert_eq!(shop.left_in_models(), [""; 0]);
    assert_eq!(shop.take_story().last().map(String::as_str), Some("tiny cancelled"));
    assert!(!shop.service.cancel_install(&id("tiny")), "none runs any more");
    assert!(shop.service.installs().is_empty());
}

#[tokio::test]
async fn the_end_of_the_program_ends_an_installation() {
    let shop = open(|_| {});
    let install = shop.start(shop.checkpoint("tiny").to_str().unwrap()).await.unwrap();
    shop.service.shut_down().await;
    assert!(matches!(install.end().await, Err(InstallError::Cancelled)), "it was cancelled");
    assert_eq!(shop.left_in_models(), [""; 0]);
}

#[tokio::test]
async fn a_removed_model_is_gone_and_the_embedded_one_stays() {
    let shop = open(|_| {});
    let installed = shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    let embedded = shop.model_dir("pounce-50m");
    fs::create_dir(&embedded).unwrap();
    let refused = shop.service.remove(&id("pounce-50m")).await.unwrap_err();
    assert!(matches!(refused, RemoveError::BuiltIn { .. }), "{refused}");
    assert!(embedded.exists());

    let manifest = fs::metadata(shop.model_dir("tiny").join("manifest.json")).unwrap().len();
    shop.service.load(&id("tiny")).await.unwrap();
    shop.loader.take_log();
    let freed = shop.service.remove(&id("tiny")).await.unwrap();
    assert_eq!(freed, installed.size_bytes + manifest, "its files and the manifest");
    assert!(shop.service.load(&id("tiny")).await.is_err(), "there is no such model");
    assert_eq!(shop.loader.take_log(), ["drop tiny"], "what is gone is not loaded again");
    assert_eq!(shop.left_in_models(), ["pounce-50m"]);
    assert!(shop.ids().is_empty());
    let gone = shop.service.remove(&id("tiny")).await.unwrap_err();
    assert!(matches!(gone, RemoveError::NotInstalled { .. }), "{gone}");
    let gone = shop.service.verify(&id("tiny")).await.unwrap_err();
    assert!(matches!(gone, VerifyError::NotInstalled { .. }), "{gone}");
}

#[tokio::test]
async fn damage_is_found_and_a_damaged_model_can_be_removed() {
    let shop = open(|_| {});
    shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    let weights = shop.model_dir("tiny").join("weights.bin");
    let mut bytes = fs::read(&weights).unwrap();
    bytes[0] ^= 1;
    fs::write(&weights, &bytes).unwrap();
    let error = shop.service.verify(&id("tiny")).await.unwrap_err();
    assert!(error.to_string().contains("weights.bin"), "the file is named: {error}");
    fs::write(&weights, "").unwrap();
    assert!(matches!(shop.service.verify(&id("tiny")).await, Err(VerifyError::Manifest(_))));
    shop.service.remove(&id("tiny")).await.unwrap();
    assert_eq!(shop.left_in_models(), [""; 0]);
}

#[tokio::test]
async fn the_model_in_use_is_the_default_and_loaded() {
    let shop = open(|_| {});
    shop.install_folder(&shop.checkpoint("tiny")).await.unwrap();
    shop.install_folder(&shop.checkpoint("other")).await.unwrap();
    shop.service.use_model(&id("other")).await.unwrap();
    let settings = fs::read_to_string(shop.paths.settings_file()).unwrap();
    assert!(settings.contains("other"), "saved for the next start: {settings}");
    shop.service.load(&id("other")).await.unwrap();
    let status = shop.service.status();
    let other = status.models.iter().find(|model| model.id == id("other")).unwrap();
    assert!(other.is_default);
    let absent = shop.service.use_model(&id("gone")).await.unwrap_err();
    assert!(matches!(absent, UseError::NotInstalled { .. }), "{absent}");
}
