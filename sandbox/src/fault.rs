//! Faults on demand: what `POST /_sandbox/faults` takes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::reply::Transmission;

/// A fault that is injected into matching requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The route of the requests.
    #[serde(default)]
    pub on: Route,
    /// What it does.
    #[serde(rename = "do")]
    pub action: Action,
    /// The number of requests it is injected into.
    #[serde(default = "once")]
    pub times: u32,
    /// The number of matching requests that pass first.
    #[serde(default)]
    pub skip: u32,
    /// The probability for each matching request, 0 to 1, by the seeded randomness.
    #[serde(default = "surely")]
    pub chance: f64,
    /// Only runs of that model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Only requests for that prediction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Only requests of that account (the journal names accounts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

fn once() -> u32 {
    1
}

fn surely() -> f64 {
    1.0
}

/// The routes of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// `POST /v1/run`, and the run it starts with its webhook.
    #[default]
    Run,
    /// `GET /v1/status/{id}`.
    Status,
    /// `GET /v1/credits`.
    Credits,
    /// `GET /cdn/…`.
    Output,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    // The reply, on any route.
    /// Replies after that many milliseconds.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
    /// Refuses with one of FASHN's codes, before anything is accepted.
    Refuse {
        /// `RateLimitExceeded`, `ConcurrencyLimitExceeded`, `OutOfCredits`, `InternalServerError`,
        /// …
        error: String,
        /// `Retry-After`, which FASHN doesn't document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u64>,
    },
    /// Replies with that status and body, as a broken proxy would.
    Status {
        /// HTTP status.
        status: u16,
        /// The body, HTML for instance.
        #[serde(default)]
        body: String,
        /// Whether the run is accepted all the same.
        #[serde(default)]
        accept: bool,
    },
    /// Accepts, and replies 200 with JSON that is cut off.
    BrokenJson,
    /// Redirects elsewhere, before anything is accepted.
    Redirect {
        /// The address.
        to: String,
        /// 301, 302, 303, 307 or 308.
        #[serde(default = "temporary")]
        status: u16,
    },
    /// Accepts, and loses the reply.
    LoseAnswer {
        /// Cut off, or never sent.
        #[serde(default)]
        how: Loss,
        /// The time before the connection ends, with `hang`.
        #[serde(default = "a_minute")]
        ms: u64,
    },

    // The run.
    /// The run fails with that runtime error.
    Fail {
        /// `PoseError`, `ContentModerationError`, …
        name: String,
        /// FASHN's sentence.
        #[serde(default)]
        message: String,
    },
    /// The run ends in a state that only the SDKs know: `canceled` or `time_out`.
    End {
        /// The state.
        status: UndocumentedStatus,
    },
    /// The run never ends.
    Stall,
    /// The run takes that long.
    Take {
        /// Milliseconds, not scaled.
        ms: u64,
    },

    // Its webhook.
    /// Some of the six deliveries are never sent.
    DropWebhook {
        /// From the first.
        #[serde(default = "all_six")]
        attempts: usize,
    },
    /// Delays the first delivery.
    DelayWebhook {
        /// Milliseconds.
        ms: u64,
    },
    /// Repeats the first delivery.
    DuplicateWebhook {
        /// Beside the genuine one.
        #[serde(default = "one_copy")]
        copies: usize,
        /// Between them.
        #[serde(default)]
        gap_ms: u64,
    },
    /// The first delivery waits for another run's, 60 seconds at most.
    ReorderWebhook,
    /// Sends one more POST to the webhook's address, with those keys of the payload replaced.
    ForgeWebhook {
        /// For instance `{"id": "another"}` or `{"status": "completed", "output":
        /// ["https://evil.example/x.png"]}`.
        change: Map<String, Value>,
    },
}

fn temporary() -> u16 {
    307
}

fn a_minute() -> u64 {
    60_000
}

fn all_six() -> usize {
    6
}

fn one_copy() -> usize {
    1
}

/// How a reply is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The connection ends without a body.
    #[default]
    Cut,
    /// Nothing is sent for a while, then the connection ends.
    Hang,
}

/// States that FASHN's SDKs know and its pages don't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndocumentedStatus {
    /// `canceled`
    Canceled,
    /// `time_out`
    TimeOut,
}

impl Action {
    /// Whether it concerns a run or its webhook, and so is only valid on [`Route::Run`].
    pub fn concerns_run(&self) -> bool {
        match self {
            Self::Slow { .. }
            | Self::Refuse { .. }
            | Self::Status { .. }
            | Self::BrokenJson
            | Self::Redirect { .. }
            | Self::LoseAnswer { .. } => false,
            Self::Fail { .. }
            | Self::End { .. }
            | Self::Stall
            | Self::Take { .. }
            | Self::DropWebhook { .. }
            | Self::DelayWebhook { .. }
            | Self::DuplicateWebhook { .. }
            | Self::ReorderWebhook
            | Self::ForgeWebhook { .. } => true,
        }
    }

    /// Its name, as in JSON.
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            Ok(Value::Object(named)) => named.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// How the reply is sent, if it changes only that.
    pub fn transmission(&self) -> Option<Transmission> {
        match self {
            Self::Slow { ms } => Some(Transmission::Delayed(*ms)),
            Self::LoseAnswer { how: Loss::Cut, .. } => Some(Transmission::Cut),
            Self::LoseAnswer { how: Loss::Hang, ms } => Some(Transmission::Hang(*ms)),
            _ => None,
        }
    }
}

impl Fault {
    /// A sentence about what is invalid in it, if anything.
    pub fn problem(&self) -> Option<&'static str> {
        if self.action.concerns_run() && self.on != Route::Run {
            return Some("this fault concerns a run: leave \"on\" out");
        }
        if !(0.0..=1.0).contains(&self.chance) {
            return Some("\"chance\" must be from 0 to 1");
        }
        match &self.action {
            Action::Status { status, .. } if !(200..=599).contains(status) => {
                Some("\"status\" must be from 200 to 599")
            }
            Action::Redirect { status, .. } if ![301, 302, 303, 307, 308].contains(status) => {
                Some("\"status\" of a redirect must be 301, 302, 303, 307 or 308")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn invalid_faults_are_refused() {
        let problem = |fault: Value| serde_json::from_value::<Fault>(fault).unwrap().problem();
        assert!(problem(json!({ "do": "stall" })).is_none());
        assert!(problem(json!({ "do": "stall", "on": "status" })).is_some());
        assert!(problem(json!({ "do": "stall", "chance": 2.0 })).is_some());
        assert!(problem(json!({ "do": { "status": { "status": 42 } } })).is_some());
        assert!(problem(json!({ "do": { "redirect": { "to": "/", "status": 200 } } })).is_some());
        for unknown in [
            json!({ "do": "stal" }),
            json!({ "do": { "slow": { "seconds": 1 } } }),
            json!({ "do": "stall", "tims": 2 }),
        ] {
            assert!(serde_json::from_value::<Fault>(unknown).is_err());
        }
    }
}
