use pounce_engine::{Language, Mode};

use super::*;

fn place<'a>(prefix: &'a str, suffix: &'a str) -> Place<'a> {
    Place { prefix, suffix, language: Language::Python, mode: Mode::Line }
}

fn check(prefix: &str, suffix: &str, texts: &[&str]) {
    assert_eq!(continuations(&place(prefix, suffix)), texts, "{prefix:?} {suffix:?}");
}

#[test]
fn the_names_of_the_snippet_go_on_from_the_cursor() {
    check("connection = connect()\nconnec", "", &["tion", "t"]);
    check("val", "\nvalue = 1", &["ue"]);
    check("länge = 3\nlä", "", &["nge"]);
    check("total_a = total_b\ntotal_b += total_", "", &["b", "a"]);
}

#[test]
fn nothing_goes_on_from_a_number_a_letter_or_inside_a_word() {
    check("x12 = 120\n12", "", &[]);
    check("connection = 1\nc", "", &[]);
    check("connection = 1\nconn", "ected", &[]);
    check("connection = 1\nconn ", "", &[]);
}

fn check_finished(prefix: &str, completion: &str, finished: Option<&str>) {
    let found = finish_name(&place(prefix, ""), completion);
    assert_eq!(found.as_deref(), finished, "{prefix:?} {completion:?}");
}

#[test]
fn a_name_that_nothing_has_gives_way_to_a_known_one() {
    let prefix = "connection = connect()\nconnec";
    check_finished(prefix, "", Some("tion"));
    check_finished(prefix, "tor.close()", Some("tion.close()"));
    check_finished(prefix, "tion.close()", None);
    check_finished(prefix, "t()", None);
    check_finished(prefix, "t.close()", Some("tion.close()"));
}

#[test]
fn names_may_be_new_where_they_are_defined_and_in_text() {
    check_finished("connection = 1\ndef connec", "tor():", None);
    check_finished("connection = 1\n# connec", "tor", None);
    check_finished("connection = 1\nconnect = 2\nconnect", "_all()", None);
}
