//! Writes to standard output. If the reader closes the pipe (`pounce models list | head -1`), the
//! program ends silently, where the standard library's `println!` would panic.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// As `print!`, but ends the program silently once the reader has closed the pipe.
macro_rules! put {
    ($($arguments:tt)*) => { $crate::output::write(format_args!($($arguments)*)) };
}
pub(crate) use put;

/// As `println!`, but ends the program silently once the reader has closed the pipe.
macro_rules! say {
    () => { $crate::output::put!("\n") };
    ($($arguments:tt)*) => { $crate::output::put!("{}\n", format_args!($($arguments)*)) };
}
pub(crate) use say;

/// Prints the running app's reply.
pub fn print(text: &str) {
    write(format_args!("{text}"));
}

/// Writes, or ends the program: silently if the reader has closed the pipe, else with an error.
pub(crate) fn write(text: Arguments<'_>) {
    let mut output = std::io::stdout().lock();
    match output.write_fmt(text).and_then(|()| output.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("pounce: standard output cannot be written to: {error}");
            std::process::exit(1);
        }
    }
}
