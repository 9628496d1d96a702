//! `POST /v1/run`, from the parsed request to the id.

use crate::account::admission::{Admission, AdmissionRequest};
use crate::account::event::Verdict;
use crate::app::message::{BodyMeta, Request, Response};
use crate::app::ports::WorkerPorts;
use crate::app::problem::Problem;
use crate::app::send::{Outcome, Send, ask_often};
use crate::app::status::unexpected;
use crate::auth::ids::{PredictionId, Signer, Ticket};
use crate::config::shops::KeyName;
use crate::http::origin::Origin;

/// What a submit works with beside its ports.
pub struct Submit<'s> {
    /// Where FASHN's webhook reaches the gateway.
    pub origin: &'s Origin,
    /// The FASHN key of the caller's shop.
    pub key: &'s KeyName,
    /// Signs ids and webhook addresses.
    pub signer: &'s Signer,
    /// How long a body may lie in its object: as long as a run may wait, and be sent.
    pub body_life_ms: u64,
}

/// Between two questions of an account that is overloaded or was reset.
const ASK_AGAIN_MS: u64 = 300;

impl Submit<'_> {
    /// (1) Ask the account; asked again with the same ticket, it answers the same. (2) Send the run
    /// if it goes, or store its body. (3) Answer its id. The platform cuts this where its caller
    /// has been gone for 30 s: `waitUntil` holds all of it.
    pub async fn run<P: WorkerPorts>(
        &self,
        ports: &P,
        request: AdmissionRequest,
        body: &P::Body,
    ) -> Result<PredictionId, Problem> {
        let (ticket, length) = (request.spec.ticket, request.spec.body_bytes);
        // (1)
        let Response::Admission(admission) =
            self.ask(ports, ticket, Request::Submit(request)).await?
        else {
            return Err(unexpected());
        };
        // (2)
        match admission {
            Admission::Go(attempt) => {
                let Self { origin, key, signer, .. } = *self;
                let send = Send { origin, key, signer, ticket, attempt };
                let Outcome { report, problem } = send.call(ports, body).await;
                let verdict = match send.report(ports, report).await {
                    Ok(verdict) => verdict,
                    // The webhook makes up for a lost report. FASHN's own answer is known.
                    Err(error) => {
                        ports.run_error("report", &ticket, &error.to_string());
                        Verdict::Noted
                    }
                };
                match (verdict, problem) {
                    (Verdict::Again, _) => self.store(ports, ticket, length, body).await?,
                    // Out of date is also a run that an earlier copy of this report ended.
                    (Verdict::Noted | Verdict::GiveUp | Verdict::OutOfDate, Some(problem)) => {
                        return Err(problem);
                    }
                    (Verdict::Noted | Verdict::GiveUp | Verdict::OutOfDate, None) => {}
                }
            }
            Admission::Store(_) => self.store(ports, ticket, length, body).await?,
            Admission::Admitted => {}
            Admission::Duplicate(earlier) => return Ok(self.signer.id(&earlier)),
            Admission::InProgress => return Err(Problem::InProgress),
            Admission::KeyReused => return Err(Problem::KeyReused),
            Admission::Refused(refusal) => return Err(Problem::Refused(refusal)),
        }
        // (3)
        Ok(self.signer.id(&ticket))
    }

    /// Puts the body into its object, then the run waits.
    async fn store<P: WorkerPorts>(
        &self,
        ports: &P,
        ticket: Ticket,
        length: u64,
        body: &P::Body,
    ) -> Result<(), Problem> {
        let meta = BodyMeta {
            ticket,
            key_name: self.key.clone(),
            origin: self.origin.clone(),
            length,
            delete_at_ms: ports.now_ms().saturating_add(self.body_life_ms),
        };
        if let Err(error) = ports.put(meta, body).await {
            ports.run_error("store", &ticket, &error.to_string());
            // Its place is released now; where this is lost, when its time is over.
            let told = ports.ask(ticket.account(), Request::NotStored(ticket)).await;
            if let Err(error) = told {
                ports.run_error("store", &ticket, &error.to_string());
            }
            return Err(overloaded("the body could not be stored"));
        }
        match self.ask(ports, ticket, Request::Stored(ticket)).await? {
            Response::Stored(true) => Ok(()),
            Response::Stored(false) => Err(overloaded("its place was given up meanwhile")),
            _ => Err(unexpected()),
        }
    }

    async fn ask(
        &self,
        ports: &impl WorkerPorts,
        ticket: Ticket,
        request: Request,
    ) -> Result<Response, Problem> {
        let asked = ask_often(ports, ticket, request, ASK_AGAIN_MS).await;
        asked.map_err(|error| overloaded(&error.to_string()))
    }
}

fn overloaded(reason: &str) -> Problem {
    Problem::Overloaded { reason: reason.to_owned(), retry_after_seconds: 2 }
}
