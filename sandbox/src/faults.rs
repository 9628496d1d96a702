//! Faults on demand: what `POST /_sandbox/faults` queues, and which request each of them meets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::Manner;
use crate::random::Random;

/// A fault that waits for a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests it meets.
    #[serde(default)]
    pub on: Place,
    /// What it does.
    #[serde(rename = "do")]
    pub action: Action,
    /// How many requests it meets before it is used up.
    #[serde(default = "once")]
    pub times: u32,
    /// How many matching requests pass before the first it meets.
    #[serde(default)]
    pub skip: u32,
    /// How likely it meets a matching request, 0 to 1, by the desk's seeded randomness.
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

/// The requests that faults may meet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
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
    // The answer, at any place.
    /// Answers after that many milliseconds.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
    /// Refuses with one of FASHN's codes, before anything is accepted.
    Refuse {
        /// `RateLimitExceeded`, `ConcurrencyLimitExceeded`, `OutOfCredits`, `InternalServerError`, …
        error: String,
        /// `Retry-After`, which FASHN doesn't document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u64>,
    },
    /// Answers with that status and body, as a broken proxy would.
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
    /// Accepts, and answers 200 with JSON that breaks off.
    BrokenJson,
    /// Redirects elsewhere, before anything is accepted.
    Redirect {
        /// The address.
        to: String,
        /// 301, 302, 303, 307 or 308.
        #[serde(default = "temporary")]
        status: u16,
    },
    /// Accepts, and loses the answer.
    LoseAnswer {
        /// How.
        #[serde(default)]
        how: Loss,
        /// How long nothing comes when it hangs.
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
        status: OddEnd,
    },
    /// The run never ends.
    Stall,
    /// The run takes that long, whatever its model.
    Take {
        /// Milliseconds, not scaled.
        ms: u64,
    },

    // Its webhook.
    /// So many of the six deliveries are never sent.
    DropWebhook {
        /// From the first.
        #[serde(default = "all_six")]
        attempts: usize,
    },
    /// The first delivery comes later.
    DelayWebhook {
        /// Milliseconds.
        ms: u64,
    },
    /// More copies of the first delivery.
    DuplicateWebhook {
        /// Beside the genuine one.
        #[serde(default = "one_copy")]
        copies: usize,
        /// Between them.
        #[serde(default)]
        gap_ms: u64,
    },
    /// The first delivery waits until another run's went out, 60 seconds at most.
    ReorderWebhook,
    /// One more POST to the webhook's address, with those keys of the payload replaced.
    ForgeWebhook {
        /// For instance `{"id": "someone-else's"}` or `{"status": "completed", "output": ["https://evil.example/x.png"]}`.
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

/// How an answer is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The connection ends without a body.
    #[default]
    Cut,
    /// Nothing comes for a while, then it ends.
    Hang,
}

/// States that FASHN's SDKs know and its pages don't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OddEnd {
    /// `canceled`
    Canceled,
    /// `time_out`
    TimeOut,
}

impl Action {
    /// Whether it is about a run or its webhook, and so makes sense only at [`Place::Run`].
    #[must_use]
    pub fn is_about_the_run(&self) -> bool {
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
    #[must_use]
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            Ok(Value::Object(named)) => named.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// How it carries the answer, if it changes that alone.
    #[must_use]
    pub fn manner(&self) -> Option<Manner> {
        match self {
            Self::Slow { ms } => Some(Manner::Slow(*ms)),
            Self::LoseAnswer { how: Loss::Cut, .. } => Some(Manner::Cut),
            Self::LoseAnswer {
                how: Loss::Hang,
                ms,
            } => Some(Manner::Hang(*ms)),
            _ => None,
        }
    }
}

/// A request as faults look at it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Where it goes.
    pub place: Place,
    /// Whose it is; none for outputs, which need no key.
    pub account: Option<&'a str>,
    /// `model_name`, at [`Place::Run`].
    pub model: Option<&'a str>,
    /// The prediction, at the other places.
    pub id: Option<&'a str>,
}

