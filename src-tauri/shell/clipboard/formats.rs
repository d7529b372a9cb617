//! What the clipboard holds, told from the names of the formats that its owner offers, before any content is read.
//!
//! Names are X11 targets or MIME types. Reading a secret to find out that it is one would be too late, so the decision
//! is made on the names alone.

/// Marks that password managers put on what they copy; seeing one is enough, its value is not read.
/// KDE's Klipper introduced the first, which KeePassXC, Bitwarden and `arboard` set; the others come from programs
/// that carry another system's mark over.
const SECRET_MARKS: [&str; 4] = [
    "x-kde-passwordManagerHint",
    "org.nspasteboard.ConcealedType",
    "com.agilebits.onepassword",
    "ExcludeClipboardContentFromMonitorProcessing",
];

/// Offered where files were copied or cut in a file manager.
const FILE_FORMATS: [&str; 4] = [
    "text/uri-list",
    "x-special/gnome-copied-files",
    "x-special/mate-copied-files",
    "application/x-kde-cutselection",
];

const TEXT_FORMATS: [&str; 5] =
    ["UTF8_STRING", "text/plain", "text/plain;charset=utf-8", "STRING", "TEXT"];

/// What the clipboard holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing at all.
    Nothing,
    /// Plain text, which may be read, with a rich form beside it if `has_html`.
    Text {
        /// Whether the same text is offered as HTML.
        has_html: bool,
    },
    /// Something that a password manager marked.
    Secret,
    /// Files from a file manager.
    Files,
    /// A picture, also where text is offered beside it: replacing it could not be undone.
    Image,
    /// Anything else.
    Other,
}

/// What offers of these `formats` mean. The mark of a secret wins over all.
pub(crate) fn classify(formats: &[String]) -> Held {
    let offers = |names: &[&str]| {
        names.iter().any(|name| formats.iter().any(|format| format.eq_ignore_ascii_case(name)))
    };
    if offers(&SECRET_MARKS) {
        Held::Secret
    } else if offers(&FILE_FORMATS) {
        Held::Files
    } else if formats.iter().any(|format| format.starts_with("image/")) {
        Held::Image
    } else if offers(&TEXT_FORMATS) {
        Held::Text { has_html: offers(&["text/html"]) }
    } else if formats.is_empty() {
        Held::Nothing
    } else {
        Held::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(formats: &[&str], expected: Held, why: &str) {
        let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
        assert_eq!(classify(&formats), expected, "{why}: {formats:?}");
    }

    #[test]
    fn formats_tell_what_the_clipboard_holds() {
        let text = Held::Text { has_html: false };
        check(&[], Held::Nothing, "no owner, no offer");
        check(&["TARGETS", "UTF8_STRING", "STRING"], text, "an X11 editor");
        check(&["text/plain;charset=utf-8", "text/plain"], text, "a Wayland editor");
        check(&["TIMESTAMP", "TARGETS", "TEXT"], text, "an old X11 program");
        check(
            &["text/html", "text/plain"],
            Held::Text { has_html: true },
            "a browser or a rich editor",
        );
        check(&["TARGETS", "image/png"], Held::Image, "a screenshot");
        check(
            &["image/bmp", "text/plain"],
            Held::Image,
            "spreadsheet cells: the picture would be lost",
        );
        check(
            &["text/uri-list", "text/plain"],
            Held::Files,
            "a file manager offers paths as text as well",
        );
        check(&["x-special/gnome-copied-files", "UTF8_STRING"], Held::Files, "GNOME's files");
        check(&["TARGETS", "application/x-blob"], Held::Other, "something unknown");
    }

    #[test]
    fn a_secret_is_one_whatever_else_is_offered() {
        for mark in SECRET_MARKS {
            check(&["UTF8_STRING", mark], Held::Secret, "the mark wins over the text");
            check(
                &["text/uri-list", "image/png", &mark.to_uppercase()],
                Held::Secret,
                "in any case of letters",
            );
        }
    }
}
