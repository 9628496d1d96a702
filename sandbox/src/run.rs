//! One prediction's life at FASHN: `starting` → `in_queue` → `processing` → `completed` or `failed`.

use fashn::error::RuntimeError;
use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::faults::OddEnd;
use crate::id::{AccountId, PredictionId};
use crate::order::Order;
use crate::webhook::Webhook;

/// The share of a run's time that it is `starting`, and then `in_queue`, in percent. FASHN doesn't say; it
/// is enough of each to be seen.
const STARTING_PERCENT: u64 = 5;
const IN_QUEUE_PERCENT: u64 = 10;

/// A run that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: PredictionId,
    /// Its place among all accepted runs, from 1.
    pub number: u64,
    /// Whose it is.
    pub account: AccountId,
    /// When it was accepted.
    pub accepted_at_ms: u64,
    /// How long it is meant to take.
    pub takes_ms: u64,
    /// What has to be made.
    pub order: Order,
    /// Where it stands.
    pub stage: Stage,
    /// Whom to tell.
    pub webhook: Option<Webhook>,
    /// The address its outputs are under.
    pub origin: String,
    /// The end that a fault has for it.
    pub destined: Option<Destiny>,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its time to be processed has not come.
    Waiting,
    /// The studio is at work.
    Making,
    /// The studio is done; the run's time is not over.
    Made,
    /// Over.
    Ended {
        /// When.
        at_ms: u64,
        /// How.
        end: End,
    },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The outputs are there.
    Completed,
    /// It failed.
    Failed(RuntimeError),
    /// `canceled` or `time_out`.
    Odd(OddEnd),
}

/// What a fault has in mind for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destiny {
    /// It ends like that when its time is over, and nothing is made.
    End(End),
    /// It never ends.
    Stall,
}

impl Run {
    /// When the studio begins.
    #[must_use]
    pub fn processing_at_ms(&self) -> u64 {
        self.accepted_at_ms + self.takes_ms * (STARTING_PERCENT + IN_QUEUE_PERCENT) / 100
    }

    /// When it may end.
    #[must_use]
    pub fn done_at_ms(&self) -> u64 {
        self.accepted_at_ms + self.takes_ms
    }

    /// What `/v1/status` says.
    #[must_use]
    pub fn status(&self, now_ms: u64) -> Status {
        match &self.stage {
            Stage::Waiting | Stage::Making | Stage::Made => {
                if now_ms < self.accepted_at_ms + self.takes_ms * STARTING_PERCENT / 100 {
                    Status::Starting
                } else if now_ms < self.processing_at_ms() {
                    Status::InQueue
                } else {
                    Status::Processing
                }
            }
            Stage::Ended {
                end: End::Completed,
                ..
            } => Status::Completed,
            Stage::Ended {
                end: End::Failed(_),
                ..
            } => Status::Failed,
            Stage::Ended {
                end: End::Odd(OddEnd::Canceled),
                ..
            } => Status::Canceled,
            Stage::Ended {
                end: End::Odd(OddEnd::TimeOut),
                ..
            } => Status::TimeOut,
        }
    }

    /// Whether it takes one of the key's slots.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        !matches!(self.stage, Stage::Ended { .. })
    }

    /// What time brings next: the stage that follows now, if its time has come.
    #[must_use]
    pub fn due(&self, now_ms: u64) -> Option<Due> {
        match (&self.stage, &self.destined) {
            (Stage::Ended { .. }, _) | (_, Some(Destiny::Stall)) | (Stage::Making, None) => None,
            (_, Some(Destiny::End(end))) => {
                (now_ms >= self.done_at_ms()).then(|| Due::End(end.clone()))
            }
            (Stage::Waiting, None) => (now_ms >= self.processing_at_ms()).then_some(Due::Make),
            (Stage::Made, None) => {
                (now_ms >= self.done_at_ms()).then_some(Due::End(End::Completed))
            }
        }
    }

    /// When [`Run::due`] or its webhook has something next.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<u64> {
        let stage = match (&self.stage, &self.destined) {
            (Stage::Ended { .. } | Stage::Making, _) | (_, Some(Destiny::Stall)) => None,
            (Stage::Waiting, None) => Some(self.processing_at_ms()),
            (Stage::Made, None) | (_, Some(Destiny::End(_))) => Some(self.done_at_ms()),
        };
        let webhook = self.webhook.as_ref().and_then(Webhook::next_due_ms);
        stage.into_iter().chain(webhook).min()
    }
}

/// What time brings a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// The studio begins.
    Make,
    /// It ends.
    End(End),
}
