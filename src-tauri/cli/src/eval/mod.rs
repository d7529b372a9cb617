//! `pounce eval`: how good a model is, at lines inside files or at snippets that stand alone.

mod lines;
mod options;
mod snippets;

pub(crate) use options::EvalOptions;

/// Evaluates a model and prints a table or JSON.
///
/// # Errors
/// If the cases cannot be read, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    if options.snippets { snippets::run(options) } else { lines::run(options) }
}
