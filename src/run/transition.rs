//! One run's state machine: each event is a method that takes the run to its next state.
//!
//! ```text
//!            stored           go             accepted, claimed         reported
//! Receiving ───────▶ Queued ──────▶ Sending ───────────────▶ Running ───────────▶ Ended ─▶ deleted
//!    │  ▲              │ ▲            │ │ │  no answer, time   ▲                    ▲
//!    │  └──────────────┼─┴─ again ────┘ │ └─────────▶ Unknown ─┘ claimed            │
//!    │                 │                │ refused        │ deadline, id not received│
//!    └── time: deleted └── time ────────┴────────────────┴──────────────────────────┘
//! ```
//!
//! A terminal state is final. A run that FASHN is known to have is never given up before its
//! results can't exist any more: at the deadline it loses its slot and is asked about ever more
//! rarely.

use fashn::error::RuntimeError;
use fashn::prediction::Status;
use fashn::response::UpstreamId;

use crate::auth::ids::Attempt;
use crate::config::{backoff, limits};
use crate::run::record::{Carrier, Charge, Ending, News, Run, State, time_out, unavailable};
use crate::run::times::{Now, RunTimes};

/// What an event comes to.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Unchanged,
    /// The event is another run's, or a forgery; nothing changed.
    NotOurs,
    Save,
    /// Save it, and ask FASHN for its status.
    AskStatus(UpstreamId),
    /// Save it, and tell its `Body` object to send.
    SendAgain,
    Delete,
}

/// Events. Those of a send are of the current one; the slot, budget and queue are the account's to
/// adjust.
impl Run {
    pub fn body_stored(&mut self, now: Now<'_>) -> Decision {
        let State::Receiving { .. } = self.state else { return Decision::Unchanged };
        self.is_announced = true;
        self.state = State::Queued {
            give_up_ms: self.give_up_ms(now).max(now.after(1)),
            not_before_ms: self.backoff_ms(now),
        };
        Decision::Save
    }

    pub fn body_not_stored(&mut self, now: Now<'_>) -> Decision {
        let State::Receiving { .. } = self.state else { return Decision::Unchanged };
        self.fail(now, not_stored())
    }

    /// It got a slot and is sent.
    pub fn go(&mut self, now: Now<'_>, carrier: Carrier) -> Decision {
        if !self.waits() {
            return Decision::Unchanged;
        }
        self.attempt = self.attempt.saturating_add(1);
        self.go_ms = now.ms;
        self.turn = None;
        let until_ms = now.after(now.times.send_ms);
        let retry_ms = now.after(limits::SEND_RETRY_MS).min(until_ms);
        self.state = State::Sending { carrier, until_ms, retry_ms };
        Decision::Save
    }

    /// FASHN took the send.
    pub fn accepted(&mut self, now: Now<'_>, own: UpstreamId) -> Decision {
        match &mut self.state {
            State::Sending { .. } | State::Unknown { .. } => self.run(now, own),
            // The webhook was faster and claimed another id: FASHN's own answer outweighs it.
            State::Running { upstream, .. } if *upstream != own => self.run(now, own),
            // It was given up, and now the price can be asked for.
            State::Ended { upstream, .. }
                if upstream.is_none() && self.charge == Charge::Reserved =>
            {
                *upstream = Some(own.clone());
                Decision::AskStatus(own)
            }
            State::Receiving { .. }
            | State::Queued { .. }
            | State::Running { .. }
            | State::Ended { .. } => Decision::Unchanged,
        }
    }

    /// FASHN refused the send, or it never left; the run waits for another one. `failed`: by
    /// FASHN's own failure, rather than by a limit.
    pub fn wait_again(&mut self, now: Now<'_>, failed: bool, not_before_ms: u64) -> Decision {
        let State::Sending { carrier, .. } = self.state else { return Decision::Unchanged };
        self.failures = self.failures.saturating_add(u32::from(failed));
        if self.is_deleted {
            return Decision::Delete;
        }
        let give_up_ms = self.give_up_ms(now);
        if now.ms >= give_up_ms {
            return self.end(now, waited_too_long());
        }
        self.state = match carrier {
            // The Worker has the body and stores it now.
            Carrier::Worker => State::Receiving { until_ms: now.after(now.times.receive_ms) },
            Carrier::Body => {
                State::Queued { give_up_ms, not_before_ms: self.backoff_ms(now).max(not_before_ms) }
            }
        };
        Decision::Save
    }

