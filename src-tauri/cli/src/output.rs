//! What is written to standard output. Where nobody reads on (`pounce models list | head -1`) the program ends in
//! silence, as others do, and not in a panic, as the standard library's `println!` would have it.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// `print!`, for a reader that may have gone.
macro_rules! put {
    ($($arguments:tt)*) => { $crate::output::write(format_args!($($arguments)*)) };
}
pub(crate) use put;

/// `println!`, for a reader that may have gone.
macro_rules! say {
    () => { $crate::output::put!("\n") };
    ($($arguments:tt)*) => { $crate::output::put!("{}\n", format_args!($($arguments)*)) };
}
pub(crate) use say;

/// Prints what the running app has said.
pub fn print(text: &str) {
    write(format_args!("{text}"));
}

/// Writes, or ends the program: in silence if the reader has gone, else with the reason.
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
