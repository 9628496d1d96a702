//! What a run asks of the account, and the account's answer.

use fashn::models::Credits;
use serde::{Deserialize, Serialize};

use crate::auth::ids::{Attempt, Ticket, Visitor};
use crate::run::dedup::DedupQuery;
use crate::run::record::DurationClass;
use crate::run::standing::Standing;

/// A run that asks to be admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmissionRequest {
    /// Its name.
    pub ticket: Ticket,
    /// The visitor that asks.
    pub visitor: Visitor,
    /// Staff have no limits of their own.
    #[serde(default)]
    pub is_staff: bool,
    /// The shop's name.
    #[serde(default)]
    pub shop: String,
    /// FASHN's name of the model.
    #[serde(default)]
    pub model: String,
    /// Runs that take as long.
    pub class: DurationClass,
    /// What it costs if it completes.
    pub credits: Credits,
    /// FASHN's longest documented time of it, in milliseconds.
    pub expected_ms: u64,
    /// Bytes of the body that FASHN gets.
    pub body_bytes: u64,
    /// What an earlier run would have to share with it to be answered in its place. The first that
    /// fits counts.
    #[serde(default)]
    pub dedup: Vec<DedupQuery>,
}

/// May a run go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// The Worker sends it now, as this attempt: slot and window are taken.
    Go(Attempt),
    /// The Worker stores its body; its place is kept meanwhile.
    Store(Standing),
    /// It is admitted already, and its body is stored or at FASHN.
    Admitted,
    /// An earlier run is answered in its place.
    Duplicate(Ticket),
    /// The earlier request with its key, or one for the same, is still under way.
    InProgress,
    /// Its `Idempotency-Key` came with another body before.
    KeyReused,
    /// No; nothing is reserved.
    Refused(Refusal),
}

/// Why a run is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// When asking again may help.
    pub retry_after_seconds: u64,
    /// Whether a client should ask again by itself: `x-should-retry`.
    pub retry_helps: bool,
    /// The place in the queue that it would have had, if the queue is why.
    pub position: Option<u64>,
}

/// Why a run is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalReason {
    /// Too many runs wait.
    QueueFull,
    /// Too many runs of this visitor wait.
    VisitorQueueFull,
    /// The bodies of all runs that wait take too much space.
    BodiesFull,
    /// It would wait longer than a run may.
    WaitTooLong,
    /// The shop's credits of the day are spent or reserved.
    DayBudget,
    /// The visitor's are.
    VisitorBudget,
    /// The visitor's tries of the day are used up.
    VisitorAttempts,
    /// FASHN's balance is at its floor.
    BalanceFloor,
    /// FASHN answered `OutOfCredits`, and has told no better balance since.
    OutOfCredits,
}
