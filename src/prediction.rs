//! One prediction's life, as its object stores it: state + event + now → state + what to do.
//!
//! ```text
//!            accepted / hinted            told: terminal
//!  Sending ───────────────────▶ Running ───────────────────▶ Ended ──expiry──▶ wiped
//!     │                            │ deadline                  ▲
//!     ├──────── deadline ──────────┴───────────────────────────┤ time_out
//!     └──────── refused ──▶ wiped (no id was handed out)
//! ```
//!
//! `Sending` is written before FASHN is called, and stays when no answer came: FASHN may have the run or
//! not, so it is not sent again; its webhook or the deadline will tell. A terminal state is final.

use fashn::error::RuntimeError;
use fashn::models::Credits;
use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::output::StoredOutput;
use crate::ticket::PredictionId;

/// What the object stores, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The id that the caller holds.
    pub id: PredictionId,
    /// How long after its acceptance FASHN is asked if no webhook has come, in milliseconds.
    pub first_poll_after_ms: u64,
    /// When the run is given up, in milliseconds since 1970.
    pub deadline_ms: u64,
    /// How long the result is kept once there is one, in milliseconds.
    pub result_ttl_ms: u64,
    /// Where it stands.
    pub state: State,
}

/// Where a prediction stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being sent, or was sent and no answer came.
    Sending,
    /// FASHN has it.
    Running {
        /// FASHN's own id, which the caller never sees.
        upstream: UpstreamId,
        /// What FASHN said last.
        status: Status,
        /// How often FASHN was asked.
        polls: u32,
        /// When FASHN is asked next if no webhook comes.
        next_poll_ms: u64,
    },
    /// It is over.
    Ended {
        /// How.
        ending: Ending,
        /// When it is wiped.
        expires_ms: u64,
    },
}

/// How a prediction ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With a picture.
    Completed {
        /// What was made.
        output: StoredOutput,
        /// What FASHN charged, if it said so.
        credits_used: Option<Credits>,
    },
    /// Without one; it cost nothing.
    Failed(RuntimeError),
    /// Canceled at FASHN.
    Canceled(Option<RuntimeError>),
    /// FASHN said that it took too long, or nobody heard of it until the deadline.
    TimeOut(Option<RuntimeError>),
}

/// FASHN's id of a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UpstreamId(String);

impl UpstreamId {
    /// An id as FASHN gives it. It becomes part of an address, so it is letters, digits and hyphens.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (plain && (1..=128).contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What FASHN's status answer says, its pictures already kept where they belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whose status it is.
    pub upstream: UpstreamId,
    /// What it says.
    pub news: News,
}

/// What FASHN says of a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// It isn't over.
    Live(Status),
    /// It is over.
    Over(Ending),
}

/// What happens to a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// FASHN took the run and gave it this id.
    Accepted(UpstreamId),
    /// FASHN refused the run: no prediction exists there, and no id was handed out here.
    Refused,
    /// A webhook came for it, and claims this id. A hint: FASHN is asked.
    Hinted(UpstreamId),
    /// FASHN was asked and answered.
    Told(Report),
    /// The alarm went off, perhaps late, perhaps twice.
    Alarm,
    /// Its holder wants it forgotten.
    Forget,
}

/// What to do after an event. The record is saved first, the alarm of [`Record::alarm_ms`] set last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing changed.
    Keep,
    /// Save the record.
    Save,
    /// Save the record, then ask FASHN for the status and come back with [`Event::Told`].
    Ask(UpstreamId),
    /// Nothing changed, and the event is not of this prediction.
    Disown,
    /// Wipe all there is.
    Wipe,
}

impl Record {
    /// A record for a run that is about to be sent.
    #[must_use]
    pub fn new(
        id: PredictionId,
        now_ms: u64,
        expected_seconds: u32,
        deadline_seconds: u64,
        result_ttl_seconds: u64,
    ) -> Self {
        Self {
            id,
            first_poll_after_ms: u64::from(expected_seconds) * 1_000 + limits::POLL_EVERY_LEAST_MS,
            deadline_ms: now_ms.saturating_add(deadline_seconds.saturating_mul(1_000)),
            result_ttl_ms: result_ttl_seconds.saturating_mul(1_000),
            state: State::Sending,
        }
    }

