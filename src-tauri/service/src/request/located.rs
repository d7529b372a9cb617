//! [`Located`]: a request with the code of the file in which its snippet stands.

use std::sync::Arc;
use std::time::Duration;

use pounce_engine::{Language, RelatedCode, Segments};
use pounce_models::sync::spawn_blocking;
use pounce_project::{NoPlace, Place, Projects};
use tokio::time::timeout;

use super::completion::{Alternative, Completion};
use super::completion_request::CompletionRequest;
use super::lookup::Lookup;
use super::origin::RequestOrigin;

/// A search that takes longer is given up: the disk hangs, or the machine is busy. Usual ones take less
/// than a millisecond among two million lines.
const LIMIT: Duration = Duration::from_millis(20);

/// A request whose snippet was looked for in the user's projects.
pub(crate) struct Located {
    /// The request, with the code around the snippet where a place was found.
    pub(crate) request: CompletionRequest,
    /// The user's own snippet: what leaves this machine, unless the user allows more.
    pub(crate) snippet: Segments,
    /// Code of the project there; `None` without a place.
    pub(crate) related: Option<Arc<RelatedCode>>,
    pub(crate) found: Found,
}

/// What was found.
pub(crate) struct Found {
    lookup: Lookup,
    place: Option<Place>,
}

impl Located {
    /// Looks for the snippet of a request. Secret code is not looked for, nor an editor's buffer: it has the code
    /// around the cursor, which may be newer than the file.
    pub(crate) async fn new(request: CompletionRequest, projects: &Arc<Projects>) -> Self {
        let snippet = request.segments.clone();
        let is_copied = request.origin == RequestOrigin::Desktop;
        if request.is_secret || !is_copied || projects.is_empty() {
            let found = Found { lookup: Lookup::None, place: None };
            return Self { request, snippet, related: None, found };
        }
        match find(&request, projects).await {
            Err(why) => {
                let is_missed = why != NoPlace::NoFolders;
                let lookup = if is_missed { Lookup::Missed(why) } else { Lookup::None };
                let found = Found { lookup, place: None };
                Self { request, snippet, related: None, found }
            }
            Ok(place) => {
                let (segments, language) = in_file(&snippet, &place);
                let language = language.unwrap_or(request.language);
                let request = CompletionRequest { segments, language, ..request };
                let related = related(&place, others(&place, projects).await);
                Self { request, snippet, related, found: Found::at(place) }
            }
        }
    }
}

impl Found {
    fn at(place: Place) -> Self {
        let name = place.name.clone();
        let lookup =
            if place.is_ambiguous() { Lookup::Ambiguous(name) } else { Lookup::Found(name) };
        Self { lookup, place: Some(place) }
    }

    /// The only place, whose code was read; `None` if there is none, or several.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.as_ref().filter(|place| !place.is_ambiguous())
    }

    /// The answer for the user's snippet, which may be indented less than the code of the file.
    pub(crate) fn answer(self, completion: Completion) -> Completion {
        let Self { lookup, place } = self;
        let Some(place) = place else { return Completion { lookup, ..completion } };
        let own = |text: &String| place.for_snippet(text);
        let other = |it: &Alternative| Alternative { text: own(&it.text), ..*it };
        Completion {
            text: own(&completion.text),
            alternatives: completion.alternatives.iter().map(other).collect(),
            lookup,
            ..completion
        }
    }
}

async fn find(request: &CompletionRequest, projects: &Arc<Projects>) -> Result<Place, NoPlace> {
    let CompletionRequest { segments, window, .. } = request.clone();
    let projects = Arc::clone(projects);
    let search = move || projects.find_in_window(&segments.prefix, &window.0);
    within_limit(search).await.unwrap_or(Err(NoPlace::TooSlow))
}

/// Waits for what reads files, but no longer than [`LIMIT`]: `None` if it hangs, and is left behind.
async fn within_limit<T: Send + 'static>(
    reading: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    timeout(LIMIT, spawn_blocking(reading)).await.ok()
}

/// Lines of other files near a place; none if that takes too long.
async fn others(place: &Place, projects: &Arc<Projects>) -> Vec<String> {
    let (place, projects) = (place.clone(), Arc::clone(projects));
    within_limit(move || projects.related(&place)).await.unwrap_or_default()
}

/// The snippet with the code of the file in which it stands, and the language by the file's name, if it
/// tells. What the user has copied behind a cursor of their own stays.
pub fn in_file(snippet: &Segments, place: &Place) -> (Segments, Option<Language>) {
    let own = &snippet.suffix;
    let suffix = if own.trim().is_empty() { place.after.clone() } else { place.in_file(own) };
    let prefix = [&*place.before, &*place.snippet].concat();
    let name = place.path.file_name().and_then(|name| name.to_str());
    (Segments { prefix, suffix }, name.and_then(Language::from_file_name))
}

/// The code of the project whose habits a model heeds at a place: its own file, and lines of `others`.
/// `None` if the place is ambiguous.
pub fn related(place: &Place, others: Vec<String>) -> Option<Arc<RelatedCode>> {
    let own_file = place.file.each_ref().map(|part| part.as_str().into());
    let other_files = others.into_iter().map(Into::into).collect();
    (!place.is_ambiguous()).then(|| Arc::new(RelatedCode { own_file, other_files }))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_goes_on_without_a_place_while_a_disk_hangs() {
        let (answer, hanging) = channel::<()>();
        let search = tokio::spawn(within_limit(move || {
            // Ends with the sender.
            let _ = hanging.recv();
        }));
        tokio::task::yield_now().await;
        assert!(!search.is_finished(), "it has its few milliseconds");
        advance(LIMIT).await;
        assert_eq!(search.await.unwrap(), None, "nothing waits for the disk");
        drop(answer);
    }
}
