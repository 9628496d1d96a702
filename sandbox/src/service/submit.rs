//! `POST /v1/run`.

use fashn::body::Body;
use fashn::choice::Choice as _;
use fashn::image::AnyImage;
use fashn::models::Inputs;
use serde_json::json;

use super::state::{Service, rate_limit_exceeded};
use crate::fault::Route;
use crate::fault_queue::FaultTarget;
use crate::id::{AccountId, PredictionId};
use crate::job::{InlinePictures, Job};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::run::{Run, Stage};
use crate::settings::scaled;
use crate::webhook::Webhook;

/// A request for a run.
#[derive(Debug, Clone, Copy)]
pub struct RunCall<'a> {
    /// The bearer key.
    pub key: Option<&'a str>,
    /// `None` when it is larger than the limit.
    pub body: Option<&'a [u8]>,
    /// `?webhook_url=`
    pub webhook_url: Option<&'a str>,
    /// The origin of the request's URL.
    pub origin: &'a str,
}

/// The reply to `POST /v1/run`, and what to store if the run was accepted.
#[derive(Debug)]
pub struct Submitted {
    /// The reply.
    pub reply: Reply,
    /// The run and the pictures that came with it.
    pub accepted: Option<(PredictionId, InlinePictures)>,
}

impl From<Reply> for Submitted {
    fn from(reply: Reply) -> Self {
        Self { reply, accepted: None }
    }
}

impl Service {
    /// `POST /v1/run`.
    pub fn submit(&mut self, call: RunCall<'_>, now_ms: u64) -> Submitted {
        self.count("run");
        let submitted = self.try_submit(call, now_ms);
        submitted.unwrap_or_else(|problem| self.refuse(&problem).into())
    }

    fn try_submit(&mut self, call: RunCall<'_>, now_ms: u64) -> Result<Submitted, Problem> {
        // (1) The key, and its rate limit.
        let account_id = self.account_of(call.key)?;
        let limit = self.settings.run_limit;
        let runs = &mut self.account(&account_id).runs;
        runs.try_acquire(limit, now_ms).map_err(|_| rate_limit_exceeded(limit))?;

        // (2) The body.
        let mut inputs = read(call.body)?;
        let webhook_url = call.webhook_url.map(checked_webhook_url).transpose()?;

        // (3) Faults.
        let faults = self.inject_faults(&FaultTarget {
            route: Route::Run,
            account: Some(account_id.as_str()),
            model: Some(inputs.model().name()),
            id: None,
        });
        if let Some(reply) = faults.replacement {
            return Ok(reply.into());
        }

        // (4) A slot and credits.
        let (job, pictures) = Job::new(&mut inputs);
        self.admit(&account_id, &job)?;

        // (5) The run is accepted.
        let (shortest, longest) = job.takes_ms;
        let drawn_ms = self.random.between(shortest, longest);
        self.accepted += 1;
        let run = Run {
            id: PredictionId::mint(&mut self.random),
            number: self.accepted,
            account: account_id,
            accepted_at_ms: now_ms,
            takes_ms: faults.takes_ms.unwrap_or_else(|| scaled(drawn_ms, self.settings.time_scale)),
            job,
            stage: Stage::Waiting,
            webhook: webhook_url.map(|url| Webhook::new(url, faults.webhook.clone())),
            origin: self.origin(call.origin),
            forced_end: faults.forced_end.clone(),
        };
        let id = run.id.clone();
        self.add(run);
        let reply = Reply::json(200, &json!({ "id": id.as_str(), "error": null }));
        Ok(Submitted { reply: faults.apply_to(reply), accepted: Some((id, pictures)) })
    }

    /// Checks the slots and reserves the credits.
    fn admit(&mut self, account_id: &AccountId, job: &Job) -> Result<(), Problem> {
        let in_flight = self.in_flight(account_id);
        if in_flight >= self.settings.concurrency_limit {
            return Err(Problem::ConcurrencyLimitExceeded(in_flight));
        }
        let account = self.account(account_id);
        if !account.reserve(job.credits) {
            let left = account.balance.total().saturating_sub(account.reserved.0);
            return Err(Problem::OutOfCredits { needed: job.credits.0, left });
        }
        account.greatest_in_flight = account.greatest_in_flight.max(in_flight + 1);
        Ok(())
    }

    fn add(&mut self, run: Run) {
        self.index(&run);
        self.changed.insert(run.id.clone());
        self.runs.insert(run.id.clone(), run);
        let active = self.active.iter().filter_map(|id| self.runs.get(id));
        let in_flight = active.filter(|run| run.is_in_flight()).count();
        self.counters.greatest_in_flight = self.counters.greatest_in_flight.max(in_flight);
    }

    fn origin(&self, called: &str) -> String {
        let public = &self.settings.public_origin;
        if public.is_empty() { called.to_owned() } else { public.clone() }
    }
}

fn read(body: Option<&[u8]>) -> Result<Inputs<'_>, Problem> {
    let body = body.ok_or(Problem::InternalServerError("The request body is too large"))?;
    let parsed = Body::parse(body).map_err(|fault| Problem::of_field_errors(&[fault]))?;
    let model = parsed.model().map_err(|fault| Problem::of_field_errors(&[fault]))?;
    parsed.inputs(model, &AnyImage).map_err(|faults| Problem::of_field_errors(&faults))
}

fn checked_webhook_url(text: &str) -> Result<String, Problem> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(|_| text.to_owned()).ok_or_else(|| {
        Problem::BadRequest("webhook_url must be an http or https address".to_owned())
    })
}
