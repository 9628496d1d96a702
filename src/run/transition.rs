//! One run's state machine: state + event + now → state and what to do.
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

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::prediction::Status;
use fashn::response::UpstreamId;

use crate::auth::ids::Attempt;
use crate::config::backoff;
use crate::config::limits;
use crate::run::record::{Carrier, Charge, Ending, News, Run, State};

/// Times that a run's life is measured by, in milliseconds. Each is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTimes {
    /// How long a place is kept while the body is stored.
    pub receive_ms: u64,
    /// How long a run may wait.
    pub queue_ms: u64,
    /// How long a call to FASHN may take.
    pub fashn_timeout_ms: u64,
    /// When a sender can't live any more, counted from its slot: the call and the platform's 30 s.
    pub send_ms: u64,
    /// When a run's slot is freed whatever happened, counted from its slot.
    pub deadline_ms: u64,
    /// How long a result is kept.
    pub result_ttl_ms: u64,
    /// How long credits stay reserved without word of the price.
    pub unknown_credits_ms: u64,
}

/// What happens to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Its body is stored.
    Stored,
    /// Its body could not be stored.
    NotStored,
    /// It got a slot and is sent.
    Go(Carrier),
    /// FASHN took this send.
    Accepted(Attempt, UpstreamId),
    /// FASHN refused this send, or it never left; the run waits for another one.
    Again {
        /// Which send.
        attempt: Attempt,
        /// FASHN's own failure, rather than a limit.
        failed: bool,
        /// It doesn't go before this.
        not_before_ms: u64,
    },
    /// FASHN refused this send for good.
    GiveUp(Attempt, RuntimeError),
    /// Nobody knows what became of this send.
    NoAnswer(Attempt),
    /// A webhook of this send names FASHN's id.
    Webhook(Attempt, UpstreamId),
    /// FASHN's status.
    Status(UpstreamId, News),
    /// FASHN doesn't know its id.
    Lost(UpstreamId),
    /// Its holder deletes it.
    Delete,
    /// Time has passed.
    Due,
}

/// What an event comes to.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing changed.
    Unchanged,
    /// The event is another run's, or a forgery.
    NotOurs,
    /// Write it.
    Save,
    /// Write it, and ask FASHN for its status.
    AskStatus(UpstreamId),
    /// Write it, and tell its `Body` object to send.
    SendAgain,
    /// Delete its row.
    Delete,
}

