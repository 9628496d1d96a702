//! `GET /v1/status/{id}`, `GET /v1/credits` and the outputs.

use fashn::models::Credits;
use fashn::prediction::{Output, Prediction, Status};
use serde_json::json;

use super::envelope::{ReadOutput, cdn_url};
use super::state::{Service, rate_limit_exceeded};
use crate::fault::Route;
use crate::fault_queue::FaultTarget;
use crate::id::PredictionId;
use crate::problem::Problem;
use crate::reply::{Reply, Transmission};

impl Service {
    /// `GET /v1/status/{id}`.
    pub fn status(
        &mut self,
        key: Option<&str>,
        id: &str,
        origin: &str,
        read: ReadOutput<'_>,
        now_ms: u64,
    ) -> Reply {
        self.count("status");
        self.try_status(key, id, origin, read, now_ms)
            .unwrap_or_else(|problem| self.refuse(&problem))
    }

    fn try_status(
        &mut self,
        key: Option<&str>,
        id: &str,
        origin: &str,
        read: ReadOutput<'_>,
        now_ms: u64,
    ) -> Result<Reply, Problem> {
        let account_id = self.account_of(key)?;
        let limit = self.settings.status_limit;
        let statuses = &mut self.account(&account_id).statuses;
        statuses.try_acquire(limit, now_ms).map_err(|_| rate_limit_exceeded(limit))?;
        let target = FaultTarget {
            route: Route::Status,
            account: Some(account_id.as_str()),
            model: None,
            id: Some(id),
        };
        let faults = self.inject_faults(&target);
        if let Some(reply) = faults.replacement {
            return Ok(reply);
        }
        let (prediction, credits) = if id == PredictionId::EXAMPLE {
            (example(origin), Some(Credits(1)))
        } else {
            let run = self
                .runs
                .get(&PredictionId::from_request(id))
                .filter(|run| run.account == account_id);
            let run = run.ok_or(Problem::NotFound("Prediction not found"))?;
            let completed = run.status(now_ms) == Status::Completed;
            (self.envelope(run, read, now_ms), completed.then_some(run.job.credits))
        };
        let body = serde_json::to_value(prediction)
            .map_err(|_| Problem::InternalServerError("The reply can't be written"))?;
        let mut reply = Reply::json(200, &body);
        if let Some(Credits(credits)) = credits {
            reply = reply.with_header("x-fashn-credits-used", credits.to_string());
        }
        Ok(faults.apply_to(reply))
    }

    /// `GET /v1/credits`.
    pub fn credits(&mut self, key: Option<&str>, now_ms: u64) -> Reply {
        self.count("credits");
        self.try_credits(key, now_ms).unwrap_or_else(|problem| self.refuse(&problem))
    }

    fn try_credits(&mut self, key: Option<&str>, now_ms: u64) -> Result<Reply, Problem> {
        let account_id = self.account_of(key)?;
        let limit = self.settings.credits_limit;
        let requests = &mut self.account(&account_id).credit_requests;
        requests.try_acquire(limit, now_ms).map_err(|_| rate_limit_exceeded(limit))?;
        let target = FaultTarget {
            route: Route::Credits,
            account: Some(account_id.as_str()),
            model: None,
            id: None,
        };
        let faults = self.inject_faults(&target);
        if let Some(reply) = faults.replacement {
            return Ok(reply);
        }
        let balance = self.account(&account_id).balance;
        Ok(faults.apply_to(Reply::json(
            200,
            &json!({ "credits": {
                "total": balance.total(),
                "subscription": balance.subscription,
                "on_demand": balance.on_demand,
            } }),
        )))
    }

    /// `GET /cdn/{id}/…`: how the stored bytes are sent.
    ///
    /// # Errors
    /// A fault's reply, or 404 where outputs are unknown or deleted.
    pub fn output(&mut self, id: &str, now_ms: u64) -> Result<Transmission, Reply> {
        self.count("output");
        let target = FaultTarget { route: Route::Output, account: None, model: None, id: Some(id) };
        let faults = self.inject_faults(&target);
        if let Some(reply) = faults.replacement {
            return Err(reply);
        }
        let id = PredictionId::from_request(id);
        let exists = id.as_str() == PredictionId::EXAMPLE
            || self
                .runs
                .get(&id)
                .is_some_and(|run| !run.job.base64 && !self.is_expired(run, now_ms));
        if exists {
            Ok(faults.transmission)
        } else {
            Err(self.refuse(&Problem::NotFound("Output not found")))
        }
    }
}

/// The documentation's example prediction.
fn example(origin: &str) -> Prediction {
    let id = PredictionId::from_request(PredictionId::EXAMPLE);
    Prediction {
        id: id.as_str().to_owned(),
        status: Status::Completed,
        output: Some(Output::List(vec![cdn_url(origin, &id, 0, "png")])),
        error: None,
    }
}
