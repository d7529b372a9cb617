//! [`Speed`]: how fast a model is, as its runs show.

use std::time::Duration;

use pounce_engine::Generation;
use serde::{Deserialize, Serialize};

/// Weight of the newest run in a running average: about the last ten runs count.
const NEWEST: f64 = 0.2;

/// Reading fewer tokens takes as long as one step of the decoder, whatever their number.
const MIN_READ_TOKENS: usize = 16;

/// How fast a model is, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Time until the first token, for any prompt: the network's part. Zero for models of this machine.
    #[serde(default)]
    latency_us: f64,
    /// Time to read one prompt token.
    encode_us: f64,
    /// Time to write one token.
    decode_us: f64,
}

impl Speed {
    /// The speed of a model of this machine.
    pub fn new(encode_per_token: Duration, decode_per_token: Duration) -> Self {
        let (encode_us, decode_us) = (micros(encode_per_token), micros(decode_per_token));
        Self { latency_us: 0.0, encode_us, decode_us }
    }

    /// Time to read one prompt token.
    pub fn encode_per_token(&self) -> Duration {
        Duration::from_secs_f64(self.encode_us / 1e6)
    }

    /// Time to write one token.
    pub fn decode_per_token(&self) -> Duration {
        Duration::from_secs_f64(self.decode_us / 1e6)
    }

    /// The expected time of a run.
    pub fn expected(&self, n_prompt_tokens: usize, n_tokens: usize) -> Duration {
        let micros = self.encode_us * n_prompt_tokens as f64 + self.decode_us * n_tokens as f64;
        Duration::from_secs_f64((self.latency_us + micros) / 1e6)
    }

    pub(super) fn average(&mut self, newest: Self) {
        self.latency_us += NEWEST * (newest.latency_us - self.latency_us);
        self.encode_us += NEWEST * (newest.encode_us - self.encode_us);
        self.decode_us += NEWEST * (newest.decode_us - self.decode_us);
    }
}

/// The speed that one run shows; `None` if it was too short. If almost nothing of the prompt had to be
/// read, the known time to read a token is kept.
pub(super) fn speed_of(run: &Generation, known: Option<Speed>) -> Option<Speed> {
    let n_tokens = run.n_tokens();
    if n_tokens == 0 || run.n_prompt_tokens == 0 {
        return None;
    }
    let decode_us = micros(run.timings.first_token + run.timings.decode) / n_tokens as f64;
    let encode = run.timings.tokenize + run.timings.encode;
    let encode_us = match known {
        Some(known) if run.n_read_tokens < MIN_READ_TOKENS => known.encode_us,
        _ => micros(encode) / run.n_read_tokens.max(1) as f64,
    };
    Some(Speed { latency_us: 0.0, encode_us, decode_us })
}

/// The speed of a server as seen from this machine. The time until its first token is mostly the
/// network's, and says little about how fast the server reads.
pub(super) fn speed_of_server(run: &Generation) -> Option<Speed> {
    let n_later = run.n_tokens().checked_sub(1)?;
    let latency_us = micros(run.timings.ttft());
    let decode_us = micros(run.timings.decode) / n_later.max(1) as f64;
    Some(Speed { latency_us, encode_us: 0.0, decode_us })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
