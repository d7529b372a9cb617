//! [`message_of`]: an error as one line for the person who sees it.

use std::error::Error;

use pounce_model_format::one_line;

/// An error with its causes, on one line. A cause that the message names already is not said twice.
pub fn message_of(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    one_line(&message)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn every_cause_is_said_once() {
        let inner = anyhow!("connection refused");
        let error = inner.context("cannot reach far: connection refused").context("not tested");
        assert_eq!(message_of(&error), "not tested: cannot reach far: connection refused");
        assert_eq!(message_of(&anyhow!("two\nlines")), "two\\nlines");
    }
}
