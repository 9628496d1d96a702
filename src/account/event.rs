//! What happens to an account, what it answers, and what has to be done then.

use fashn::error::RuntimeError;
use fashn::response::{RefusalKind, UpstreamId};
use serde::{Deserialize, Serialize};

use crate::account::admission::{Admission, AdmissionRequest};
use crate::account::rows::Write;
use crate::auth::ids::{Attempt, Ticket};
use crate::run::output::StoredOutput;
use crate::run::record::News;

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The run.
    pub ticket: Ticket,
    /// Which send.
    pub attempt: Attempt,
    /// What became of it.
    pub outcome: SendOutcome,
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    /// FASHN has the run.
    Accepted(UpstreamId),
    /// FASHN surely doesn't have it.
    Refused {
        /// Why.
        kind: RefusalKind,
        /// FASHN's `Retry-After`, in milliseconds.
        retry_after_ms: Option<u64>,
        /// What the run's holder sees, if its id was handed out.
        error: RuntimeError,
    },
    /// It never left: the call was not begun, or its body was cut before its declared end.
    NotSent,
    /// Nobody knows.
    Unknown,
}

/// What the carrier does with a run's body after its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Drop it: FASHN has the run, or nobody knows.
    Noted,
    /// The run waits again: a Worker stores the body, a `Body` object keeps it.
    Again,
    /// Drop it: the run came to nothing.
    GiveUp,
    /// Drop it: another send counts.
    OutOfDate,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A run asks to be admitted.
    Submit(AdmissionRequest),
    /// A run's body is stored.
    Stored(Ticket),
    /// A run's body could not be stored.
    NotStored(Ticket),
    /// What became of a send.
    Sent(Sent),
    /// FASHN's webhook names its id of a run.
    Webhook {
        /// The run.
        ticket: Ticket,
        /// Which send.
        attempt: Attempt,
        /// FASHN's id.
        upstream: UpstreamId,
    },
    /// A status call ended. Its place is released.
    StatusAnswered {
        /// The run.
        ticket: Ticket,
        /// FASHN's id.
        upstream: UpstreamId,
        /// What FASHN says.
        answer: StatusOutcome,
    },
    /// A holder deletes its run.
    Delete(Ticket),
    /// A run's `Body` object has nothing to send.
    BodyMissing {
        /// The run.
        ticket: Ticket,
        /// Which send.
        attempt: Attempt,
    },
    /// FASHN's balance, asked for with [`Effect::AskBalance`]; none if it could not be had.
    BalanceAnswered {
        /// `credits.total`.
        total: Option<u64>,
        /// The mark of the question.
        mark: u64,
    },
    /// A message to the merchant's backend was sent. Its place is released.
    MessageSent {
        /// The run.
        ticket: Ticket,
        /// The backend took it, or wants no more.
        is_settled: bool,
    },
    /// The alarm went off, or a touch found it overdue.
    Alarm,
}

/// What a status call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusOutcome {
    /// FASHN's word, its pictures stored.
    News(News),
    /// FASHN had too many status calls; its `Retry-After`, in milliseconds.
    TooMany(Option<u64>),
    /// FASHN doesn't know the id any more.
    NotFound,
    /// No answer, or none that can be read.
    Nothing,
}

/// What one event comes to. The writes are stored in the transaction that read; then memory counts;
/// then the answer and the effects. An effect that is lost is repeated by an alarm.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// For the sender of the event.
    pub answer: Answer,
    /// What to store.
    pub writes: Vec<Write>,
    /// What to do.
    pub effects: Vec<Effect>,
    /// When the alarm must go off at the latest, in milliseconds since 1970.
    pub alarm_ms: Option<u64>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`Event::Submit`].
    Admission(Admission),
    /// To [`Event::Stored`]: whether the run is still wanted.
    Stored(bool),
    /// To [`Event::Sent`].
    Verdict(Verdict),
    /// To [`Event::Webhook`].
    Webhook(WebhookDecision),
    /// To [`Event::Delete`]: whether there was anything.
    Deleted(bool),
    /// To the others.
    Noted,
}

/// What a webhook comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookDecision {
    /// Ask FASHN's status now: the call has a place.
    Confirm(StatusCall),
    /// Nothing is left to do, or the alarm confirms it in a moment.
    Known,
    /// No such run, or another id is bound to it.
    NotOurs,
    /// No status call may begin before this, in milliseconds since 1970. FASHN comes again.
    NotBefore(u64),
}

/// A status call that may begin now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusCall {
    /// The run.
    pub ticket: Ticket,
    /// FASHN's id.
    pub upstream: UpstreamId,
    /// Its pictures will be shown.
    pub wants_output: bool,
}

/// What is done after an event was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell the run's `Body` object to send; [`Event::BodyMissing`] if it has nothing.
    SendBody {
        /// The run.
        ticket: Ticket,
        /// Which send.
        attempt: Attempt,
    },
    /// Tell the run's `Body` object to delete itself.
    DropBody(Ticket),
    /// Ask FASHN for a run's status, then [`Event::StatusAnswered`].
    AskStatus(StatusCall),
    /// Ask FASHN for the balance, then [`Event::BalanceAnswered`] with this mark.
    AskBalance {
        /// What was charged in all before the question.
        mark: u64,
    },
    /// Tell the merchant's backend how a run ended, then [`Event::MessageSent`].
    Deliver(Ticket),
    /// Delete stored outputs.
    DeleteOutputs(Ticket, StoredOutput),
    /// Notify the run's subscribers.
    Notify(Ticket),
}
