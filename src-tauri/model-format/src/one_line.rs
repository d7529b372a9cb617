//! [`one_line`]: messages that quote what a file from anywhere says.

/// `message` with its control characters escaped: it is one line, and the file that it quotes writes
/// nothing else to the user's terminal.
pub fn one_line(message: &str) -> String {
    let mut line = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

#[test]
fn control_characters_are_escaped_and_nothing_else() {
    assert_eq!(one_line("tensor a\n\u{1b}[31mé \"b\""), "tensor a\\n\\u{1b}[31mé \"b\"");
}
