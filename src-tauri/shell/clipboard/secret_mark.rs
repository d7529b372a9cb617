//! [`is_secret_mark`]: whether the name of a format says that the content is a secret.
//!
//! Password managers mark what they copy by a format whose name says so; the value is not read. KDE's Klipper introduced
//! `x-kde-passwordManagerHint`, which KeePassXC, Bitwarden and `arboard` set. The marks of macOS (nspasteboard.org) and
//! Windows arrive from virtual machines and remote desktops, often with a prefix, a suffix or in another case.

/// What the name of a mark contains, in lower case and without anything but letters and digits.
const PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "concealed",
    "transient",
    "sensitive",
    "confidential",
    "keepass",
    // Windows, for programs that keep a history and for the history of the system and of its cloud.
    "clipboardviewerignore",
    "excludeclipboardcontent",
    "canincludeinclipboardhistory",
    "canuploadtocloudclipboard",
];

/// Whether a format of this name marks a secret.
pub(super) fn is_secret_mark(format: &str) -> bool {
    let letters = format.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    PARTS.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_known_in_all_their_spellings() {
        let marks = [
            "x-kde-passwordManagerHint",
            "application/x-kde-passwordManagerHint",
            "x-kde-passwordManagerHint;charset=utf-8",
            "X-KDE-PASSWORDMANAGERHINT",
            "org.nspasteboard.ConcealedType",
            "org.nspasteboard.TransientType",
            "de.petermaurer.TransientPasteboardType",
            "com.agilebits.onepassword",
            "com.agilebits.onepassword7",
            "com.apple.is-sensitive",
            "ExcludeClipboardContentFromMonitorProcessing",
            "application/x-windows;name=\"ExcludeClipboardContentFromMonitorProcessing\"",
            "CanIncludeInClipboardHistory",
            "CanUploadToCloudClipboard",
            "Clipboard Viewer Ignore",
            "application/x-keepassxc",
        ];
        for mark in marks {
            assert!(is_secret_mark(mark), "{mark} marks a secret");
        }
    }

    #[test]
    fn formats_of_code_are_no_marks() {
        let formats = [
            "TARGETS",
            "TIMESTAMP",
            "SAVE_TARGETS",
            "UTF8_STRING",
            "text/plain;charset=utf-8",
            "text/html",
            "text/rtf",
            "chromium/x-web-custom-data",
            "org.chromium.source-url",
            "vscode-editor-data",
            "application/vnd.oasis.opendocument.text",
            "text/x-moz-url",
        ];
        for format in formats {
            assert!(!is_secret_mark(format), "{format} marks nothing");
        }
    }
}
