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

/// Formats of plain text.
const TEXT_FORMATS: [&str; 5] =
    ["UTF8_STRING", "text/plain", "text/plain;charset=utf-8", "STRING", "TEXT"];

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
    /// A picture, even if text is offered beside it: replacing it could not be undone.
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
    } else if formats.iter().any(|format| format.starts_with("image/")) {
        ContentKind::Image
    } else if offers(&TEXT_FORMATS) {
        ContentKind::Text { has_html: offers(&["text/html"]) }
    } else if formats.is_empty() {
        ContentKind::Nothing
    } else {
        ContentKind::Other
    }
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
        check(
            &["image/bmp", "text/plain"],
            ContentKind::Image,
            "spreadsheet cells: the picture would be lost",
        );
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
