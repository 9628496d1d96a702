//! What a prediction has to do with the Dispatcher: which time it is sent, its body while it queues, and what
//! the Dispatcher is still to be told.

use serde::{Deserialize, Serialize};

use super::{Decision, Ending, Event, Record, Report, State, poll_after_ms};
use crate::config::limits;
use crate::dispatcher::{Attempt, Outcome, Reins};

/// What a prediction has to do with the Dispatcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Which time it is sent, or was last; 0 before the first.
    pub attempt: Attempt,
    /// How much it does without asking the Dispatcher.
    pub reins: Reins,
    /// How long it may take once it is sent, in milliseconds.
    pub run_most_ms: u64,
    /// When it was known that FASHN has it, in milliseconds since 1970.
    pub sent_ms: Option<u64>,
    /// Its body, while it queues or is being sent. What is stored beside a record without it is deleted.
    pub body: Option<StoredBody>,
    /// Until when the body is kept although nobody said what became of the sending.
    pub body_until_ms: u64,
    /// Its holder wants it forgotten. It isn't shown any more, and stays until FASHN has said its price.
    pub hidden: bool,
    /// What the Dispatcher is still to be told.
    pub debt: Debt,
}

/// The body of a queued run, stored beside the record in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBody {
    /// How many pieces.
    pub pieces: u32,
    /// How many bytes in all.
    pub bytes: u64,
}

/// What the Dispatcher is still to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Debt {
    /// Nothing yet: it isn't over.
    None,
    /// How it ended.
    Due {
        /// What is known of its price.
        outcome: Outcome,
        /// How often it was told without an answer.
        tries: u32,
        /// When it is told again.
        next_ms: u64,
    },
    /// It was told that nobody knows. A late webhook may tell.
    Open,
    /// Nothing more.
    Paid,
}

impl StoredBody {
    /// How a body of so many bytes is stored: in pieces below the row's limit.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        let pieces = bytes.div_ceil(limits::BODY_PIECE_BYTES);
        Self {
            pieces: u32::try_from(pieces).unwrap_or(u32::MAX),
            bytes: bytes as u64,
        }
    }
}

impl Record {
    /// The same run, let in by the Dispatcher to be sent now as this attempt.
    #[must_use]
    pub fn dispatched(mut self, attempt: Attempt, reins: Reins, now_ms: u64) -> Self {
        self.dispatch = Some(Dispatch {
            attempt,
            reins,
            run_most_ms: self.deadline_ms.saturating_sub(now_ms),
            sent_ms: None,
            body: None,
            body_until_ms: 0,
            hidden: false,
            debt: Debt::None,
        });
        self
    }

    /// The same run, let in by the Dispatcher to wait until then.
    #[must_use]
    pub fn queued(self, body: StoredBody, give_up_ms: u64, now_ms: u64) -> Self {
        let mut record = self.dispatched(0, Reins::Tight, now_ms);
        record.deadline_ms = give_up_ms;
        record.state = State::Queued;
        record.set_body(Some(body));
        record
    }

    /// The body that is stored beside the record.
    #[must_use]
    pub fn body(&self) -> Option<&StoredBody> {
        self.dispatch.as_ref()?.body.as_ref()
    }

    /// It is to be sent as this attempt, out of what is stored beside it.
    #[must_use]
    pub fn is_to_be_sent(&self, attempt: Attempt) -> bool {
        let dispatch = self.dispatch.as_ref();
        self.state == State::Sending
            && dispatch.is_some_and(|with| with.attempt == attempt && with.body.is_some())
    }

    /// What the Dispatcher must be told (as [`crate::dispatcher::Event::Ended`]), and then this prediction that
    /// it was ([`super::Event::Reported`]).
    #[must_use]
    pub fn report(&self) -> Option<Outcome> {
        match self.dispatch.as_ref()?.debt {
            Debt::Due { outcome, .. } => Some(outcome),
            Debt::None | Debt::Open | Debt::Paid => None,
        }
    }

    /// FASHN may be asked for its status once without a permit. Whether it was is kept in memory alone: with that gone, a permit
    /// is needed.
    #[must_use]
    pub fn has_status_call(&self, now_ms: u64) -> bool {
        let loose = |dispatch: &Dispatch| dispatch.reins == Reins::Loose;
        self.dispatch.as_ref().is_some_and(loose) && !self.is_over() && now_ms < self.deadline_ms
    }