    /// FASHN refused the send for good, or there is nothing to send.
    pub fn give_up(&mut self, now: Now<'_>, error: RuntimeError) -> Decision {
        if self.is_sending() { self.fail(now, error) } else { Decision::Unchanged }
    }

    /// The outcome of the send can't be known: FASHN takes it within the time of a call, or by now
    /// where a `Body` object was told late.
    pub fn lose_track(&mut self, now: Now<'_>) -> Decision {
        let State::Sending { retry_ms, .. } = self.state else { return Decision::Unchanged };
        let call_ms = now.times.fashn_timeout_ms;
        let told_late_ms = retry_ms.saturating_add(call_ms).min(now.ms);
        let taken_ms = self.go_ms.saturating_add(call_ms).max(told_late_ms);
        let deadline_ms = self.go_ms.saturating_add(now.times.deadline_ms);
        let until_ms = taken_ms.saturating_add(self.expected_ms).min(deadline_ms);
        let slot_until_ms = (until_ms > now.ms).then_some(until_ms);
        self.state = State::Unknown { slot_until_ms };
        Decision::Save
    }

    /// A webhook of this send names FASHN's id.
    pub fn webhook(&mut self, now: Now<'_>, attempt: Attempt, claimed: UpstreamId) -> Decision {
        let is_current = attempt == self.attempt;
        let is_ours = match &mut self.state {
            // The webhook was faster than the answer, or the answer was lost.
            State::Sending { .. } | State::Unknown { .. } if is_current => {
                let _ = self.run(now, claimed.clone());
                true
            }
            State::Running { upstream, .. } => *upstream == claimed,
            // Too late to be shown, but the price can be asked for.
            State::Ended { upstream, .. } if self.charge == Charge::Reserved && is_current => {
                *upstream.get_or_insert_with(|| claimed.clone()) == claimed
            }
            State::Ended { .. } if !self.is_deleted => return Decision::Unchanged,
            // A run that waits was not sent, or this is an earlier send, which FASHN refused. Of
            // one that is deleted only the row is left.
            State::Ended { .. }
            | State::Receiving { .. }
            | State::Queued { .. }
            | State::Sending { .. }
            | State::Unknown { .. } => false,
        };
        if is_ours { Decision::AskStatus(claimed) } else { Decision::NotOurs }
    }

    /// FASHN's status of this id.
    pub fn status(&mut self, now: Now<'_>, of: &UpstreamId, news: News) -> Decision {
        match (&mut self.state, news) {
            (State::Running { upstream, .. }, News::Over(ending)) if upstream == of => {
                self.end(now, ending)
            }
            (State::Running { upstream, status, .. }, News::Live(live)) if upstream == of => {
                if *status == live {
                    return Decision::Unchanged;
                }
                *status = live;
                Decision::Save
            }
            (State::Ended { upstream, .. }, News::Over(ending))
                if upstream.as_ref() == Some(of) && self.charge == Charge::Reserved =>
            {
                self.charge = Charge::Settled(ending.charged(self.spec.credits));
                Decision::Save
            }
            (State::Ended { .. }, _) => Decision::Unchanged,
            (
                State::Receiving { .. }
                | State::Queued { .. }
                | State::Sending { .. }
                | State::Unknown { .. }
                | State::Running { .. },
                _,
            ) => Decision::NotOurs,
        }
    }

    /// FASHN doesn't know this id. Soon after its acceptance that says nothing: FASHN's status may
    /// be behind.
    pub fn status_not_found(&mut self, now: Now<'_>, of: &UpstreamId) -> Decision {
        let is_ours = matches!(&self.state, State::Running { upstream, .. } if upstream == of);
        if is_ours && self.is_past_deadline(now) {
            self.end_unheard(now)
        } else {
            Decision::Unchanged
        }
    }

