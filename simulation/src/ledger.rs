//! What always holds of the Dispatcher: its slots, its credits, its turns. Checked after every event that it took.

use std::collections::{BTreeMap, BTreeSet};

use fitting_room::auth::ids::Ticket;
use fitting_room::dispatcher::{Attempt, Dispatcher, Phase, Row, RowChange, Visitor};

use crate::book::Book;
use crate::clock::Clock;
use crate::fashn_api::response::Upstream;

/// Where the Dispatcher wakes up, its clock differs by so much from where it was before.
const SKEW_MOST_MS: u64 = 1_000;

/// When a slot was taken.
#[derive(Debug, Clone, Copy)]
struct Taken {
    /// In true time.
    now_ms: u64,
    /// By the gateway's clock.
    clock_ms: u64,
    /// For which sending.
    attempt: Attempt,
}

/// What is remembered of the Dispatcher.
#[derive(Default, Clone)]
pub struct Ledger {
    phases: BTreeMap<Ticket, Phase>,
    /// When each was let in, by the gateway's clock.
    admitted_ms: BTreeMap<Ticket, u64>,
    settled: BTreeSet<Ticket>,
    /// Who holds a slot, and since when.
    taken: BTreeMap<Ticket, Taken>,
    /// While a visitor waits: how many of each other visitor's runs were let in before.
    passed_by: BTreeMap<u32, BTreeMap<u32, u32>>,
    /// Places that a visitor gave up, which leave gaps between their turns.
    gaps: BTreeMap<Visitor, u32>,
    /// What was charged in all for what was settled.
    charged: u64,
    /// Runs whose truth may never have been told, and what was reserved for them.
    adrift: BTreeMap<Ticket, u64>,
}

impl Ledger {
    pub fn written_off(&self) -> u64 {
        self.adrift.values().sum()
    }
}

impl Book {
    /// A run is let in out of the queue, for the first time or again. One that FASHN had refused goes before
    /// others by right, and only says that its visitor had a turn.
    pub fn let_in(&mut self, visitor: u32, first: bool, waiting: &BTreeSet<u32>) {
        self.ledger
            .passed_by
            .retain(|who, _| waiting.contains(who) && *who != visitor);
        for who in waiting.iter().filter(|who| first && **who != visitor) {
            let passed_by = self.ledger.passed_by.entry(*who).or_default();
            let times = passed_by.entry(visitor).or_default();
            *times += 1;
            let times = *times;
            if times <= 2 {
                continue;
            }
            let gaps = self.ledger.gaps.get(&Visitor(format!("v{who}")));
            if times > 2 + gaps.copied().unwrap_or(0) {
                self.fail(|| {
                    format!("visitor {visitor} was let in {times} times while {who} waited")
                });
                return;
            }
        }
    }

