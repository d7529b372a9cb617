//! [`Answer`]: a server's completion as it arrives, piece by piece.

use std::time::Duration;

use pounce_engine::{FinishReason, Generation, Prompt, Segments, StageTimings, Step, StopRules};
use pounce_fitting::MAX_COMPLETION_BYTES;
use tokio::time::Instant;

use super::request::BYTES_PER_TOKEN;
use super::stream::{End, Event};
use crate::engines::engine::OnStep;

/// A server that is silent for longer may be loading its model.
const LOADING_AFTER: Duration = Duration::from_millis(100);

/// The text of an answer as it arrives.
pub(super) struct Answer {
    rules: StopRules,
    text: String,
    /// Pieces that arrived; servers send a token in each.
    pub(super) n_tokens: usize,
    log_probs: Vec<f32>,
    /// Pieces that came without log-probabilities.
    n_untold: usize,
    /// Whether log-probabilities came with the piece that is next.
    is_told: bool,
    started: Instant,
    timings: StageTimings,
}

impl Answer {
    pub(super) fn new(prompt: &Prompt) -> Self {
        Self {
            rules: StopRules::new(prompt),
            text: String::new(),
            n_tokens: 0,
            log_probs: Vec::new(),
            n_untold: 0,
            is_told: false,
            started: Instant::now(),
            timings: StageTimings::default(),
        }
    }

    /// The server has begun to answer.
    pub(super) fn note_encoded(&mut self) {
        self.timings.encode = self.started.elapsed();
    }

    /// Whether it was cancelled while the server was silent for longer than a loaded model takes.
    pub(super) fn is_late(&self, finish: FinishReason) -> bool {
        let is_silent = self.timings.encode.is_zero() && self.started.elapsed() >= LOADING_AFTER;
        is_silent && finish == FinishReason::Cancelled
    }

    /// Adds what arrived; returns why the completion ends there, if it does.
    pub(super) fn take(
        &mut self,
        events: Vec<Event>,
        on_step: &mut OnStep<'_>,
    ) -> Option<FinishReason> {
        events.into_iter().find_map(|event| match event {
            Event::LogProbs(log_probs) => {
                self.log_probs.extend(log_probs);
                self.is_told = true;
                None
            }
            Event::Text(text) if text.is_empty() => None,
            Event::Text(text) => self.push(&text, on_step),
            Event::End(End::Length) => Some(FinishReason::Length),
            Event::End(End::Stop) => Some(FinishReason::Stop),
        })
    }

    fn push(&mut self, piece: &str, on_step: &mut OnStep<'_>) -> Option<FinishReason> {
        // The connection is closed where this is full: the rest is not even read.
        let room = MAX_COMPLETION_BYTES - self.text.len();
        self.text.push_str(&piece[..piece.floor_char_boundary(room)]);
        self.n_tokens += 1;
        self.n_untold += usize::from(!std::mem::take(&mut self.is_told));
        let elapsed = self.started.elapsed();
        let since_encoded = elapsed.saturating_sub(self.timings.encode);
        match self.n_tokens {
            1 => self.timings.first_token = since_encoded,
            _ => self.timings.decode = since_encoded.saturating_sub(self.timings.first_token),
        }
        if let Some(end) = self.rules.end_of(&self.text) {
            self.text.truncate(end);
            return Some(FinishReason::Stop);
        }
        if piece.len() > room {
            return Some(FinishReason::Length);
        }
        let text = self.rules.sure_part(&self.text);
        let step = Step { text, n_tokens: self.n_tokens, elapsed };
        on_step(&step).is_break().then_some(FinishReason::Yielded)
    }

    pub(super) fn finish(
        self,
        sent: &Segments,
        wanted: &Segments,
        finish: FinishReason,
    ) -> Generation {
        let n_bytes = sent.prefix.len() + sent.suffix.len();
        let n_prompt_tokens = (n_bytes as f64 / BYTES_PER_TOKEN).ceil() as usize;
        let log_probs = if self.n_untold == 0 { self.log_probs } else { Vec::new() };
        Generation {
            log_probs,
            n_prompt_tokens,
            n_read_tokens: n_prompt_tokens,
            is_prompt_clipped: sent != wanted,
            timings: self.timings,
            ..Generation::of_text(self.rules.finish(&self.text), self.n_tokens, finish)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use pounce_engine::{Language, Mode, never_stop};

    use super::*;

    #[test]
    fn an_answer_ends_where_the_rest_of_the_line_takes_over() {
        let segments = Segments { prefix: "print(".to_owned(), suffix: ")\n".to_owned() };
        let prompt = Prompt { segments, language: Language::Python, mode: Mode::Line };
        let mut answer = Answer::new(&prompt);
        let mut shown = Vec::new();
        let mut on_step = |step: &Step<'_>| {
            shown.push(step.text.to_owned());
            ControlFlow::Continue(())
        };
        let pieces = ["f(name", ")", ")"].map(|piece| Event::Text(piece.to_owned()));
        let finish = answer.take(pieces.into(), &mut on_step);
        assert_eq!(finish, Some(FinishReason::Stop), "the connection is closed there");
        assert_eq!(shown, ["f(name", "f(name)"]);
        let generation = answer.finish(&prompt.segments, &prompt.segments, FinishReason::Stop);
        assert_eq!(generation.text, "f(name)", "the place's own bracket is left to the rest");
    }

    #[test]
    fn log_probabilities_are_those_of_the_whole_answer() {
        let segments = Segments { prefix: "x = ".to_owned(), suffix: String::new() };
        let prompt = Prompt { segments, language: Language::Python, mode: Mode::Line };
        let check = |events: &[Event], expected: &[f32]| {
            let mut answer = Answer::new(&prompt);
            answer.take(events.to_vec(), &mut never_stop);
            let found = answer.finish(&prompt.segments, &prompt.segments, FinishReason::Stop);
            assert_eq!(found.log_probs, expected, "{events:?}");
        };
        let text = |text: &str| Event::Text(text.to_owned());
        let told = |log_prob| Event::LogProbs(vec![log_prob]);
        check(&[told(-0.5), text("a"), told(-1.0), text(" + b")], &[-0.5, -1.0]);
        check(&[told(-0.5), text("a"), text(" + b")], &[]);
        check(&[text("a")], &[]);
    }

    #[test]
    fn a_completion_is_bounded_however_much_arrives() {
        let segments = Segments { prefix: "let x = ".to_owned(), suffix: String::new() };
        let prompt = Prompt { segments, language: Language::Unknown, mode: Mode::Free };
        let mut answer = Answer::new(&prompt);
        // Characters of three bytes, so that the limit is within one.
        let piece = "界".repeat(10_000);
        let taken =
            |answer: &mut Answer| answer.take(vec![Event::Text(piece.clone())], &mut never_stop);
        assert_eq!(taken(&mut answer), None, "the first piece fits");
        assert_eq!(taken(&mut answer), None, "and the second");
        assert_eq!(taken(&mut answer), Some(FinishReason::Length), "the third ends the answer");
        assert!(answer.text.len() <= MAX_COMPLETION_BYTES, "{} bytes are kept", answer.text.len());
        assert!(answer.text.len() > MAX_COMPLETION_BYTES - 3, "as many as there is room for");
    }
}
