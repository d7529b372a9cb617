//! The code that cases are cut out of.

use pounce_engine::Language;

/// A file of the folder `models/assessment`.
pub(super) struct Source {
    pub(super) language: Language,
    pub(super) text: &'static str,
}

macro_rules! sources {
    ($($language:ident $name:literal)*) => {
        /// All of them.
        pub(super) const SOURCES: &[Source] = &[$(Source {
            language: Language::$language,
            text: include_str!(concat!("../../../../models/assessment/", $name)),
        }),*];
    };
}

sources! {
    Python "inventory.py"
    Rust "ticket_queue.rs"
    TypeScript "calendar.ts"
    Go "ratelimit.go"
    Java "Library.java"
    C "string_map.c"
    JavaScript "gradebook.js"
    Cpp "playlist.cpp"
    Shell "backup.sh"
    Python "markdown_links.py"
    Kotlin "invoice.kt"
}
