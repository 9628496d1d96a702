//! A prediction's states at FASHN: `starting` → `in_queue` → `processing` → `completed` or
//! `failed`.

use fashn::error::RuntimeError;
use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::fault::UndocumentedStatus;
use crate::id::{AccountId, PredictionId};
use crate::job::Job;
use crate::webhook::Webhook;

/// The shares of a run's time that it is `starting` and `in_queue`, in percent. FASHN doesn't
/// document them; each is long enough to be seen.
const STARTING_PERCENT: u64 = 5;
const IN_QUEUE_PERCENT: u64 = 10;

/// A run that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The prediction's id.
    pub id: PredictionId,
    /// Its place among all accepted runs, from 1.
    pub number: u64,
    /// The account of its key.
    pub account: AccountId,
    /// When it was accepted.
    pub accepted_at_ms: u64,
    /// From acceptance to its end.
    pub takes_ms: u64,
    /// What has to be rendered.
    pub job: Job,
    /// Its progress.
    pub stage: Stage,
    /// None without a `webhook_url`.
    pub webhook: Option<Webhook>,
    /// The origin of its outputs' addresses.
    pub origin: String,
    /// The end that a fault set.
    pub forced_end: Option<ForcedEnd>,
}

/// A run's progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Rendering is not due yet.
    Waiting,
    /// The edge renders its outputs.
    Rendering,
    /// The outputs are stored; the run's time is not over.
    Rendered,
    /// Over.
    Ended {
        /// The time of its end.
        at_ms: u64,
        /// Its result.
        end: End,
    },
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// With outputs.
    Completed,
    /// With a runtime error.
    Failed(RuntimeError),
    /// `canceled` or `time_out`.
    Undocumented(UndocumentedStatus),
}

/// An end that a fault sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForcedEnd {
    /// Ends with that result when its time is over; nothing is rendered.
    End(End),
    /// Never ends.
    Stall,
}

impl Run {
    /// When rendering is due.
    pub fn processing_at_ms(&self) -> u64 {
        self.accepted_at_ms + self.takes_ms * (STARTING_PERCENT + IN_QUEUE_PERCENT) / 100
    }

    /// When its end is due.
    pub fn done_at_ms(&self) -> u64 {
        self.accepted_at_ms + self.takes_ms
    }

    /// Its status in `/v1/status`.
    pub fn status(&self, now_ms: u64) -> Status {
        match &self.stage {
            Stage::Waiting | Stage::Rendering | Stage::Rendered => {
                if now_ms < self.accepted_at_ms + self.takes_ms * STARTING_PERCENT / 100 {
                    Status::Starting
                } else if now_ms < self.processing_at_ms() {
                    Status::InQueue
                } else {
                    Status::Processing
                }
            }
            Stage::Ended { end: End::Completed, .. } => Status::Completed,
            Stage::Ended { end: End::Failed(_), .. } => Status::Failed,
            Stage::Ended { end: End::Undocumented(UndocumentedStatus::Canceled), .. } => {
                Status::Canceled
            }
            Stage::Ended { end: End::Undocumented(UndocumentedStatus::TimeOut), .. } => {
                Status::TimeOut
            }
        }
    }

    /// Whether it takes one of the key's slots.
    pub fn is_in_flight(&self) -> bool {
        !matches!(self.stage, Stage::Ended { .. })
    }

    /// The step that is due now.
    pub fn due(&self, now_ms: u64) -> Option<Due> {
        match (&self.stage, &self.forced_end) {
            (Stage::Ended { .. }, _) | (_, Some(ForcedEnd::Stall)) | (Stage::Rendering, None) => {
                None
            }
            (_, Some(ForcedEnd::End(end))) => {
                (now_ms >= self.done_at_ms()).then(|| Due::End(end.clone()))
            }
            (Stage::Waiting, None) => (now_ms >= self.processing_at_ms()).then_some(Due::Render),
            (Stage::Rendered, None) => {
                (now_ms >= self.done_at_ms()).then_some(Due::End(End::Completed))
            }
        }
    }

    /// When [`Run::due`] or its webhook has something to do next.
    pub fn next_due_ms(&self) -> Option<u64> {
        let stage = match (&self.stage, &self.forced_end) {
            (Stage::Ended { .. } | Stage::Rendering, _) | (_, Some(ForcedEnd::Stall)) => None,
            (Stage::Waiting, None) => Some(self.processing_at_ms()),
            (Stage::Rendered, None) | (_, Some(ForcedEnd::End(_))) => Some(self.done_at_ms()),
        };
        let webhook = self.webhook.as_ref().and_then(Webhook::next_due_ms);
        stage.into_iter().chain(webhook).min()
    }
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Rendering begins.
    Render,
    /// The run ends.
    End(End),
}
