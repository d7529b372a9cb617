//! What happens next: a pure state machine between the hotkeys, the tray and the work on a request.
//!
//! One request at a time. A press while it runs cancels it; presses of a bouncing key count once; while paused
//! nothing starts. It holds no clock, thread or clipboard: [`Coordinator::step`] takes what happened and returns what
//! to do, and `completer` does it.

use std::time::{Duration, Instant};

use crate::ipc::Mode;
use crate::paste::WindowId;

/// Two presses closer together are one: a bouncing key, or a key and its repetition.
const BOUNCE: Duration = Duration::from_millis(30);

/// The number of a request since the start.
pub(crate) type RequestId = u64;

/// A hotkey, the tray or another process asks for a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    /// How much of it.
    pub(crate) mode: Mode,
    /// When: its deadline counts from there.
    pub(crate) at: Instant,
    /// The window that had the focus then and gets the completion; `None` where whichever has it at the end does.
    pub(crate) window: Option<WindowId>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A completion is asked for.
    Trigger(Trigger),
    /// The work on a request has ended, however.
    Ended(RequestId),
    /// The user pauses or resumes.
    SetPaused(bool),
    /// The user takes the last write back.
    Undo,
    /// The user wants the last completion on the clipboard.
    CopyLast,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Work on a request.
    Start {
        /// Its number.
        id: RequestId,
        /// What is asked for.
        trigger: Trigger,
    },
    /// Stop the work on a request; it still ends with [`Event::Ended`].
    Cancel(RequestId),
    /// Tell the user that the app is paused.
    TellPaused,
    /// Give the hotkeys back, or take them again.
    ReleaseHotkeys(bool),
    /// Take the last write back.
    Undo,
    /// Put the last completion on the clipboard.
    CopyLast,
    /// Draw the tray anew.
    Redraw,
}

/// The state.
#[derive(Debug, Default)]
pub(crate) struct Coordinator {
    stage: Stage,
    is_paused: bool,
    last_id: RequestId,
    last_trigger: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Completing(RequestId),
    /// Cancelled, but its end is not reported yet.
    Ending(RequestId),
}

impl Coordinator {
    /// Whether a request is being worked on, also one that was cancelled and has not ended yet.
    pub(crate) fn is_working(&self) -> bool {
        self.stage != Stage::Idle
    }

    /// Whether a request is being worked on that will be answered: what the tray shows. A press that cancels is seen
    /// at once, however long the clipboard's owner takes.
    pub(crate) fn is_completing(&self) -> bool {
        matches!(self.stage, Stage::Completing(_))
    }

