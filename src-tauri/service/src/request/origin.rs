//! [`RequestOrigin`]: where a request comes from.

/// Where a request comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum RequestOrigin {
    /// The hotkey, the tray or a window.
    #[default]
    Desktop,
    /// A program that speaks llama.cpp's protocol.
    LlamaCpp,
    /// A program that speaks OpenAI's protocol.
    OpenAi,
    /// A program that speaks Ollama's protocol.
    Ollama,
}

impl RequestOrigin {
    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::LlamaCpp => "llama_cpp",
            Self::OpenAi => "open_ai",
            Self::Ollama => "ollama",
        }
    }
}
