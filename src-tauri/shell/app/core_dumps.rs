//! [`disable`]: a crash writes no copy of the memory, which holds snippets and old clipboards, to the disk.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit in bytes. It is smaller than any dump, and 1 is also the value with which Linux starts no program that
/// collects dumps (core(5)); 0 would start it.
const LIMIT: u64 = 1;

/// Turns core dumps off for this process and those that it starts.
///
/// `PR_SET_DUMPABLE` would do the same, but it closes `/proc` to other programs of the user as well: there the desktop
/// portal looks up which program asks for hotkeys.
pub(crate) fn disable() {
    let maximum = getrlimit(Resource::Core).maximum;
    let current = Some(maximum.map_or(LIMIT, |maximum| maximum.min(LIMIT)));
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current, maximum }) {
        tracing::warn!(%error, "a crash may write what is on the clipboard to the disk");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_leaves_no_copy_of_the_memory() {
        // Where nothing was limited before.
        let maximum = getrlimit(Resource::Core).maximum;
        setrlimit(Resource::Core, Rlimit { current: maximum, maximum }).unwrap();
        disable();
        let limit = getrlimit(Resource::Core).current;
        assert!(limit.is_some_and(|limit| limit <= LIMIT), "the limit holds: {limit:?}");
    }
}
