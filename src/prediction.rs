//! One prediction's life, as its object stores it: state + event + now → state + what to do.
//!
//! ```text
//!         permitted          accepted / hinted             told: terminal
//!  Queued ────────▶ Sending ───────────────────▶ Running ───────────────────▶ Ended ──expiry──▶ wiped
//!    │ ▲            │ │  │                          │ deadline                  ▲
//!    │ └──requeued──┘ │  ├───────── deadline ───────┴───────────────────────────┤ time_out
//!    │                │  └─── rejected for good ─────────────────────────────────┤ failed
//!    │                └─ refused ──▶ wiped (no id was handed out)               │
//!    └───────────────────── waited too long ────────────────────────────────────┘ time_out
//! ```
//!
//! `Sending` is written before FASHN is called, and stays when no answer came: FASHN may have the run or
//! not, so it is not sent again; its webhook or the deadline will tell. A terminal state is final.
//!
//! A run that the Dispatcher let in carries [`Dispatch`]: its stored body while it queues, which time it is
//! sent, and what the Dispatcher is still to be told.

use fashn::error::RuntimeError;
use fashn::models::Credits;
use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::dispatcher::{Attempt, Outcome};
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
    /// What it has to do with the Dispatcher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Dispatch>,
}

/// What a prediction has to do with the Dispatcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Which time it is sent, or was last; 0 before the first.
    pub attempt: Attempt,
    /// How long it may take once it is sent, in milliseconds.
    pub run_most_ms: u64,
    /// Its body, while it queues or is being sent. What is stored beside a record without it is deleted.
    pub body: Option<StoredBody>,
    /// Until when the body is kept although nobody said what became of the sending.
    pub body_until_ms: u64,
    /// Its holder wants it forgotten. It isn't shown any more, and stays until FASHN has said its price.
    pub hidden: bool,
    /// What the Dispatcher is still to be told.
    pub debt: Debt,
}

/// The body of a queued run, stored beside the record in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBody {
    /// How many pieces.
    pub pieces: u32,
    /// How many bytes in all.
    pub bytes: u64,
}

/// What the Dispatcher is still to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Debt {
    /// Nothing yet: it isn't over.
    None,
    /// How it ended.
    Due {
        /// What is known of its price.
        outcome: Outcome,
        /// How often it was told without an answer.
        tries: u32,
        /// When it is told again.
        next_ms: u64,
    },
    /// It was told that nobody knows. A late webhook may tell.
    Open,
    /// Nothing more.
    Paid,
}

impl StoredBody {
    /// How a body of so many bytes is stored: in pieces below the row's limit.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        let pieces = bytes.div_ceil(limits::BODY_PIECE_BYTES);
        Self {
            pieces: u32::try_from(pieces).unwrap_or(u32::MAX),
            bytes: bytes as u64,
        }
    }
}

/// Where a prediction stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for the Dispatcher's permit; its body is stored beside the record.
    Queued,
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
    /// The Dispatcher lets it be sent, for the nth time. Told again until somebody says what became of it.
    Permitted(Attempt),
    /// FASHN surely didn't take the nth sending and the Dispatcher lets the run wait again.
    Requeued {
        /// The sending that failed.
        attempt: Attempt,
        /// The body, if it was just stored; none if it still is.
        body: Option<StoredBody>,
        /// When it is given up if it still waits.
        give_up_ms: u64,
    },
    /// The nth sending had no answer: nobody knows, and the body isn't needed any more.
    Unanswered(Attempt),
    /// FASHN surely didn't take the nth sending and won't: it failed. The id was handed out before.
    Rejected {
        /// The sending that failed.
        attempt: Attempt,
        /// Why, for its holder.
        error: RuntimeError,
    },
    /// The Dispatcher took note of what [`Record::report`] said.
    Reported(Outcome),
}

