//! What happens next: a pure state machine between the user's verbs and the work on a request.
//!
//! One request runs at a time. A trigger while it runs cancels it, or goes on to the next candidate if it only waits for the
//! hotkey to be let go; triggers of a bouncing key count once; nothing starts
//! while the app is paused. The machine holds no clock, thread or clipboard: [`Coordinator::ask`] takes what the user asks
//! for and returns what to do, which `actor` then does.

use std::time::{Duration, Instant};

use pounce_cli::Verb;
use pounce_engine::Mode;

use super::trigger::Trigger;

/// Two triggers closer together than this are one: a key that bounces or repeats.
const BOUNCE: Duration = Duration::from_millis(30);

/// The number of a request, counted from the start of the app.
pub(crate) type RequestId = u64;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Work on a request, or go on with the last one: the clipboard decides.
    Start {
        /// The request's number.
        id: RequestId,
        /// How much to complete; `None` is the mode of the settings.
        mode: Option<Mode>,
        /// What the user asked for, when and where.
        trigger: Trigger,
    },
    /// Go on to the next candidate of a request whose hotkey is still held.
    Press {
        /// When the hotkey was pressed.
        at: Instant,
    },
    /// Stop the work on a request. It still ends, with [`Coordinator::end`].
    Cancel(RequestId),
    /// Tell the user that the app is paused.
    TellPaused,
    /// Give the hotkeys back (`true`), or take them again (`false`).
    ReleaseHotkeys(bool),
    /// Undo the last write.
    Undo,
    /// Put the completion of this request on the clipboard; `None` is the last one.
    Copy(Option<RequestId>),
    /// Forget the last completions.
    Forget,
    /// Redraw the tray.
    Redraw,
}

/// The state.
#[derive(Debug, Default)]
pub(crate) struct Coordinator {
    stage: Stage,
    is_paused: bool,
    last_id: RequestId,
    /// When the last completion was asked for.
    last_asked: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Completing(RequestId),
    /// Completed; the user may go through the candidates for as long as the hotkey is held.
    Choosing(RequestId),
    /// Cancelled, but not reported as ended yet.
    Ending(RequestId),
}

impl Coordinator {
    /// Whether a request is being worked on, including one that was cancelled and has not ended yet.
    pub(crate) fn is_working(&self) -> bool {
        self.stage != Stage::Idle
    }

    /// Whether a request is being worked on that will be answered: what the tray shows. A trigger that cancels shows at
    /// once, however long the clipboard's owner takes.
    pub(crate) fn is_completing(&self) -> bool {
        matches!(self.stage, Stage::Completing(_))
    }

    /// Whether the user may go through the candidates of this request.
    pub(crate) fn is_choosing(&self, id: RequestId) -> bool {
        self.stage == Stage::Choosing(id)
    }

    /// Whether the user has paused the app.
    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Takes what the user asks for and returns what to do, in order.
    pub(crate) fn ask(&mut self, trigger: Trigger) -> Vec<Action> {
        match trigger.verb {
            Verb::Complete(mode) => self.complete(mode, trigger),
            Verb::SetPaused(is_paused) => self.set_paused(is_paused),
            Verb::TogglePause => self.set_paused(!self.is_paused),
            Verb::Next if matches!(self.stage, Stage::Choosing(_)) => {
                vec![Action::Press { at: trigger.at }]
            }
            // All write the clipboard, which the running request may be about to write.
            Verb::Undo | Verb::Copy(_) | Verb::Next | Verb::Choose(_) if self.is_working() => {
                Vec::new()
            }
            Verb::Next | Verb::Choose(_) if self.is_paused => vec![Action::TellPaused],
            Verb::Next | Verb::Choose(_) => self.start(None, trigger),
            Verb::Undo => vec![Action::Undo],
            Verb::Copy(id) => vec![Action::Copy(id)],
            Verb::Forget => vec![Action::Forget],
        }
    }

    /// Takes that a request which had to wait can be worked on now, and returns what to do: nothing if something else is
    /// done meanwhile, or if the app is paused.
    pub(crate) fn resume(&mut self, trigger: Trigger) -> Vec<Action> {
        match trigger.verb {
            Verb::Complete(mode) if !self.is_working() && !self.is_paused => {
                self.start(mode, trigger)
            }
            _ => Vec::new(),
        }
    }

