//! What always holds (design, "What always holds") of the predictions and of FASHN's account, checked at every write.
//! [`crate::ledger`] has what holds of the Dispatcher.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fitting_room::auth::ids::Ticket;
use fitting_room::config::limits::DispatcherLimits;
use fitting_room::dispatcher::{Dispatcher, Outcome};
use fitting_room::prediction::{Ending, Record, State};
use fitting_room::run::output::StoredItem;

use crate::clock::Clock;
use crate::fashn_api::response::{Ended, Upstream};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::tally::Tally;
use crate::world::{ON_ITS_WAY_MOST_MS, Object};

/// How much later than its alarm something may happen, in milliseconds: an alarm is up to a minute late, and comes again
/// after a crash.
const LATE_MOST_MS: u64 = 120_000;
/// How long a run may take once it is sent, in seconds.
pub const RUN_MOST_SECONDS: u64 = 600;
/// How long after FASHN took a run it may be given up at the earliest: its deadline counts from its record.
const GIVEN_UP_AFTER_MS: u64 = RUN_MOST_SECONDS * 1_000 - 2_000;
/// How long after a run ended at FASHN its end is heard, if no question was lost: FASHN is asked every minute.
const HEARD_AFTER_MS: u64 = 60_000 + LATE_MOST_MS;

/// Something that should always hold and didn't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The book of one history.
pub struct Book {
    pub tally: Tally,
    pub violation: Option<Violation>,
    pub limits: DispatcherLimits,
    pub ledger: Ledger,
    /// Ids that were handed out.
    handed_out: BTreeSet<Ticket>,
    pub forgotten: BTreeSet<Ticket>,
    endings: BTreeMap<Ticket, Ending>,
    /// When each was first saved, in true time.
    born_ms: BTreeMap<Ticket, u64>,
    /// Whose slot may be free although FASHN still has the run: given up at the deadline, or at the end of the lease.
    pub given_up: BTreeSet<Ticket>,
    /// The run of each `Idempotency-Key` that FASHN took.
    by_key: BTreeMap<u64, Ticket>,
    /// Predictions that know FASHN's id from FASHN's own answer.
    answered: BTreeSet<Ticket>,
    /// Predictions of which a question to FASHN was lost, or not answered.
    unheard: BTreeSet<Ticket>,
}

impl Book {
    pub fn new(limits: DispatcherLimits) -> Self {
        Self {
            tally: Tally::default(),
            violation: None,
            limits,
            ledger: Ledger::default(),
            handed_out: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            endings: BTreeMap::new(),
            born_ms: BTreeMap::new(),
            given_up: BTreeSet::new(),
            by_key: BTreeMap::new(),
            answered: BTreeSet::new(),
            unheard: BTreeSet::new(),
        }
    }

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

    pub fn forget(&mut self, ticket: Ticket) {
        self.tally.forgotten += 1;
        self.forgotten.insert(ticket);
    }

    /// FASHN took a run: no other with its key.
    pub fn taken(&mut self, ticket: Ticket, key: u64) {
        let first = *self.by_key.entry(key).or_insert(ticket);
        self.check(first == ticket, || {
            format!("{ticket:?} and {first:?} have one key, so it was paid twice")
        });
    }

    /// A Prediction took FASHN's own answer in.
    pub fn answered(&mut self, ticket: Ticket) {
        self.answered.insert(ticket);
    }

    /// A question to FASHN came to nothing.
    pub fn unheard(&mut self, ticket: Ticket) {
        self.unheard.insert(ticket);
    }

