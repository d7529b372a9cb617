//! `pounce serve`: other programs are answered without a desktop, until it is told to end.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{check_refused, pounce};

/// A running `pounce serve`, ended when it is dropped.
struct Serving {
    process: Child,
    url: String,
}

impl Serving {
    /// Starts it at a free port, in a folder of its own.
    fn start(home: &TempDir) -> Self {
        let mut command = pounce(home.path());
        let mut process =
            command.args(["serve", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }

    /// The status and the body of an answer.
    fn get(&self, path: &str) -> (u16, String) {
        let request = ureq::get(format!("{}{path}", self.url)).config().http_status_as_error(false);
        let mut answer = request.build().call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_program_is_answered_until_the_server_is_told_to_end() {
    let home = TempDir::new().unwrap();
    let mut serving = Serving::start(&home);
    assert!(serving.url.starts_with("http://127.0.0.1:"), "{}", serving.url);
    while serving.get("/health").0 == 503 {
        std::thread::yield_now();
    }
    assert!(serving.get("/v1/models").1.contains("pounce-50m"), "the embedded model");
    let request = json!({ "input_prefix": "def add(a, b):\n    return ", "n_predict": 8 });
    let mut answer = ureq::post(format!("{}/infill", serving.url)).send_json(request).unwrap();
    let answer: Value = answer.body_mut().read_json().unwrap();
    assert!(answer["content"].is_string(), "however busy the machine is: {answer}");
    let port = serving.url.rsplit(':').next().unwrap().to_owned();
    let other = TempDir::new().unwrap();
    check_refused(
        pounce(other.path()).args(["serve", "--port", &port]),
        &[&port, "pounce", "choose"],
    );
    let end = format!("kill -TERM {}", serving.process.id());
    assert!(Command::new("sh").args(["-c", &end]).status().unwrap().success());
    assert!(serving.process.wait().unwrap().success(), "it ends in order");
}
