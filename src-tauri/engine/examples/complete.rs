//! Loads a model folder and completes standard input: `complete MODEL_FOLDER < snippet`.

use std::io::Read;
use std::path::Path;

use pounce_engine::{
    CancelToken, DEFAULT_CURSOR_MARKER, GenerationConfig, Language, LoadOptions, Model, Prompt,
    Runtime, Segments, never_stop,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: complete MODEL_FOLDER < snippet")?;
    let mut snippet = String::new();
    std::io::stdin().read_to_string(&mut snippet)?;
    let segments = Segments::split_at_marker(&snippet, DEFAULT_CURSOR_MARKER);
    let prompt =
        Prompt { language: Language::detect(&segments.prefix), segments, ..Prompt::default() };

    let mut model = Model::load(&Runtime::find()?, Path::new(&folder), &LoadOptions::default())?;
    let generation = model.generate(
        &prompt,
        &GenerationConfig::default(),
        &CancelToken::new(),
        &mut never_stop,
    )?;
    println!("{}", generation.text);
    eprintln!(
        "{:?} after {} tokens: {:?}",
        generation.finish,
        generation.n_tokens(),
        generation.timings
    );
    Ok(())
}
