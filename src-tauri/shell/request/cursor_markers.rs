//! [`CursorMarkers`]: what stands for the cursor within a snippet.

use std::ops::Range;

use pounce_engine::DEFAULT_CURSOR_MARKER;

/// The markers that are always known. The last two are on keyboards and in character tables.
const BUILT_IN: [&str; 3] = [DEFAULT_CURSOR_MARKER, "<cursor>", "█"];

/// The markers of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CursorMarkers {
    /// The user's own, which is never blank; `None` if there is none.
    own: Option<String>,
}

impl CursorMarkers {
    /// The built-in markers and the user's own.
    pub(crate) fn new(own: Option<String>) -> Self {
        Self { own }
    }

    /// All markers.
    pub(crate) fn all(&self) -> Vec<&str> {
        BUILT_IN.into_iter().chain(self.own.as_deref()).collect()
    }

    /// Where the first marker is in `text`; of two that start there, the longer one.
    pub(crate) fn find(&self, text: &str) -> Option<Range<usize>> {
        let found = |marker: &str| text.find(marker).map(|start| start..start + marker.len());
        let all = self.all().into_iter().filter_map(found);
        all.min_by_key(|range| (range.start, usize::MAX - range.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_marker_is_the_cursor() {
        let check = |text: &str, own: Option<&str>, expected: Option<Range<usize>>, why: &str| {
            let markers = CursorMarkers::new(own.map(str::to_owned));
            assert_eq!(markers.find(text), expected, "{why}");
        };
        check("f(<cursor>)", None, Some(2..10), "one that every keyboard has");
        check("f(█)", None, Some(2..5), "a block");
        check("f(‹cursor›)", None, Some(2..14), "quotation marks");
        check("f(@@)", None, None, "only what was chosen is a marker");
        check("f(@@)", Some("@@"), Some(2..4), "the user's own");
        check("f(@@, <cursor>)", Some("@@"), Some(2..4), "the first of two");
        check("f(<cursor>)", Some("<cursor>)"), Some(2..11), "the longer of two");
    }
}
