//! Child processes that end with the test, even if the test is killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

/// A running program; dropping it kills it.
pub(crate) struct Process(Child);

impl Process {
    /// Starts `command`, which must come from [`killed_with_us`].
    pub(crate) fn start(mut command: Command) -> Self {
        let name = format!("{command:?}");
        Self(
            command.spawn().unwrap_or_else(|error| {
                panic!("{name} cannot be started: {error}; see packages.txt")
            }),
        )
    }

    /// Starts `command` and returns the first line that it prints.
    pub(crate) fn start_and_read(mut command: Command) -> (Self, String) {
        command.stdout(Stdio::piped());
        let mut process = Self::start(command);
        let mut line = String::new();
        let output = process.0.stdout.take().expect("it was just piped");
        BufReader::new(output).read_line(&mut line).expect("its first line can be read");
        (process, line.trim().to_owned())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Takes over a child that was started from [`killed_with_us`].
    pub(crate) fn from(child: Child) -> Self {
        Self(child)
    }

    /// The exit status; `None` while the program runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("a child can be waited for")
    }

    /// Kills the program, as `kill -9` does, and waits for its end.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A command that the kernel kills when this process ends.
pub(crate) fn killed_with_us(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", program]);
    command
}
