//! Where snippets stand, in folders as people have them.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use pounce_project::{LeftOut, Limits, NoPlace, Place, Projects};

const AREA: &str = "\
import math


class Circle:
    def __init__(self, radius):
        self.radius = radius

    def area(self):
        square = self.radius ** 2
        return math.pi * square

    def scale(self, factor):
        self.radius *= factor
";

struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn projects(&self) -> Projects {
        Projects::read(&[self.path().to_owned()], Limits::default())
    }

    fn find(&self, snippet: &str) -> Result<Place, NoPlace> {
        self.projects().find(snippet)
    }
}

/// The code before and after a snippet of `AREA`, and the snippet as it stands there.
fn check(snippet: &str, before_ends: &str, in_file: &str, after_starts: &str, why: &str) {
    let place = Folder::of(&[("src/area.py", AREA)]).find(snippet);
    let place = place.unwrap_or_else(|error| panic!("{why}: {error}"));
    assert_eq!(place.name, Path::new("src/area.py"), "{why}");
    assert!(place.before.ends_with(before_ends), "{why}: before it {:?}", place.before);
    assert_eq!(place.snippet, in_file, "{why}");
    assert!(place.after.starts_with(after_starts), "{why}: after it {:?}", place.after);
}

#[test]
fn a_snippet_is_found_as_it_was_copied() {
    let whole = "    def area(self):\n        square = self.radius ** 2\n        return math.pi";
    let next = "\n\n    def scale(self, factor):";
    check(whole, "radius\n\n", whole, next, "with its indentation, up to the middle of a line");
    let bare = "def area(self):\n    square = self.radius ** 2\n    return math.pi";
    check(bare, "radius\n\n", whole, next, "without the common indentation");
    let cut = "area(self):\n        square = self.radius ** 2\n        return math.pi";
    check(cut, "radius\n\n", whole, next, "from the middle of a line");
    let tail = "    square = self.radius ** 2\n    ";
    let in_file = "        square = self.radius ** 2\n        ";
    check(tail, "def area(self):\n", in_file, "\n        return", "with a new line");
}

#[test]
fn what_is_not_saved_is_taken_from_the_snippet() {
    let new = "    def area(self):\n        square = self.radius ** 2\n        factor = 3\n        half = ";
    check(new, "radius\n\n", new, "\n        return math.pi", "new lines at the end");
    let middle =
        "    def area(self):\n        log()\n        square = self.radius ** 2\n        return";
    check(middle, "radius\n\n", middle, "\n\n    def scale", "a new line within");
    let other = "    def area(self):\n        square = self.radius ** 2\n        return math.e";
    check(other, "radius\n\n", other, "\n\n    def scale", "in place of the old end");
}

#[test]
fn closing_brackets_behind_the_cursor_stay() {
    let folder =
        Folder::of(&[("a.rs", "fn main() {\n    let area = compute(width);\n    go();\n}\n")]);
    let place = folder.find("fn main() {\n    let area = compute(wi").unwrap();
    assert_eq!(place.after, "\n    go();\n}", "the rest of a name is old text");
    let place = folder.find("fn main() {\n    let area = compute(width").unwrap();
    assert_eq!(place.after, ");\n    go();\n}", "what closes the line is not");
}

#[test]
fn a_completion_goes_back_into_the_snippet() {
    let folder = Folder::of(&[("area.py", AREA)]);
    let place = folder.find("def area(self):\n    square = self.radius ** 2").unwrap();
    let completion = "\n        if square:\n            pass";
    assert_eq!(place.for_snippet(completion), "\n    if square:\n        pass");
    assert_eq!(place.in_file(")\n\n    go()"), ")\n\n        go()", "and the other way round");
}

#[test]
fn other_code_stands_nowhere() {
    let folder = Folder::of(&[("area.py", AREA)]);
    let find = |snippet: &str| folder.find(snippet).map(|place| place.line);
    assert_eq!(find("struct Point {\n    x: f32,\n    y: f32,\n"), Err(NoPlace::NotFound));
    assert_eq!(find("import math\n\ndef hypot(a, b):\n    total = a"), Err(NoPlace::NotFound));
    assert_eq!(find("}\n\n  "), Err(NoPlace::TooCommon));
    assert_eq!(find(""), Err(NoPlace::TooCommon));
    assert_eq!(Projects::default().find(AREA), Err(NoPlace::NoFolders));
}

