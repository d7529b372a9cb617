//! [`ExpiringQueue`]: the last few values of a kind, each for a while and in memory only. What the user copied without
//! a mark may be a secret: it should not stay for as long as the app runs.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The last values, newest last.
#[derive(Debug)]
pub(crate) struct ExpiringQueue<T> {
    /// Each value and when it is forgotten.
    values: VecDeque<(T, Instant)>,
    capacity: usize,
    lifetime: Duration,
}

impl<T> ExpiringQueue<T> {
    /// An empty queue that holds `capacity` values for `lifetime` each.
    pub(crate) fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { values: VecDeque::new(), capacity, lifetime }
    }

    /// Adds a value. Beyond the capacity the oldest is forgotten.
    pub(crate) fn push(&mut self, value: T) {
        self.values.push_back((value, Instant::now() + self.lifetime));
        if self.values.len() > self.capacity {
            self.values.pop_front();
        }
    }

    /// The newest value.
    pub(crate) fn last(&self) -> Option<&T> {
        self.values.back().map(|(value, _)| value)
    }

    /// The values, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.values.iter().map(|(value, _)| value)
    }

    /// Forgets the values for which `is_kept` is false.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&T) -> bool) {
        self.values.retain(|(value, _)| is_kept(value));
    }

    /// Forgets the newest value.
    pub(crate) fn pop_last(&mut self) {
        self.values.pop_back();
    }

    /// Forgets the oldest value.
    pub(crate) fn pop_first(&mut self) {
        self.values.pop_front();
    }

    /// Forgets all values.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
    }

    /// Waits until the oldest value is too old, and forgets it. Waits forever if there is none.
    pub(crate) async fn expire(&mut self) {
        match self.values.front() {
            Some((_, end)) => sleep_until(*end).await,
            None => std::future::pending().await,
        }
        self.pop_first();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[test]
    fn the_newest_values_are_kept() {
        let mut queue = ExpiringQueue::new(2, Duration::from_secs(60));
        for value in 0..4 {
            queue.push(value);
        }
        assert!(queue.iter().eq(&[2, 3]), "the capacity bounds them");
        queue.pop_last();
        assert_eq!(queue.last(), Some(&2));
    }

    #[tokio::test(start_paused = true)]
    async fn each_value_has_its_time() {
        let lifetime = Duration::from_secs(60);
        let mut queue = ExpiringQueue::new(9, lifetime);
        queue.push("a");
        advance(lifetime / 2).await;
        queue.push("b");
        let start = Instant::now();
        queue.expire().await;
        assert_eq!((start.elapsed(), queue.last()), (lifetime / 2, Some(&"b")), "the first is old");
        queue.expire().await;
        assert_eq!((start.elapsed(), queue.last()), (lifetime, None), "then the second");
    }
}