    /// Takes that a request may be pasted once the hotkey is let go, and returns what to do.
    pub(crate) fn choose(&mut self, completed: RequestId) -> Vec<Action> {
        if self.stage != Stage::Completing(completed) {
            return Vec::new();
        }
        self.stage = Stage::Choosing(completed);
        vec![Action::Redraw]
    }

    /// Takes that the work on a request has ended, however, and returns what to do.
    pub(crate) fn end(&mut self, ended: RequestId) -> Vec<Action> {
        match self.stage {
            Stage::Completing(id) | Stage::Choosing(id) | Stage::Ending(id) if id == ended => {
                self.stage = Stage::Idle;
                vec![Action::Redraw]
            }
            _ => Vec::new(),
        }
    }

    fn complete(&mut self, mode: Option<Mode>, trigger: Trigger) -> Vec<Action> {
        let since = |last| trigger.at.saturating_duration_since(last);
        if self.last_asked.is_some_and(|last| since(last) < BOUNCE) {
            return Vec::new();
        }
        self.last_asked = Some(trigger.at);
        match self.stage {
            _ if self.is_paused => vec![Action::TellPaused],
            Stage::Idle => self.start(mode, trigger),
            Stage::Completing(_) => {
                let mut actions = self.cancel();
                actions.push(Action::Redraw);
                actions
            }
            Stage::Choosing(_) => vec![Action::Press { at: trigger.at }],
            Stage::Ending(_) => Vec::new(),
        }
    }

    fn start(&mut self, mode: Option<Mode>, trigger: Trigger) -> Vec<Action> {
        self.last_id += 1;
        self.stage = Stage::Completing(self.last_id);
        vec![Action::Start { id: self.last_id, mode, trigger }, Action::Redraw]
    }

    fn cancel(&mut self) -> Vec<Action> {
        let (Stage::Completing(id) | Stage::Choosing(id)) = self.stage else { return Vec::new() };
        self.stage = Stage::Ending(id);
        vec![Action::Cancel(id)]
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

    /// What the user asks for, how many milliseconds after the start, and what is to be done then.
    type Step<'a> = (Verb, u64, &'a [Action]);

    const LINE: Verb = Verb::Complete(Some(Mode::Line));

