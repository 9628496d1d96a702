//! One run as the account keeps it: what was admitted, where it stands, what it cost.

use std::ops::Deref;

use fashn::error::{RuntimeError, RuntimeErrorName};
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

/// What is admitted. It stays as it is for the run's whole life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    pub ticket: Ticket,
    pub visitor: Visitor,
    /// Staff have no limits of their own.
    #[serde(default)]
    pub is_staff: bool,
    #[serde(default)]
    pub shop: String,
    #[serde(default)]
    pub model: String,
    pub class: DurationClass,
    /// What it costs if it completes.
    pub credits: Credits,
    /// FASHN's longest documented time of it.
    pub expected_ms: u64,
    /// Bytes of the body that FASHN gets.
    pub body_bytes: u64,
    /// Where its end is told beside the merchant's backend: of staff alone.
    #[serde(default)]
    pub webhook_url: Option<String>,
    #[cfg(feature = "next-release")]
    #[serde(default)]
    pub note: Option<String>,
}

/// All times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub spec: RunSpec,
    pub admitted_ms: u64,
    /// When its current send got a slot; 0 before that.
    pub go_ms: u64,
    /// The current send, or the last.
    pub attempt: Attempt,
    /// How often FASHN answered it with a 500 of its own.
    pub failures: u32,
    pub turn: Option<FairQueueKey>,
    /// The deduplication rows that point to it.
    pub dedup: Vec<DedupName>,
    pub is_announced: bool,
    /// Its holder deleted it, or it came to nothing. Its row stays, unseen, until slot and price
    /// are settled and no late copy of its request can come.
    pub is_deleted: bool,
    pub charge: Charge,
    pub state: State,
}

/// What was admitted is read as the run's own.
impl Deref for Run {
    type Target = RunSpec;

    fn deref(&self) -> &RunSpec {
        &self.spec
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    Reserved,
    /// FASHN charged this, or it is counted as charged.
    Settled(Credits),
}

/// A place in the queue; the smallest goes first. Runs that FASHN failed go behind all that it never
/// failed, each visitor has one run in a round, and within a round the first come goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FairQueueKey {
    pub failures: u32,
    pub round: u64,
    pub sequence: u64,
}

/// The process that sends the run: the Worker of the caller's request, or the run's `Body` object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    Worker,
    Body,
}

/// Where a run stands. All times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The Worker puts its body into its `Body` object; its place is kept until then.
    Receiving { until_ms: u64 },
    /// Its body is stored. It doesn't go before the back-off after a failure of its own is over.
    Queued { give_up_ms: u64, not_before_ms: u64 },
    /// It holds a slot and is on its way, until its sender can't live any more. At `retry_ms` the
    /// `Body` object gets its message again.
    Sending { carrier: Carrier, until_ms: u64, retry_ms: u64 },
    /// It was sent and no answer came: FASHN may have it. It is never sent again. No time once its
    /// slot was freed.
    Unknown { slot_until_ms: Option<u64> },
    Running {
        upstream: UpstreamId,
        /// FASHN's last answer.
        status: Status,
        /// When it was known that FASHN has it.
        since_ms: u64,
        /// Until the deadline.
        holds_slot: bool,
        polls: u32,
        next_poll_ms: u64,
    },
    Ended {
        ending: Ending,
        /// FASHN's id, if it was ever received: the price may still be asked for.
        upstream: Option<UpstreamId>,
        ended_ms: u64,
        /// When its row is deleted, if its price is known by then.
        expires_ms: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Completed {
        output: StoredOutput,
        /// What FASHN charged, if it named a figure.
        credits_used: Option<Credits>,
    },
    Failed(RuntimeError),
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

    /// The name of what went wrong, for the figures; none of a completed run.
    pub fn failure(&self) -> Option<String> {
        let error = match self {
            Self::Completed { .. } => return None,
            Self::Failed(error) => Some(error),
            Self::Canceled(error) | Self::TimeOut(error) => error.as_ref(),
        };
        let of_status = || match self.status() {
            Status::Canceled => "Canceled".to_owned(),
            _ => "TimeOut".to_owned(),
        };
        Some(error.map_or_else(of_status, |error| error.name.to_string()))
    }

    pub fn status(&self) -> Status {
        match self {
            Self::Completed { .. } => Status::Completed,
            Self::Failed(_) => Status::Failed,
            Self::Canceled(_) => Status::Canceled,
            Self::TimeOut(_) => Status::TimeOut,
        }
    }
}

/// An error of the gateway's own, as a run's holder sees it.
pub fn unavailable(message: &str) -> RuntimeError {
    RuntimeError { name: RuntimeErrorName::UnavailableError, message: message.to_owned() }
}

pub fn time_out(message: &str) -> RuntimeError {
    let name = RuntimeErrorName::Other("TimeOut".to_owned());
    RuntimeError { name, message: message.to_owned() }
}

/// FASHN's status answer, its pictures stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Live(Status),
    Over(Ending),
}

impl Run {
    pub fn holds_slot(&self) -> bool {
        match self.state {
            State::Sending { .. } => true,
            State::Unknown { slot_until_ms } => slot_until_ms.is_some(),
            State::Running { holds_slot, .. } => holds_slot,
            State::Receiving { .. } | State::Queued { .. } | State::Ended { .. } => false,
        }
    }

    pub fn waits(&self) -> bool {
        matches!(self.state, State::Receiving { .. } | State::Queued { .. })
    }

    pub fn is_sending(&self) -> bool {
        matches!(self.state, State::Sending { .. })
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended { .. })
    }

    /// Its body lies in a `Body` object, or is being put there.
    pub fn has_stored_body(&self) -> bool {
        self.waits() || matches!(self.state, State::Sending { carrier: Carrier::Body, .. })
    }

    /// When its row is deleted, if nothing else can happen to it any more: memory needn't hold it.
    pub fn settled_until_ms(&self) -> Option<u64> {
        let State::Ended { expires_ms, .. } = self.state else { return None };
        (self.charge != Charge::Reserved).then_some(expires_ms)
    }

    pub fn is_settled(&self) -> bool {
        self.settled_until_ms().is_some()
    }

    /// Its holder may look it up.
    pub fn is_visible(&self, now_ms: u64) -> bool {
        let is_expired =
            matches!(self.state, State::Ended { expires_ms, .. } if expires_ms <= now_ms);
        !is_expired && !self.is_deleted
    }

    pub fn wants_output(&self) -> bool {
        !self.is_over() && !self.is_deleted
    }

    /// Credits.
    pub fn reserved(&self) -> u64 {
        match self.charge {
            Charge::Reserved => u64::from(self.credits.0),
            Charge::Settled(_) => 0,
        }
    }

    /// Its outputs, if any are stored in Workers KV.
    pub fn outputs_in_kv(&self) -> Option<&StoredOutput> {
        let State::Ended { ending: Ending::Completed { output, .. }, .. } = &self.state else {
            return None;
        };
        output.kept().next().map(|_| output)
    }
}
