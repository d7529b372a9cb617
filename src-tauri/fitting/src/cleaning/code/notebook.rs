//! Notebooks: marks of cells, magic lines and commands of the shell between the code. They name
//! Python, or the language that a cell says it is in, and are no code.

use crate::cleaning::commands::is_command;
use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// IPython's magics (`%lsmagic`), and those that notebooks load most.
const MAGICS: &str = " alias alias_magic autoawait autocall automagic autoreload bookmark cache \
    capture cd code_wrap colors conda config cython debug dirs doctest_mode dhist ed edit env \
    fastai gui hist history killbgscripts ldir less line_profiler load load_ext loadpy logoff \
    logon logstart logstate logstop ls lsmagic lprun lx macro magic mamba man matplotlib memit \
    mkdir mprun more notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint \
    precision prun psearch psource pushd pwd pycat pylab qtconsole quickref recall rehashx \
    reload_ext rep rerun reset reset_selective rm rmdir run save sc set_env store sx system tb \
    time timeit unalias unload_ext uv who who_ls whos writefile xdel xmode ";

/// Magics that say what the rest of their cell is written in.
const CELL_LANGUAGES: [(&str, &str); 18] = [
    ("bash", "shell"),
    ("sh", "shell"),
    ("script", "shell"),
    ("shell", "shell"),
    ("cmd", "batch"),
    ("html", "html"),
    ("HTML", "html"),
    ("svg", "html"),
    ("SVG", "html"),
    ("javascript", "javascript"),
    ("js", "javascript"),
    ("ruby", "ruby"),
    ("perl", "perl"),
    ("R", "r"),
    ("sql", "sql"),
    ("latex", "latex"),
    ("markdown", "markdown"),
    ("python", "python"),
];

/// Comments that begin a cell in a script: Spyder's and VS Code's, nbconvert's, IPython's,
/// Databricks'.
const CELL_MARKS: [&str; 7] =
    ["# %%", "#%%", "# In[", "# <codecell>", "# <markdowncell>", "# COMMAND ---", "# MAGIC %"];

/// What a line is to a notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Note {
    Cell,
    Magic,
    /// A magic for the whole cell, and the cell's language.
    CellMagic(String),
    Command,
}

/// Deletes marks, magics and commands, but never the cursor's own line.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let mut edits = Edits::default();
    let mut language = None;
    let mut cell_language = None;
    for line in draft.lines() {
        let Some(note) = note(line) else { continue };
        if line.start <= draft.cursor() {
            cell_language = match &note {
                Note::Cell => None,
                Note::CellMagic(language) => Some(language.clone()),
                Note::Magic | Note::Command => cell_language,
            };
        }
        language = Some("python".to_owned());
        if !line.holds(draft.cursor()) {
            edits.delete(line.start..(line.end() + 1).min(draft.text().len()));
        }
    }
    let language = cell_language.or(language)?;
    Some(Layer { edits, language: Some(language), ..Layer::default() })
}

fn note(line: Line<'_>) -> Option<Note> {
    let text = line.text.trim_end();
    if CELL_MARKS.iter().any(|mark| text.starts_with(mark)) {
        return Some(Note::Cell);
    }
    if let Some(magic) = text.strip_prefix("%%") {
        return cell_magic(magic).map(Note::CellMagic);
    }
    let text = text.trim_start();
    if let Some(magic) = text.strip_prefix('%') {
        return is_magic(first_word(magic)).then_some(Note::Magic);
    }
    text.strip_prefix('!').filter(|command| is_command(command)).map(|_| Note::Command)
}

/// The language of a cell under `magic`; `None` if it is no magic.
fn cell_magic(magic: &str) -> Option<String> {
    let word = first_word(magic);
    if word == "writefile" {
        let extension = magic.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
        return extension.or(Some("python".to_owned()));
    }
    let named = CELL_LANGUAGES.iter().find(|(name, _)| *name == word);
    named.map(|(_, language)| *language).or(is_magic(word).then_some("python")).map(str::to_owned)
}

fn is_magic(word: &str) -> bool {
    !word.is_empty() && MAGICS.contains(&format!(" {word} "))
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn marks_magics_and_commands_go_and_name_the_language() {
        let check = |text: &str, prefix: &str, language: &str| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.language_hint.as_deref(), Some(language), "{text:?}");
            assert_eq!(snippet.undo.append("x"), format!("{text}x"), "{text:?}");
        };
        check("%matplotlib inline\nimport os\n\nos.", "import os\n\nos.", "python");
        check("# %%\nx = 1\n\n# %% [markdown]\ny = ", "x = 1\n\ny = ", "python");
        check("#%%\nx = 1\n# In[3]:\ny = ", "x = 1\ny = ", "python");
        check(
            "!pip install requests\nimport requests\nrequests.",
            "import requests\nrequests.",
            "python",
        );
        check("if a:\n    !ls -l\n    b = ", "if a:\n    b = ", "python");
        check("%%time\nx = ", "x = ", "python");
        check("%%bash\nls -", "ls -", "shell");
        check("%%bash\nls\n# %%\nx = ", "ls\nx = ", "python");
        check("%%writefile app.js\nconst a = ", "const a = ", "js");
        check("x = 1\n%timeit ", "x = 1\n%timeit ", "python");
    }

    #[test]
    fn other_percents_and_exclamation_marks_stay() {
        for text in [
            "% A comment in LaTeX\n\\section{",
            "!done && run();\nx",
            "*.log\n!keep.log\n",
            "%d items\n",
        ] {
            let snippet = clean(text, &[]);
            assert_eq!((&*snippet.segments.prefix, snippet.language_hint), (text, None));
        }
    }
}