    /// Asks in turn, and checks what is to be done after each.
    fn check(why: &str, steps: &[Step<'_>]) {
        let start = Instant::now();
        let mut coordinator = Coordinator::default();
        for (i, (verb, ms, expected)) in steps.iter().enumerate() {
            let at = start + Duration::from_millis(*ms);
            let actions = coordinator.ask(Trigger { verb: *verb, at, window: None });
            assert_eq!(actions, *expected, "{why}: step {i}, {verb:?}");
        }
    }

    fn line(at: Instant) -> Trigger {
        Trigger { verb: LINE, at, window: None }
    }

    fn block(at: Instant) -> Trigger {
        Trigger { verb: Verb::Complete(Some(Mode::Block)), at, window: None }
    }

    fn starts(expected: RequestId, expected_mode: Mode) -> impl Fn(&[Action]) -> bool {
        move |actions| {
            matches!(actions, [Action::Start { id, mode, .. }, Action::Redraw]
                if *id == expected && *mode == Some(expected_mode))
        }
    }

    #[test]
    fn a_press_starts_and_another_cancels() {
        let now = Instant::now();
        let later = |ms| now + Duration::from_millis(ms);
        let mut coordinator = Coordinator::default();
        assert!(starts(1, Mode::Line)(&coordinator.ask(line(now))), "the first press starts");
        assert!(coordinator.is_completing(), "the tray shows it");
        let cancelled = [Action::Cancel(1), Action::Redraw];
        assert_eq!(coordinator.ask(block(later(80))), cancelled, "any hotkey cancels");
        assert!(!coordinator.is_completing(), "and the tray shows that at once");
        assert!(coordinator.is_working(), "though its end is still to come");
        assert_eq!(coordinator.ask(line(later(160))), [], "it is cancelled already");
        assert_eq!(coordinator.end(1), [Action::Redraw], "then it ends");
        assert!(!coordinator.is_working(), "nothing runs any more");
        assert!(
            starts(2, Mode::Block)(&coordinator.ask(block(later(240)))),
            "the next press starts again"
        );
    }

    #[test]
    fn while_the_hotkey_is_held_a_press_goes_on_to_the_next_candidate() {
        let now = Instant::now();
        let later = |ms| now + Duration::from_millis(ms);
        let mut coordinator = Coordinator::default();
        coordinator.ask(line(now));
        assert_eq!(coordinator.choose(7), [], "another request");
        assert_eq!(coordinator.choose(1), [Action::Redraw], "the tray shows that it is completed");
        assert!(!coordinator.is_completing());
        for press in
            [line(later(100)), block(later(200)), Trigger { verb: Verb::Next, ..line(later(300)) }]
        {
            assert_eq!(coordinator.ask(press), [Action::Press { at: press.at }], "any hotkey");
        }
        assert_eq!(coordinator.ask(Trigger::now(Verb::Undo)), [], "something will be pasted");
        assert_eq!(coordinator.choose(1), [], "that is known");
        let paused = coordinator.ask(Trigger::now(Verb::SetPaused(true)));
        assert_eq!(paused[0], Action::Cancel(1), "nothing is pasted after a pause");
        assert_eq!(coordinator.end(1), [Action::Redraw], "then it ends");
    }

    #[test]
    fn the_trigger_is_kept() {
        let press = Trigger { verb: LINE, at: Instant::now(), window: Some(7) };
        let actions = Coordinator::default().ask(press);
        assert!(
            matches!(actions[0], Action::Start { trigger, .. } if trigger == press),
            "its time and its window are those of the press"
        );
    }

    #[test]
    fn a_bouncing_key_counts_once() {
        let now = Instant::now();
        let mut coordinator = Coordinator::default();
        coordinator.ask(line(now));
        for ms in [1, 10, 29] {
            let bounce = line(now + Duration::from_millis(ms));
            assert_eq!(coordinator.ask(bounce), [], "{ms} ms later is the same press");
        }
        assert_eq!(
            coordinator.ask(line(now + BOUNCE)),
            [Action::Cancel(1), Action::Redraw],
            "later is another press"
        );
    }

    #[test]
    fn pausing_cancels_and_gives_the_keys_back() {
        check(
            "pause while idle, then resume",
            &[
                (Verb::SetPaused(false), 0, &[]),
                (Verb::SetPaused(true), 0, &[Action::ReleaseHotkeys(true), Action::Redraw]),
                (LINE, 100, &[Action::TellPaused]),
                (Verb::SetPaused(true), 0, &[]),
                (Verb::SetPaused(false), 0, &[Action::ReleaseHotkeys(false), Action::Redraw]),
                (Verb::TogglePause, 0, &[Action::ReleaseHotkeys(true), Action::Redraw]),
                (Verb::TogglePause, 0, &[Action::ReleaseHotkeys(false), Action::Redraw]),
            ],
        );
        let mut coordinator = Coordinator::default();
        coordinator.ask(line(Instant::now()));
        let actions = coordinator.ask(Trigger::now(Verb::SetPaused(true)));
        assert_eq!(actions[0], Action::Cancel(1), "the running request is cancelled first");
    }

    #[test]
    fn ends_of_other_requests_change_nothing() {
        let mut coordinator = Coordinator::default();
        assert_eq!(coordinator.end(7), [], "nothing runs");
        coordinator.ask(line(Instant::now()));
        assert_eq!(coordinator.end(7), [], "another one runs");
        assert!(coordinator.is_working(), "and goes on");
    }

    #[test]
    fn only_one_at_a_time_writes_the_clipboard() {
        let (undo, copy) = (Trigger::now(Verb::Undo), Trigger::now(Verb::Copy(None)));
        let mut coordinator = Coordinator::default();
        assert_eq!(coordinator.ask(undo), [Action::Undo], "idle: at once");
        assert_eq!(coordinator.ask(copy), [Action::Copy(None)], "idle: at once");
        coordinator.ask(line(Instant::now()));
        for verb in [Verb::Next, Verb::Choose(1)] {
            let at = Instant::now() + 2 * BOUNCE;
            let asked = coordinator.ask(Trigger { verb, at, window: None });
            assert_eq!(asked, [], "a request is writing, and is not cancelled by {verb:?}");
        }
        assert_eq!(coordinator.ask(undo), [], "a request is writing");
        assert_eq!(coordinator.ask(copy), [], "a request is writing");
    }
}
