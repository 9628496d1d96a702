//! The world as the invariants see it.

use std::rc::Rc;

use fitting_room::account::breaker::Breaker;
use fitting_room::account::rows::Write;
use fitting_room::account::state::Account;
use fitting_room::auth::ids::{Attempt, Ticket};
use fitting_room::run::record::{Ending, Run, State};

use crate::account_object::AccountObject;
use crate::fashn::{End, KEEPS_MS as FASHN_KEEPS_MS};
use crate::invariants::Seen;
use crate::liveness::Moment;
use crate::plan::{Behavior, Trouble};
use crate::world::World;

impl World {
    /// One event's writes are stored.
    pub fn see(&self, writes: &[Write]) {
        let submission_of = |ticket| self.submission_of_run(ticket);
        let seen = Seen {
            now_ms: self.now_ms(),
            clock_ms: self.clock_ms(self.account.skew_ms.get()),
            submission_of: &submission_of,
        };
        for write in writes {
            match write {
                Write::PutRun(run) => self.see_run(run),
                Write::DeleteRun(ticket) => {
                    self.tell(|| format!("the account deletes {}", self.name_of(*ticket)));
                }
                _ => {}
            }
        }
        self.invariants.borrow_mut().see(writes, &seen);
    }

    fn see_run(&self, run: &Run) {
        self.tell(|| {
            let deleted = if run.is_deleted { ", unseen" } else { "" };
            let (name, state) = (self.name_of(run.ticket), &run.state);
            let (attempt, charge) = (run.attempt, run.charge);
            format!("the account writes {name}{deleted}: send {attempt}, {state:?}, {charge:?}")
        });
        let invariants = self.invariants.borrow();
        let before = invariants.tracks.get(&run.ticket).map(|track| &track.run.state);
        let mut tally = self.tally.borrow_mut();
        let is_new = |is: fn(&State) -> bool| is(&run.state) && !before.is_some_and(is);
        tally.queued += u64::from(is_new(|state| matches!(state, State::Queued { .. })));
        tally.unknown += u64::from(is_new(|state| matches!(state, State::Unknown { .. })));
        if let (State::Running { holds_slot, .. }, State::Ended { .. }) =
            (before.unwrap_or(&run.state), &run.state)
        {
            tally.late += u64::from(!holds_slot);
        }
        if is_new(|state| matches!(state, State::Ended { .. }))
            && let State::Ended { ending, .. } = &run.state
        {
            match ending {
                Ending::Completed { .. } => {
                    tally.completed += 1;
                    self.estimates.borrow_mut().completed(run.ticket, self.now_ms());
                }
                Ending::Failed(_) | Ending::Canceled(_) => tally.failed += 1,
                Ending::TimeOut(_) => tally.timed_out += 1,
            }
        }
        let was_running = matches!(before, Some(State::Running { .. }));
        drop(tally);
        drop(invariants);
        self.judge_upstream(run, was_running);
    }

    /// FASHN's id is that of this run and this send; a picture is one that FASHN made for it.
    fn judge_upstream(&self, run: &Run, was_running: bool) {
        let (upstream, ending) = match &run.state {
            State::Running { upstream, .. } => (upstream, None),
            State::Ended { upstream: Some(upstream), ending, .. } => (upstream, Some(ending)),
            _ => return,
        };
        let fashn = self.fashn.borrow();
        let theirs = fashn.run(upstream.as_str());
        let Some(theirs) = theirs.filter(|theirs| theirs.ticket == run.ticket) else {
            return self
                .fail(|| format!("a run is bound to {}, which isn't its own", upstream.as_str()));
        };
        if theirs.attempt != run.attempt {
            let (own, other) = (run.attempt, theirs.attempt);
            return self
                .fail(|| format!("send {own} of a run is bound to the answer of send {other}"));
        }
        let has_ended = |end| theirs.end.is_some_and(|(own, _)| own == end);
        if matches!(ending, Some(Ending::Completed { .. })) && !has_ended(End::Completed) {
            self.fail(|| "a run is completed here and not at FASHN".to_owned());
        }
        let is_kept = self.now_ms() < theirs.taken_ms + FASHN_KEEPS_MS;
        if was_running && is_kept && matches!(ending, Some(Ending::TimeOut(None))) {
            self.fail(|| "a run was given up, and FASHN is known to have it".to_owned());
        }
    }

    /// A send arrives at FASHN.
    pub fn sent(&self, ticket: Ticket, attempt: Attempt) {
        let now_ms = self.now_ms();
        self.tally.borrow_mut().sent += 1;
        self.invariants.borrow_mut().sent(ticket, attempt, now_ms);
    }

    /// Whether a run is the breaker's probe.
    pub fn is_probe(&self, ticket: Ticket) -> bool {
        let is_probe = self.account.with_memory(|memory| {
            matches!(memory.limiter.breaker, Breaker::HalfOpen { probe, .. } if probe == ticket)
        });
        is_probe == Some(true)
    }

    /// FASHN answered a send: it surely doesn't have it, or perhaps.
    pub fn told_of_send(&self, ticket: Ticket, is_sure: bool) {
        self.invariants.borrow_mut().told_of_send(ticket, is_sure);
    }

    /// FASHN takes a run.
    pub fn taken(&self, ticket: Ticket) {
        let now_ms = self.now_ms();
        self.invariants.borrow_mut().taken(ticket, now_ms);
    }

    /// FASHN took a run and says that it didn't.
    pub fn lied_about(&self, ticket: Ticket) {
        self.invariants.borrow_mut().lied_about(ticket);
    }

