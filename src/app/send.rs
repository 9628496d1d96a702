//! Sends a run to FASHN, once, and reports what became of it. A Worker sends a run that may go at
//! once, a `Body` object one that waited: the steps are the same.

use fashn::response::{RefusalKind, RunAnswer};

use crate::account::event::{SendOutcome, Sent, Verdict};
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts, CallError, FashnRuns, NotSent, Runtime};
use crate::app::problem::Problem;
use crate::auth::ids::{Attempt, Signer, Ticket};
use crate::config::shops::KeyName;
use crate::http::origin::Origin;

/// One send, and where it is sent from.
pub struct Send<'s> {
    /// Where FASHN's webhook reaches the gateway.
    pub origin: &'s Origin,
    pub key: &'s KeyName,
    /// Signs the webhook's address.
    pub signer: &'s Signer,
    pub ticket: Ticket,
    pub attempt: Attempt,
}

/// What became of a send.
pub struct Outcome {
    /// For the account.
    pub report: SendOutcome,
    /// For the caller that waits for its id; none if FASHN has the run.
    pub problem: Option<Problem>,
}

/// Between two reports of a send that didn't reach the account.
const REPORT_AGAIN_MS: u64 = 500;

/// How often a message is sent at most in one invocation, where the account is overloaded or was
/// reset.
const ASKS_MAX: u32 = 3;

impl Send<'_> {
    /// Calls FASHN once.
    pub async fn call<P: FashnRuns>(&self, ports: &P, body: &P::Body) -> Outcome {
        let token = self.signer.webhook_token(&self.ticket, self.attempt);
        let webhook_url = format!("{}/webhooks/fashn/{}", self.origin, token.reveal());
        let (report, problem) = match ports.run(self.key, body, &webhook_url).await {
            Ok(RunAnswer::Accepted(upstream)) => (SendOutcome::Accepted(upstream), None),
            Ok(RunAnswer::Refused(error)) => {
                let report = SendOutcome::Refused {
                    kind: RefusalKind::from(&error),
                    retry_after_ms: error.retry_after_ms(),
                    error: error.clone().into(),
                };
                (report, Some(error.into()))
            }
            Ok(RunAnswer::Unknown { timed_out, reason }) => {
                let id = self.signer.id(&self.ticket);
                (SendOutcome::Unknown, Some(Problem::UnknownOutcome { timed_out, reason, id }))
            }
            Err(NotSent(reason)) => (SendOutcome::NotSent, Some(Problem::Internal(reason))),
        };
        Outcome { report, problem }
    }

    /// Reports to the account. A report that is lost is repeated; repeated, it counts once. After
    /// an error the webhook or the account's own alarm makes up for it.
    pub async fn report(
        &self,
        ports: &(impl Accounts + Runtime),
        outcome: SendOutcome,
    ) -> Result<Verdict, CallError> {
        let sent = Sent { ticket: self.ticket, attempt: self.attempt, outcome };
        match ask_often(ports, self.ticket, Request::Sent(sent), REPORT_AGAIN_MS).await? {
            Response::Verdict(verdict) => Ok(verdict),
            _ => Err(CallError::Broken("an answer of another kind".to_owned())),
        }
    }
}

/// Sends the account of a run a message until it answers, a few times.
pub(super) async fn ask_often(
    ports: &(impl Accounts + Runtime),
    ticket: Ticket,
    request: Request,
    pause_ms: u64,
) -> Result<Response, CallError> {
    let mut asks = 1;
    loop {
        match ports.ask(ticket.account(), request.clone()).await {
            Err(error) if asks < ASKS_MAX => {
                ports.run_error("account", &ticket, &error.to_string());
            }
            answered => return answered,
        }
        asks += 1;
        ports.sleep(pause_ms).await;
    }
}