    /// Its poll couldn't begin: it is made then.
    pub fn postpone_poll(&mut self, at_ms: u64) -> Decision {
        let State::Running { next_poll_ms, .. } = &mut self.state else {
            return Decision::Unchanged;
        };
        *next_poll_ms = at_ms;
        Decision::Save
    }

    /// Its holder deletes it.
    pub fn delete(&mut self, now: Now<'_>) -> Decision {
        // FASHN surely doesn't have it, or its price is known.
        if self.waits() || self.is_settled() {
            return Decision::Delete;
        }
        if self.is_deleted {
            return Decision::Unchanged;
        }
        self.hide(now.ms);
        Decision::Save
    }

    fn hide(&mut self, now_ms: u64) {
        self.is_deleted = true;
        if let State::Ended { ending, expires_ms, .. } = &mut self.state {
            *ending = Ending::Canceled(None);
            *expires_ms = now_ms;
        }
    }

    /// Its row alone stays, unseen, until then.
    pub fn erase(&mut self, now_ms: u64, expires_ms: u64) {
        self.is_deleted = true;
        self.turn = None;
        self.dedup.clear();
        self.spec.webhook_url = None;
        let ending = Ending::Canceled(None);
        self.state = State::Ended { ending, upstream: None, ended_ms: now_ms, expires_ms };
    }

    /// Time has passed.
    pub fn due(&mut self, now: Now<'_>) -> Decision {
        if now.ms < self.due_ms(now.times) {
            return Decision::Unchanged;
        }
        let is_past_deadline = self.is_past_deadline(now);
        match &mut self.state {
            State::Receiving { .. } => self.fail(now, not_stored()),
            State::Queued { .. } => self.end(now, waited_too_long()),
            State::Sending { until_ms, .. } if now.ms >= *until_ms => self.lose_track(now),
            State::Sending { until_ms, retry_ms, .. } => {
                // A send that began now could not be reported in time.
                if now.after(now.times.fashn_timeout_ms) >= *until_ms {
                    *retry_ms = *until_ms;
                    return Decision::Save;
                }
                *retry_ms = now.after(limits::SEND_RETRY_MS).min(*until_ms);
                Decision::SendAgain
            }
            State::Unknown { .. } if is_past_deadline => self.end_unheard(now),
            State::Unknown { slot_until_ms } => {
                *slot_until_ms = None;
                Decision::Save
            }
            State::Running { upstream, since_ms, holds_slot, polls, next_poll_ms, .. } => {
                if now.ms >= since_ms.saturating_add(limits::FASHN_KEEPS_MS) {
                    return self.end_unheard(now);
                }
                *holds_slot &= !is_past_deadline;
                if now.ms < *next_poll_ms {
                    return Decision::Save;
                }
                *polls = polls.saturating_add(1);
                *next_poll_ms = now.after(poll_after_ms(*polls, is_past_deadline));
                Decision::AskStatus(upstream.clone())
            }
            State::Ended { expires_ms, .. } => {
                let is_expired = now.ms >= *expires_ms;
                self.count_as_spent(now);
                if is_expired { Decision::Delete } else { Decision::Save }
            }
        }
    }

    /// When it must be looked at next, in milliseconds since 1970.
    pub fn due_ms(&self, times: &RunTimes) -> u64 {
        let deadline_ms = self.go_ms.saturating_add(times.deadline_ms);
        match self.state {
            State::Receiving { until_ms: due_ms }
            | State::Queued { give_up_ms: due_ms, .. }
            | State::Sending { carrier: Carrier::Worker, until_ms: due_ms, .. } => due_ms,
            State::Sending { carrier: Carrier::Body, until_ms, retry_ms } => until_ms.min(retry_ms),
            State::Unknown { slot_until_ms } => slot_until_ms.unwrap_or(u64::MAX).min(deadline_ms),
            State::Running { since_ms, holds_slot, next_poll_ms, .. } => {
                let due_ms = since_ms.saturating_add(limits::FASHN_KEEPS_MS).min(next_poll_ms);
                if holds_slot { due_ms.min(deadline_ms) } else { due_ms }
            }
            // Its row stays until its price is known.
            State::Ended { .. } if self.charge == Charge::Reserved => {
                self.go_ms.saturating_add(times.unknown_credits_ms)
            }
            State::Ended { expires_ms, .. } => expires_ms,
        }
    }
}

