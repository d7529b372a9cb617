//! The default of every setting, from a commented file.

use jsonc_parser::{ParseOptions, parse_to_serde_value};

use super::fields::Settings;

/// The commented default file.
const DEFAULTS: &str = include_str!("../../defaults.jsonc");

impl Default for Settings {
    fn default() -> Self {
        parse_to_serde_value(DEFAULTS, &ParseOptions::default())
            .expect("a test reads defaults.jsonc")
    }
}
