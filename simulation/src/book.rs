//! What always holds (design, "What always holds"), checked after every event.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fitting_room::dispatcher::{Dispatcher, Phase, Row, RowChange, Visitor};
use fitting_room::limits::DispatcherLimits;
use fitting_room::prediction::{Ending, Record, State};
use fitting_room::ticket::Ticket;

use crate::plan::Fault;
use crate::upstream::{Ended, Upstream};

/// How much later than promised something may happen, in milliseconds: late alarms and their retries.
const SLACK_MS: u64 = 300_000;

/// Something that should always hold and didn't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What a history met.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Messages taken.
    pub events: u64,
    /// Ids handed out.
    pub accepted: u64,
    /// Runs refused at admission.
    pub refused: u64,
    /// Runs that waited.
    pub queued: u64,
    /// Predictions that completed, failed, were given up, were forgotten.
    pub completed: u64,
    /// See `completed`.
    pub failed: u64,
    /// See `completed`.
    pub timed_out: u64,
    /// See `completed`.
    pub forgotten: u64,
    /// Webhooks that came before the answer of `/v1/run`.
    pub reordered: u64,
    /// Each fault met.
    pub faults: BTreeMap<Fault, u64>,
}

impl Tally {
    /// Adds another history's.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.queued += other.queued;
        self.completed += other.completed;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.forgotten += other.forgotten;
        self.reordered += other.reordered;
        for (fault, times) in &other.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
    }
}

/// The book of one history.
#[derive(Default)]
pub struct Book {
    pub tally: Tally,
    pub violation: Option<Violation>,
    /// Ids that were handed out.
    pub handed_out: BTreeSet<Ticket>,
    pub forgotten: BTreeSet<Ticket>,
    endings: BTreeMap<Ticket, Ending>,
    settled: BTreeSet<Ticket>,
    phases: BTreeMap<Ticket, Phase>,
    /// While a visitor waits: how many of each other visitor's runs were let in before.
    passed_by: BTreeMap<Visitor, BTreeMap<Visitor, u32>>,
    /// Places that a visitor gave up, which leave gaps between their turns.
    gaps: BTreeMap<Visitor, u32>,
    /// Runs whose truth may never have been told, and what was reserved for them.
    adrift: BTreeMap<Ticket, u64>,
    /// By how much the gateway's clock has jumped in all.
    pub jumped_ms: u64,
}