/// Steps of events.
impl Run {
    fn give_up_ms(&self, now: Now<'_>) -> u64 {
        self.admitted_ms.saturating_add(now.times.queue_ms)
    }

    fn is_past_deadline(&self, now: Now<'_>) -> bool {
        now.ms >= self.go_ms.saturating_add(now.times.deadline_ms)
    }

    /// A failed run waits by itself before its next send.
    fn backoff_ms(&self, now: Now<'_>) -> u64 {
        let Some(times) = self.failures.checked_sub(1) else { return 0 };
        let (min_ms, max_ms) = (limits::FAILED_RUN_PAUSE_MIN_MS, limits::FAILED_RUN_PAUSE_MAX_MS);
        now.after(backoff::pause_ms(min_ms, 2, times, max_ms))
    }

    /// FASHN has it.
    fn run(&mut self, now: Now<'_>, upstream: UpstreamId) -> Decision {
        // The first poll counts from the slot; after a long send it isn't sooner than usual.
        let expected_ms = self.go_ms.saturating_add(self.expected_ms).max(now.ms);
        self.state = State::Running {
            upstream,
            status: Status::Processing,
            since_ms: now.ms,
            holds_slot: self.holds_slot() && !self.is_past_deadline(now),
            polls: 0,
            next_poll_ms: expected_ms.saturating_add(limits::POLL_EVERY_MIN_MS),
        };
        Decision::Save
    }

    /// It came to nothing, which a holder of its id is shown.
    fn fail(&mut self, now: Now<'_>, error: RuntimeError) -> Decision {
        if self.is_announced { self.end(now, Ending::Failed(error)) } else { Decision::Delete }
    }

    /// It is over: FASHN reported that, or never had it.
    fn end(&mut self, now: Now<'_>, ending: Ending) -> Decision {
        self.charge = Charge::Settled(ending.charged(self.credits));
        self.close(now, ending)
    }

    /// It is over for its holder; what it cost isn't known.
    fn end_unheard(&mut self, now: Now<'_>) -> Decision {
        self.count_as_spent(now);
        self.close(now, Ending::TimeOut(None))
    }

    /// Without word of its price for long enough it counts as charged: the dearer truth.
    fn count_as_spent(&mut self, now: Now<'_>) {
        let until_ms = self.go_ms.saturating_add(now.times.unknown_credits_ms);
        if self.charge == Charge::Reserved && now.ms >= until_ms {
            self.charge = Charge::Settled(self.credits);
        }
    }

    fn close(&mut self, now: Now<'_>, ending: Ending) -> Decision {
        if self.is_deleted && self.charge != Charge::Reserved {
            return Decision::Delete;
        }
        let upstream = if let State::Running { upstream, .. } = &self.state {
            Some(upstream.clone())
        } else {
            None
        };
        let expires_ms = now.after(now.times.result_ttl_ms);
        self.turn = None;
        self.state = State::Ended { ending, upstream, ended_ms: now.ms, expires_ms };
        if self.is_deleted {
            self.hide(now.ms);
        }
        Decision::Save
    }
}

/// How long after the nth poll the next one is made; past the deadline ever longer.
fn poll_after_ms(polls: u32, is_past_deadline: bool) -> u64 {
    let max_ms =
        if is_past_deadline { limits::POLL_EVERY_LATE_MS } else { limits::POLL_EVERY_MAX_MS };
    backoff::pause_ms(limits::POLL_EVERY_MIN_MS, 2, polls.saturating_sub(1), max_ms)
}

fn waited_too_long() -> Ending {
    Ending::TimeOut(Some(time_out("The run waited longer than it may and was not started.")))
}

fn not_stored() -> RuntimeError {
    unavailable("The run's pictures could not be stored while it waited.")
}

#[cfg(test)]
mod tests;
