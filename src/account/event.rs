//! What events tell an account, what it answers, and what has to be done then.

use fashn::error::RuntimeError;
use fashn::response::{RefusalKind, UpstreamId};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use crate::account::notice::{ACCEPTED, Notice, RunNotice};
use crate::account::rows::{MessageId, OutboxMessage, Rows, Write};
use crate::auth::ids::{Attempt, Ticket};
use crate::run::output::StoredOutput;
use crate::run::record::News;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub ticket: Ticket,
    pub attempt: Attempt,
    pub outcome: SendOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    /// FASHN has the run.
    Accepted(UpstreamId),
    /// FASHN surely doesn't have it.
    Refused {
        kind: RefusalKind,
        retry_after_ms: Option<u64>,
        /// What the run's holder sees, if its id was handed out.
        error: RuntimeError,
    },
    /// It never left: the call was not begun, or its body was cut before its declared end.
    NotSent,
    /// FASHN may have it.
    Unknown,
}

impl SendOutcome {
    /// Its name, for the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => ACCEPTED,
            Self::Refused { kind, .. } => match kind {
                RefusalKind::ServerError => "refused: server error",
                RefusalKind::Unauthorized => "refused: unauthorized",
                RefusalKind::RateLimit => "refused: rate limit",
                RefusalKind::Concurrency => "refused: concurrency",
                RefusalKind::OutOfCredits => "refused: out of credits",
                RefusalKind::Request => "refused: request",
            },
            Self::NotSent => "not sent",
            Self::Unknown => "unknown",
        }
    }
}

/// What the carrier does with a run's body after its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Drop it: FASHN has the run, or may have it.
    Noted,
    /// The run waits again: a Worker stores the body, a `Body` object keeps it.
    Again,
    /// Drop it: the run came to nothing.
    GiveUp,
    /// Drop it: another send counts.
    OutOfDate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusOutcome {
    /// FASHN's word, its pictures stored.
    News(News),
    /// FASHN had too many status calls; its `Retry-After`, in milliseconds.
    TooMany(Option<u64>),
    NotFound,
    /// No answer, or none that can be read.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookDecision {
    /// Ask FASHN's status now.
    Confirm(StatusCall),
    /// Nothing is left to do, or the alarm confirms it in a moment.
    Known,
    NotOurs,
    /// No status call may begin before this, in milliseconds since 1970. FASHN comes again.
    NotBefore(u64),
}

/// A status call that may begin now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusCall {
    pub ticket: Ticket,
    pub upstream: UpstreamId,
    /// Its pictures will be shown.
    pub wants_output: bool,
    /// Made at the account's own time, rather than for a webhook.
    pub is_poll: bool,
}

/// What is done after an event was stored. One that is lost is repeated by an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell the run's `Body` object to send; `Account::body_missing` if it has nothing.
    SendBody {
        ticket: Ticket,
        attempt: Attempt,
    },
    DropBody(Ticket),
    /// Ask FASHN for a run's status, then `Account::status_answered`.
    AskStatus(StatusCall),
    /// Ask FASHN for the balance, then `Account::balance_answered` with this mark: what was charged
    /// in all before the question.
    AskBalance {
        mark: u64,
    },
    /// Send the merchant's backend this message, then `Account::message_sent`.
    Deliver(Box<OutboxMessage>),
    DeleteOutputs(Ticket, StoredOutput),
    Notify(Ticket),
}

/// One event's transaction: what it reads, and what it has changed so far.
pub struct Tx<'r> {
    pub rows: &'r dyn Rows,
    pub now_ms: u64,
    pub(super) writes: Vec<Write>,
    pub(super) effects: Vec<Effect>,
    pub(super) notices: Vec<Notice>,
    /// Live runs that changed.
    pub(super) runs: LiteMap<Ticket, ()>,
    /// When the first run that this event settled expires: its own look at the rows doesn't see it.
    pub(super) expiry_ms: Option<u64>,
    /// When a message of this event is due: the same.
    pub(super) message_ms: Option<u64>,
    /// Messages that this event ends: its look at the rows still finds them.
    pub(super) ended_messages: Vec<MessageId>,
}

impl<'r> Tx<'r> {
    pub(super) fn new(rows: &'r dyn Rows, now_ms: u64) -> Self {
        Self {
            rows,
            now_ms,
            writes: Vec::new(),
            effects: Vec::new(),
            notices: Vec::new(),
            runs: LiteMap::new(),
            expiry_ms: None,
            message_ms: None,
            ended_messages: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, ticket: Ticket, notice: RunNotice) {
        self.notices.push(Notice::Run(ticket, notice));
    }
}

/// What one event comes to beside its answer. The writes are stored in the transaction that read;
/// then memory counts; then the answer and the effects.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub writes: Vec<Write>,
    pub effects: Vec<Effect>,
    /// Told once the writes are stored.
    pub notices: Vec<Notice>,
    /// When the alarm must go off at the latest, in milliseconds since 1970.
    pub alarm_ms: Option<u64>,
}