    /// Takes an event in.
    #[expect(
        clippy::match_same_arms,
        reason = "each pair of state and event has its own reason"
    )]
    #[must_use]
    pub fn step(&mut self, event: Event, now_ms: u64) -> Decision {
        match (&mut self.state, event) {
            (State::Sending, Event::Accepted(upstream)) => self.run(upstream, now_ms),
            // The answer came after the webhook, or twice.
            (State::Running { .. } | State::Ended { .. }, Event::Accepted(_)) => Decision::Keep,

            (State::Sending, Event::Refused) => Decision::Wipe,
            // What FASHN still makes of it comes to nobody.
            (State::Sending | State::Running { .. } | State::Ended { .. }, Event::Forget) => {
                Decision::Wipe
            }
            // A refusal of something that runs would lose it.
            (State::Running { .. } | State::Ended { .. }, Event::Refused) => Decision::Keep,

            // The webhook was faster than `/v1/run`'s own answer, or that answer was lost.
            (State::Sending, Event::Hinted(upstream)) => {
                self.run(upstream.clone(), now_ms);
                Decision::Ask(upstream)
            }
            (State::Running { upstream, .. }, Event::Hinted(hinted)) if *upstream == hinted => {
                Decision::Ask(hinted)
            }
            (State::Running { .. }, Event::Hinted(_)) => Decision::Disown,
            (State::Ended { .. }, Event::Hinted(_)) => Decision::Keep,

            (State::Running { upstream, .. }, Event::Told(report))
                if *upstream == report.upstream =>
            {
                self.tell(report.news, now_ms)
            }
            (State::Sending | State::Running { .. }, Event::Told(_)) => Decision::Disown,
            (State::Ended { .. }, Event::Told(_)) => Decision::Keep,

            (State::Sending | State::Running { .. }, Event::Alarm)
                if now_ms >= self.deadline_ms =>
            {
                self.end(Ending::TimeOut(None), now_ms)
            }
            (State::Sending, Event::Alarm) => Decision::Keep,
            (
                State::Running {
                    upstream,
                    polls,
                    next_poll_ms,
                    ..
                },
                Event::Alarm,
            ) => {
                if now_ms < *next_poll_ms {
                    return Decision::Keep;
                }
                *polls = polls.saturating_add(1);
                *next_poll_ms = now_ms.saturating_add(poll_after_ms(*polls));
                Decision::Ask(upstream.clone())
            }
            (State::Ended { expires_ms, .. }, Event::Alarm) => {
                if now_ms >= *expires_ms {
                    Decision::Wipe
                } else {
                    Decision::Keep
                }
            }
        }
    }

    /// When the alarm must go off next, in milliseconds since 1970.
    #[must_use]
    pub fn alarm_ms(&self) -> u64 {
        match &self.state {
            State::Sending => self.deadline_ms,
            State::Running { next_poll_ms, .. } => self.deadline_ms.min(*next_poll_ms),
            State::Ended { expires_ms, .. } => *expires_ms,
        }
    }

    /// It may still be looked up.
    #[must_use]
    pub fn is_alive(&self, now_ms: u64) -> bool {
        match &self.state {
            State::Sending | State::Running { .. } => true,
            State::Ended { expires_ms, .. } => now_ms < *expires_ms,
        }
    }

    fn run(&mut self, upstream: UpstreamId, now_ms: u64) -> Decision {
        let next_poll_ms = now_ms.saturating_add(self.first_poll_after_ms);
        self.state = State::Running {
            upstream,
            status: Status::Processing,
            polls: 0,
            next_poll_ms,
        };
        Decision::Save
    }

    fn tell(&mut self, news: News, now_ms: u64) -> Decision {
        match (news, &mut self.state) {
            (News::Over(ending), _) => self.end(ending, now_ms),
            (News::Live(told), State::Running { status, .. }) if *status != told => {
                *status = told;
                Decision::Save
            }
            (News::Live(_), _) => Decision::Keep,
        }
    }

    fn end(&mut self, ending: Ending, now_ms: u64) -> Decision {
        self.state = State::Ended {
            ending,
            expires_ms: now_ms.saturating_add(self.result_ttl_ms),
        };
        Decision::Save
    }
}

/// How long to wait after FASHN was asked the nth time: longer each time, up to a bound.
fn poll_after_ms(polls: u32) -> u64 {
    let times = 1_u64
        .checked_shl(polls.saturating_sub(1))
        .unwrap_or(u64::MAX);
    limits::POLL_EVERY_LEAST_MS
        .saturating_mul(times)
        .min(limits::POLL_EVERY_MOST_MS)
}

#[cfg(test)]
mod tests;