impl Run {
    /// Takes an event in. The slot, budget and queue are the account's to adjust.
    #[expect(
        clippy::match_same_arms,
        clippy::too_many_lines,
        reason = "one table: each pair of state and event with its own reason"
    )]
    pub fn step(&mut self, event: Event, now_ms: u64, times: &RunTimes) -> Decision {
        let current = self.attempt;
        let is_settled = self.is_settled();
        match (&mut self.state, event) {
            (State::Receiving { .. }, Event::Stored) => {
                let give_up_ms = self.admitted_ms.saturating_add(times.queue_ms);
                self.is_announced = true;
                self.state = State::Queued {
                    give_up_ms: give_up_ms.max(now_ms.saturating_add(1)),
                    not_before_ms: self.backoff_ms(now_ms),
                };
                Decision::Save
            }
            // Repeated.
            (State::Queued { .. } | State::Sending { .. }, Event::Stored) => Decision::Unchanged,
            (
                State::Unknown { .. } | State::Running { .. } | State::Ended { .. },
                Event::Stored,
            ) => Decision::Unchanged,

            (State::Receiving { .. }, Event::NotStored) if self.is_announced => {
                self.end(Ending::Failed(not_stored()), now_ms, times)
            }
            (State::Receiving { .. }, Event::NotStored) => Decision::Delete,
            // The body was stored after all.
            (
                State::Queued { .. }
                | State::Sending { .. }
                | State::Unknown { .. }
                | State::Running { .. }
                | State::Ended { .. },
                Event::NotStored,
            ) => Decision::Unchanged,

            (State::Receiving { .. } | State::Queued { .. }, Event::Go(carrier)) => {
                self.go(carrier, now_ms, times)
            }
            (
                State::Sending { .. }
                | State::Unknown { .. }
                | State::Running { .. }
                | State::Ended { .. },
                Event::Go(_),
            ) => Decision::Unchanged,

            (State::Sending { .. } | State::Unknown { .. }, Event::Accepted(attempt, upstream))
                if attempt == current =>
            {
                self.run(upstream, now_ms, times)
            }
            // The webhook was faster and claimed another id: FASHN's own answer outweighs it.
            (State::Running { upstream, .. }, Event::Accepted(attempt, own))
                if attempt == current && *upstream != own =>
            {
                self.run(own, now_ms, times)
            }
            (State::Running { .. }, Event::Accepted(..)) => Decision::Unchanged,
            // It was given up, and now the price can be asked for.
            (State::Ended { upstream, .. }, Event::Accepted(attempt, own))
                if attempt == current && upstream.is_none() =>
            {
                self.learn(own)
            }
            (
                State::Receiving { .. }
                | State::Queued { .. }
                | State::Sending { .. }
                | State::Unknown { .. }
                | State::Ended { .. },
                Event::Accepted(..),
            ) => Decision::Unchanged,

            (State::Sending { carrier, .. }, Event::Again { attempt, failed, not_before_ms })
                if attempt == current =>
            {
                let carrier = *carrier;
                self.failures = self.failures.saturating_add(u32::from(failed));
                self.wait_again(carrier, not_before_ms, now_ms, times)
            }
            (State::Sending { .. }, Event::GiveUp(attempt, error)) if attempt == current => {
                if self.is_announced {
                    self.end(Ending::Failed(error), now_ms, times)
                } else {
                    Decision::Delete
                }
            }
            (State::Sending { .. }, Event::NoAnswer(attempt)) if attempt == current => {
                self.lose_track(now_ms, times)
            }
            // Of an earlier send, repeated, or the webhook was faster.
            (
                State::Receiving { .. }
                | State::Queued { .. }
                | State::Sending { .. }
                | State::Unknown { .. }
                | State::Running { .. }
                | State::Ended { .. },
                Event::Again { .. } | Event::GiveUp(..) | Event::NoAnswer(_),
            ) => Decision::Unchanged,

            // The webhook was faster than the answer, or the answer was lost.
            (State::Sending { .. } | State::Unknown { .. }, Event::Webhook(attempt, upstream))
                if attempt == current =>
            {
                self.run(upstream.clone(), now_ms, times);
                Decision::AskStatus(upstream)
            }
            (State::Running { upstream, .. }, Event::Webhook(_, claimed))
                if *upstream == claimed =>
            {
                Decision::AskStatus(claimed)
            }
            (State::Running { .. }, Event::Webhook(..)) => Decision::NotOurs,
            // Too late to be shown, but the price can be asked for.
            (State::Ended { upstream, .. }, Event::Webhook(attempt, claimed))
                if self.charge == Charge::Reserved && attempt == current =>
            {
                match upstream {
                    Some(known) if *known != claimed => Decision::NotOurs,
                    Some(_) => Decision::AskStatus(claimed),
                    None => {
                        *upstream = Some(claimed.clone());
                        Decision::AskStatus(claimed)
                    }
                }
            }
            (State::Ended { .. }, Event::Webhook(..)) => Decision::Unchanged,
            // A run that waits was not sent, or this is an earlier send, which FASHN refused.
            (
                State::Receiving { .. }
                | State::Queued { .. }
                | State::Sending { .. }
                | State::Unknown { .. },
                Event::Webhook(..),
            ) => Decision::NotOurs,

            (State::Running { upstream, status, .. }, Event::Status(told, news))
                if *upstream == told =>
            {
                match news {
                    News::Over(ending) => self.end(ending, now_ms, times),
                    News::Live(live) if *status != live => {
                        *status = live;
                        Decision::Save
                    }
                    News::Live(_) => Decision::Unchanged,
                }
            }
            (State::Ended { upstream, .. }, Event::Status(told, News::Over(ending)))
                if upstream.as_ref() == Some(&told) && self.charge == Charge::Reserved =>
            {
                self.charge = Charge::Settled(ending.charged(self.credits));
                Decision::Save
            }
            (State::Ended { .. }, Event::Status(..)) => Decision::Unchanged,
            (
                State::Receiving { .. }
                | State::Queued { .. }
                | State::Sending { .. }
                | State::Unknown { .. }
                | State::Running { .. },
                Event::Status(..),
            ) => Decision::NotOurs,

            (State::Running { upstream, .. }, Event::Lost(lost))
                if *upstream == lost && now_ms >= self.go_ms.saturating_add(times.deadline_ms) =>
            {
                self.end_unheard(now_ms, times)
            }
            (_, Event::Lost(_)) => Decision::Unchanged,

            // FASHN surely doesn't have it.
            (State::Receiving { .. } | State::Queued { .. }, Event::Delete) => Decision::Delete,
            (State::Ended { .. }, Event::Delete) if is_settled => Decision::Delete,
            // Its slot and price still count; nobody sees it any more.
            (
                State::Sending { .. }
                | State::Unknown { .. }
                | State::Running { .. }
                | State::Ended { .. },
                Event::Delete,
            ) => self.hide(),

            (State::Receiving { until_ms }, Event::Due) if now_ms >= *until_ms => {
                if self.is_announced {
                    self.end(Ending::Failed(not_stored()), now_ms, times)
                } else {
                    Decision::Delete
                }
            }
            (State::Queued { give_up_ms, .. }, Event::Due) if now_ms >= *give_up_ms => {
                self.end(Ending::TimeOut(Some(waited_too_long())), now_ms, times)
            }
            (State::Receiving { .. } | State::Queued { .. }, Event::Due) => Decision::Unchanged,
            (State::Sending { until_ms, .. }, Event::Due) if now_ms >= *until_ms => {
                self.lose_track(now_ms, times)
            }
            // A send that began now could not be reported in time.
            (State::Sending { carrier: Carrier::Body, retry_ms, until_ms }, Event::Due)
                if now_ms >= *retry_ms
                    && now_ms.saturating_add(times.fashn_timeout_ms) >= *until_ms =>
            {
                *retry_ms = *until_ms;
                Decision::Save
            }
            (State::Sending { carrier: Carrier::Body, retry_ms, until_ms }, Event::Due)
                if now_ms >= *retry_ms =>
            {
                *retry_ms = now_ms.saturating_add(limits::SEND_RETRY_MS).min(*until_ms);
                Decision::SendAgain
            }
            (State::Sending { .. }, Event::Due) => Decision::Unchanged,
            (State::Unknown { slot_until_ms }, Event::Due) => {
                if now_ms >= self.go_ms.saturating_add(times.deadline_ms) {
                    return self.end_unheard(now_ms, times);
                }
                match slot_until_ms {
                    Some(until_ms) if now_ms >= *until_ms => {
                        *slot_until_ms = None;
                        Decision::Save
                    }
                    Some(_) | None => Decision::Unchanged,
                }
            }
            (
                State::Running { upstream, since_ms, holds_slot, polls, next_poll_ms, .. },
                Event::Due,
            ) => {
                if now_ms >= since_ms.saturating_add(limits::FASHN_KEEPS_MS) {
                    return self.end_unheard(now_ms, times);
                }
                let past_deadline = now_ms >= self.go_ms.saturating_add(times.deadline_ms);
                let gives_back = *holds_slot && past_deadline;
                *holds_slot = *holds_slot && !past_deadline;
                if now_ms >= *next_poll_ms {
                    *polls = polls.saturating_add(1);
                    *next_poll_ms = now_ms.saturating_add(poll_after_ms(*polls, past_deadline));
                    return Decision::AskStatus(upstream.clone());
                }
                if gives_back { Decision::Save } else { Decision::Unchanged }
            }
            (State::Ended { expires_ms, .. }, Event::Due) => {
                let is_expired = now_ms >= *expires_ms || self.is_deleted;
                let was_reserved = self.charge == Charge::Reserved;
                self.count_as_spent(now_ms, times);
                let is_settled = self.charge != Charge::Reserved;
                if was_reserved && is_settled && !is_expired {
                    return Decision::Save;
                }
                if is_expired && is_settled { Decision::Delete } else { Decision::Unchanged }
            }
        }
    }

    /// When it must be looked at next, in milliseconds since 1970.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "one table: each state with its own time")]
    pub fn due_ms(&self, times: &RunTimes) -> u64 {
        let deadline_ms = self.go_ms.saturating_add(times.deadline_ms);
        match &self.state {
            State::Receiving { until_ms } => *until_ms,
            State::Queued { give_up_ms, .. } => *give_up_ms,
            State::Sending { carrier: Carrier::Worker, until_ms, .. } => *until_ms,
            State::Sending { until_ms, retry_ms, .. } => (*until_ms).min(*retry_ms),
            State::Unknown { slot_until_ms } => {
                slot_until_ms.map_or(deadline_ms, |until_ms| until_ms.min(deadline_ms))
            }
            State::Running { since_ms, holds_slot, next_poll_ms, .. } => {
                let due_ms = since_ms.saturating_add(limits::FASHN_KEEPS_MS).min(*next_poll_ms);
                if *holds_slot { due_ms.min(deadline_ms) } else { due_ms }
            }
            State::Ended { expires_ms, .. } => match self.charge {
                // Its row stays until its price is known.
                Charge::Reserved => self.go_ms.saturating_add(times.unknown_credits_ms),
                Charge::Settled(_) if self.is_deleted => 0,
                Charge::Settled(_) => *expires_ms,
            },
        }
    }

    fn go(&mut self, carrier: Carrier, now_ms: u64, times: &RunTimes) -> Decision {
        self.attempt = self.attempt.saturating_add(1);
        self.go_ms = now_ms;
        self.turn = None;
        let until_ms = now_ms.saturating_add(times.send_ms);
        self.state = State::Sending {
            carrier,
            until_ms,
            retry_ms: now_ms.saturating_add(limits::SEND_RETRY_MS).min(until_ms),
        };
        Decision::Save
    }

    /// FASHN has it.
    fn run(&mut self, upstream: UpstreamId, now_ms: u64, times: &RunTimes) -> Decision {
        // The first poll counts from the slot; after a long send it isn't sooner than usual.
        let expected_ms = self.go_ms.saturating_add(self.expected_ms);
        let past_deadline = now_ms >= self.go_ms.saturating_add(times.deadline_ms);
        self.state = State::Running {
            upstream,
            status: Status::Processing,
            since_ms: now_ms,
            holds_slot: self.holds_slot() && !past_deadline,
            polls: 0,
            next_poll_ms: expected_ms.max(now_ms).saturating_add(limits::POLL_EVERY_MIN_MS),
        };
        Decision::Save
    }

    /// It waits for another send.
    fn wait_again(
        &mut self,
        carrier: Carrier,
        not_before_ms: u64,
        now_ms: u64,
        times: &RunTimes,
    ) -> Decision {
        if self.is_deleted {
            return Decision::Delete;
        }
        let give_up_ms = self.admitted_ms.saturating_add(times.queue_ms);
        if now_ms >= give_up_ms {
            return self.end(Ending::TimeOut(Some(waited_too_long())), now_ms, times);
        }
        self.state = match carrier {
            // The Worker has the body and stores it now.
            Carrier::Worker => {
                State::Receiving { until_ms: now_ms.saturating_add(times.receive_ms) }
            }
            Carrier::Body => State::Queued {
                give_up_ms,
                not_before_ms: self.backoff_ms(now_ms).max(not_before_ms),
            },
        };
        Decision::Save
    }

    /// A failed run waits by itself before its next send.
    fn backoff_ms(&self, now_ms: u64) -> u64 {
        match self.failures.checked_sub(1) {
            None => 0,
            Some(times) => now_ms.saturating_add(backoff::pause_ms(
                limits::FAILED_RUN_PAUSE_MIN_MS,
                2,
                times,
                limits::FAILED_RUN_PAUSE_MAX_MS,
            )),
        }
    }

    /// Nobody knows what became of its send.
    fn lose_track(&mut self, now_ms: u64, times: &RunTimes) -> Decision {
        // FASHN takes it within the time of a call, or by now where a `Body` object was told late.
        let told_ms = match self.state {
            State::Sending { retry_ms, .. } => retry_ms,
            State::Receiving { .. }
            | State::Queued { .. }
            | State::Unknown { .. }
            | State::Running { .. }
            | State::Ended { .. } => self.go_ms,
        };
        let call_ms = times.fashn_timeout_ms;
        let told_late_ms = told_ms.saturating_add(call_ms).min(now_ms);
        let taken_ms = self.go_ms.saturating_add(call_ms).max(told_late_ms);
        let until_ms = taken_ms
            .saturating_add(self.expected_ms)
            .min(self.go_ms.saturating_add(times.deadline_ms));
        self.state = State::Unknown { slot_until_ms: (until_ms > now_ms).then_some(until_ms) };
        Decision::Save
    }

    /// It is over: FASHN reported that, or never had it.
    fn end(&mut self, ending: Ending, now_ms: u64, times: &RunTimes) -> Decision {
        self.charge = Charge::Settled(ending.charged(self.credits));
        self.close(ending, now_ms, times)
    }

    /// It is over for its holder; what it cost isn't known.
    fn end_unheard(&mut self, now_ms: u64, times: &RunTimes) -> Decision {
        self.count_as_spent(now_ms, times);
        self.close(Ending::TimeOut(None), now_ms, times)
    }

    /// Without word of its price for long enough it counts as charged: the dearer truth.
    fn count_as_spent(&mut self, now_ms: u64, times: &RunTimes) {
        let until_ms = self.go_ms.saturating_add(times.unknown_credits_ms);
        if self.charge == Charge::Reserved && now_ms >= until_ms {
            self.charge = Charge::Settled(self.credits);
        }
    }

    fn close(&mut self, ending: Ending, now_ms: u64, times: &RunTimes) -> Decision {
        if self.is_deleted && matches!(self.charge, Charge::Settled(_)) {
            return Decision::Delete;
        }
        let upstream = match &self.state {
            State::Running { upstream, .. } => Some(upstream.clone()),
            State::Receiving { .. }
            | State::Queued { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Ended { .. } => None,
        };
        self.turn = None;
        self.state = State::Ended {
            ending: if self.is_deleted { Ending::Canceled(None) } else { ending },
            upstream,
            ended_ms: now_ms,
            expires_ms: now_ms.saturating_add(times.result_ttl_ms),
        };
        Decision::Save
    }

    /// FASHN's id of a run that was given up.
    fn learn(&mut self, own: UpstreamId) -> Decision {
        if let State::Ended { upstream, .. } = &mut self.state
            && self.charge == Charge::Reserved
        {
            *upstream = Some(own.clone());
            return Decision::AskStatus(own);
        }
        Decision::Unchanged
    }

    fn hide(&mut self) -> Decision {
        if self.is_deleted {
            return Decision::Unchanged;
        }
        self.is_deleted = true;
        if let State::Ended { ending, .. } = &mut self.state {
            *ending = Ending::Canceled(None);
        }
        Decision::Save
    }
}

/// How long after the nth poll the next one is made; past the deadline ever longer.
fn poll_after_ms(polls: u32, past_deadline: bool) -> u64 {
    let most_ms =
        if past_deadline { limits::POLL_EVERY_LATE_MS } else { limits::POLL_EVERY_MAX_MS };
    backoff::pause_ms(limits::POLL_EVERY_MIN_MS, 2, polls.saturating_sub(1), most_ms)
}

fn waited_too_long() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::Other("TimeOut".to_owned()),
        message: "The run waited longer than it may and was not started.".to_owned(),
    }
}

fn not_stored() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::UnavailableError,
        message: "The run's pictures could not be stored while it waited.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