    /// The Dispatcher took an event, and stores what it came to. `is_there` says whether a Prediction is.
    pub fn stepped(
        &mut self,
        dispatcher: &Dispatcher,
        (rows, alarm_ms): (&[RowChange], Option<u64>),
        is_there: impl Fn(Ticket) -> bool,
        upstream: &Upstream,
        clock: &Clock,
    ) {
        let limits = &self.limits;
        let (slots, day, visitor) = (limits.slots, limits.day_credits, limits.visitor_credits);
        let rows_most = 5 + 5 * (limits.overdue_per_event + 8);
        self.check(rows.len() <= rows_most, || {
            format!("one event wrote {} rows", rows.len())
        });
        let gate = dispatcher.gate();
        self.check(gate.account.committed() <= u64::from(day), || {
            "the day's budget is passed".into()
        });
        self.check(dispatcher.slots_taken() <= slots as usize, || {
            "more slots than there are".into()
        });
        let over = dispatcher
            .visitors()
            .any(|(_, known)| known.committed > u64::from(visitor));
        self.check(!over, || "a visitor's budget is passed".into());
        let held: u64 = dispatcher
            .runs()
            .filter(|(_, run)| run.holds_credits())
            .map(|(_, run)| u64::from(run.reserved.0))
            .sum();
        self.check(gate.reserved == held, || {
            format!("{} reserved, runs hold {held}", gate.reserved)
        });
        let mut due = self.ledger.charged;
        for change in rows {
            let RowChange::Put(Row::Run(ticket, run)) = change else {
                continue;
            };
            let before = self.ledger.phases.insert(*ticket, run.phase);
            if before.is_none() {
                let now_ms = clock.dispatcher_ms();
                self.ledger.admitted_ms.insert(*ticket, now_ms);
            }
            self.takes_or_frees(
                (*ticket, run.attempt),
                (before, run.phase),
                &is_there,
                clock,
            );
            match run.phase {
                Phase::Adrift { .. } => {
                    let reserved = u64::from(run.reserved.0);
                    self.ledger.adrift.insert(*ticket, reserved);
                }
                Phase::Settled { .. } if !matches!(before, Some(Phase::Settled { .. })) => {
                    let first = self.ledger.settled.insert(*ticket);
                    self.check(first, || format!("{ticket:?}: settled twice"));
                    due += match before {
                        // Nobody told the truth in time.
                        Some(Phase::Adrift { until_ms }) if until_ms <= clock.dispatcher_ms() => {
                            u64::from(run.reserved.0)
                        }
                        _ => upstream.charged.get(ticket).copied().map_or(0, u64::from),
                    };
                    if before == Some(Phase::Queued) {
                        *self.ledger.gaps.entry(run.visitor.clone()).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        let charged = dispatcher.gate().charged;
        self.check(charged == due, || {
            format!("the ledger has {charged} charged, and FASHN charged {due}")
        });
        self.ledger.charged = due;
        self.slots_come_back(alarm_ms, clock);
    }

    /// A slot is taken, or comes back. It comes back untold only when its lease is over or its Prediction isn't there.
    fn takes_or_frees(
        &mut self,
        (ticket, attempt): (Ticket, Attempt),
        (before, phase): (Option<Phase>, Phase),
        is_there: impl Fn(Ticket) -> bool,
        clock: &Clock,
    ) {
        match phase {
            Phase::Permitted { .. } => {
                let taken = self.ledger.taken.get(&ticket);
                if taken.is_none_or(|taken| taken.attempt != attempt) {
                    let taken = Taken {
                        now_ms: clock.now_ms,
                        clock_ms: clock.dispatcher_ms(),
                        attempt,
                    };
                    self.ledger.taken.insert(ticket, taken);
                }
            }
            Phase::InFlight { .. } => {}
            Phase::Queued | Phase::Settled { .. } => {
                self.ledger.taken.remove(&ticket);
            }
            Phase::Adrift { .. } => {
                let taken = self.ledger.taken.remove(&ticket);
                if matches!(before, Some(Phase::Adrift { .. })) {
                    return;
                }
                let held_ms = taken.map_or(0, |taken| {
                    clock.now_ms - taken.now_ms + clock.gained_since(taken.now_ms)
                });
                let by_right = self.given_up.contains(&ticket)
                    || !is_there(ticket)
                    || held_ms + SKEW_MOST_MS >= self.limits.lease_ms;
                self.check(by_right, || {
                    format!("{ticket:?}: its slot was taken back after {held_ms} ms")
                });
                self.given_up.insert(ticket);
            }
        }
    }

    /// No slot is held for longer than its lease. An event looks after a few of what is overdue: while some is left, the
    /// alarm is due at once.
    fn slots_come_back(&mut self, alarm_ms: Option<u64>, clock: &Clock) {
        if alarm_ms.is_some_and(|alarm_ms| alarm_ms <= clock.dispatcher_ms()) {
            return;
        }
        let most_ms = self.limits.lease_ms + SKEW_MOST_MS;
        let long = self
            .ledger
            .taken
            .iter()
            .map(|(ticket, taken)| {
                (
                    *ticket,
                    clock.dispatcher_ms().saturating_sub(taken.clock_ms),
                )
            })
            .find(|(_, held_ms)| *held_ms > most_ms);
        if let Some((ticket, held_ms)) = long {
            self.fail(|| format!("{ticket:?}: held its slot for {held_ms} ms"));
        }
    }

    /// The Dispatcher heard that a Prediction isn't there. By then it is not on its way any more, or else its slot
    /// comes back later.
    pub fn is_absent(&mut self, ticket: Ticket, clock: &Clock) {
        let admitted_ms = self.ledger.admitted_ms.get(&ticket).copied();
        let age_ms = clock
            .dispatcher_ms()
            .saturating_sub(admitted_ms.unwrap_or(u64::MAX));
        let permitted = matches!(
            self.ledger.phases.get(&ticket),
            Some(Phase::Permitted { .. })
        );
        let grace_ms = self.limits.absence_grace_ms + SKEW_MOST_MS;
        self.check(!permitted || age_ms <= grace_ms, || {
            format!("{ticket:?}: it holds a slot, and its Prediction isn't there {age_ms} ms after it was let in")
        });
    }
}