#[test]
fn short_lines_are_found_by_their_order() {
    let text = "fn run() {\n    ok();\n}\n\n\nfn stop() {\n    no();\n}\n";
    let folder = Folder::of(&[("a.rs", text)]);
    let line = |snippet: &str| folder.find(snippet).map(|place| place.line);
    assert_eq!(line("no();\n"), Err(NoPlace::TooCommon), "two letters stand anywhere");
    assert_eq!(line("fn run() {\n    ok();\n}\n\n\nfn"), Ok(5), "six lines in this order do not");
}

#[test]
fn lines_that_stand_otherwise_are_code_from_elsewhere() {
    let snippet = "first = one(two);\nthird = 3;\nsecond = six();\nprint_all_of(";
    let line = |text: &str| Folder::of(&[("a.rs", text)]).find(snippet).map(|place| place.line);
    let replaced = "first = one(two);\n\nsecond = six();\n";
    assert_eq!(line(replaced), Ok(3), "a blank line was written on, and not saved");
    let apart = "first = one(two);\n\n\n\n\nsecond = six();\n";
    assert_eq!(line(apart), Err(NoPlace::NotFound), "common lines in another order");
}

#[test]
fn of_more_equal_places_than_are_read_none_is_meant() {
    let names: Vec<String> = (0..40).map(|number| format!("{number}.rs")).collect();
    let licence = "// Permission is granted to use this.\n// Without any warranty.\n";
    let mut files: Vec<_> = names.iter().map(|name| (&**name, licence)).collect();
    let longer = format!("{licence}//\n");
    files.push(("z.rs", &longer));
    let place = Folder::of(&files).find(licence).unwrap();
    assert!(place.is_ambiguous(), "{place:?}");
}

#[test]
fn of_two_equal_places_that_in_the_file_changed_last_is_meant() {
    let folder = Folder::of(&[("old.py", AREA), ("new.py", AREA)]);
    let snippet = "square = self.radius ** 2\nreturn math.pi * square\n";
    let place = folder.find(snippet).unwrap();
    assert_eq!((place.n_equal, &*place.before, &*place.after), (2, "", ""), "nothing is lent");
    assert_eq!(place.snippet, snippet, "the snippet is left as it is");
    let hour_ago = SystemTime::now() - Duration::from_secs(3_600);
    let old = fs::File::options().write(true).open(folder.path().join("old.py")).unwrap();
    old.set_modified(hour_ago).unwrap();
    let place = folder.find(snippet).unwrap();
    assert_eq!((place.n_equal, place.name), (1, PathBuf::from("new.py")));
}

#[test]
fn of_two_equal_places_that_in_the_file_of_the_window_is_meant() {
    let folder = Folder::of(&[("a/area.py", AREA), ("b/area.py", AREA), ("round.py", AREA)]);
    let projects = folder.projects();
    let name = |title: &str| {
        let place = projects.find_in_window("square = self.radius ** 2\nreturn math.pi", title);
        place.map(|place| (place.name, place.n_equal)).unwrap()
    };
    assert_eq!(name("round.py - Editor"), ("round.py".into(), 1));
    assert_eq!(name("● area.py — b — Editor"), ("b/area.py".into(), 1), "with its folder");
    assert_eq!(name("area.py - Editor").1, 2, "two files have that name");
    assert_eq!(name("Terminal").1, 3, "no file is named");
    let hour_ago = SystemTime::now() - Duration::from_secs(3_600);
    let old = fs::File::options().write(true).open(folder.path().join("round.py")).unwrap();
    old.set_modified(hour_ago).unwrap();
    assert_eq!(name("round.py - Editor"), ("round.py".into(), 1), "whatever was changed later");
    let only = Folder::of(&[("area.py", AREA)]);
    let place =
        only.projects().find_in_window("square = self.radius ** 2\nreturn math.pi", "round.py");
    assert_eq!(place.unwrap().name, Path::new("area.py"), "the code counts more than the title");
}

