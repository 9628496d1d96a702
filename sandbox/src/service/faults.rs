//! What faults do to one request.

use fashn::error::RuntimeError;
use serde_json::json;

use super::state::Service;
use crate::fault::Action;
use crate::fault_queue::FaultTarget;
use crate::reply::{Reply, Transmission};
use crate::run::{End, ForcedEnd};
use crate::webhook::WebhookFaults;

/// The sum of the faults that a request met.
#[derive(Debug, Default)]
pub(super) struct InjectedFaults {
    /// Replaces the reply; nothing else happens.
    pub replacement: Option<Reply>,
    /// How the reply is sent.
    pub transmission: Transmission,
    /// The run's end, if a fault sets it.
    pub forced_end: Option<ForcedEnd>,
    /// The run's time, if a fault sets it.
    pub takes_ms: Option<u64>,
    /// What happens to its webhook.
    pub webhook: WebhookFaults,
    after_acceptance: Option<Reply>,
    breaks_json: bool,
}

impl Service {
    pub(super) fn inject_faults(&mut self, target: &FaultTarget<'_>) -> InjectedFaults {
        let mut faults = InjectedFaults::default();
        for action in self.faults.take_matching(target, &mut self.random) {
            *self.counters.faults_met.entry(action.name()).or_default() += 1;
            faults.add(action);
        }
        if let Some(replacement) = &mut faults.replacement {
            replacement.transmission.clone_from(&faults.transmission);
        }
        faults
    }
}

impl InjectedFaults {
    fn add(&mut self, action: Action) {
        if let Some(transmission) = action.transmission() {
            self.transmission = transmission;
        }
        match action {
            Action::Slow { .. } | Action::LoseAnswer { .. } => {}
            Action::Refuse { error, retry_after_seconds } => {
                self.replacement = Some(refusal(&error, retry_after_seconds));
            }
            Action::Status { status, body, accept } => {
                let reply = Reply {
                    status,
                    headers: Vec::new(),
                    body,
                    transmission: Transmission::Immediate,
                };
                *(if accept { &mut self.after_acceptance } else { &mut self.replacement }) =
                    Some(reply);
            }
            Action::Redirect { to, status } => {
                self.replacement =
                    Some(Reply::json(status, &json!({})).with_header("location", to));
            }
            Action::BrokenJson => self.breaks_json = true,
            Action::Fail { name, message } => {
                let error = RuntimeError { name: name.as_str().into(), message };
                self.forced_end = Some(ForcedEnd::End(End::Failed(error)));
            }
            Action::End { status } => {
                self.forced_end = Some(ForcedEnd::End(End::Undocumented(status)));
            }
            Action::Stall => self.forced_end = Some(ForcedEnd::Stall),
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

    /// Applies them to the reply of a request that was served.
    pub fn apply_to(self, reply: Reply) -> Reply {
        let mut reply = self.after_acceptance.unwrap_or(reply);
        if self.breaks_json {
            reply.body.truncate(reply.body.len() / 2);
        }
        reply.transmission = self.transmission;
        reply
    }
}

fn refusal(error: &str, retry_after_seconds: Option<u64>) -> Reply {
    let status = fashn::error::ApiErrorCode::from(error).http_status().unwrap_or(500);
    let body = json!({ "error": error, "message": "Asked for on the sandbox's control route" });
    let reply = Reply::json(status, &body);
    match retry_after_seconds {
        Some(seconds) => reply.with_header("retry-after", seconds.to_string()),
        None => reply,
    }
}
