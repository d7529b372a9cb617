//! What interactive programs write before a line that is typed, as a table.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use crate::cleaning::commands::is_command;

/// How a program prompts.
#[derive(Debug)]
pub(super) struct Prompt {
    /// The language that is typed; empty where several programs prompt alike.
    pub(super) language: &'static str,
    primary: &'static str,
    /// The prompt for further lines of a statement; empty if the program has none.
    secondary: &'static str,
    /// How the secondary prompt is written where the snippet does not show it.
    pub(super) usual_secondary: Secondary,
    /// Whether the first number in the primary prompt is that of the statement.
    pub(super) counts: bool,
    /// Whether code or a quotation may look like this, too.
    pub(super) is_ambiguous: bool,
}

/// How a secondary prompt follows from the primary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secondary {
    /// The same prompt again.
    Same,
    Text(&'static str),
    /// With blanks in front, so that it is as wide as the primary one.
    AsWide(&'static str),
    /// The primary one with a dash for its equals sign.
    Dashed,
}

use Secondary::{AsWide, Dashed, Same, Text};

const fn prompt(
    language: &'static str,
    primary: &'static str,
    secondary: &'static str,
    usual_secondary: Secondary,
) -> Prompt {
    Prompt { language, primary, secondary, usual_secondary, counts: false, is_ambiguous: false }
}

const fn counting(prompt: Prompt) -> Prompt {
    Prompt { counts: true, ..prompt }
}

const fn ambiguous(prompt: Prompt) -> Prompt {
    Prompt { is_ambiguous: true, ..prompt }
}

/// Prompts as regular expressions at the start of a line. A prompt whose blank has been trimmed at
/// the end of a line counts; the first that matches is taken.
const PROMPTS: &[Prompt] = &[
    prompt("python", r">>>(?: |$)", r"\.\.\.(?: |$)", Text("... ")),
    counting(prompt("python", r"In ?\[[ \d*]*\]:(?: |$)", r" *\.\.\.+:(?: |$)", AsWide("...: "))),
    prompt("python", r"(?:\(Pdb(?:\+\+)?\)|ipdb>)(?: |$)", r"\.\.\.(?: |$)", Text("... ")),
    counting(prompt("ruby", r"irb\([^)\n]*\)(?::\d+)*[>*'\x22/](?: |$)", "", Same)),
    counting(prompt("ruby", r"\[\d+\] pry\([^)\n]*\)[>*](?: |$)", "", Same)),
    prompt("clojure", r"(?:user|[\w-]+\.[\w.-]+)=>(?: |$)", r" *#_=>(?: |$)", AsWide("#_=> ")),
    prompt("sql", r"\w[\w.-]*=#(?: |$)", r#"\w[\w.-]*[-(*'"]#(?: |$)"#, Dashed),
    prompt("sql", r"(?:mysql|MariaDB \[[^\]\n]*\])>(?: |$)", r#" +[-'"`]>(?: |$)"#, AsWide("-> ")),
    prompt("sql", r"sqlite>(?: |$)", r" *(?:\.\.\.|\(x\d)>(?: |$)", AsWide("...> ")),
    prompt("sql", r"(?:SQL|D)>(?: |$)", r" *\d+(?:  |$)", Same),
    prompt("julia", r"julia>(?: |$)", r" {7}", AsWide("")),
    prompt(
        "haskell",
        r"(?:ghci|Prelude[\w .*]*|λ)>(?: |$)",
        r"(?:ghci|Prelude[\w .*]*|λ)\|(?: |$)",
        AsWide("| "),
    ),
    prompt("scala", r"scala>(?: |$)", r" +\|(?: |$)", AsWide("| ")),
    prompt("java", r"jshell>(?: |$)", r" +\.\.\.>(?: |$)", AsWide("...> ")),
    counting(prompt("elixir", r"iex\([^)\n]*\)>(?: |$)", r" *\.\.\.\([^)\n]*\)>(?: |$)", Same)),
    prompt("php", r"php >(?: |$)", r#"php [*({'"](?: |$)"#, Text("php * ")),
    counting(prompt("matlab", r"octave:\d+>(?: |$)", r">(?: |$)", Text("> "))),
    prompt("", r"\((?:gdb|lldb)\)(?: |$)", "", Same),
    prompt(
        "javascript",
        r"(?:node|deno|bun|mongosh|mongo|test|admin)>(?: |$)",
        r"(?:\.\.\.+|\|)(?: |$)",
        Text("... "),
    ),
    prompt("powershell", r"PS [A-Za-z/~][^>\n]*>(?: |$)", r">>(?: |$)", Text(">> ")),
    prompt("batch", r"[A-Za-z]:\\[^>\n]*>", r"More\?(?: |$)", Same),
    prompt("shell", r"(?:\([\w./ -]+\) )?\$(?: |$)", r">(?: |$)", Text("> ")),
    prompt(
        "shell",
        r"(?:\([\w./ -]+\) )?\[?[\w.-]+@[\w.-]+[^$#%>❯\n]{0,120}[$#%❯](?: |$)",
        r">(?: |$)",
        Text("> "),
    ),
    prompt("shell", r"[\w.-]+@[\w.-]+ [~/][^>\n]{0,120}>(?: |$)", "", Text("> ")),
    prompt("shell", r"(?:ba|z|k|da)?sh-?[\d.]*[$#%](?: |$)", r">(?: |$)", Text("> ")),
    prompt("shell", r"(?:~|/)[\w./~-]* ?(?:\([^)\n]*\) ?)?[$❯➜»](?: |$)", r">(?: |$)", Text("> ")),
    prompt(
        "shell",
        r"(?:➜  ?[\w.~/-]+(?: git:\([^)\n]*\))?(?: ✗)?|[❯➜])(?: |$)",
        r">(?: |$)",
        Text("> "),
    ),
    ambiguous(prompt("sql", r"\w[\w.-]*=>(?: |$)", r#"\w[\w.-]*[-(*'"]>(?: |$)"#, Dashed)),
    ambiguous(prompt("shell", r"[%#] ", r"> ", Text("> "))),
    ambiguous(counting(prompt("erlang", r"\d+>(?: |$)", r" *\.\.(?: |$)", Same))),
    ambiguous(prompt("", r">(?: |$)", r"(?:\.\.\.+|\+|\||>>)(?: |$)", Text("... "))),
    ambiguous(prompt("", r">>(?: |$)", r"(?:\.\.|\?>)(?: |$)", Same)),
];

/// Prompts of a session, compiled when they are first looked for: all of them take milliseconds.
#[derive(Debug)]
pub(super) struct Patterns {
    pub(super) prompt: &'static Prompt,
    primary: OnceLock<Regex>,
    secondary: OnceLock<Regex>,
}

/// One entry for each prompt of the table, in its order.
pub(super) fn patterns() -> &'static [Patterns] {
    static PATTERNS: LazyLock<Vec<Patterns>> = LazyLock::new(|| {
        let patterns =
            |prompt| Patterns { prompt, primary: OnceLock::new(), secondary: OnceLock::new() };
        PROMPTS.iter().map(patterns).collect()
    });
    &PATTERNS
}

/// Prompts are shorter, with the names of user and host and with a path.
const MAX_PROMPT_BYTES: usize = 1024;

/// Whether `line` may begin with a prompt at all: it has one of the signs that end them.
pub(super) fn may_have_prompt(line: &str) -> bool {
    let line = &line[..line.floor_char_boundary(MAX_PROMPT_BYTES)];
    let ends_prompt = |(at, sign): (usize, &str)| {
        let after = &line[at + sign.len()..];
        after.is_empty() || after.starts_with(' ')
    };
    line.starts_with("In")
        || line.contains(":\\")
        || line
            .match_indices(['>', '$', '#', '%', '❯', '➜', '»', '*', '\'', '"', '/', ')'])
            .any(ends_prompt)
}

impl Patterns {
    /// The length of the primary prompt that `line` begins with.
    pub(super) fn primary(&self, line: &str) -> Option<usize> {
        let primary = self.primary.get_or_init(|| compile(self.prompt.primary));
        let length = primary.find(line)?.end();
        // Only a command tells a prompt of a shell from a comment.
        let is_comment = matches!(&line[..length], "# " | "% ") && !is_command(&line[length..]);
        (!is_comment).then_some(length)
    }

    /// The length of the secondary prompt that `line` begins with.
    pub(super) fn secondary(&self, line: &str) -> Option<usize> {
        if self.prompt.secondary.is_empty() {
            return None;
        }
        Some(self.secondary.get_or_init(|| compile(self.prompt.secondary)).find(line)?.end())
    }
}

/// Unicode's tables of letters and digits would take milliseconds to compile.
fn compile(pattern: &str) -> Regex {
    let ascii = pattern.replace(r"\w", "[[:word:]]").replace(r"\d", "[[:digit:]]");
    Regex::new(&format!("^(?:{ascii})")).expect("the table's patterns are valid")
}