impl Book {
    pub fn fail(&mut self, what: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation(what()));
        }
    }

    pub fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.fail(what);
        }
    }

    pub fn meet(&mut self, fault: Fault) {
        *self.tally.faults.entry(fault).or_default() += 1;
    }

    pub fn hand_out(&mut self, ticket: Ticket) {
        if self.handed_out.insert(ticket) {
            self.tally.accepted += 1;
        }
    }

    /// A record was saved at a time of the gateway's clock.
    pub fn saved(
        &mut self,
        ticket: Ticket,
        record: &Record,
        pieces: u32,
        upstream: &Upstream,
        now_ms: u64,
    ) {
        self.check(pieces == 0 || record.body().is_some(), || {
            format!("{ticket:?}: a photo outlived its queueing")
        });
        let may_hold = matches!(record.state, State::Queued | State::Sending);
        self.check(record.body().is_none() || may_hold, || {
            format!("{ticket:?}: a body in {:?}", record.state)
        });
        let State::Ended { ending, .. } = &record.state else {
            let ended = self.endings.contains_key(&ticket);
            self.check(!ended, || {
                format!("{ticket:?}: came back to life as {:?}", record.state)
            });
            return;
        };
        if let Some(first) = self.endings.get(&ticket) {
            let same = first == ending;
            self.check(same, || {
                format!("{ticket:?}: ended twice, as {ending:?} after another")
            });
            return;
        }
        let late_ms = now_ms.saturating_sub(record.deadline_ms);
        let slack_ms = SLACK_MS + self.jumped_ms;
        self.check(late_ms <= slack_ms, || {
            format!("{ticket:?}: ended {late_ms} ms after its deadline")
        });
        let completed_there = upstream
            .runs
            .values()
            .any(|run| run.ticket == ticket && run.ending == Some(Ended::Completed));
        match ending {
            Ending::Completed { .. } => {
                self.tally.completed += 1;
                self.check(completed_there, || {
                    format!("{ticket:?}: completed here and not at FASHN")
                });
            }
            Ending::Failed(_) => self.tally.failed += 1,
            Ending::Canceled(_) | Ending::TimeOut(_) => self.tally.timed_out += 1,
        }
        self.endings.insert(ticket, ending.clone());
    }

    pub fn wipe(&mut self, ticket: Ticket, record: &Record, now_ms: u64) {
        let expires_ms = match record.state {
            State::Ended { expires_ms, .. } => expires_ms,
            State::Queued | State::Sending | State::Running { .. } => now_ms,
        };
        let slack_ms = SLACK_MS + self.jumped_ms;
        self.check(now_ms <= expires_ms + slack_ms, || {
            format!("{ticket:?}: outlived its time")
        });
    }

    /// A run is let in out of the queue, for the first time or again. One that FASHN had refused goes before
    /// others by right, and only says that its visitor had a turn.
    pub fn let_in(&mut self, visitor: &Visitor, first: bool, waiting: &BTreeSet<Visitor>) {
        self.passed_by
            .retain(|who, _| waiting.contains(who) && who != visitor);
        for who in waiting.iter().filter(|who| first && *who != visitor) {
            let times = self
                .passed_by
                .entry(who.clone())
                .or_default()
                .entry(visitor.clone())
                .or_default();
            *times += 1;
            let most = 2 + self.gaps.get(who).copied().unwrap_or(0);
            if *times > most {
                let times = *times;
                self.fail(|| format!("{visitor:?} was let in {times} times while {who:?} waited"));
                return;
            }
        }
    }

    /// The Dispatcher took an event.
    pub fn stepped(
        &mut self,
        dispatcher: &Dispatcher,
        rows: &[RowChange],
        limits: &DispatcherLimits,
    ) {
        self.check(rows.len() <= 3 + 3 * (limits.overdue_per_event + 8), || {
            format!("one event wrote {} rows", rows.len())
        });
        let gate = dispatcher.gate();
        self.check(
            gate.account.committed() <= u64::from(limits.day_credits),
            || "the day's budget is passed".into(),
        );
        self.check(dispatcher.slots_taken() <= limits.slots as usize, || {
            "more slots than there are".into()
        });
        let over = dispatcher
            .visitors()
            .any(|(_, known)| known.account.committed() > u64::from(limits.visitor_credits));
        self.check(!over, || "a visitor's budget is passed".into());
        let held: u64 = dispatcher
            .runs()
            .filter(|(_, run)| run.holds_credits())
            .map(|(_, run)| u64::from(run.reserved.0))
            .sum();
        self.check(gate.reserved == held, || {
            format!("{} reserved, runs hold {held}", gate.reserved)
        });
        for change in rows {
            let RowChange::Put(Row::Run(ticket, run)) = change else {
                continue;
            };
            let before = self.phases.insert(*ticket, run.phase);
            match run.phase {
                Phase::Adrift { .. } => {
                    self.adrift.insert(*ticket, u64::from(run.reserved.0));
                }
                Phase::Settled { .. } if !matches!(before, Some(Phase::Settled { .. })) => {
                    let first = self.settled.insert(*ticket);
                    self.check(first, || format!("{ticket:?}: settled twice"));
                    if before == Some(Phase::Queued) {
                        *self.gaps.entry(run.visitor.clone()).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }

    /// Nothing is left to happen.
    pub fn at_rest(
        &mut self,
        dispatcher: &Dispatcher,
        predictions: usize,
        rows_left: usize,
        upstream: &Upstream,
    ) {
        self.check(predictions == 0, || {
            format!("{predictions} predictions outlived their time")
        });
        self.check(dispatcher.slots_taken() == 0, || {
            "a slot never came back".into()
        });
        self.check(dispatcher.runs().count() == 0, || {
            "a run is remembered for ever".into()
        });
        self.check(rows_left <= 12, || format!("{rows_left} rows are left"));
        self.check(dispatcher.gate().reserved == 0, || {
            "credits stay reserved for ever".into()
        });
        let paid: u64 = upstream
            .charged
            .values()
            .map(|credits| u64::from(*credits))
            .sum();
        let counted = dispatcher.gate().charged;
        let written_off: u64 = self.adrift.values().sum();
        self.check((paid..=paid + written_off).contains(&counted), || {
            format!(
                "FASHN charged {paid}, the ledger has {counted}, {written_off} may be written off"
            )
        });
        let lost = self
            .handed_out
            .iter()
            .find(|ticket| !self.endings.contains_key(ticket) && !self.forgotten.contains(ticket))
            .copied();
        self.check(lost.is_none(), || {
            format!("{lost:?}: an id was handed out and never ended")
        });
    }
}