    /// When it was known that FASHN has it, which the Dispatcher is told with its end.
    #[must_use]
    pub fn sent_ms(&self) -> Option<u64> {
        self.dispatch.as_ref()?.sent_ms
    }

    /// What the Dispatcher would have to be told after this was taken in. Told before, it is written with the end itself.
    #[must_use]
    pub fn would_report(&self, report: &Report, now_ms: u64) -> Option<Outcome> {
        let mut after = self.clone();
        match after.step(Event::Told(report.clone()), now_ms) {
            Decision::Save => after.report(),
            _ => None,
        }
    }

    /// Takes in how it ended, and that the Dispatcher has heard of it.
    pub(super) fn settle(&mut self, report: Report, now_ms: u64) -> Decision {
        match self.step(Event::Told(report), now_ms) {
            Decision::Save => match self.report().map(|outcome| self.reported(outcome)) {
                Some(Decision::Wipe) => Decision::Wipe,
                _ => Decision::Save,
            },
            other => other,
        }
    }

    pub(super) fn is_price_unknown(&self) -> bool {
        self.dispatch.as_ref().is_some_and(|dispatch| {
            matches!(
                dispatch.debt,
                Debt::Open
                    | Debt::Due {
                        outcome: Outcome::Unknown,
                        ..
                    }
            )
        })
    }

    pub(super) fn set_body(&mut self, body: Option<StoredBody>) {
        if let Some(dispatch) = &mut self.dispatch {
            dispatch.body = body;
        }
    }

    pub(super) fn send(&mut self, attempt: Attempt, now_ms: u64) -> Decision {
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Keep;
        };
        // A permit of an earlier sending, which is over.
        if attempt <= dispatch.attempt {
            return Decision::Keep;
        }
        let Some(body) = dispatch.body else {
            return Decision::Keep;
        };
        dispatch.attempt = attempt;
        dispatch.body_until_ms = now_ms.saturating_add(limits::SEND_MAX_MS);
        self.deadline_ms = now_ms.saturating_add(dispatch.run_most_ms);
        self.state = State::Sending;
        Decision::Send(body, attempt)
    }

    pub(super) fn requeue(
        &mut self,
        body: Option<StoredBody>,
        give_up_ms: u64,
        now_ms: u64,
    ) -> Decision {
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Keep;
        };
        dispatch.body = body.or(dispatch.body);
        if dispatch.body.is_none() || dispatch.hidden {
            // Nothing is left to send, or nobody wants it any more.
            return self.end(Ending::TimeOut(None), Some(Outcome::Free), now_ms);
        }
        dispatch.reins = Reins::Tight;
        self.deadline_ms = give_up_ms;
        self.state = State::Queued;
        Decision::Save
    }

    pub(super) fn hide(&mut self) -> Decision {
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Wipe;
        };
        dispatch.hidden = true;
        dispatch.body = None;
        if let State::Ended { ending, .. } = &mut self.state {
            *ending = Ending::Canceled(None);
        }
        Decision::Save
    }

    pub(super) fn owe(&mut self, outcome: Outcome, now_ms: u64) {
        if let Some(dispatch) = &mut self.dispatch {
            dispatch.debt = Debt::Due {
                outcome,
                tries: 0,
                next_ms: now_ms.saturating_add(poll_after_ms(1)),
            };
        }
    }

    pub(super) fn report_again(&mut self, now_ms: u64) -> Decision {
        match self.dispatch.as_mut().map(|dispatch| &mut dispatch.debt) {
            Some(Debt::Due { tries, next_ms, .. }) if now_ms >= *next_ms => {
                *tries = tries.saturating_add(1);
                *next_ms = now_ms.saturating_add(poll_after_ms(*tries));
                Decision::Save
            }
            _ => Decision::Keep,
        }
    }

    pub(super) fn reported(&mut self, told: Outcome) -> Decision {
        if self.report() != Some(told) {
            return Decision::Keep;
        }
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Keep;
        };
        dispatch.debt = match told {
            Outcome::Unknown => Debt::Open,
            Outcome::Charged(_) | Outcome::Free => Debt::Paid,
        };
        if dispatch.hidden && dispatch.debt == Debt::Paid {
            return Decision::Wipe;
        }
        Decision::Save
    }
}
