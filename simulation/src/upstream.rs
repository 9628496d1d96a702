//! A model of FASHN: so many at once (6), so many runs in 60 s (50), so many statuses in 10 s (50), its own ledger.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fitting_room::auth::ids::Ticket;
use fitting_room::config::limits::{DispatcherLimits, RequestWindow};
use fitting_room::dispatcher::RefusalKind;
use fitting_room::prediction::UpstreamId;

/// A run at FASHN.
pub struct UpstreamRun {
    pub ticket: Ticket,
    /// What stands in the address of its webhook.
    pub token: String,
    pub credits: u32,
    /// When FASHN took it.
    pub since_ms: u64,
    /// How it ended, and when.
    pub ended: Option<(Ended, u64)>,
    /// The webhook had its 2xx.
    pub thanked: bool,
}

/// How a run ended at FASHN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Completed,
    Failed,
}

/// A run that FASHN refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    pub kind: RefusalKind,
    /// The gateway passed a limit, and no jump of its clock and no run that it had to give up explains it.
    pub passed: bool,
}

/// So many requests in so many milliseconds.
type Limit = (usize, u64);

#[derive(Default)]
pub struct Upstream {
    /// Its limits for this account.
    slots: usize,
    run_limit: Limit,
    status_limit: Limit,
    pub balance: u64,
    pub runs: BTreeMap<u32, UpstreamRun>,
    /// What each ticket was charged, how often it was accepted, and which run it is.
    pub charged: BTreeMap<Ticket, u32>,
    pub accepted: BTreeMap<Ticket, (u32, u32)>,
    /// Runs that didn't end.
    live: Vec<u32>,
    run_calls: VecDeque<u64>,
    status_calls: VecDeque<u64>,
    next: u32,
}

impl Upstream {
    pub fn new(balance: u64, limits: &DispatcherLimits) -> Self {
        let limit = |window: RequestWindow| (window.requests as usize, window.window_ms);
        Self {
            slots: limits.slots as usize,
            run_limit: limit(limits.runs),
            status_limit: limit(limits.statuses),
            balance,
            ..Self::default()
        }
    }

    /// A call of `/v1/run` arrives: refused by its limits, or an id. The gateway answers for what it called since its
    /// clock is steady, and for the runs that it didn't have to give up.
    pub fn run(
        &mut self,
        (ticket, credits, token): (Ticket, u32, String),
        now_ms: u64,
        steady_since_ms: u64,
        given_up: &BTreeSet<Ticket>,
    ) -> Result<u32, Refused> {
        let called = within(&mut self.run_calls, self.run_limit, now_ms, steady_since_ms);
        if !called.within {
            return Err(Refused {
                kind: RefusalKind::RateLimit,
                passed: called.passed,
            });
        }
        let live = || self.live.iter().filter_map(|run| self.runs.get(run));
        if self.live.len() >= self.slots {
            let ours = live().filter(|run| !given_up.contains(&run.ticket));
            return Err(Refused {
                kind: RefusalKind::Concurrency,
                passed: ours.count() >= self.slots,
            });
        }
        let promised: u64 = live().map(|run| u64::from(run.credits)).sum();
        if self.balance < promised + u64::from(credits) {
            // The gateway learns of the balance by this.
            return Err(Refused {
                kind: RefusalKind::OutOfCredits,
                passed: false,
            });
        }
        self.next += 1;
        self.live.push(self.next);
        self.runs.insert(
            self.next,
            UpstreamRun {
                ticket,
                token,
                credits,
                since_ms: now_ms,
                ended: None,
                thanked: false,
            },
        );
        let accepted = self.accepted.entry(ticket).or_default();
        *accepted = (accepted.0 + 1, self.next);
        Ok(self.next)
    }

    /// The run of a ticket, if FASHN took it.
    pub fn run_of(&self, ticket: Ticket) -> Option<&UpstreamRun> {
        self.runs.get(&self.accepted.get(&ticket)?.1)
    }

    /// A run ends. Only what completes is charged.
    pub fn finish(&mut self, id: u32, ended: Ended, now_ms: u64) {
        self.live.retain(|run| *run != id);
        let Some(run) = self.runs.get_mut(&id) else {
            return;
        };
        run.ended = Some((ended, now_ms));
        if ended == Ended::Completed {
            *self.charged.entry(run.ticket).or_default() += run.credits;
            self.balance = self.balance.saturating_sub(u64::from(run.credits));
        }
    }

    /// A call of `/v1/status` arrives.
    pub fn status(&mut self, now_ms: u64, steady_since_ms: u64) -> Called {
        let limit = self.status_limit;
        within(&mut self.status_calls, limit, now_ms, steady_since_ms)
    }
}

/// A call that FASHN counts.
#[derive(Debug, Clone, Copy)]
pub struct Called {
    /// It is within the limit.
    pub within: bool,
    /// Since its clock is steady the gateway alone made too many.
    pub passed: bool,
}

fn within(
    calls: &mut VecDeque<u64>,
    (most, window_ms): Limit,
    now_ms: u64,
    steady_since_ms: u64,
) -> Called {
    while calls.front().is_some_and(|at| at + window_ms <= now_ms) {
        calls.pop_front();
    }
    calls.push_back(now_ms);
    let within = calls.len() <= most;
    let passed = !within && calls.iter().filter(|at| **at >= steady_since_ms).count() > most;
    Called { within, passed }
}

/// FASHN's id of a run.
pub fn upstream_id(run: u32) -> UpstreamId {
    // Made of a number, it is always an id.
    UpstreamId::parse(&format!("{run}-u1")).unwrap_or_else(|| unreachable!("a number is an id"))
}

/// The run that an id names.
pub fn number_of(id: &UpstreamId) -> Option<u32> {
    id.as_str().strip_suffix("-u1")?.parse().ok()
}
