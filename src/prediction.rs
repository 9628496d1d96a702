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
//!
//! ```text
//! state     where it stands, how it ended, what FASHN says of it
//! event     what happens to it, and what to do then
//! dispatch  what it has to do with the Dispatcher: its attempts, its stored body, its debt
//! ```

mod dispatch;
mod event;
mod state;

pub use dispatch::{Debt, Dispatch, StoredBody};
pub use event::{Decision, Event};
pub use state::{Ending, News, Report, State, UpstreamId};

use fashn::prediction::Status;
use serde::{Deserialize, Serialize};

use crate::auth::ids::PredictionId;
use crate::config::backoff;
use crate::config::limits;
use crate::config::shops::KeyName;
use crate::dispatcher::Outcome;

/// What the object stores, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The id that the caller holds.
    pub id: PredictionId,
    /// With which FASHN key it is made: whoever asks about it takes that one, and its Dispatcher.
    pub key: KeyName,
    /// How long after its sending FASHN is asked if no webhook has come, in milliseconds.
    pub first_poll_after_ms: u64,
    /// When the run is given up, in milliseconds since 1970.
    pub deadline_ms: u64,
    /// How long the result is kept once there is one, in milliseconds.
    pub result_ttl_ms: u64,
    /// Where it stands.
    pub state: State,
    /// What it has to do with the Dispatcher.
    pub dispatch: Option<Dispatch>,
}

impl Record {
    /// A record for a run that is about to be sent.
    #[must_use]
    pub fn new(
        id: PredictionId,
        key: KeyName,
        now_ms: u64,
        expected_seconds: u32,
        deadline_seconds: u64,
        result_ttl_seconds: u64,
    ) -> Self {
        Self {
            id,
            key,
            first_poll_after_ms: u64::from(expected_seconds) * 1_000 + limits::POLL_EVERY_MIN_MS,
            deadline_ms: now_ms.saturating_add(deadline_seconds.saturating_mul(1_000)),
            result_ttl_ms: result_ttl_seconds.saturating_mul(1_000),
            state: State::Sending,
            dispatch: None,
        }
    }

    /// It has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match &self.state {
            State::Queued | State::Sending | State::Running { .. } => false,
            State::Ended { .. } => true,
        }
    }

    /// Whoever asks for the same may be answered with it: it will have something to show, or has.
    #[must_use]
    pub fn is_worth_joining(&self, now_ms: u64) -> bool {
        let fine = match &self.state {
            State::Queued | State::Sending | State::Running { .. } => true,
            State::Ended { ending, .. } => matches!(ending, Ending::Completed { .. }),
        };
        fine && self.is_alive(now_ms)
    }

    /// It was sent, and what came of that is known: FASHN has it, or it is over.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        match &self.state {
            State::Queued | State::Sending => false,
            State::Running { .. } | State::Ended { .. } => true,
        }
    }

    /// What FASHN makes of it will be shown, so its pictures are worth keeping.
    #[must_use]
    pub fn wants_output(&self, now_ms: u64) -> bool {
        match &self.state {
            State::Queued | State::Sending | State::Running { .. } => self.is_alive(now_ms),
            State::Ended { .. } => false,
        }
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
        let owes_report = self.report().is_some();
        let sent_as = self.dispatch.as_ref().map(|dispatch| dispatch.attempt);
        match (&mut self.state, event) {
            (State::Sending, Event::Accepted(upstream)) => self.run(upstream, now_ms),
            // A webhook was faster, and claimed another id: FASHN's own answer outweighs it.
            (State::Running { upstream, .. }, Event::Accepted(own)) if *upstream != own => {
                self.run(own, now_ms)
            }
            // The answer came after the webhook, or twice.
            (State::Running { .. } | State::Ended { .. }, Event::Accepted(_)) => Decision::Keep,
            // What waits was not sent, so whatever came for it is not its own.
            (State::Queued, Event::Accepted(_) | Event::Hinted(_) | Event::Told(_)) => {
                Decision::Disown
            }
            (State::Queued, Event::Refused) => Decision::Wipe,
            (_, Event::Settled(report)) => self.settle(report, now_ms),

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
            // The Dispatcher still has to hear how it ended: till then it is hidden.
            (State::Ended { .. }, Event::Forget) if owes_report => self.hide(),
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

    /// When there is something to do next, in milliseconds since 1970; `other_ms` is when something else is.
    ///
    /// While a run is being sent that is when FASHN will be asked first: once it is accepted, it stays so. A look that comes too
    /// early finds nothing to do.
    #[must_use]
    pub fn due_ms(&self, other_ms: Option<u64>, now_ms: u64) -> u64 {
        let due_ms = self.alarm_ms().min(other_ms.unwrap_or(u64::MAX));
        match self.first_poll_if_sent() {
            Some(poll_ms) if self.state == State::Sending && poll_ms > now_ms => {
                due_ms.min(poll_ms)
            }
            _ => due_ms,
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

    /// When FASHN is asked first, counted from the sending that the Dispatcher permitted.
    fn first_poll_if_sent(&self) -> Option<u64> {
        let run_most_ms = self.dispatch.as_ref()?.run_most_ms;
        let sent_ms = self.deadline_ms.saturating_sub(run_most_ms);
        Some(sent_ms.saturating_add(self.first_poll_after_ms))
    }

    /// The same for a run that is accepted now. After a long sending there is some time left, and never more than usual.
    fn first_poll_ms(&self, now_ms: u64) -> u64 {
        let least_ms = now_ms.saturating_add(limits::POLL_EVERY_MIN_MS);
        let most_ms = now_ms.saturating_add(self.first_poll_after_ms);
        self.first_poll_if_sent()
            .map_or(most_ms, |poll_ms| poll_ms.max(least_ms).min(most_ms))
    }

    fn run(&mut self, upstream: UpstreamId, now_ms: u64) -> Decision {
        if let Some(dispatch) = &mut self.dispatch {
            dispatch.body = None;
            dispatch.sent_ms = Some(now_ms);
        }
        let next_poll_ms = self.first_poll_ms(now_ms);
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

/// How long to wait after FASHN was asked the nth time: longer each time, up to a bound.
fn poll_after_ms(polls: u32) -> u64 {
    let (least, most) = (limits::POLL_EVERY_MIN_MS, limits::POLL_EVERY_MAX_MS);
    backoff::pause_ms(least, 2, polls.saturating_sub(1), most)
}

#[cfg(test)]
mod tests;
