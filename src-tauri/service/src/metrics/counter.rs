//! [`Counter`]: the events that are counted.

/// An event that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is described in `ALL`")]
pub enum Counter {
    Requests,
    Cancelled,
    Refused,
    Partial,
    TargetMissed,
    DeadlineMissed,
    CacheHits,
    CacheMisses,
    ReadAhead,
    Speculated,
    Improved,
    ImprovedLate,
    PlacesFound,
    PlacesAmbiguous,
    PlacesMissed,
    Loads,
    LoadFailures,
    Evictions,
    BreakerOpened,
    EngineErrors,
    Crashes,
    StuckRuns,
    LostThreads,
}

impl Counter {
    /// Every counter in the order of the dump, with its name there and what it means.
    pub const ALL: [(Self, &'static str, &'static str); 23] = [
        (Self::Requests, "requests", "Requests answered, also those without a text."),
        (Self::Cancelled, "cancelled", "Requests cancelled by their caller or by a newer one."),
        (Self::Refused, "refused", "Requests turned away because too many waited."),
        (Self::Partial, "partial", "Answers that end before the model did."),
        (Self::TargetMissed, "target_missed", "Answers after the target."),
        (
            Self::DeadlineMissed,
            "deadline_missed",
            "Requests whose model was not done by the maximum.",
        ),
        (Self::CacheHits, "cache_hits", "Answers from the cache."),
        (Self::CacheMisses, "cache_misses", "Contexts that the cache did not know."),
        (Self::ReadAhead, "read_ahead", "Prompts read before they were asked for."),
        (Self::Speculated, "speculated", "Completions computed before they were asked for."),
        (
            Self::Improved,
            "improved",
            "Answers that a larger model's replaced before they were pasted.",
        ),
        (
            Self::ImprovedLate,
            "improved_late",
            "Better answers that came after a paste or another copy.",
        ),
        (Self::PlacesFound, "places_found", "Snippets found in the user's projects."),
        (
            Self::PlacesAmbiguous,
            "places_ambiguous",
            "Snippets that stand in several places of the projects.",
        ),
        (Self::PlacesMissed, "places_missed", "Snippets that stand nowhere in the projects."),
        (Self::Loads, "loads", "Models loaded."),
        (Self::LoadFailures, "load_failures", "Models that could not be loaded."),
        (
            Self::Evictions,
            "evictions",
            "Models unloaded to make room, when idle, or when the machine was short of memory.",
        ),
        (Self::BreakerOpened, "breaker_opened", "Times that a breaker opened."),
        (Self::EngineErrors, "engine_errors", "Runs that ended in an error."),
        (Self::Crashes, "crashes", "Models that panicked."),
        (Self::StuckRuns, "stuck_runs", "Runs that did not stop when told to."),
        (Self::LostThreads, "lost_threads", "Threads abandoned because their run never came back."),
    ];
}