/// What to do after an event. Saving is one transaction without an `await` between: the record, the deletion of a
/// body that the record doesn't name any more ([`Record::body`]), the alarm of [`Record::alarm_ms`] last. After
/// saving, [`Record::report`] says whether the Dispatcher has to hear of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing changed.
    Keep,
    /// Save the record.
    Save,
    /// Save the record, then ask FASHN for the status and come back with [`Event::Told`].
    Ask(UpstreamId),
    /// Save the record, then send the stored body as the nth attempt: with its answer come [`Event::Accepted`],
    /// [`Event::Requeued`], [`Event::Rejected`] or [`Event::Unanswered`].
    Send(StoredBody, Attempt),
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
            dispatch: None,
        }
    }

    /// The same run, let in by the Dispatcher to be sent now as this attempt.
    #[must_use]
    pub fn dispatched(mut self, attempt: Attempt, now_ms: u64) -> Self {
        self.dispatch = Some(Dispatch {
            attempt,
            run_most_ms: self.deadline_ms.saturating_sub(now_ms),
            body: None,
            body_until_ms: 0,
            hidden: false,
            debt: Debt::None,
        });
        self
    }

    /// The same run, let in by the Dispatcher to wait until then.
    #[must_use]
    pub fn queued(self, body: StoredBody, give_up_ms: u64, now_ms: u64) -> Self {
        let mut record = self.dispatched(0, now_ms);
        record.deadline_ms = give_up_ms;
        record.state = State::Queued;
        record.set_body(Some(body));
        record
    }

    /// Takes an event in.
    #[expect(
        clippy::match_same_arms,
        clippy::too_many_lines,
        reason = "one table: each pair of state and event with its own reason"
    )]
    #[must_use]
    pub fn step(&mut self, event: Event, now_ms: u64) -> Decision {
        let price_unknown = self.is_price_unknown();
        let sent_as = self.dispatch.as_ref().map(|dispatch| dispatch.attempt);
        match (&mut self.state, event) {
            (State::Sending, Event::Accepted(upstream)) => self.run(upstream, now_ms),
            // The answer came after the webhook, or twice.
            (State::Running { .. } | State::Ended { .. }, Event::Accepted(_)) => Decision::Keep,
            // What waits was not sent, so whatever came for it is not its own.
            (State::Queued, Event::Accepted(_) | Event::Hinted(_) | Event::Told(_)) => {
                Decision::Disown
            }
            (State::Queued, Event::Refused) => Decision::Wipe,

            (State::Queued, Event::Permitted(attempt)) => self.send(attempt, now_ms),
            // Let go again, so FASHN surely refused the last sending, and who sent it is gone.
            (State::Sending, Event::Permitted(attempt)) if sent_as < Some(attempt) => {
                self.send(attempt, now_ms)
            }
            // The permit came twice, or late.
            (State::Sending | State::Running { .. } | State::Ended { .. }, Event::Permitted(_)) => {
                Decision::Keep
            }
            (
                State::Sending,
                Event::Requeued {
                    attempt,
                    body,
                    give_up_ms,
                },
            ) if sent_as == Some(attempt) => self.requeue(body, give_up_ms, now_ms),
            (State::Sending, Event::Rejected { attempt, error }) if sent_as == Some(attempt) => {
                self.end(Ending::Failed(error), Some(Outcome::Free), now_ms)
            }
            (State::Sending, Event::Unanswered(attempt)) if sent_as == Some(attempt) => {
                self.set_body(None);
                Decision::Save
            }
            // Of an earlier sending; or a webhook was faster, and it was sent after all.
            (
                State::Queued | State::Sending | State::Running { .. } | State::Ended { .. },
                Event::Requeued { .. } | Event::Rejected { .. } | Event::Unanswered(_),
            ) => Decision::Keep,
            (_, Event::Reported(outcome)) => self.reported(outcome),

            (State::Sending, Event::Refused) => Decision::Wipe,
            (State::Queued | State::Ended { .. }, Event::Forget) => Decision::Wipe,
            // What FASHN still makes of it comes to nobody; its slot and its price are still counted.
            (State::Sending | State::Running { .. }, Event::Forget) => self.hide(),
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
            // Too late to be shown, but it tells the price.
            (State::Ended { .. }, Event::Hinted(upstream)) if price_unknown => {
                Decision::Ask(upstream)
            }
            (State::Ended { .. }, Event::Hinted(_)) => Decision::Keep,

            (State::Running { upstream, .. }, Event::Told(report))
                if *upstream == report.upstream =>
            {
                self.tell(report.news, now_ms)
            }
            (State::Sending | State::Running { .. }, Event::Told(_)) => Decision::Disown,
            (State::Ended { .. }, Event::Told(report)) => match report.news {
                News::Over(ending) if price_unknown => {
                    self.owe(ending.outcome(), now_ms);
                    Decision::Save
                }
                News::Over(_) | News::Live(_) => Decision::Keep,
            },

            (State::Queued, Event::Alarm) if now_ms >= self.deadline_ms => {
                self.end(Ending::TimeOut(None), Some(Outcome::Free), now_ms)
            }
            (State::Queued, Event::Alarm) => Decision::Keep,
            (State::Sending | State::Running { .. }, Event::Alarm)
                if now_ms >= self.deadline_ms =>
            {
                self.end(Ending::TimeOut(None), None, now_ms)
            }
            (State::Sending, Event::Alarm) => {
                // Whoever sent it is gone.
                let left = |dispatch: &Dispatch| {
                    dispatch.body.is_some() && now_ms >= dispatch.body_until_ms
                };
                if self.dispatch.as_ref().is_some_and(left) {
                    self.set_body(None);
                    Decision::Save
                } else {
                    Decision::Keep
                }
            }
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
                    self.report_again(now_ms)
                }
            }
        }
    }

    /// When the alarm must go off next, in milliseconds since 1970.
    #[must_use]
    pub fn alarm_ms(&self) -> u64 {
        match &self.state {
            State::Queued => self.deadline_ms,
            State::Sending => match &self.dispatch {
                Some(dispatch) if dispatch.body.is_some() => {
                    self.deadline_ms.min(dispatch.body_until_ms)
                }
                _ => self.deadline_ms,
            },
            State::Running { next_poll_ms, .. } => self.deadline_ms.min(*next_poll_ms),
            State::Ended { expires_ms, .. } => match &self.dispatch {
                Some(Dispatch {
                    debt: Debt::Due { next_ms, .. },
                    ..
                }) => (*expires_ms).min(*next_ms),
                _ => *expires_ms,
            },
        }
    }

    /// It may still be looked up.
    #[must_use]
    pub fn is_alive(&self, now_ms: u64) -> bool {
        if self.dispatch.as_ref().is_some_and(|with| with.hidden) {
            return false;
        }
        match &self.state {
            State::Queued | State::Sending | State::Running { .. } => true,
            State::Ended { expires_ms, .. } => now_ms < *expires_ms,
        }
    }

    /// The body that is stored beside the record.
    #[must_use]
    pub fn body(&self) -> Option<&StoredBody> {
        self.dispatch.as_ref()?.body.as_ref()
    }

    /// What the Dispatcher must be told (as [`crate::dispatcher::Event::Ended`]), and then this prediction that
    /// it was ([`Event::Reported`]).
    #[must_use]
    pub fn report(&self) -> Option<Outcome> {
        match self.dispatch.as_ref()?.debt {
            Debt::Due { outcome, .. } => Some(outcome),
            Debt::None | Debt::Open | Debt::Paid => None,
        }
    }

    fn is_price_unknown(&self) -> bool {
        self.dispatch.as_ref().is_some_and(|dispatch| {
            matches!(
                dispatch.debt,
                Debt::Open
                    | Debt::Due {
                        outcome: Outcome::Unknown,
                        ..
                    }
            )
        })
    }

    fn set_body(&mut self, body: Option<StoredBody>) {
        if let Some(dispatch) = &mut self.dispatch {
            dispatch.body = body;
        }
    }

    fn send(&mut self, attempt: Attempt, now_ms: u64) -> Decision {
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Keep;
        };
        // A permit of an earlier sending, which is over.
        if attempt <= dispatch.attempt {
            return Decision::Keep;
        }
        let Some(body) = dispatch.body else {
            return Decision::Keep;
        };
        dispatch.attempt = attempt;
        dispatch.body_until_ms = now_ms.saturating_add(limits::SEND_MOST_MS);
        self.deadline_ms = now_ms.saturating_add(dispatch.run_most_ms);
        self.state = State::Sending;
        Decision::Send(body, attempt)
    }

    fn requeue(&mut self, body: Option<StoredBody>, give_up_ms: u64, now_ms: u64) -> Decision {
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Keep;
        };
        dispatch.body = body.or(dispatch.body);
        if dispatch.body.is_none() {
            // Nothing is left to send.
            return self.end(Ending::TimeOut(None), Some(Outcome::Free), now_ms);
        }
        self.deadline_ms = give_up_ms;
        self.state = State::Queued;
        Decision::Save
    }

    fn hide(&mut self) -> Decision {
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Wipe;
        };
        dispatch.hidden = true;
        dispatch.body = None;
        Decision::Save
    }

    fn owe(&mut self, outcome: Outcome, now_ms: u64) {
        if let Some(dispatch) = &mut self.dispatch {
            dispatch.debt = Debt::Due {
                outcome,
                tries: 0,
                next_ms: now_ms.saturating_add(poll_after_ms(1)),
            };
        }
    }

    fn report_again(&mut self, now_ms: u64) -> Decision {
        match self.dispatch.as_mut().map(|dispatch| &mut dispatch.debt) {
            Some(Debt::Due { tries, next_ms, .. }) if now_ms >= *next_ms => {
                *tries = tries.saturating_add(1);
                *next_ms = now_ms.saturating_add(poll_after_ms(*tries));
                Decision::Save
            }
            _ => Decision::Keep,
        }
    }

    fn reported(&mut self, told: Outcome) -> Decision {
        if self.report() != Some(told) {
            return Decision::Keep;
        }
        let Some(dispatch) = &mut self.dispatch else {
            return Decision::Keep;
        };
        dispatch.debt = match told {
            Outcome::Unknown => Debt::Open,
            Outcome::Charged(_) | Outcome::Free => Debt::Paid,
        };
        if dispatch.hidden && dispatch.debt == Debt::Paid {
            return Decision::Wipe;
        }
        Decision::Save
    }

    fn run(&mut self, upstream: UpstreamId, now_ms: u64) -> Decision {
        self.set_body(None);
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
            (News::Over(ending), _) => {
                let outcome = ending.outcome();
                self.end(ending, Some(outcome), now_ms)
            }
            (News::Live(told), State::Running { status, .. }) if *status != told => {
                *status = told;
                Decision::Save
            }
            (News::Live(_), _) => Decision::Keep,
        }
    }

    /// Without an outcome nobody knows what it cost.
    fn end(&mut self, ending: Ending, outcome: Option<Outcome>, now_ms: u64) -> Decision {
        self.owe(outcome.unwrap_or(Outcome::Unknown), now_ms);
        self.set_body(None);
        let hidden = self.dispatch.as_ref().is_some_and(|with| with.hidden);
        self.state = State::Ended {
            // What was forgotten keeps nothing of what FASHN made.
            ending: if hidden {
                Ending::Canceled(None)
            } else {
                ending
            },
            expires_ms: now_ms.saturating_add(self.result_ttl_ms),
        };
        Decision::Save
    }
}

impl Ending {
    /// What it says of the price: only what completed costs credits.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Completed { credits_used, .. } => Outcome::Charged(*credits_used),
            Self::Failed(_) | Self::Canceled(_) | Self::TimeOut(_) => Outcome::Free,
        }
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
