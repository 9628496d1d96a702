//! One run as the account keeps it: what was admitted, where it stands, what it cost.

use fashn::error::RuntimeError;
use fashn::models::Credits;
use fashn::prediction::Status;
use fashn::response::UpstreamId;
use serde::{Deserialize, Serialize};

use crate::auth::ids::{Attempt, Ticket, Visitor};
use crate::run::dedup::DedupName;
use crate::run::output::StoredOutput;

/// What takes equally long: a model and its documented time, as `tryon-v1.6/10`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DurationClass(pub String);

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub ticket: Ticket,
    /// The visitor that asked for it.
    pub visitor: Visitor,
    /// Staff have no limits of their own.
    pub is_staff: bool,
    /// The shop that it is counted for in the figures.
    pub shop: String,
    /// FASHN's name of the model, for the figures.
    pub model: String,
    /// Runs that take as long.
    pub class: DurationClass,
    /// What it costs if it completes.
    pub credits: Credits,
    /// FASHN's longest documented time of it, in milliseconds.
    pub expected_ms: u64,
    /// Bytes of the body that FASHN gets.
    pub body_bytes: u64,
    /// When it was admitted, in milliseconds since 1970.
    pub admitted_ms: u64,
    /// When its current send got a slot, in milliseconds since 1970; 0 before the first.
    pub go_ms: u64,
    /// The current send, or the last.
    pub attempt: Attempt,
    /// How often FASHN answered it with a 500 of its own.
    pub failures: u32,
    /// Its place in the fair queue, while it waits.
    pub turn: Option<FairQueueKey>,
    /// The deduplication rows that point to it.
    pub dedup: Vec<DedupName>,
    /// Somebody holds its id.
    pub is_announced: bool,
    /// Its holder deleted it. It stays, unseen, until its slot and price are settled.
    pub is_deleted: bool,
    /// What is known of its price.
    pub charge: Charge,
    /// Where it stands.
    pub state: State,
}

/// What is known of a run's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// Its credits are reserved.
    Reserved,
    /// FASHN charged this, or it is counted as charged.
    Settled(Credits),
}

/// A place in the queue; the smallest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FairQueueKey {
    /// Runs that FASHN failed go behind all that it never failed.
    pub failures: u32,
    /// Each visitor has one run in a round.
    pub round: u64,
    /// Within a round, first come first served.
    pub sequence: u64,
}

/// Which process carries the body to FASHN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The Worker that the caller's request reached.
    Worker,
    /// The run's `Body` object.
    Body,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The Worker puts its body into its `Body` object; its place is kept until then.
    Receiving {
        /// When the place is given up, in milliseconds since 1970.
        until_ms: u64,
    },
    /// It waits, its body stored.
    Queued {
        /// When it is given up, in milliseconds since 1970.
        give_up_ms: u64,
        /// It doesn't go before this: the back-off after a failure of its own.
        not_before_ms: u64,
    },
    /// It holds a slot and is on its way.
    Sending {
        /// The process that carries it.
        carrier: Carrier,
        /// When its sender can't live any more, in milliseconds since 1970.
        until_ms: u64,
        /// When the `Body` object gets its message again, in milliseconds since 1970.
        retry_ms: u64,
    },
    /// It was sent and no answer came: FASHN may have it. It is never sent again.
    Unknown {
        /// When its slot is freed, in milliseconds since 1970; none once it was.
        slot_until_ms: Option<u64>,
    },
    /// FASHN has it.
    Running {
        /// FASHN's id of it.
        upstream: UpstreamId,
        /// FASHN's last answer.
        status: Status,
        /// When it was known that FASHN has it.
        since_ms: u64,
        /// It holds a slot: until the deadline.
        holds_slot: bool,
        /// How often FASHN was asked.
        polls: u32,
        /// When FASHN is asked next, in milliseconds since 1970.
        next_poll_ms: u64,
    },
    /// It is over.
    Ended {
        /// How.
        ending: Ending,
        /// FASHN's id, if it was ever received: the price may still be asked for.
        upstream: Option<UpstreamId>,
        /// When it ended.
        ended_ms: u64,
        /// When it is deleted, in milliseconds since 1970.
        expires_ms: u64,
    },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With pictures.
    Completed {
        /// What was made.
        output: StoredOutput,
        /// What FASHN charged, if it named a figure.
        credits_used: Option<Credits>,
    },
    /// Without; it cost nothing.
    Failed(RuntimeError),
    /// Canceled at FASHN.
    Canceled(Option<RuntimeError>),
    /// FASHN answered that it took too long, or its id was never received.
    TimeOut(Option<RuntimeError>),
}

impl Ending {
    /// What FASHN charges: only completed runs cost credits. `reserved` where FASHN names no
    /// figure.
    pub fn charged(&self, reserved: Credits) -> Credits {
        match self {
            Self::Completed { credits_used, .. } => credits_used.unwrap_or(reserved),
            Self::Failed(_) | Self::Canceled(_) | Self::TimeOut(_) => Credits(0),
        }
    }

    /// FASHN's word for it.
    pub fn status(&self) -> Status {
        match self {
            Self::Completed { .. } => Status::Completed,
            Self::Failed(_) => Status::Failed,
            Self::Canceled(_) => Status::Canceled,
            Self::TimeOut(_) => Status::TimeOut,
        }
    }
}

/// FASHN's status answer, its pictures stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It isn't over.
    Live(Status),
    /// It is over.
    Over(Ending),
}

impl Run {
    /// It takes one of FASHN's slots.
    pub fn holds_slot(&self) -> bool {
        match &self.state {
            State::Sending { .. } => true,
            State::Unknown { slot_until_ms } => slot_until_ms.is_some(),
            State::Running { holds_slot, .. } => *holds_slot,
            State::Receiving { .. } | State::Queued { .. } | State::Ended { .. } => false,
        }
    }

    /// It waits for a slot, or for its body.
    pub fn waits(&self) -> bool {
        match self.state {
            State::Receiving { .. } | State::Queued { .. } => true,
            State::Sending { .. }
            | State::Unknown { .. }
            | State::Running { .. }
            | State::Ended { .. } => false,
        }
    }

    /// Its body lies in a `Body` object, or is being put there.
    pub fn has_stored_body(&self) -> bool {
        match self.state {
            State::Receiving { .. } | State::Queued { .. } => true,
            State::Sending { carrier, .. } => carrier == Carrier::Body,
            State::Unknown { .. } | State::Running { .. } | State::Ended { .. } => false,
        }
    }

    /// It is over.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended { .. })
    }

    /// Nothing can happen to it any more but its deletion: memory needn't hold it.
    pub fn is_settled(&self) -> bool {
        self.is_over() && matches!(self.charge, Charge::Settled(_))
    }

    /// Its holder may look it up.
    pub fn is_visible(&self, now_ms: u64) -> bool {
        let is_kept = match &self.state {
            State::Ended { expires_ms, .. } => now_ms < *expires_ms,
            State::Receiving { .. }
            | State::Queued { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Running { .. } => true,
        };
        is_kept && !self.is_deleted
    }

    /// What FASHN makes of it will be shown, so its pictures are worth keeping.
    pub fn wants_output(&self) -> bool {
        !self.is_over() && !self.is_deleted
    }

    /// Reserved credits; none once it is settled.
    pub fn reserved(&self) -> u64 {
        match self.charge {
            Charge::Reserved => u64::from(self.credits.0),
            Charge::Settled(_) => 0,
        }
    }
}
