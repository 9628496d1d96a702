//! A model of FASHN: 6 at once, 50 runs in 60 s, 50 statuses in 10 s, its own ledger.

use std::collections::{BTreeMap, VecDeque};

use fitting_room::dispatcher::RefusalKind;
use fitting_room::ticket::Ticket;

/// FASHN's documented limits, as the page "API Fundamentals" has them.
const SLOTS: usize = 6;
const RUNS: (usize, u64) = (50, 60_000);
const STATUSES: (usize, u64) = (50, 10_000);

/// A run at FASHN.
pub struct UpstreamRun {
    /// Whose webhook it calls.
    pub ticket: Ticket,
    pub credits: u32,
    pub since_ms: u64,
    pub ending: Option<Ended>,
    /// The webhook had its 2xx.
    pub thanked: bool,
}

/// How a run ended at FASHN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Completed,
    Failed,
}

#[derive(Default)]
pub struct Upstream {
    pub balance: u64,
    pub runs: BTreeMap<u32, UpstreamRun>,
    /// What each ticket was charged, and how often it was accepted.
    pub charged: BTreeMap<Ticket, u32>,
    pub accepted: BTreeMap<Ticket, u32>,
    run_calls: VecDeque<u64>,
    status_calls: VecDeque<u64>,
    next: u32,
}

impl Upstream {
    pub fn new(balance: u64) -> Self {
        Self {
            balance,
            ..Self::default()
        }
    }

    pub fn in_flight(&self) -> usize {
        self.runs
            .values()
            .filter(|run| run.ending.is_none())
            .count()
    }

    /// A call of `/v1/run` arrives: refused by its limits, or an id.
    pub fn run(&mut self, ticket: Ticket, credits: u32, now_ms: u64) -> Result<u32, RefusalKind> {
        if !within(&mut self.run_calls, RUNS, now_ms) {
            return Err(RefusalKind::RateLimit);
        }
        if self.in_flight() >= SLOTS {
            return Err(RefusalKind::Concurrency);
        }
        let promised: u64 = self
            .runs
            .values()
            .filter(|run| run.ending.is_none())
            .map(|run| u64::from(run.credits))
            .sum();
        if self.balance < promised + u64::from(credits) {
            return Err(RefusalKind::OutOfCredits);
        }
        self.next += 1;
        self.runs.insert(
            self.next,
            UpstreamRun {
                ticket,
                credits,
                since_ms: now_ms,
                ending: None,
                thanked: false,
            },
        );
        *self.accepted.entry(ticket).or_default() += 1;
        Ok(self.next)
    }

    /// A run ends. Only what completes is charged.
    pub fn finish(&mut self, id: u32, ending: Ended) {
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        run.ending = Some(ending);
        if ending == Ended::Completed {
            *self.charged.entry(run.ticket).or_default() += run.credits;
            self.balance = self.balance.saturating_sub(u64::from(run.credits));
        }
    }

    /// A call of `/v1/status` arrives: whether it is within the limit.
    pub fn status(&mut self, now_ms: u64) -> bool {
        within(&mut self.status_calls, STATUSES, now_ms)
    }
}

/// Counts a call; false if it is one too many.
fn within(calls: &mut VecDeque<u64>, (most, window_ms): (usize, u64), now_ms: u64) -> bool {
    while calls.front().is_some_and(|at| at + window_ms <= now_ms) {
        calls.pop_front();
    }
    calls.push_back(now_ms);
    calls.len() <= most
}
