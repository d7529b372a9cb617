//! [`RemoteKind`]: the protocol of a remote engine.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The protocol of a remote engine: how its requests carry the code after the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum RemoteKind {
    /// `/completions` with `prompt` and `suffix`: Ollama, DeepSeek.
    Openai,
    /// `/infill` with `input_prefix` and `input_suffix`: llama.cpp's own server.
    LlamaCpp,
    /// `/completions` with a fill-in-the-middle prompt that Pounce writes. For servers whose own
    /// `suffix` does not work: vLLM and Ray Serve refuse it, LM Studio does not document it, and
    /// llama-cpp-python puts it behind tokens with another meaning.
    Fim,
    /// `/completions` with the prefix alone: models without fill-in-the-middle.
    Plain,
}

impl RemoteKind {
    /// Every kind with its name in the settings and on the command line.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Openai, "openai"),
        (Self::LlamaCpp, "llama-cpp"),
        (Self::Fim, "fim"),
        (Self::Plain, "plain"),
    ];

    /// The kind of the server with an endpoint at this address; `Openai` if the address does not tell.
    pub fn of_address(url: &str) -> Self {
        if url.trim_end_matches('/').ends_with("/infill") { Self::LlamaCpp } else { Self::Openai }
    }

    /// Its name in the settings and on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for RemoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
