//! What is said to the Dispatcher, what it answers, and what the edge does then.

use fashn::choice::Choice as _;
use fashn::models::{Credits, Inputs};
use serde::{Deserialize, Serialize};

use super::repeat::{Repeat, RepeatKind};
use super::row::RowChange;
use crate::auth::ids::Ticket;

/// Who asks: an opaque key of the edge's (a hash; never an address or a name). Staff are one visitor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Visitor(pub String);

/// What takes equally long: a model and its mode, as `tryon-v1.6/balanced`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lane(pub String);

impl Lane {
    /// The lane of a run, its mode being told by how long FASHN says it takes.
    #[must_use]
    pub fn of(inputs: &Inputs<'_>) -> Self {
        let longest = inputs.expected_seconds().longest;
        Self(format!("{}/{longest}", inputs.model().name()))
    }
}

/// Which time a run is being sent, from 1. A report of another time is out of date.
pub type Attempt = u32;

/// A run that asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its ticket.
    pub ticket: Ticket,
    /// Whose it is.
    pub visitor: Visitor,
    /// The visitor has no limits of their own: staff.
    pub unlimited: bool,
    /// What takes as long.
    pub lane: Lane,
    /// What it will cost.
    pub credits: Credits,
    /// FASHN's own word on how long it takes, until it was measured, in milliseconds.
    pub expected_ms: u64,
    /// What an earlier run would have to share with it to be answered in its place. The first that fits counts.
    pub repeats: Vec<Repeat>,
    /// An earlier run that this one would repeat, but there is nothing left of it.
    pub gone: Option<Ticket>,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A run asks to be let in. Asked twice, it is answered from what was decided.
    Admit(Application),
    /// What became of a run that was sent.
    Sent {
        /// Which run.
        ticket: Ticket,
        /// Which time.
        attempt: Attempt,
        /// What became of it.
        sent: Sent,
    },
    /// A prediction is over. Told twice, it is settled once.
    Ended {
        /// Which.
        ticket: Ticket,
        /// What is known of its price.
        outcome: Outcome,
        /// When it was known that FASHN has it, in milliseconds since 1970: for a run of which nobody said so before.
        sent_ms: Option<u64>,
    },
    /// A run that waits isn't wanted any more. What is at FASHN stays counted until it ends.
    Forgotten(Ticket),
    /// A permit found no Prediction, or who repeats a run that isn't surely written.
    Absent(Ticket),
    /// Someone wants to ask FASHN for a status.
    StatusWanted,
    /// FASHN answered a status call with `RateLimitExceeded`.
    StatusRefused {
        /// Its `Retry-After`.
        retry_after_ms: Option<u64>,
    },
    /// Someone is about to ask FASHN for the balance.
    BalanceWanted,
    /// FASHN's balance.
    BalanceTold {
        /// `credits.total`.
        total: u64,
        /// What [`Answer::BalanceMark`] said before FASHN was asked.
        mark: u64,
    },
    /// Where a run stands in the queue, or how long it will still take.
    PlaceWanted(Ticket),
    /// What admission would say; nothing changes.
    Quoted(Application),
    /// The alarm went off, perhaps late, perhaps twice.
    Alarm,
}

/// What became of a run that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sent {
    /// FASHN has it.
    Accepted,
    /// FASHN surely doesn't.
    Refused {
        /// Why.
        kind: RefusalKind,
        /// FASHN's `Retry-After`.
        retry_after_ms: Option<u64>,
    },
    /// Nobody knows. It is not sent again.
    Unknown,
}

/// Why FASHN refused a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// `RateLimitExceeded`: the window is fuller than we thought.
    RateLimit,
    /// `ConcurrencyLimitExceeded`: there are fewer slots than we thought.
    Concurrency,
    /// `OutOfCredits`.
    OutOfCredits,
    /// FASHN's own 500: it doesn't have the run, and something is wrong there.
    ServerError,
    /// `UnauthorizedAccess`: no run fares better before the key is right.
    Unauthorized,
    /// The request itself.
    Request,
}

/// What is known of an ended prediction's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It completed; without a figure the reserved price is taken.
    Charged(Option<Credits>),
    /// It failed, or never was at FASHN.
    Free,
    /// It was given up and FASHN's word is missing. The slot is free, the reservation is held.
    Unknown,
}

