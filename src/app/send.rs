//! Sends a run to FASHN, once, and reports what became of it. A Worker sends a run that may go at
//! once, a `Body` object one that waited: the steps are the same.

use fashn::response::{RefusalKind, RunAnswer};

use crate::account::event::{SendOutcome, Sent, Verdict};
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts, CallError, Clock, FashnRuns, Log, NotSent};
use crate::app::problem::Problem;
use crate::auth::ids::{Attempt, PredictionId, Signer, Ticket};
use crate::config::shops::KeyName;
use crate::http::origin::Origin;

/// Where a run is sent from, and with which key.
pub struct Send<'s> {
    /// Where FASHN's webhook reaches the gateway.
    pub origin: &'s Origin,
    /// The FASHN key.
    pub key: &'s KeyName,
    /// Signs the webhook's address.
    pub signer: &'s Signer,
    /// The run.
    pub ticket: Ticket,
    /// Which send.
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

/// How often a report is sent at most, in one invocation.
const REPORTS_MAX: u32 = 3;

impl Send<'_> {
    /// Calls FASHN once.
    pub async fn call<P: FashnRuns>(&self, ports: &P, body: &P::Body) -> Outcome {
        let token = self.signer.webhook_token(&self.ticket, self.attempt);
        let webhook_url = format!("{}/webhooks/fashn/{}", self.origin, token.reveal());
        match ports.run(self.key, body, &webhook_url).await {
            Ok(RunAnswer::Accepted(upstream)) => {
                Outcome { report: SendOutcome::Accepted(upstream), problem: None }
            }
            Ok(RunAnswer::Refused(error)) => Outcome {
                report: SendOutcome::Refused {
                    kind: RefusalKind::from(&error),
                    retry_after_ms: error.retry_after_ms(),
                    error: error.clone().into(),
                },
                problem: Some(error.into()),
            },
            Ok(RunAnswer::Unknown { timed_out, reason }) => Outcome {
                report: SendOutcome::Unknown,
                problem: Some(Problem::UnknownOutcome { timed_out, reason, id: self.id() }),
            },
            Err(NotSent(reason)) => {
                Outcome { report: SendOutcome::NotSent, problem: Some(Problem::Internal(reason)) }
            }
        }
    }

    /// Reports to the account. A report that is lost is repeated; repeated, it counts once.
    ///
    /// # Errors
    /// [`CallError`]: the webhook or the account's own alarm makes up for it.
    pub async fn report<P: Accounts + Clock + Log>(
        &self,
        ports: &P,
        outcome: SendOutcome,
    ) -> Result<Verdict, CallError> {
        let sent = Sent { ticket: self.ticket, attempt: self.attempt, outcome };
        let mut tries = 1;
        loop {
            let request = Request::Sent(sent.clone());
            match ports.ask(self.ticket.account(), request).await {
                Ok(Response::Verdict(verdict)) => return Ok(verdict),
                Ok(_) => return Err(CallError::Broken("an answer of another kind".to_owned())),
                Err(error) if tries >= REPORTS_MAX => return Err(error),
                Err(error) => {
                    ports.error("report", &error.to_string());
                    tries += 1;
                    ports.sleep(REPORT_AGAIN_MS).await;
                }
            }
        }
    }

    fn id(&self) -> PredictionId {
        self.signer.id(&self.ticket)
    }
}
