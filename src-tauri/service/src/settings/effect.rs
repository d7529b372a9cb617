//! When a changed setting takes effect.

use super::fields::Settings;

/// When a changed setting takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// With the next request.
    AtOnce,
    /// When the loaded models have been loaded again, which happens in the background.
    AfterReload,
}

/// Returns the groups of settings that differ, each with the time at which the change takes effect.
/// No setting needs a restart.
pub fn effects(old: &Settings, new: &Settings) -> Vec<(&'static str, Effect)> {
    let is_changed = [
        ("deadlines", old.deadlines != new.deadlines),
        ("models", old.models != new.models),
        ("memory", old.memory != new.memory),
        ("cache", old.cache != new.cache),
        ("queue", old.queue != new.queue),
        ("hotkeys", old.hotkeys != new.hotkeys),
        ("clipboard", old.clipboard != new.clipboard),
        ("desktop", old.desktop != new.desktop),
        ("log", old.log != new.log),
        ("remote", old.remote != new.remote),
    ];
    let changed = is_changed.into_iter().filter(|(_, is_changed)| *is_changed);
    changed.map(|(group, _)| (group, effect(group, old, new))).collect()
}

fn effect(group: &str, old: &Settings, new: &Settings) -> Effect {
    let loaded_as = |settings: &Settings| (settings.models.threads, settings.models.device);
    let needs_reload = group == "models" && loaded_as(old) != loaded_as(new);
    if needs_reload { Effect::AfterReload } else { Effect::AtOnce }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::fields::Device;

    #[test]
    fn only_threads_and_device_need_a_reload() {
        let check = |change: fn(&mut Settings), expected: &[(&str, Effect)]| {
            let old = Settings::default();
            let mut new = old.clone();
            change(&mut new);
            assert_eq!(effects(&old, &new), expected);
        };
        check(|_| {}, &[]);
        check(|s| s.models.temperature = 0.5, &[("models", Effect::AtOnce)]);
        check(|s| s.models.threads = 1, &[("models", Effect::AfterReload)]);
        check(|s| s.models.device = Device::Cuda, &[("models", Effect::AfterReload)]);
        check(|s| s.cache.max_kb = 0, &[("cache", Effect::AtOnce)]);
    }
}