#[test]
fn two_equal_places_of_one_file_are_ambiguous() {
    let block = "    if (ready) {\n        start(engine);\n        report(status);\n    }\n";
    let text = format!("void run() {{\n{block}}}\n\nvoid again() {{\n{block}}}\n");
    let place = Folder::of(&[("a.c", &text)]).find("start(engine);\nreport(status);\n").unwrap();
    assert!(place.is_ambiguous() && place.after.is_empty(), "{place:?}");
    let place = Folder::of(&[("a.c", &text)]);
    let place = place.find("void again() {\n if (ready) {\n  start(engine);\n  rep").unwrap();
    assert_eq!((place.n_equal, place.line), (1, 10), "a line more tells them apart");
}

#[test]
fn a_file_that_was_changed_since_is_looked_at_as_it_is() {
    let folder = Folder::of(&[("area.py", AREA)]);
    let projects = folder.projects();
    folder.write("area.py", &format!("{}{AREA}", "# a new comment\n".repeat(50)));
    let place = projects.find("square = self.radius ** 2\nreturn math.pi * sq").unwrap();
    assert_eq!(
        (place.line, &*place.after),
        (59, "\n\n    def scale(self, factor):\n        self.radius *= factor")
    );
    folder.write("area.py", "nothing of it\n");
    let gone = projects.find("square = self.radius ** 2\nreturn math.pi * sq");
    assert_eq!(gone, Err(NoPlace::NotFound), "its lines are gone");
    fs::remove_file(folder.path().join("area.py")).unwrap();
    let gone = projects.find("square = self.radius ** 2\nreturn math.pi * sq");
    assert_eq!(gone, Err(NoPlace::NotFound), "so is the file");
}

#[test]
fn no_secret_is_known_and_the_status_says_how_many() {
    let secret = "password_of_the_production_database = 1234567890\n";
    let names = [".env", "prod.env", "server.pem", "id_rsa", ".npmrc", "x.tfvars", "secrets.yaml"];
    let mut files: Vec<(&str, &str)> = names.map(|name| (name, secret)).into();
    let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{secret}");
    files.push(("notes.txt", &key));
    files.push(("area.py", AREA));
    let projects = Folder::of(&files).projects();
    assert_eq!(projects.find(secret), Err(NoPlace::NotFound));
    let status = &projects.status()[0];
    assert_eq!((status.n_files, status.n_lines), (1, AREA.lines().count()));
    // Hidden files are not even listed.
    assert_eq!(status.left_out[&LeftOut::Secret], 6);
}

#[test]
fn more_than_the_limits_is_left_out_and_said() {
    let folder = Folder::of(&[("a.py", AREA), ("b.py", AREA), ("c.py", AREA)]);
    let few = Limits { max_files: 2, ..Limits::default() };
    let status = Projects::read(&[folder.path().to_owned()], few).status();
    assert_eq!((status[0].n_files, status[0].is_cut), (2, true), "two files");
    let short = Limits { max_lines: 1, ..Limits::default() };
    let status = Projects::read(&[folder.path().to_owned()], short).status();
    assert_eq!((status[0].n_files, status[0].is_cut), (1, true), "the file that goes beyond it");
}

#[test]
fn lines_of_the_files_beside_a_place_are_lent() {
    let area = format!("{AREA}\n    def grow(self):\n        self.scale(factor");
    let folder = Folder::of(&[
        ("shapes/area.py", &area),
        ("shapes/other.py", "one\n\ncircle.scale(factor=2)\n\nlast\n"),
        ("shapes/copy_of_area.py", AREA),
        ("shapes/other.rs", "fn scale(factor: f32) {}\n"),
        ("shapes/.env.py", "scale = factor\n"),
        ("shapes/key.py", "-----BEGIN PRIVATE KEY-----\nscale factor\n"),
        ("elsewhere/other.py", "scale(factor=3)\n"),
    ]);
    let projects = folder.projects();
    let place = projects.find("def grow(self):\n    self.scale(factor").unwrap();
    let related = projects.related(&place);
    assert_eq!(related, ["\ncircle.scale(factor=2)\n\n"], "no copies, other languages or secrets");
    assert_eq!(
        place.file,
        [area, String::new()],
        "the file itself, up to the cursor and from it on"
    );
}
