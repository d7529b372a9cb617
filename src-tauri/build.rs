//! Generates what the desktop app needs from `tauri.conf.json`, and its messages in every language from `ui/messages`; does
//! nothing for a build without the app.

fn main() {
    #[cfg(feature = "desktop")]
    desktop::generate();
}

#[cfg(feature = "desktop")]
mod desktop {
    use tauri_build::{AppManifest, Attributes};

    /// Every command of `shell/windows/commands`. A command that is listed here can only be called by the windows whose
    /// capability in `tauri.conf.json` allows it.
    const COMMANDS: [&str; 33] = [
        "query_status",
        "query_models",
        "query_settings",
        "query_recent",
        "query_counters",
        "query_calibration",
        "set_settings",
        "do_pin_model",
        "do_load_model",
        "do_unload_model",
        "do_remove_model",
        "query_catalogue",
        "query_installs",
        "do_choose_path",
        "do_install_model",
        "do_cancel_install",
        "do_verify_model",
        "query_remote",
        "set_remote",
        "do_save_engine",
        "do_remove_engine",
        "do_remove_engine_key",
        "do_check_engine",
        "do_reset_breaker",
        "do_calibrate",
        "do_clear_metrics",
        "do_save_export",
        "query_history",
        "do_verb",
        "do_quit",
        "do_suspend_hotkeys",
        "do_open_folder",
        "do_show_window",
    ];

    pub(super) fn generate() {
        super::messages::generate();
        let attributes = Attributes::new().app_manifest(AppManifest::new().commands(&COMMANDS));
        tauri_build::try_build(attributes).expect("tauri.conf.json is right; see the cause above");
    }
}

/// Makes a method of `UiLanguage` of each message that the shell shows.
#[cfg(feature = "desktop")]
mod messages {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    const FOLDER: &str = "ui/messages";
    /// The variants of `UiLanguage` and the files of their messages. The first language has the message that the others
    /// translate.
    const LANGUAGES: [(&str, &str); 4] =
        [("En", "en.json"), ("De", "de.json"), ("Fr", "fr.json"), ("Es", "es.json")];
    /// The sections whose messages the shell shows; the others are the pages' own.
    const SECTIONS: [&str; 2] = ["shell", "key"];

    /// The texts of a language by the names of their methods.
    type Messages = BTreeMap<String, String>;

    pub(super) fn generate() {
        println!("cargo:rerun-if-changed={FOLDER}");
        let all = LANGUAGES.map(|(_, file)| read(file));
        for ((_, file), messages) in LANGUAGES.iter().zip(&all) {
            compare(file, messages, &all[0]);
        }
        let methods: String = all[0].keys().map(|name| method(name, &all)).collect();
        let folder = std::env::var_os("OUT_DIR").expect("Cargo sets it for build scripts");
        let code = format!("impl UiLanguage {{\n{methods}}}\n");
        fs::write(Path::new(&folder).join("messages.rs"), code).expect("Cargo's folder is ours");
    }

    fn read(file: &str) -> Messages {
        let path = Path::new(FOLDER).join(file);
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let tree: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut messages = Messages::new();
        for section in SECTIONS {
            let prefix = if section == "shell" { "" } else { section };
            collect(prefix, &tree[section], &mut messages);
        }
        messages
    }

    fn collect(name: &str, node: &Value, messages: &mut Messages) {
        match node {
            Value::String(text) => {
                messages.insert(name.to_lowercase(), text.clone());
            }
            Value::Object(children) => {
                for (child, node) in children {
                    let separator = if name.is_empty() { "" } else { "_" };
                    collect(&format!("{name}{separator}{child}"), node, messages);
                }
            }
            _ => panic!("{FOLDER}: {name} is no text"),
        }
    }

    /// Ends the build if a language lacks a message, or a message of it has other placeholders.
    fn compare(file: &str, messages: &Messages, source: &Messages) {
        let names = messages.keys().chain(source.keys()).collect::<BTreeSet<_>>();
        for name in names {
            let [translated, text] =
                [messages, source].map(|all| all.get(name).map(|text| placeholders(text)));
            assert!(
                translated == text,
                "{FOLDER}/{file}: {name} has the placeholders {translated:?}, but {text:?} in English"
            );
        }
    }

    /// The names in braces. `None` stands for a message that is missing.
    fn placeholders(text: &str) -> BTreeSet<&str> {
        let after_brace = text.split('{').skip(1);
        after_brace.map(|rest| rest.split('}').next().unwrap_or(rest)).collect()
    }

    fn method(name: &str, all: &[Messages; 4]) -> String {
        let names = placeholders(&all[0][name]);
        let arguments: String =
            names.iter().map(|name| format!(", {name}: impl std::fmt::Display")).collect();
        let (kind, open, close) =
            if names.is_empty() { ("&'static str", "", "") } else { ("String", "format!(", ")") };
        let arms: String = LANGUAGES
            .iter()
            .zip(all)
            .map(|((variant, _), messages)| {
                format!("            Self::{variant} => {open}{:?}{close},\n", messages[name])
            })
            .collect();
        format!(
            "    pub(crate) fn {name}(self{arguments}) -> {kind} {{\n        match self {{\n{arms}        }}\n    }}\n"
        )
    }
}
