//! [`LargerModel`]: a server on this machine that stands for a model larger than the one that comes with the app. Its
//! answer waits until the scenario lets it go.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::{Value, json};

use crate::patience::wait_until;
use crate::server::{Answer, Request, Server};

/// In the request that is sent to see whether a server completes at all.
const TRIAL: &str = r"def add(a, b):\n    return ";

/// The server. The app asks it first, as it is preferred, and again for a better answer.
pub(crate) struct LargerModel {
    server: Server,
    /// Each message lets an answer go.
    release: mpsc::Sender<()>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Whether the next request but one is answered; until then all are refused.
    is_ready: AtomicBool,
    /// How many requests came since then.
    n_requests: AtomicUsize,
}

impl LargerModel {
    /// Starts a server that has `text`, and refuses every request but the trial.
    pub(crate) fn start(text: &'static str) -> Self {
        let (release, released) = mpsc::channel();
        let (released, state) = (Mutex::new(released), Arc::<State>::default());
        let shared = state.clone();
        let server = Server::start(move |request: &Request| {
            if request.body.contains(TRIAL) {
                return stream("a");
            }
            let is_ready = shared.is_ready.load(Ordering::Relaxed);
            if !is_ready || shared.n_requests.fetch_add(1, Ordering::Relaxed) == 0 {
                return Answer::status(500);
            }
            // The sender is gone if the scenario has failed.
            let _ = released.lock().expect("no holder panics").recv();
            stream(text)
        });
        Self { server, release, state }
    }

    /// Refuses one more request, so that the model of this machine answers, and answers the one after it.
    pub(crate) fn refuse_once(&self) {
        self.state.is_ready.store(true, Ordering::Relaxed);
    }

    /// The settings with which the app may send code there.
    pub(crate) fn settings(&self) -> Value {
        let url = format!("{}/v1", self.server.url());
        let engine = json!({ "id": "larger", "url": url, "model": "larger", "kind": "plain" });
        json!({ "enabled": true, "prefer": true, "engines": [engine] })
    }

    /// Waits until the app has asked for a better answer.
    pub(crate) fn wait_until_asked(&self) {
        wait_until("the larger model to be asked", || {
            self.state.n_requests.load(Ordering::Relaxed) > 1
        });
    }

    /// Lets the answer go.
    pub(crate) fn answer(&self) {
        self.release.send(()).expect("the server runs as long as this value");
    }
}

/// Server-sent events of OpenAI's layout.
fn stream(text: &str) -> Answer {
    let event = |text: &str, finish: Value| {
        let choice = json!({ "text": text, "finish_reason": finish });
        format!("data: {}\n\n", json!({ "choices": [choice] }))
    };
    let events = [event(text, Value::Null), event("", json!("stop"))].concat();
    let body = format!("{events}data: [DONE]\n\n").into_bytes();
    Answer { status: 200, body, ..Answer::default() }.with("Content-Type", "text/event-stream")
}
