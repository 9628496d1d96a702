//! An error as HTTP has it.

use fashn::advice::{Action, Advice};
use fashn::fields::FieldError;
use serde::Serialize;

use crate::auth::ids::PredictionId;

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: ProblemBody,
    pub headers: Vec<(&'static str, String)>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ProblemBody {
    /// A code: FASHN's own where it has one.
    pub error: String,
    /// What happened and what to do, in a sentence that may be shown.
    pub message: String,
    pub action: Action,
    /// A sentence for a shopper, where FASHN's own is for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The run that may exist although this answer is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<PredictionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
}

impl Answer {
    pub(super) fn of(status: u16, code: &str, action: Action) -> Self {
        Self {
            status,
            body: ProblemBody {
                error: code.to_owned(),
                message: String::new(),
                action,
                advice: None,
                errors: Vec::new(),
                id: None,
                queue_position: None,
            },
            headers: Vec::new(),
        }
    }

    pub(super) fn say(mut self, sentence: impl Into<String>) -> Self {
        self.body.message = sentence.into();
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn retry_after(self, seconds: u64) -> Self {
        self.header("retry-after", seconds.to_string())
    }

    /// FASHN's SDKs heed it: they don't retry on their own.
    pub(super) fn never_retry(self) -> Self {
        self.header("x-should-retry", "false".to_owned())
    }

    pub(super) fn advice(mut self, advice: Advice) -> Self {
        self.body.action = advice.action;
        self.body.advice = Some(advice.sentence);
        self
    }
}