/// What one event comes to. The edge does it in this order:
///
/// 1. write `rows` and, if it `sets_alarm`, set that to `alarm_ms`, without an `await` between (one transaction);
/// 2. answer;
/// 3. perform `effects`. One that is lost comes again by the alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// For who asked.
    pub answer: Answer,
    /// What to store; nothing when nothing changed, or what did may be written with what changes next.
    pub rows: Vec<RowChange>,
    /// What to do.
    pub effects: Vec<Effect>,
    /// When the alarm must go off at the latest, in milliseconds since 1970; none when there is nothing to wait for.
    pub alarm_ms: Option<u64>,
    /// It isn't set so early. One that is set earlier stays, and finds nothing to do.
    pub sets_alarm: bool,
}

/// What the edge does after an event was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Say `Permitted` to the Prediction. If there is none, come back with [`Event::Absent`].
    Permit {
        /// Which.
        ticket: Ticket,
        /// Which time.
        attempt: Attempt,
    },
    /// Ask FASHN for the balance: [`Event::BalanceWanted`], `GET /v1/credits`, [`Event::BalanceTold`].
    AskBalance,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Taken note of.
    Noted,
    /// To [`Event::Admit`] and [`Event::Quoted`].
    Admission(Admission),
    /// To a refused [`Event::Sent`].
    Verdict(Verdict),
    /// To [`Event::StatusWanted`].
    Status(StatusPermit),
    /// To [`Event::BalanceWanted`].
    BalanceMark(u64),
    /// To [`Event::PlaceWanted`]; none if it is over.
    Place(Option<Place>),
}

/// May a run go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// Now, as this attempt, and on these reins.
    Go(Attempt, Reins),
    /// Later: store it as queued.
    Queued(Place),
    /// It was let in before and is over.
    Over,
    /// It repeats an earlier run, which is answered in its place.
    Repeats {
        /// The earlier run.
        ticket: Ticket,
        /// By what.
        by: RepeatKind,
        /// Its Prediction was written, and says whether there still is anything to answer with. If not, it may be on
        /// its way or never come: if there is none, nobody is answered with it, and [`Event::Absent`] is told.
        written: bool,
    },
    /// The first request with its `Idempotency-Key` is still under way, unless its Prediction says that FASHN has the run:
    /// that isn't always written here.
    KeyInUse {
        /// The first request's run.
        ticket: Ticket,
    },
    /// Its `Idempotency-Key` came with another request before.
    KeyReused,
    /// No; nothing is reserved.
    Refused(Refusal),
}

/// How much a run does without asking the Dispatcher. What FASHN refuses, or doesn't answer, is told at once either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reins {
    /// That FASHN has it is told as soon as it is known, and each status call needs a permit.
    Tight,
    /// That FASHN has it is told with its end, and its first status call needs no permit. Till its end both windows hold
    /// room for it.
    Loose,
}

/// A place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// From 1; 0 for a run that waits no more.
    pub position: u64,
    /// Until it may go, in seconds.
    pub wait_seconds: u64,
    /// Until it is done, by measured durations, in seconds.
    pub eta_seconds: u64,
    /// When it is given up if it still waits, in milliseconds since 1970.
    pub give_up_ms: u64,
}

impl Place {
    /// The same place, so much later. What takes longer than usual will be done any moment.
    #[must_use]
    pub fn after(self, ms: u64) -> Self {
        Self {
            wait_seconds: self.wait_seconds.saturating_sub(ms / 1_000),
            eta_seconds: self.eta_seconds.saturating_sub(ms / 1_000).max(1),
            ..self
        }
    }
}

/// Why a run is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// When asking again may help.
    pub retry_after_seconds: u64,
    /// Whether a client should ask again by itself: `x-should-retry`.
    pub retry_helps: bool,
    /// The place in the queue that it would have had, if the queue is why.
    pub position: Option<u64>,
}

/// Why a run is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Too many wait.
    QueueFull,
    /// Too many of this visitor wait.
    VisitorQueueFull,
    /// It would wait longer than a run may.
    WaitTooLong,
    /// The shop's credits of the day are spent or reserved.
    DayBudget,
    /// The visitor's are.
    VisitorBudget,
    /// FASHN's balance is at its floor.
    BalanceFloor,
    /// FASHN said `OutOfCredits`, and hasn't said otherwise since.
    OutOfCredits,
}

/// What to do with a run that FASHN refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It waits again, at its old place: tell its Prediction `Requeued`, with its body if that isn't stored.
    Again(Place),
    /// It is over: its credits were given back.
    GiveUp {
        /// Its id was handed out to somebody else, who asked for the same: its Prediction must say that it failed.
        shared: bool,
    },
    /// That attempt is not the one that counts: do nothing.
    OutOfDate,
}

/// May FASHN be asked for a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusPermit {
    /// Now: the call begins within [`crate::dispatcher::DispatcherLimits::window_margin_ms`], or not at all.
    Now,
    /// Not before this, in milliseconds since 1970.
    NotBefore(u64),
}
