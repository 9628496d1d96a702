//! What always holds: looked at with each write of the account, each call of FASHN, and at the end.

mod sends;
mod turns;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fitting_room::account::rows::{MessageId, VisitorDay, Write};
use fitting_room::auth::ids::{Attempt, Ticket, Visitor};
use fitting_room::config::limits::AccountLimits;
use fitting_room::run::dedup::{Dedup, DedupName};
use fitting_room::run::record::{Charge, Ending, Run, State};

use crate::plan::{Key, Plan, Submission};

const DAY_MS: u64 = 86_400_000;

/// Something that should always hold and didn't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    at_ms: u64,
    what: String,
}

impl Violation {
    /// What, and when.
    pub fn new(at_ms: u64, what: String) -> Self {
        Self { at_ms, what }
    }

    /// What, without when.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "after {} ms: {}", self.at_ms, self.what)
    }
}

/// A run's row as it was written last.
#[expect(clippy::struct_excessive_bools, reason = "each was seen, or was not")]
pub struct Track {
    /// The row; kept after it was deleted.
    pub run: Run,
    /// The submission that it belongs to.
    pub submission: usize,
    /// The person that submitted it.
    pub person: u32,
    /// With which key.
    key: Option<(Key, u32, String)>,
    /// The row is deleted.
    pub is_gone: bool,
    /// Its holder wants it deleted.
    is_delete_asked: bool,
    /// Its holder was told that it is deleted.
    is_deleted: bool,
    /// Somebody has its id.
    pub is_announced: bool,
    /// Sends that arrived at FASHN, and whether FASHN surely has none of them.
    sends: BTreeMap<Attempt, bool>,
    /// How often FASHN took it.
    taken: u32,
    /// How often FASHN took it and said that it didn't.
    lies: u32,
}

/// All of it.
pub struct Invariants {
    limits: AccountLimits,
    pub tracks: BTreeMap<Ticket, Track>,
    /// Runs that wait for a slot.
    pub queued: BTreeSet<Ticket>,
    dedup: BTreeMap<DedupName, Ticket>,
    visitors: BTreeMap<(u64, Visitor), VisitorDay>,
    messages: BTreeSet<MessageId>,
    /// Messages that are alerts: about no run.
    alerts: BTreeSet<MessageId>,
    heard: BTreeSet<Ticket>,
    /// Credits of each day, reserved or charged.
    committed: BTreeMap<u64, u64>,
    committed_of_person: BTreeMap<(u64, u32), u64>,
    admissions: BTreeMap<(u64, u32), u32>,
    pub liveness: crate::liveness::Liveness,
    pub violation: Option<Violation>,
}

/// How the writes of one event are seen.
pub struct Seen<'w> {
    /// True time.
    pub now_ms: u64,
    /// The account's clock.
    pub clock_ms: u64,
    /// The submission of a run.
    pub submission_of: &'w dyn Fn(Ticket) -> Option<(usize, Submission)>,
}

impl Invariants {
    /// Those of a history.
    pub fn new(plan: &Plan) -> Self {
        Self {
            limits: plan.limits.clone(),
            tracks: BTreeMap::new(),
            queued: BTreeSet::new(),
            dedup: BTreeMap::new(),
            visitors: BTreeMap::new(),
            messages: BTreeSet::new(),
            alerts: BTreeSet::new(),
            heard: BTreeSet::new(),
            committed: BTreeMap::new(),
            committed_of_person: BTreeMap::new(),
            admissions: BTreeMap::new(),
            liveness: crate::liveness::Liveness::of(plan),
            violation: None,
        }
    }

