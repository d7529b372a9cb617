//! `pounce eval`: how good completions are, at lines inside files, at snippets that stand alone or in
//! a project, or at inputs of the kinds that go wrong; and how well a model knows when it is right.

mod app;
mod cases;
mod confidence;
mod disguise;
mod edges;
mod lines;
mod options;
mod project;
mod snippets;

pub(crate) use options::EvalOptions;

/// Evaluates a model and prints a table or JSON.
///
/// # Errors
/// If the cases cannot be read, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    if options.app {
        app::run(options)
    } else if options.project.is_some() {
        project::run(options)
    } else if options.edges {
        edges::run(options)
    } else if options.calibration {
        confidence::run(options)
    } else if options.snippets {
        snippets::run(options)
    } else {
        lines::run(options)
    }
}