impl Fault {
    fn meets(&self, seen: &Seen<'_>) -> bool {
        let fits = |wanted: &Option<String>, given: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| given == Some(wanted))
        };
        self.on == seen.place
            && fits(&self.account, seen.account)
            && fits(&self.model, seen.model)
            && fits(&self.id, seen.id)
    }

    /// What is wrong with it as a request to the control route, if anything.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        if self.action.is_about_the_run() && self.on != Place::Run {
            return Some("this fault is about a run: leave \"on\" out");
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

/// The faults that wait.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// One more.
    pub fn queue(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// None any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that wait.
    #[must_use]
    pub fn waiting(&self) -> &[Fault] {
        &self.0
    }

    /// Every fault that meets this request, in the order they were queued; each is one time nearer to its end.
    pub fn meet(&mut self, seen: &Seen<'_>, random: &mut Random) -> Vec<Action> {
        let mut met = Vec::new();
        for fault in &mut self.0 {
            if !fault.meets(seen) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.times > 0 && random.happens(fault.chance) {
                fault.times -= 1;
                met.push(fault.action.clone());
            }
        }
        self.0.retain(|fault| fault.times > 0);
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RUN: Seen<'_> = Seen {
        place: Place::Run,
        account: Some("a"),
        model: Some("edit"),
        id: None,
    };

    fn queued(faults: Value) -> Faults {
        serde_json::from_value(faults).unwrap()
    }

    #[test]
    fn a_fault_meets_the_next_run_once() {
        let mut faults = queued(json!([{ "do": "stall" }]));
        let mut random = Random::seeded(1);
        assert_eq!(faults.meet(&RUN, &mut random), [Action::Stall]);
        assert!(faults.meet(&RUN, &mut random).is_empty());
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn times_skip_and_matching_choose_the_requests() {
        let mut faults = queued(json!([
            { "do": { "slow": { "ms": 5 } }, "times": 2, "skip": 1 },
            { "do": "broken_json", "model": "reframe" },
            { "do": "broken_json", "on": "status", "id": "x" },
            { "do": "stall", "account": "b" },
        ]));
        let mut random = Random::seeded(1);
        let met: Vec<_> = (0..4)
            .map(|_| faults.meet(&RUN, &mut random).len())
            .collect();
        assert_eq!(met, [0, 1, 1, 0]);
        assert_eq!(faults.waiting().len(), 3);
        let status = Seen {
            place: Place::Status,
            model: None,
            id: Some("x"),
            ..RUN
        };
        assert_eq!(faults.meet(&status, &mut random), [Action::BrokenJson]);
    }

    #[test]
    fn chances_repeat_with_the_seed() {
        let met = |seed| {
            let mut faults = queued(json!([{ "do": "stall", "times": 1000, "chance": 0.3 }]));
            let mut random = Random::seeded(seed);
            (0..200)
                .map(|_| faults.meet(&RUN, &mut random).len())
                .collect::<Vec<_>>()
        };
        assert_eq!(met(5), met(5));
        assert_ne!(met(5), met(6));
        let total: usize = met(5).iter().sum();
        assert!((30..=90).contains(&total), "{total} of 200");
    }

    #[test]
    fn nonsense_is_told() {
        let wrong = |fault: Value| serde_json::from_value::<Fault>(fault).unwrap().wrong();
        assert!(wrong(json!({ "do": "stall" })).is_none());
        assert!(wrong(json!({ "do": "stall", "on": "status" })).is_some());
        assert!(wrong(json!({ "do": "stall", "chance": 2.0 })).is_some());
        assert!(wrong(json!({ "do": { "status": { "status": 42 } } })).is_some());
        assert!(wrong(json!({ "do": { "redirect": { "to": "/", "status": 200 } } })).is_some());
        for unknown in [
            json!({ "do": "stal" }),
            json!({ "do": { "slow": { "seconds": 1 } } }),
            json!({ "do": "stall", "tims": 2 }),
        ] {
            assert!(serde_json::from_value::<Fault>(unknown).is_err());
        }
    }
}
