//! [`Readers`]: which programs have read what the app wrote, and whether one of them has pasted it.
//!
//! A paste asks for the content, as clipboard managers do; but those ask as soon as it changes (CopyQ and xfce4-clipman in
//! the handler of that event), and so do some desktops and terminals (astrand/xclip#118). What asks later, or is in front
//! of the user, is taken for a paste: a text that is left as it is does no harm.

use std::collections::HashSet;
use std::time::{Duration, Instant};

/// The number of a program with the display server.
pub(crate) type Program = u32;

/// How soon a program that watches the clipboard reads a new content. People take longer to press the keys.
const AT_ONCE: Duration = Duration::from_millis(50);

/// A program that has read the content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The program.
    pub(crate) program: Program,
    /// Whether one of its windows has the focus.
    pub(crate) is_focused: bool,
    /// Whether it is the desktop's clipboard manager (freedesktop.org's ClipboardManager specification).
    pub(crate) is_manager: bool,
    /// When it asked.
    pub(crate) at: Instant,
}

/// The programs that have read one content.
#[derive(Debug)]
pub(crate) struct Readers {
    /// When the content was offered.
    since: Instant,
    /// Those that read it at once. They may read it again.
    watchers: HashSet<Program>,
    has_pasted: bool,
}

impl Readers {
    /// The readers of a content that is offered from `since` on.
    pub(crate) fn new(since: Instant) -> Self {
        Self { since, watchers: HashSet::new(), has_pasted: false }
    }

    /// Notes that a program has read the content.
    pub(crate) fn note(&mut self, Reading { program, is_focused, is_manager, at }: Reading) {
        let is_at_once = at.saturating_duration_since(self.since) <= AT_ONCE;
        let is_watcher = is_at_once || is_manager || self.watchers.contains(&program);
        if is_focused || !is_watcher {
            self.has_pasted = true;
        } else {
            self.watchers.insert(program);
        }
    }

    /// Forgets a program that has ended, whose number may be another's soon.
    pub(crate) fn forget(&mut self, program: Program) {
        self.watchers.remove(&program);
    }

    /// Whether a program has pasted the content.
    pub(crate) fn has_pasted(&self) -> bool {
        self.has_pasted
    }

    /// Another content is offered from `since` on. Programs that watch the clipboard go on doing so.
    pub(crate) fn renew(&mut self, since: Instant) {
        self.since = since;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANAGER: Program = 1;
    const EDITOR: Program = 2;

    /// A reading `ms` after `since`, of a program that is neither in front nor the desktop's manager.
    fn reading(program: Program, since: Instant, ms: u64) -> Reading {
        let at = since + Duration::from_millis(ms);
        Reading { program, is_focused: false, is_manager: false, at }
    }

    #[test]
    fn a_paste_is_told_from_what_watches_the_clipboard() {
        let since = Instant::now();
        let check = |readings: &[Reading], expected, why: &str| {
            let mut readers = Readers::new(since);
            readings.iter().for_each(|reading| readers.note(*reading));
            assert_eq!(readers.has_pasted(), expected, "{why}");
        };
        let (soon, late) = (reading(MANAGER, since, 3), reading(MANAGER, since, 400));
        let focused = |reading| Reading { is_focused: true, ..reading };
        check(&[], false, "nothing has read it");
        check(&[soon], false, "a manager reads at once");
        check(&[soon, late], false, "and may read again");
        check(&[Reading { is_manager: true, ..late }], false, "the desktop's reads when it likes");
        check(&[focused(late)], true, "the program in front pastes");
        check(&[focused(soon)], true, "also at once: a remote desktop passes it on");
        check(&[late], true, "so does a program that an editor in a terminal has started");
        check(&[soon, focused(late)], true, "and a manager in front");
        check(&[soon, reading(EDITOR, since, 400)], true, "a manager is no excuse for another");
    }

    #[test]
    fn a_number_may_be_anothers_later() {
        let since = Instant::now();
        let mut readers = Readers::new(since);
        readers.note(reading(MANAGER, since, 3));
        readers.forget(MANAGER);
        readers.note(reading(MANAGER, since, 400));
        assert!(readers.has_pasted(), "it is not the program that read at once");
    }

    #[test]
    fn a_manager_of_the_first_content_is_one_of_the_next() {
        let since = Instant::now();
        let mut readers = Readers::new(since);
        readers.note(reading(MANAGER, since, 3));
        let next = since + Duration::from_secs(1);
        readers.renew(next);
        readers.note(reading(MANAGER, next, 100));
        assert!(!readers.has_pasted(), "it may be slower this time");
        readers.note(reading(EDITOR, next, 100));
        assert!(readers.has_pasted(), "the time counts from the next");
    }
}
