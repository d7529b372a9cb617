//! A queue of support tickets that are answered by urgency.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    Low,
    Normal,
    High,
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        };
        f.write_str(name)
    }
}

#[derive(Debug, Clone)]
pub struct Ticket {
    pub id: u64,
    pub customer: String,
    pub subject: String,
    pub urgency: Urgency,
    opened: Instant,
}

impl Ticket {
    pub fn age(&self, now: Instant) -> Duration {
        now.duration_since(self.opened)
    }
}

#[derive(Debug, Default)]
pub struct TicketQueue {
    next_id: u64,
    waiting: BTreeMap<u64, Ticket>,
    by_customer: HashMap<String, Vec<u64>>,
}

impl TicketQueue {
    pub fn new() -> Self {
        Self { next_id: 1, ..Self::default() }
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn open(&mut self, customer: &str, subject: &str, urgency: Urgency) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let ticket = Ticket {
            id,
            customer: customer.to_owned(),
            subject: subject.to_owned(),
            urgency,
            opened: Instant::now(),
        };
        self.by_customer.entry(customer.to_owned()).or_default().push(id);
        self.waiting.insert(id, ticket);
        id
    }

    /// The ticket to answer next: the most urgent one, and of those the oldest.
    pub fn next(&mut self) -> Option<Ticket> {
        let id = self
            .waiting
            .values()
            .max_by_key(|ticket| (ticket.urgency, std::cmp::Reverse(ticket.id)))
            .map(|ticket| ticket.id)?;
        self.close(id)
    }

    pub fn close(&mut self, id: u64) -> Option<Ticket> {
        let ticket = self.waiting.remove(&id)?;
        if let Some(ids) = self.by_customer.get_mut(&ticket.customer) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_customer.remove(&ticket.customer);
            }
        }
        Some(ticket)
    }

    pub fn of_customer<'a>(&'a self, customer: &str) -> impl Iterator<Item = &'a Ticket> + 'a {
        let ids = self.by_customer.get(customer).into_iter().flatten();
        ids.filter_map(|id| self.waiting.get(id))
    }

    pub fn escalate(&mut self, now: Instant, limit: Duration) -> usize {
        let mut n_escalated = 0;
        for ticket in self.waiting.values_mut() {
            if ticket.urgency < Urgency::High && ticket.age(now) > limit {
                ticket.urgency = Urgency::High;
                n_escalated += 1;
            }
        }
        n_escalated
    }
}