    /// Whether the user has paused the app.
    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Takes what happened and returns what to do, in order.
    pub(crate) fn step(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Trigger(trigger) => self.trigger(trigger),
            Event::Ended(id) => self.end(id),
            Event::SetPaused(is_paused) => self.set_paused(is_paused),
            // Both write the clipboard; a request in the middle of its own write is left to end first.
            Event::Undo if self.is_working() => Vec::new(),
            Event::CopyLast if self.is_working() => Vec::new(),
            Event::Undo => vec![Action::Undo],
            Event::CopyLast => vec![Action::CopyLast],
        }
    }

    fn trigger(&mut self, trigger: Trigger) -> Vec<Action> {
        let since = |last| trigger.at.saturating_duration_since(last);
        if self.last_trigger.is_some_and(|last| since(last) < BOUNCE) {
            return Vec::new();
        }
        self.last_trigger = Some(trigger.at);
        match self.stage {
            _ if self.is_paused => vec![Action::TellPaused],
            Stage::Idle => self.start(trigger),
            Stage::Completing(_) => {
                let mut actions = self.cancel();
                actions.push(Action::Redraw);
                actions
            }
            Stage::Ending(_) => Vec::new(),
        }
    }

    fn start(&mut self, trigger: Trigger) -> Vec<Action> {
        self.last_id += 1;
        self.stage = Stage::Completing(self.last_id);
        vec![Action::Start { id: self.last_id, trigger }, Action::Redraw]
    }

    fn cancel(&mut self) -> Vec<Action> {
        let Stage::Completing(id) = self.stage else { return Vec::new() };
        self.stage = Stage::Ending(id);
        vec![Action::Cancel(id)]
    }

    fn end(&mut self, ended: RequestId) -> Vec<Action> {
        match self.stage {
            Stage::Completing(id) | Stage::Ending(id) if id == ended => {
                self.stage = Stage::Idle;
                vec![Action::Redraw]
            }
            _ => Vec::new(),
        }
    }

    fn set_paused(&mut self, is_paused: bool) -> Vec<Action> {
        if self.is_paused == is_paused {
            return Vec::new();
        }
        self.is_paused = is_paused;
        let mut actions = if is_paused { self.cancel() } else { Vec::new() };
        actions.extend([Action::ReleaseHotkeys(is_paused), Action::Redraw]);
        actions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens, how many milliseconds after the start, and what is to be done then.
    type Step<'a> = (fn(Instant) -> Event, u64, &'a [Action]);

    /// Steps through events given with their time in milliseconds, and checks what is to be done after each.
    fn check(why: &str, steps: &[Step<'_>]) {
        let start = Instant::now();
        let mut coordinator = Coordinator::default();
        for (i, (event, ms, expected)) in steps.iter().enumerate() {
            let event = event(start + Duration::from_millis(*ms));
            let actions: Vec<_> =
                coordinator.step(event).into_iter().map(|action| timeless(action, start)).collect();
            assert_eq!(actions, *expected, "{why}: step {i}, {event:?}");
        }
    }

    /// Actions compare without their time, which tests cannot write down.
    fn timeless(action: Action, start: Instant) -> Action {
        match action {
            Action::Start { id, trigger } => {
                Action::Start { id, trigger: Trigger { at: start, ..trigger } }
            }
            other => other,
        }
    }

    fn line(at: Instant) -> Event {
        Event::Trigger(Trigger { mode: Mode::Line, at, window: None })
    }

    fn block(at: Instant) -> Event {
        Event::Trigger(Trigger { mode: Mode::Block, at, window: None })
    }

    fn starts(id: RequestId, mode: Mode) -> impl Fn(&[Action]) -> bool {
        move |actions| matches!(actions, [Action::Start { id: i, trigger }, Action::Redraw] if *i == id && trigger.mode == mode)
    }

    #[test]
    fn a_press_starts_and_another_cancels() {
        let now = Instant::now();
        let later = |ms| now + Duration::from_millis(ms);
        let mut coordinator = Coordinator::default();
        assert!(starts(1, Mode::Line)(&coordinator.step(line(now))), "the first press starts");
        assert!(coordinator.is_completing(), "the tray shows it");
        let cancelled = [Action::Cancel(1), Action::Redraw];
        assert_eq!(coordinator.step(block(later(80))), cancelled, "any hotkey cancels");
        assert!(!coordinator.is_completing(), "and the tray shows that at once");
        assert!(coordinator.is_working(), "though its end is still to come");
        assert_eq!(coordinator.step(line(later(160))), [], "it is cancelled already");
        assert_eq!(coordinator.step(Event::Ended(1)), [Action::Redraw], "then it ends");
        assert!(!coordinator.is_working(), "nothing runs any more");
        assert!(
            starts(2, Mode::Block)(&coordinator.step(block(later(240)))),
            "the next press starts anew"
        );
    }

    #[test]
    fn the_trigger_is_kept() {
        let press = Trigger { mode: Mode::Line, at: Instant::now(), window: Some(7) };
        let actions = Coordinator::default().step(Event::Trigger(press));
        assert!(
            matches!(actions[0], Action::Start { trigger, .. } if trigger == press),
            "its time and its window are those of the press"
        );
    }

    #[test]
    fn a_bouncing_key_counts_once() {
        let now = Instant::now();
        let mut coordinator = Coordinator::default();
        coordinator.step(line(now));
        for ms in [1, 10, 29] {
            let bounce = line(now + Duration::from_millis(ms));
            assert_eq!(coordinator.step(bounce), [], "{ms} ms later is the same press");
        }
        assert_eq!(
            coordinator.step(line(now + BOUNCE)),
            [Action::Cancel(1), Action::Redraw],
            "later is another press"
        );
    }

    #[test]
    fn pausing_cancels_and_gives_the_keys_back() {
        check(
            "pause while working, then resume",
            &[
                (|_| Event::SetPaused(false), 0, &[]),
                (|_| Event::SetPaused(true), 0, &[Action::ReleaseHotkeys(true), Action::Redraw]),
                (line, 100, &[Action::TellPaused]),
                (|_| Event::SetPaused(true), 0, &[]),
                (|_| Event::SetPaused(false), 0, &[Action::ReleaseHotkeys(false), Action::Redraw]),
            ],
        );
        let mut coordinator = Coordinator::default();
        coordinator.step(line(Instant::now()));
        let actions = coordinator.step(Event::SetPaused(true));
        assert_eq!(actions[0], Action::Cancel(1), "what runs is cancelled first");
    }

    #[test]
    fn ends_of_other_requests_change_nothing() {
        let mut coordinator = Coordinator::default();
        assert_eq!(coordinator.step(Event::Ended(7)), [], "nothing runs");
        coordinator.step(line(Instant::now()));
        assert_eq!(coordinator.step(Event::Ended(7)), [], "another one runs");
        assert!(coordinator.is_working(), "and goes on");
    }

    #[test]
    fn the_clipboard_is_written_by_one_at_a_time() {
        let mut coordinator = Coordinator::default();
        assert_eq!(coordinator.step(Event::Undo), [Action::Undo], "idle: at once");
        assert_eq!(coordinator.step(Event::CopyLast), [Action::CopyLast], "idle: at once");
        coordinator.step(line(Instant::now()));
        assert_eq!(coordinator.step(Event::Undo), [], "a request is writing");
        assert_eq!(coordinator.step(Event::CopyLast), [], "a request is writing");
    }
}
