//! A stand-in for this branch: take `heart`'s.

use serde::{Deserialize, Serialize};

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
    /// The bodies of all runs that wait take too much room.
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
    /// FASHN said `OutOfCredits`, and hasn't said otherwise since.
    OutOfCredits,
}
