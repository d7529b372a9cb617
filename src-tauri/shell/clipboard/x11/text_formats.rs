//! The formats in which a text is offered on X11.

use crate::clipboard::all_formats::{AllFormats, FormatContent};
use crate::clipboard::content::Snapshot;

/// The formats that name UTF-8.
const UTF8: [&str; 2] = ["UTF8_STRING", "text/plain;charset=utf-8"];
/// Those that name no character set are offered for ASCII alone.
const ASCII: [&str; 3] = ["STRING", "TEXT", "text/plain"];

/// A text, and its HTML, in every format that programs ask for.
pub(in crate::clipboard) fn of(content: &Snapshot) -> AllFormats {
    let text = content.text.as_str();
    let names = UTF8.iter().chain(if text.is_ascii() { &ASCII[..] } else { &[] });
    let html = content.html.iter().map(|html| format("text/html", html));
    AllFormats(names.map(|name| format(name, text)).chain(html).collect())
}

/// One format with its content.
pub(super) fn format(name: &str, content: &str) -> FormatContent {
    FormatContent {
        name: name.to_owned(),
        type_name: name.to_owned(),
        item_bits: 8,
        bytes: content.as_bytes().to_vec(),
    }
}
