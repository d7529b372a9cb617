//! Converts the remote engines of the settings to the window's form and back. Pure; the service validates the result and
//! keeps the keys.

use pounce_service::ModelId;
use pounce_service::settings::{self as core, Remote};

use super::wire::{RemoteEngine, RemoteEngineForm, RemoteState, RemoteUpdate};

/// The remote engines as the window shows them. `has_key` says whether a key is kept for an engine.
pub(crate) fn state(remote: &Remote, has_key: impl Fn(&ModelId) -> bool) -> RemoteState {
    let engine = |engine: &core::RemoteEngine| RemoteEngine {
        id: engine.id.to_string(),
        url: engine.url.clone(),
        model: engine.model.clone(),
        kind: engine.kind,
        host: engine.host().to_owned(),
        leaves_machine: !engine.is_loopback(),
        has_key: has_key(&engine.id),
    };
    RemoteState {
        is_enabled: remote.enabled,
        is_preferred: remote.prefer,
        allows_plain_http: remote.allow_plain_http,
        engines: remote.engines.iter().map(engine).collect(),
    }
}

/// Sets the switches that an update names.
pub(crate) fn update(remote: &mut Remote, update: RemoteUpdate) {
    remote.enabled = update.is_enabled.unwrap_or(remote.enabled);
    remote.prefer = update.is_preferred.unwrap_or(remote.prefer);
    remote.allow_plain_http = update.allows_plain_http.unwrap_or(remote.allow_plain_http);
}

/// The engine that a form describes. Settings that the form lacks are taken from the engine named `old`.
pub(crate) fn engine(
    remote: &Remote,
    old: Option<&str>,
    form: RemoteEngineForm,
) -> core::RemoteEngine {
    let id = ModelId::from(form.id.trim());
    let known = remote.engines.iter().find(|engine| Some(engine.id.as_str()) == old).cloned();
    let base =
        known.unwrap_or_else(|| core::RemoteEngine::new(id.clone(), String::new(), form.kind));
    core::RemoteEngine {
        id,
        url: form.url.trim().to_owned(),
        model: form.model.trim().to_owned(),
        kind: form.kind,
        ..base
    }
}

#[cfg(test)]
mod tests {
    use pounce_service::RemoteInfo;
    use pounce_service::settings::RemoteKind;

    use super::*;

    fn form(id: &str, url: &str) -> RemoteEngineForm {
        RemoteEngineForm {
            id: id.into(),
            url: url.into(),
            model: " big ".into(),
            kind: RemoteKind::Fim,
        }
    }

    fn added(remote: &mut Remote, old: Option<&str>, form: RemoteEngineForm) {
        let engine = engine(remote, old, form);
        remote.put(old.map(ModelId::from).as_ref(), engine).unwrap();
    }

    fn none() -> Remote {
        pounce_service::Settings::default().remote
    }

    #[test]
    fn an_engine_is_added_and_changed() {
        let mut remote = none();
        added(&mut remote, None, form(" far ", "https://gpu.example.org/v1 "));
        remote.engines[0].context_tokens = 4096;
        added(&mut remote, Some("far"), form("farther", "http://localhost:8080"));
        let shown = state(&remote, |id| id.as_str() == "farther");
        let [engine] = shown.engines.as_slice() else { panic!("one entry was changed: {shown:?}") };
        assert_eq!(
            (engine.id.as_str(), engine.model.as_str()),
            ("farther", "big"),
            "without blanks"
        );
        assert!(engine.has_key && !engine.leaves_machine, "localhost is this machine: {engine:?}");
        assert_eq!(remote.engines[0].context_tokens, 4096, "a setting that the form lacks stays");
    }

    #[test]
    fn only_engines_that_are_turned_on_are_in_the_selector() {
        let info = |remote: &Remote| remote.active().first().map(RemoteInfo::from);
        let mut remote = none();
        added(&mut remote, None, form("far", "https://gpu.example.org/v1"));
        assert_eq!(info(&remote), None, "off: it is not in the selector");
        update(&mut remote, RemoteUpdate { is_enabled: Some(true), ..RemoteUpdate::default() });
        let info = info(&remote).expect("on");
        assert_eq!((info.host.as_str(), info.leaves_machine), ("gpu.example.org", true));
    }
}
