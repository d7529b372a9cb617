//! `pounce models list`: the installed models, and those that can be installed by name.

use pounce_service::{InstalledModel, ModelSpec, Tier};

use super::environment::{Environment, megabytes};
use crate::output::say;

/// Prints both lists.
pub(super) fn run(environment: &Environment) {
    say!("installed (* is the default)");
    for model in environment.registry.installed() {
        let is_default = environment.default_model() == Some(&model.id);
        say!("{}", installed(environment, model, is_default));
    }
    for broken in environment.registry.broken() {
        say!("! {}", broken.message);
    }
    let absent = environment
        .catalog
        .models()
        .iter()
        .filter(|spec| environment.registry.get(&spec.id).is_none());
    say!("\ncan be installed with `pounce models add`");
    for spec in absent.filter(|spec| !spec.is_embedded()) {
        say!("{}", absent_line(spec));
    }
    say!("  user/repo, user/repo:file.gguf, ./folder, ./file.gguf");
}

fn installed(environment: &Environment, model: &InstalledModel, is_default: bool) -> String {
    let mark = if is_default { '*' } else { ' ' };
    let summary = environment.catalog.get(&model.id).map_or("", |spec| spec.summary.as_str());
    let (id, tier, size) = (model.id.as_str(), tier(model.tier), megabytes(model.disk_bytes));
    format!("{mark} {id:<28} {tier:<7} {size:>9}  {summary}").trim_end().to_owned()
}

fn absent_line(spec: &ModelSpec) -> String {
    let size = spec.size_bytes().map_or_else(|| "?".to_owned(), megabytes);
    let (id, tier, licence) = (spec.id.as_str(), tier(spec.tier), &spec.licence);
    format!("  {id:<28} {tier:<7} {size:>9}  {} {licence}", spec.summary)
}

/// The tier of a model in a word.
pub(super) fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Small => "small",
        Tier::Medium => "medium",
        Tier::Large => "large",
    }
}
