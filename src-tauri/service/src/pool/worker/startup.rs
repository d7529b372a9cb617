//! Loading a model in its worker: what loading it shows of its speed, or why it failed.

use std::ops::ControlFlow;

use pounce_engine::{
    CancelToken, Generation, GenerationConfig, Language, LoadOptions, Mode, Prompt, Segments, Step,
};

use crate::engines::{Engine, EngineLoader, Run, RunError};
use pounce_models::registry::InstalledModel;

/// The longest prompt, in tokens, that a load runs. Encoders read no more at once; a decoder reads
/// longer prompts in pieces, and reading the 3,584 tokens that one with half a billion parameters
/// takes made its load last 38 s instead of 2.
const MAX_SAMPLE_TOKENS: usize = 512;

/// Why a model was not loaded.
#[derive(Debug)]
pub(crate) enum LoadFailure {
    Engine(RunError),
    Crashed,
}

/// What loading a model showed.
#[derive(Debug, Default)]
pub(crate) struct LoadReport {
    /// The run that measured its speed; `None` for a server, or if it failed.
    pub(crate) run: Option<Generation>,
    /// See [`Engine::device_fallback_reason`].
    pub(crate) device_fallback_reason: Option<String>,
}

/// Loads a model and warms it up; a run after that shows how fast the model is on this machine.
pub(super) async fn load_and_measure(
    loader: &dyn EngineLoader,
    model: &InstalledModel,
    options: LoadOptions,
) -> Result<(Box<dyn Engine>, LoadReport), RunError> {
    let mut engine = loader.load(model, options).await?;
    engine.warm_up().await?;
    if model.remote.is_some() {
        return Ok((engine, LoadReport::default()));
    }
    // The longest prompt makes every buffer as large as it gets, so that the size measured now is
    // the size in use: 139 MB for the embedded model, against 117 before.
    let n_prompt_tokens = model.max_prompt_tokens.min(MAX_SAMPLE_TOKENS);
    complete(&mut *engine, &sample_run("# first\n", n_prompt_tokens, 2)).await.ok();
    let run = complete(&mut *engine, &sample_run("# second\n", 100, 12)).await.ok();
    let device_fallback_reason = engine.device_fallback_reason().map(str::to_owned);
    Ok((engine, LoadReport { run, device_fallback_reason }))
}

async fn complete(engine: &mut dyn Engine, run: &Run) -> Result<Generation, RunError> {
    engine.generate(run, &mut |_: &Step<'_>| ControlFlow::Continue(())).await
}

/// A completion of ordinary code. Its prompt has at least `n_prompt_tokens` tokens, if the model reads
/// that many. Prompts with different beginnings share nothing that a decoder could reuse, so the time
/// to read a token can be measured.
fn sample_run(beginning: &str, n_prompt_tokens: usize, max_new_tokens: usize) -> Run {
    const LINES: &str = "def mean(values):\n    total = sum(values)\n    ";
    /// Tokens of the lines, as counted by a tokenizer that knows them well.
    const MIN_TOKENS: usize = 12;
    let lines = LINES.repeat(n_prompt_tokens / MIN_TOKENS + 1);
    let prompt = Prompt {
        segments: Segments { prefix: format!("{beginning}{lines}"), suffix: String::new() },
        language: Language::Python,
        mode: Mode::Free,
    };
    // Drafts would be too good: repeated lines are easier to predict than most code.
    let n_draft_tokens = Some(0);
    let config = GenerationConfig { max_new_tokens, n_draft_tokens, ..GenerationConfig::default() };
    Run { prompt, config, cancel: CancelToken::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_that_measures_begins_with_nothing_that_was_read() {
        let (first, second) = (sample_run("# first\n", 512, 2), sample_run("# second\n", 100, 12));
        let [first, second] = [first, second].map(|run| run.prompt.segments.prefix);
        let pairs = first.chars().zip(second.chars());
        let n_common = pairs.take_while(|(a, b)| a == b).count();
        assert_eq!(n_common, "# ".len(), "a decoder reads what two prompts share only once");
    }
}