    /// Something doesn't hold. The first counts.
    pub fn fail(&mut self, now_ms: u64, what: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(Violation::new(now_ms, what()));
        }
    }

    // ---- the account's writes ----

    /// One event's writes are stored.
    pub fn see(&mut self, writes: &[Write], seen: &Seen<'_>) {
        for write in writes {
            match write {
                Write::PutRun(run) => self.see_run(run, seen),
                Write::DeleteRun(ticket) => self.see_deleted(*ticket, seen),
                Write::PutDedup(dedup) => self.see_dedup(dedup, seen),
                Write::DeleteDedup(name) => {
                    self.dedup.remove(name);
                }
                Write::PutVisitor(day, visitor, row) => {
                    self.visitors.insert((*day, visitor.clone()), row.clone());
                }
                Write::DeleteVisitorsBefore(day) => {
                    self.visitors.retain(|(of_day, _), _| of_day >= day);
                }
                Write::PutMessage(message) => {
                    self.messages.insert(message.id.clone());
                    if message.event.starts_with("alert.") {
                        self.alerts.insert(message.id.clone());
                    }
                }
                Write::DeleteMessage(id) => {
                    self.messages.remove(id);
                }
                Write::PutLimiter(_)
                | Write::AddFigures(..)
                | Write::AddFailure(..)
                | Write::PutBrakes(..)
                | Write::AddAudit(_)
                | Write::DeleteAged { .. }
                | Write::PutQuarantine(_)
                | Write::DeleteQuarantine(_)
                | Write::ClearQuarantine
                | Write::PutDeadLetter(_)
                | Write::DeleteDeadLetter(_)
                | Write::PutOrder(..)
                | Write::CountProduct(..)
                | Write::CountOrders(..) => {}
            }
        }
        self.judge_goes(writes, seen);
    }

    fn see_run(&mut self, run: &Run, seen: &Seen<'_>) {
        let ticket = run.ticket;
        let Some(track) = self.tracks.get_mut(&ticket) else {
            return self.see_new(run, seen);
        };
        let before = std::mem::replace(&mut track.run, run.clone());
        let is_gone = std::mem::replace(&mut track.is_gone, false);
        let person = track.person;
        let is_owed = track.is_announced && !track.is_delete_asked;
        if let State::Queued { .. } = run.state {
            self.queued.insert(ticket);
        } else {
            self.queued.remove(&ticket);
        }
        let mut wrong = |what: &str| {
            self.violation
                .get_or_insert_with(|| {
                    Violation::new(seen.now_ms, format!("run of person {person}: {what}"))
                })
                .at_ms
        };
        if is_gone {
            wrong("its row was deleted and came back");
        }
        if run.is_deleted && !before.is_deleted && is_owed {
            wrong("its id was handed out, and it was dropped");
        }
        match (&before.state, &run.state) {
            (State::Ended { ending: was, .. }, State::Ended { ending, .. }) => {
                let is_hidden = run.is_deleted && matches!(ending, Ending::Canceled(None));
                if was != ending && !is_hidden {
                    wrong("it ended in another way than it had");
                }
            }
            (State::Ended { .. }, _) => {
                wrong("it was over and came back to life");
            }
            (
                State::Unknown { .. },
                State::Receiving { .. } | State::Queued { .. } | State::Sending { .. },
            ) => {
                wrong("it waits for another send, and nobody knows what became of the last");
            }
            _ => {}
        }
        if run.dedup.len() > self.limits.dedup_per_run_max as usize {
            wrong("more deduplication rows point to it than may");
        }
        if run.attempt as usize > before.attempt as usize + 1 {
            wrong("a send was left out");
        }
        if run.failures > self.limits.send_attempts_max {
            wrong("FASHN answered it 500 more often than it is sent");
        }
        let charged = |run: &Run| match run.charge {
            Charge::Reserved => u64::from(run.credits.0),
            Charge::Settled(credits) => u64::from(credits.0),
        };
        self.commit(run, person, charged(run), charged(&before));
    }

    fn commit(&mut self, run: &Run, person: u32, more: u64, less: u64) {
        let day = run.admitted_ms / DAY_MS;
        let add = |own: &mut u64| *own = (*own + more).saturating_sub(less);
        add(self.committed.entry(day).or_default());
        if !run.is_staff {
            add(self.committed_of_person.entry((day, person)).or_default());
        }
    }

    fn see_new(&mut self, run: &Run, seen: &Seen<'_>) {
        let Some((number, submission)) = (seen.submission_of)(run.ticket) else {
            return self.fail(seen.now_ms, || "a run is stored that nobody asked for".to_owned());
        };
        let person = submission.person;
        let payload =
            format!("{}/{}/{}", submission.garment, submission.model.name, submission.wants_base64);
        let key = submission.key.map(|key| {
            let of = match key {
                Key::Uuid(_) => 0,
                Key::Short(_) => person,
            };
            (key, of, payload)
        });
        let day = run.admitted_ms / DAY_MS;
        if let Some(key) = &key {
            self.judge_key(key, seen);
        }
        let waiting = self.waiting(|_| true);
        let waiting_of_person = self.waiting(|track| track.person == person && !track.run.is_staff);
        self.commit(run, person, u64::from(run.credits.0), 0);
        let admissions = self.admissions.entry((day, person)).or_default();
        *admissions += u32::from(!run.is_staff);
        let admissions = *admissions;
        let committed = self.committed.get(&day).copied().unwrap_or(0);
        let of_person = self.committed_of_person.get(&(day, person));
        let of_person = of_person.copied().unwrap_or(0);
        let bytes: u64 = self
            .tracks
            .values()
            .filter(|track| !track.is_gone && track.run.has_stored_body())
            .map(|track| track.run.body_bytes)
            .sum();
        let limits = &self.limits;
        let slots = limits.slots as usize;
        let waits = run.waits();
        let broken = [
            (committed > u64::from(limits.day_credits), "the day's budget is passed"),
            (
                !run.is_staff && of_person > u64::from(limits.visitor_day_credits),
                "a visitor's budget is passed",
            ),
            (
                admissions > limits.visitor_day_attempts,
                "a visitor has more admissions than a day has",
            ),
            (waits && waiting >= limits.queue_max + slots, "more runs wait than may"),
            (
                waits
                    && !run.is_staff
                    && waiting_of_person >= limits.queue_per_visitor_max as usize + slots,
                "more runs of one visitor wait than may",
            ),
            (
                waits
                    && bytes + run.body_bytes
                        > limits.bodies_bytes_max + (slots as u64) * (3 << 20),
                "waiting bodies take more room than they may",
            ),
        ];
        self.tracks.insert(
            run.ticket,
            Track {
                run: run.clone(),
                submission: number,
                person,
                key,
                is_gone: false,
                is_delete_asked: false,
                is_deleted: false,
                is_announced: false,
                sends: BTreeMap::new(),
                taken: 0,
                lies: 0,
            },
        );
        if let Some((_, what)) = broken.iter().find(|(is_broken, _)| *is_broken) {
            self.fail(seen.now_ms, || (*what).to_owned());
        }
    }

    fn waiting(&self, which: impl Fn(&Track) -> bool) -> usize {
        let waiting = self
            .tracks
            .values()
            .filter(|track| !track.is_gone && track.run.waits() && which(track));
        waiting.count()
    }

    /// One key and body is one run, as long as the first is there to be seen.
    fn judge_key(&mut self, key: &(Key, u32, String), seen: &Seen<'_>) {
        let earlier = self.tracks.values().any(|track| {
            track.key.as_ref() == Some(key)
                && !track.is_gone
                && !track.is_delete_asked
                && track.run.is_visible(seen.clock_ms)
        });
        if earlier {
            self.fail(seen.now_ms, || "one key and body became two runs".to_owned());
        }
    }

    fn see_deleted(&mut self, ticket: Ticket, seen: &Seen<'_>) {
        self.queued.remove(&ticket);
        let Some(track) = self.tracks.get_mut(&ticket) else {
            return;
        };
        track.is_gone = true;
        let is_over = track.run.is_over();
        let (run, person) = (track.run.clone(), track.person);
        let is_lost = track.is_announced && !is_over && !track.is_delete_asked;
        self.commit(&run, person, 0, run.reserved());
        if is_lost {
            self.fail(seen.now_ms, || {
                format!("an id of person {person} was handed out, and its run was dropped")
            });
        }
    }

    fn see_dedup(&mut self, dedup: &Dedup, seen: &Seen<'_>) {
        self.dedup.insert(dedup.name.clone(), dedup.ticket);
        let most = self.limits.dedup_per_run_max as usize;
        let rows = self.dedup.values().filter(|ticket| **ticket == dedup.ticket);
        if rows.count() > most {
            self.fail(seen.now_ms, || {
                "more deduplication rows point to one run than may".to_owned()
            });
        }
    }

    // ---- people ----

    /// Somebody has a run's id.
    pub fn announced(&mut self, ticket: Ticket, now_ms: u64) {
        let Some(track) = self.tracks.get_mut(&ticket) else {
            return self
                .fail(now_ms, || "an id was handed out of a run that isn't stored".to_owned());
        };
        track.is_announced = true;
        let is_dropped = track.run.is_deleted || track.is_gone && !track.run.is_over();
        let is_lost = is_dropped && !track.is_delete_asked;
        let person = track.person;
        if is_lost {
            self.fail(now_ms, || {
                format!("an id of person {person} was handed out of a run that was dropped")
            });
        }
    }

    /// A holder asks for a run's deletion.
    pub fn delete_asked(&mut self, ticket: Ticket) {
        if let Some(track) = self.tracks.get_mut(&ticket) {
            track.is_delete_asked = true;
        }
    }

    /// A holder is told that a run is deleted.
    pub fn deleted(&mut self, ticket: Ticket) {
        if let Some(track) = self.tracks.get_mut(&ticket) {
            track.is_deleted = true;
        }
    }

    /// Whether a holder was told so.
    pub fn is_deleted(&self, ticket: Ticket) -> bool {
        let track = self.tracks.get(&ticket);
        track.is_some_and(|track| track.is_deleted)
    }

    /// A holder has a run's id, and it isn't over or was not over for long.
    pub fn is_owed(&self, ticket: Ticket, clock_ms: u64) -> bool {
        self.tracks.get(&ticket).is_some_and(|track| {
            track.is_announced
                && !track.is_gone
                && !track.is_delete_asked
                && track.run.is_visible(clock_ms + 5_000)
        })
    }

    /// The merchant's backend heard how a run ended, or an alert; whether there is such a one.
    pub fn merchant_heard(&mut self, id: &str) -> bool {
        if self.alerts.contains(&MessageId(id.to_owned())) {
            return true;
        }
        let is_of = |ticket: &Ticket| {
            [MessageId::of_run(ticket), MessageId::for_staff(ticket)].iter().any(|of| of.0 == id)
        };
        let ticket = self.tracks.keys().find(|ticket| is_of(ticket)).copied();
        self.heard.extend(ticket);
        ticket.is_some()
    }

    // ---- the end ----

    /// Everything is over and deleted.
    pub fn judge_end(&mut self, now_ms: u64) {
        let open = self.tracks.values().find_map(|track| {
            let person = track.person;
            if track.is_announced && !track.run.is_over() && !track.is_delete_asked {
                Some(format!("an id of person {person} was handed out and its run never ended"))
            } else if !track.is_gone {
                Some(format!("a run of person {person} is never deleted"))
            } else {
                None
            }
        });
        if let Some(what) = open {
            self.fail(now_ms, || what);
        }
        if !self.dedup.is_empty() || !self.messages.is_empty() {
            let (dedup, messages) = (self.dedup.len(), self.messages.len());
            self.fail(now_ms, || {
                format!("{dedup} deduplication rows and {messages} messages are left")
            });
        }
    }
}