    /// The merchant's backend heard how a run ended.
    pub fn merchant_heard(&self, id: &str) {
        if !self.invariants.borrow_mut().merchant_heard(id) {
            self.fail(|| "a merchant webhook names no run".to_owned());
        }
    }

    /// Somebody has a run's id.
    pub fn announced(&self, ticket: Ticket) {
        let now_ms = self.now_ms();
        self.invariants.borrow_mut().announced(ticket, now_ms);
    }

    /// Whether a run's holder was told that it is deleted.
    pub fn is_deleted(&self, ticket: Ticket) -> bool {
        self.invariants.borrow().is_deleted(ticket)
    }

    /// A holder asks for a run's deletion.
    pub fn delete_asked(&self, ticket: Ticket) {
        self.tally.borrow_mut().deleted += 1;
        self.invariants.borrow_mut().delete_asked(ticket);
    }

    /// A holder is told that a run is deleted.
    pub fn deleted(&self, ticket: Ticket) {
        self.invariants.borrow_mut().deleted(ticket);
    }

    /// A run is looked up, and there is something to see or not.
    pub fn looked_up(&self, ticket: Ticket, was_deleted: bool, is_shown: bool) {
        if is_shown && was_deleted && self.is_deleted(ticket) {
            self.fail(|| "a run is shown after its holder was told that it is deleted".to_owned());
        }
        let is_missed = !is_shown && {
            let invariants = self.invariants.borrow();
            invariants.is_owed(ticket, self.clock_ms(self.account.skew_ms.get()))
        };
        if is_missed {
            self.fail(|| "an id was handed out, and nothing is shown of its run".to_owned());
        }
    }

    /// FASHN's id of a run is known.
    pub fn is_bound(&self, ticket: Ticket) -> bool {
        let invariants = self.invariants.borrow();
        invariants.tracks.get(&ticket).is_some_and(|track| match &track.run.state {
            State::Running { .. } => true,
            State::Ended { upstream, .. } => upstream.is_some(),
            _ => false,
        })
    }

    /// A run's current send, as it is written.
    pub fn attempt_of(&self, ticket: Ticket) -> Option<Attempt> {
        let invariants = self.invariants.borrow();
        invariants.tracks.get(&ticket).map(|track| track.run.attempt)
    }

    /// What holds at this moment.
    pub fn judge_liveness(self: &Rc<Self>) {
        let now_ms = self.now_ms();
        let waits = {
            let invariants = self.invariants.borrow();
            let clock_ms = self.clock_ms(self.account.skew_ms.get());
            invariants.queued.iter().any(|ticket| {
                invariants.tracks.get(ticket).is_some_and(|track| match track.run.state {
                    State::Queued { not_before_ms, .. } => {
                        let is_honest = matches!(
                            self.behavior_of(track.submission),
                            Behavior::Shops | Behavior::Deletes(_) | Behavior::HangsUp(_)
                        );
                        is_honest
                            && track.person != 0
                            && track.run.failures == 0
                            && not_before_ms <= clock_ms
                    }
                    _ => false,
                })
            })
        };
        let (mut breaker_is_open, mut breaker_probes) = (false, false);
        if waits {
            let clock_ms = self.clock_ms(self.account.skew_ms.get());
            self.account.with_memory(|memory| {
                let breaker = &memory.limiter.breaker;
                let holds = breaker.holds_until_ms(clock_ms).is_some();
                breaker_is_open = holds && matches!(breaker, Breaker::Open { .. });
                breaker_probes = matches!(breaker, Breaker::HalfOpen { .. });
            });
        }
        let moment = Moment {
            now_ms,
            waits,
            free_since_ms: self.fashn.borrow().free_since_ms(),
            fashn_fails: self.is_bad(Trouble::FashnFails),
            breaker_is_open,
            breaker_probes,
        };
        let wrong = self.invariants.borrow_mut().liveness.judge(&moment);
        if let Some(wrong) = wrong {
            self.fail(|| wrong);
        }
    }

    /// Everything is over and deleted.
    pub fn judge_end(self: &Rc<Self>) {
        let now_ms = self.now_ms();
        self.invariants.borrow_mut().judge_end(now_ms);
        let photos = self.bodies.borrow().values().filter(|body| body.holds_photo()).count();
        if photos > 0 {
            self.fail(|| format!("{photos} photographs are left"));
        }
        let clock_ms = self.clock_ms(0);
        let settings = AccountObject::settings(self);
        let account = self.account.read(|rows| Account::restore(settings, rows, clock_ms));
        let Ok(account) = account else {
            return self.fail(|| "the account can't be restored".to_owned());
        };
        let (slots, queued) = (account.slots_taken, account.queue.len());
        let live = account.live.len();
        let reserved: u64 = account.live.values().map(Run::reserved).sum();
        if slots > 0 || queued > 0 || live > 0 || reserved > 0 {
            self.fail(|| {
                format!("{slots} slots, {queued} queued, {live} live runs and {reserved} reserved credits are left")
            });
        }
        let charged = self.fashn.borrow().charged;
        let counted = account.limiter.charged;
        if counted < charged && self.plan.rate(crate::fault::Fault::RunFailsYetRuns) == 0 {
            self.fail(|| format!("FASHN charged {charged} credits, and {counted} are counted"));
        }
        let idle = self.invariants.borrow().liveness.idle_max_ms.clone();
        self.tally.borrow_mut().idle_max_ms = idle;
    }
}
