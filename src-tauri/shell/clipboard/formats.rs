//! Classifies the clipboard's content by the names of the formats on offer, before any content is read.
//!
//! Names are X11 targets or MIME types. Once a secret has been read it is too late to find out that it is one, so the
//! decision is made on the names alone.

use super::secret_mark::is_secret_mark;

/// Formats offered for files that were copied or cut in a file manager.
const FILE_FORMATS: [&str; 4] = [
    "text/uri-list",
    "x-special/gnome-copied-files",
    "x-special/mate-copied-files",
    "application/x-kde-cutselection",
];

/// Formats of plain text, in the order in which one of them is chosen.
const TEXT_FORMATS: [&str; 5] =
    ["UTF8_STRING", "text/plain;charset=utf-8", "STRING", "TEXT", "text/plain"];
/// The format of HTML.
pub(super) const HTML: &str = "text/html";

/// The kind of content that the clipboard holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentKind {
    /// No content at all.
    Nothing,
    /// Plain text, which may be read.
    Text {
        /// Whether the same text is offered as HTML.
        has_html: bool,
    },
    /// A content that a password manager has marked as secret.
    Secret,
    /// Files from a file manager.
    Files,
    /// A picture alone. A spreadsheet offers one beside the text of its cells, which counts.
    Image,
    /// Anything else.
    Other,
}

/// The kind of a content offered in these `formats`. The mark of a secret outweighs every other format.
pub(crate) fn classify(formats: &[String]) -> ContentKind {
    let offers = |names: &[&str]| {
        names.iter().any(|name| formats.iter().any(|format| format.eq_ignore_ascii_case(name)))
    };
    if formats.iter().any(|format| is_secret_mark(format)) {
        ContentKind::Secret
    } else if offers(&FILE_FORMATS) {
        ContentKind::Files
    } else if offers(&TEXT_FORMATS) {
        ContentKind::Text { has_html: offers(&[HTML]) }
    } else if formats.iter().any(|format| format.starts_with("image/")) {
        ContentKind::Image
    } else if formats.is_empty() {
        ContentKind::Nothing
    } else {
        ContentKind::Other
    }
}

/// The one of `formats` to read a text in, as its owner writes the name; `None` if none of them is plain text.
pub(crate) fn text_format(formats: &[String]) -> Option<&str> {
    let named = |name: &&str| formats.iter().find(|format| format.eq_ignore_ascii_case(name));
    TEXT_FORMATS.iter().find_map(named).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(formats: &[&str], expected: ContentKind, why: &str) {
        let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
        assert_eq!(classify(&formats), expected, "{why}: {formats:?}");
    }

    #[test]
    fn content_is_classified_by_its_formats() {
        let text = ContentKind::Text { has_html: false };
        check(&[], ContentKind::Nothing, "no owner, no offer");
        check(&["TARGETS", "UTF8_STRING", "STRING"], text, "an X11 editor");
        check(&["text/plain;charset=utf-8", "text/plain"], text, "a Wayland editor");
        check(&["TIMESTAMP", "TARGETS", "TEXT"], text, "an old X11 program");
        check(
            &["text/html", "text/plain"],
            ContentKind::Text { has_html: true },
            "a browser or a rich editor",
        );
        check(&["TARGETS", "image/png"], ContentKind::Image, "a screenshot");
        check(&["image/bmp", "text/plain"], text, "cells of a spreadsheet, with their picture");
        check(
            &["text/uri-list", "text/plain"],
            ContentKind::Files,
            "a file manager offers paths as text as well",
        );
        check(
            &["x-special/gnome-copied-files", "UTF8_STRING"],
            ContentKind::Files,
            "GNOME's files",
        );
        check(&["TARGETS", "application/x-blob"], ContentKind::Other, "something unknown");
    }

    #[test]
    fn a_text_is_read_in_one_format() {
        let check = |formats: &[&str], expected: Option<&str>, why: &str| {
            let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
            assert_eq!(text_format(&formats), expected, "{why}: {formats:?}");
        };
        check(&["STRING", "UTF8_STRING"], Some("UTF8_STRING"), "the one for every character");
        check(&["text/plain", "STRING"], Some("STRING"), "one whose characters are known");
        check(&["text/plain;charset=UTF-8"], Some("text/plain;charset=UTF-8"), "as it is written");
        check(&["image/png"], None, "no text");
    }

    #[test]
    fn a_secret_stays_secret_beside_other_formats() {
        let marks = [
            "x-kde-passwordManagerHint",
            "org.nspasteboard.ConcealedType",
            "com.agilebits.onepassword",
            "ExcludeClipboardContentFromMonitorProcessing",
        ];
        for mark in marks {
            check(&["UTF8_STRING", mark], ContentKind::Secret, "the mark wins over the text");
            check(
                &["text/uri-list", "image/png", &mark.to_uppercase()],
                ContentKind::Secret,
                "in any case of letters",
            );
        }
    }
}
