//! What the faults that a request meets make of it.

use fashn::error::RuntimeError;
use serde_json::json;

use super::Desk;
use crate::answer::{Answer, Manner};
use crate::faults::{Action, Seen};
use crate::run::{Destiny, End};
use crate::webhook::Plan;

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Answer that, and do nothing.
    pub instead: Option<Answer>,
    /// How to carry the answer.
    pub manner: Manner,
    /// How the run ends, if not by itself.
    pub destined: Option<Destiny>,
    /// How long it takes.
    pub takes_ms: Option<u64>,
    /// What becomes of its webhook.
    pub webhook: Plan,
    after: Option<Answer>,
    broken: bool,
}

impl Desk {
    pub(super) fn met(&mut self, seen: &Seen<'_>) -> Met {
        let mut met = Met::default();
        for action in self.faults.meet(seen, &mut self.random) {
            *self.tallies.faults_met.entry(action.name()).or_default() += 1;
            met.add(action);
        }
        if let Some(instead) = &mut met.instead {
            instead.manner.clone_from(&met.manner);
        }
        met
    }
}

impl Met {
    fn add(&mut self, action: Action) {
        if let Some(manner) = action.manner() {
            self.manner = manner;
        }
        match action {
            Action::Slow { .. } | Action::LoseAnswer { .. } => {}
            Action::Refuse {
                error,
                retry_after_seconds,
            } => {
                self.instead = Some(refusal(&error, retry_after_seconds));
            }
            Action::Status {
                status,
                body,
                accept,
            } => {
                let answer = Answer {
                    status,
                    headers: Vec::new(),
                    body,
                    manner: Manner::Plain,
                };
                *(if accept {
                    &mut self.after
                } else {
                    &mut self.instead
                }) = Some(answer);
            }
            Action::Redirect { to, status } => {
                self.instead = Some(Answer::json(status, &json!({})).with_header("location", to));
            }
            Action::BrokenJson => self.broken = true,
            Action::Fail { name, message } => {
                let error = RuntimeError {
                    name: name.as_str().into(),
                    message,
                };
                self.destined = Some(Destiny::End(End::Failed(error)));
            }
            Action::End { status } => self.destined = Some(Destiny::End(End::Odd(status))),
            Action::Stall => self.destined = Some(Destiny::Stall),
            Action::Take { ms } => self.takes_ms = Some(ms),
            Action::DropWebhook { attempts } => self.webhook.drop += attempts,
            Action::DelayWebhook { ms } => self.webhook.delay_ms += ms,
            Action::DuplicateWebhook { copies, gap_ms } => {
                self.webhook.copies += copies;
                self.webhook.gap_ms = gap_ms;
            }
            Action::ReorderWebhook => self.webhook.after_next = true,
            Action::ForgeWebhook { change } => self.webhook.forgeries.push(change),
        }
    }

    /// What is left of a good answer.
    pub fn over(self, answer: Answer) -> Answer {
        let mut answer = self.after.unwrap_or(answer);
        if self.broken {
            answer.body.truncate(answer.body.len() / 2);
        }
        answer.manner = self.manner;
        answer
    }
}

fn refusal(error: &str, retry_after_seconds: Option<u64>) -> Answer {
    let status = fashn::error::ApiErrorCode::from(error)
        .http_status()
        .unwrap_or(500);
    let body = json!({ "error": error, "message": "Asked for on the sandbox's control route" });
    let answer = Answer::json(status, &body);
    match retry_after_seconds {
        Some(seconds) => answer.with_header("retry-after", seconds.to_string()),
        None => answer,
    }
}
