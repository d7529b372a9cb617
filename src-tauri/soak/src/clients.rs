//! What uses the service in a soak: clients that complete, and an operator who changes things.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use pounce_engine::{Mode, Segments};
use pounce_service::{ClientId, CompletionRequest, CompletionService, ModelId};
use tokio::time::{Instant, sleep, timeout};

use crate::tally::Tally;

/// Snippets, cut at a random place before they are completed.
const SNIPPETS: [&str; 5] = [
    "import os\n\ndef sizes(root):\n    found = {}\n    for name in os.listdir(root):\n        path = os.path.join(root, name)\n        found[name] = os.path.getsize(path)\n    return found\n",
    "fn longest<'a>(words: &[&'a str]) -> Option<&'a str> {\n    let mut best = None;\n    for word in words {\n        if word.len() > best.map_or(0, str::len) {\n            best = Some(*word);\n        }\n    }\n    best\n}\n",
    "export function debounce(run, wait) {\n  let timer = null;\n  return (...values) => {\n    clearTimeout(timer);\n    timer = setTimeout(() => run(...values), wait);\n  };\n}\n",
    "func sum(values []int) (total int, err error) {\n\tif len(values) == 0 {\n\t\treturn 0, errors.New(\"empty\")\n\t}\n\tfor _, value := range values {\n\t\ttotal += value\n\t}\n\treturn total, nil\n}\n",
    "public int depth(Node node) {\n    if (node == null) {\n        return 0;\n    }\n    int left = depth(node.left);\n    int right = depth(node.right);\n    return 1 + Math.max(left, right);\n}\n",
];

/// Completes one snippet after the other, some of which it cancels or abandons.
pub(crate) struct Client {
    id: ClientId,
    rng: Rng,
    service: CompletionService,
    tally: Arc<Tally>,
}

impl Client {
    pub(crate) fn new(
        number: usize,
        seed: u64,
        service: CompletionService,
        tally: Arc<Tally>,
    ) -> Self {
        let id = ClientId::from(format!("client {number}").as_str());
        Self { id, rng: Rng::with_seed(seed ^ (number as u64 + 1)), service, tally }
    }

    pub(crate) async fn work(mut self, end: Instant) {
        while Instant::now() < end {
            let request = self.request();
            match self.rng.u8(0..100) {
                0..70 => self.complete(request).await,
                70..80 => self.cancel(request).await,
                80..90 => self.supersede(request).await,
                90..95 => self.walk_away(request).await,
                _ => drop(self.service.prepare(request).await),
            }
            sleep(Duration::from_millis(self.rng.u64(5..120))).await;
        }
    }

    fn request(&mut self) -> CompletionRequest {
        let snippet = self.rng.choice(SNIPPETS).unwrap_or_default();
        let cut = self.rng.usize(1..snippet.len());
        let segments = Segments { prefix: snippet[..cut].to_owned(), suffix: String::new() };
        let mode =
            self.rng.choice([Mode::Line, Mode::Line, Mode::Block, Mode::Free]).unwrap_or_default();
        CompletionRequest { client: self.id.clone(), ..CompletionRequest::new(segments, mode) }
    }

    async fn complete(&self, request: CompletionRequest) {
        let maximum = self.service.settings().time_limits().maximum;
        let completion = self.service.complete(request).await;
        self.tally.note(&completion, maximum);
    }

    async fn cancel(&mut self, request: CompletionRequest) {
        let after = Duration::from_millis(self.rng.u64(0..100));
        let cancelling = async {
            sleep(after).await;
            self.service.cancel(&self.id);
        };
        tokio::join!(self.complete(request), cancelling);
    }

    async fn supersede(&mut self, request: CompletionRequest) {
        let newer = self.request();
        let after = Duration::from_millis(self.rng.u64(0..50));
        let newer = async {
            sleep(after).await;
            self.complete(newer).await;
        };
        tokio::join!(self.complete(request), newer);
    }

    async fn walk_away(&mut self, request: CompletionRequest) {
        let after = Duration::from_millis(self.rng.u64(0..50));
        let _ = timeout(after, self.service.complete(request)).await;
    }
}

/// Changes models, settings and caches while the clients work.
pub(crate) struct Operator {
    rng: Rng,
    service: CompletionService,
    models: Vec<ModelId>,
}

impl Operator {
    pub(crate) fn new(seed: u64, service: CompletionService) -> Self {
        let models = service.status().models.into_iter().map(|model| model.id).collect();
        Self { rng: Rng::with_seed(!seed), service, models }
    }

    pub(crate) async fn work(mut self, end: Instant) {
        while Instant::now() < end {
            sleep(Duration::from_millis(self.rng.u64(50..1_500))).await;
            let Some(id) = self.rng.choice(&self.models).cloned() else { return };
            match self.rng.u8(0..100) {
                0..40 => drop(self.service.load(&id).await),
                40..60 => drop(self.service.pin(Some(id)).await),
                60..75 => drop(self.service.pin(None).await),
                75..85 => drop(self.service.unload(&id).await),
                85..90 => self.service.clear_cache(),
                90..95 => self.service.reset_breaker(&id),
                _ => self.change_budget().await,
            }
        }
    }

    async fn change_budget(&mut self) {
        let mut settings = self.service.settings();
        settings.memory.budget_mb =
            if self.rng.bool() { None } else { Some(self.rng.u64(150..1_500)) };
        let _ = self.service.set_settings(settings).await;
    }
}
