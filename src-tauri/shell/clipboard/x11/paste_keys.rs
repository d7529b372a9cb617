//! The table of programs with their paste keys: the user's rules first, then [`BUILT_IN`], then Ctrl+V.

use pounce_service::settings::{PasteKeys, PasteRule};

/// Programs in which Ctrl+V does something else than paste, each by its window class or its instance.
const BUILT_IN: &[(PasteKeys, &[&str])] = &[
    (
        PasteKeys::CtrlShiftV,
        &[
            "alacritty",
            "com.mitchellh.ghostty",
            "com.raggesilver.blackbox",
            "contour",
            "cool-retro-term",
            "deepin-terminal",
            "ghostty",
            "gnome-terminal",
            "gnome-terminal-server",
            "guake",
            "hyper",
            "io.elementary.terminal",
            "kgx",
            "kitty",
            "konsole",
            "lxterminal",
            "mate-terminal",
            "org.gnome.console",
            "org.gnome.ptyxis",
            "org.wezfurlong.wezterm",
            "ptyxis",
            "qterminal",
            "rio",
            "sakura",
            "st",
            "tabby",
            "terminator",
            "terminology",
            "tilda",
            "tilix",
            "wezterm",
            "xfce4-terminal",
            "yakuake",
        ],
    ),
    // Their Shift+Insert pastes the primary selection; most have no keys for the clipboard.
    (
        PasteKeys::ShiftInsert,
        &["aterm", "eterm", "kterm", "mlterm", "rxvt", "urxvt", "uxterm", "xterm"],
    ),
    // What pasting does depends on the mode that they are in, and Ctrl+V scrolls or quotes.
    (PasteKeys::Never, &["emacs", "gvim", "neovide", "nvim-qt"]),
];

/// A window's names in the property `WM_CLASS` (ICCCM section 4.1.2.5); both are empty where it has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WindowClass {
    /// The name of the program's kind, such as `XTerm`.
    pub(crate) class: String,
    /// The name of this program, such as `xterm`.
    pub(crate) instance: String,
}

impl WindowClass {
    /// Reads the property: two strings, instance and class, each ended by a zero. `None` if it names no class.
    pub(crate) fn parse(property: &[u8]) -> Option<Self> {
        let mut names = property.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let (instance, class) = (names.next()?, names.next().filter(|class| !class.is_empty())?);
        Some(Self { class: class.into_owned(), instance: instance.into_owned() })
    }

    /// The keys that paste in this window.
    pub(crate) fn paste_keys(&self, rules: &[PasteRule]) -> PasteKeys {
        let own = rules.iter().find(|rule| self.is(&rule.program)).map(|rule| rule.keys);
        let built_in = || {
            let (keys, _) =
                BUILT_IN.iter().find(|(_, names)| names.iter().any(|name| self.is(name)))?;
            Some(*keys)
        };
        own.or_else(built_in).unwrap_or(PasteKeys::CtrlV)
    }

    fn is(&self, name: &str) -> bool {
        [&self.class, &self.instance].iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(property: &str) -> WindowClass {
        WindowClass::parse(property.as_bytes()).unwrap_or_default()
    }

    #[test]
    fn each_program_has_its_paste_keys() {
        let cases = [
            ("xfce4-terminal\0Xfce4-terminal\0", PasteKeys::CtrlShiftV),
            ("kitty\0kitty\0", PasteKeys::CtrlShiftV),
            ("xterm\0UXTerm\0", PasteKeys::ShiftInsert),
            ("gvim\0Gvim\0", PasteKeys::Never),
            ("code\0Code\0", PasteKeys::CtrlV),
            ("Navigator\0firefox\0", PasteKeys::CtrlV),
            ("", PasteKeys::CtrlV),
        ];
        for (property, expected) in cases {
            assert_eq!(class(property).paste_keys(&[]), expected, "what pastes in {property:?}");
        }
    }

    #[test]
    fn the_user_s_rules_come_first() {
        let rule = |program: &str, keys| PasteRule { program: program.into(), keys };
        let rules = [rule("XTerm", PasteKeys::CtrlShiftV), rule("keepassxc", PasteKeys::Never)];
        let check = |property: &str, expected, why: &str| {
            assert_eq!(class(property).paste_keys(&rules), expected, "{why}");
        };
        check("xterm\0XTerm\0", PasteKeys::CtrlShiftV, "instead of the table's");
        check("keepassxc\0KeePassXC\0", PasteKeys::Never, "in any case of letters");
        check("urxvt\0URxvt\0", PasteKeys::ShiftInsert, "the table holds for the others");
    }

    #[test]
    fn the_property_is_two_strings() {
        assert_eq!(WindowClass::parse(b"xterm\0\0"), None, "no class");
        assert_eq!(WindowClass::parse(b""), None, "nothing at all");
        assert_eq!(class("a\0B\0").instance, "a", "the instance comes first");
    }
}