    /// A record is about to be saved over what was stored.
    pub fn saved(
        &mut self,
        ticket: Ticket,
        (record, pieces): (&Record, u32),
        before: Option<&Object>,
        upstream: &Upstream,
        clock: &Clock,
    ) {
        let born_ms = *self.born_ms.entry(ticket).or_insert(clock.now_ms);
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
            // What its holder forgot shows nothing of how it ended.
            let hidden = record.dispatch.as_ref().is_some_and(|with| with.hidden);
            let same = first == ending || hidden && *ending == Ending::Canceled(None);
            self.check(same, || {
                format!("{ticket:?}: ended twice, as {ending:?} after another")
            });
            return;
        }
        self.ended_in_time(ticket, (record, born_ms), before, clock);
        match ending {
            Ending::Completed { .. } => self.tally.completed += 1,
            Ending::Failed(_) => self.tally.failed += 1,
            Ending::Canceled(_) | Ending::TimeOut(_) => self.tally.timed_out += 1,
        }
        self.is_its_own(ticket, ending, upstream);
        if record.report() == Some(Outcome::Unknown) {
            self.gives_up(ticket, upstream, clock);
        }
        self.endings.insert(ticket, ending.clone());
    }

    /// An end is not later than promised: by its own deadline, and by the longest wait and run that there may be.
    fn ended_in_time(
        &mut self,
        ticket: Ticket,
        (record, born_ms): (&Record, u64),
        before: Option<&Object>,
        clock: &Clock,
    ) {
        let set_ms = before.map_or(clock.now_ms, |object| object.set_ms);
        let late_ms = clock.gateway_ms().saturating_sub(record.deadline_ms);
        self.check(late_ms <= LATE_MOST_MS + clock.gained_since(set_ms), || {
            format!("{ticket:?}: ended {late_ms} ms after its deadline")
        });
        let lived_ms = clock.now_ms - born_ms;
        let most_ms = self.limits.queue_wait_ms
            + self.limits.lease_ms
            + RUN_MOST_SECONDS * 1_000
            + LATE_MOST_MS
            + clock.lost_ms();
        self.check(lived_ms <= most_ms, || {
            format!("{ticket:?}: ended {lived_ms} ms after it was let in")
        });
    }

    /// What completed shows the picture of its own run.
    fn is_its_own(&mut self, ticket: Ticket, ending: &Ending, upstream: &Upstream) {
        let Ending::Completed { output, .. } = ending else {
            return;
        };
        let shown = match output.items.first() {
            Some(StoredItem::Kept { byte_len, .. }) => u32::try_from(*byte_len)
                .ok()
                .and_then(|run| upstream.runs.get(&run)),
            _ => None,
        };
        let own = shown.is_some_and(|run| run.ticket == ticket);
        self.check(own, || format!("{ticket:?}: shows another's picture"));
        let completed = shown.is_some_and(|run| matches!(run.ended, Some((Ended::Completed, _))));
        self.check(completed, || {
            format!("{ticket:?}: completed here and not at FASHN")
        });
    }

    /// A run is given up: not while it has time, and not although its end could be heard.
    fn gives_up(&mut self, ticket: Ticket, upstream: &Upstream, clock: &Clock) {
        self.given_up.insert(ticket);
        let Some(run) = upstream.run_of(ticket) else {
            return;
        };
        // The clock may have jumped while it was on its way to FASHN.
        let gained_ms = clock.gained_since(run.since_ms - 2 * ON_ITS_WAY_MOST_MS);
        let age_ms = clock.now_ms - run.since_ms + gained_ms;
        self.check(age_ms >= GIVEN_UP_AFTER_MS, || {
            format!("{ticket:?}: given up {age_ms} ms after FASHN took it")
        });
        let Some((ended, ended_ms)) = run.ended else {
            return;
        };
        let since_then_ms = clock.now_ms - ended_ms;
        let may_miss_it = !self.answered.contains(&ticket) || self.unheard.contains(&ticket);
        self.check(
            may_miss_it || since_then_ms <= HEARD_AFTER_MS + clock.lost_ms(),
            || {
                format!(
                    "{ticket:?}: given up, and it was {ended:?} at FASHN {since_then_ms} ms ago"
                )
            },
        );
    }

    /// A prediction is about to be wiped.
    pub fn wiped(&mut self, ticket: Ticket, object: &Object, clock: &Clock) {
        let State::Ended { expires_ms, .. } = object.record.state else {
            return;
        };
        let late_ms = clock.gateway_ms().saturating_sub(expires_ms);
        self.check(
            late_ms <= LATE_MOST_MS + clock.gained_since(object.set_ms),
            || format!("{ticket:?}: outlived its time by {late_ms} ms"),
        );
    }

    /// Nothing is left to happen to a Dispatcher.
    pub fn dispatcher_at_rest(&mut self, dispatcher: &Dispatcher, rows: usize) {
        self.check(dispatcher.slots_taken() == 0, || {
            "a slot never came back".into()
        });
        self.check(dispatcher.runs().count() == 0, || {
            "a run is remembered for ever".into()
        });
        self.check(rows <= 12, || format!("{rows} rows are left"));
        self.check(dispatcher.gate().reserved == 0, || {
            "credits stay reserved for ever".into()
        });
    }

    /// Nothing is left to happen; so much the Dispatchers counted, and so much of it may be written off.
    pub fn at_rest(
        &mut self,
        predictions: usize,
        (counted, written_off): (u64, u64),
        upstream: &Upstream,
    ) {
        self.check(predictions == 0, || {
            format!("{predictions} predictions outlived their time")
        });
        let paid: u64 = upstream
            .charged
            .values()
            .map(|credits| u64::from(*credits))
            .sum();
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
