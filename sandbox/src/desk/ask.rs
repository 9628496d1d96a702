//! `GET /v1/status/{id}`, `GET /v1/credits` and the outputs.

use fashn::models::Credits;
use fashn::prediction::{Output, Prediction, Status};
use serde_json::json;

use super::tell::{ReadOutput, cdn_url};
use super::{Desk, rate_limit_exceeded};
use crate::answer::{Answer, Manner};
use crate::faults::{Place, Seen};
use crate::id::PredictionId;
use crate::problem::Problem;

impl Desk {
    /// `GET /v1/status/{id}`.
    pub fn status(
        &mut self,
        key: Option<&str>,
        id: &str,
        origin: &str,
        read: ReadOutput<'_>,
        now_ms: u64,
    ) -> Answer {
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
    ) -> Result<Answer, Problem> {
        let account_id = self.account_of(key)?;
        let limit = self.settings.status_limit;
        let statuses = &mut self.account(&account_id).statuses;
        statuses
            .take(limit, now_ms)
            .map_err(|_| rate_limit_exceeded(limit))?;
        let seen = Seen {
            place: Place::Status,
            account: Some(account_id.as_str()),
            model: None,
            id: Some(id),
        };
        let met = self.met(&seen);
        if let Some(answer) = met.instead {
            return Ok(answer);
        }
        let (prediction, credits) = if id == PredictionId::EXAMPLE {
            (example(origin), Some(Credits(1)))
        } else {
            let run = self
                .runs
                .get(&PredictionId::asked(id))
                .filter(|run| run.account == account_id);
            let run = run.ok_or(Problem::NotFound("Prediction not found"))?;
            let completed = run.status(now_ms) == Status::Completed;
            (
                self.envelope(run, read, now_ms),
                completed.then_some(run.order.credits),
            )
        };
        let body = serde_json::to_value(prediction)
            .map_err(|_| Problem::InternalServerError("The answer can't be written"))?;
        let mut answer = Answer::json(200, &body);
        if let Some(Credits(credits)) = credits {
            answer = answer.with_header("x-fashn-credits-used", credits.to_string());
        }
        Ok(met.over(answer))
    }

    /// `GET /v1/credits`.
    pub fn credits(&mut self, key: Option<&str>, now_ms: u64) -> Answer {
        self.count("credits");
        self.try_credits(key, now_ms)
            .unwrap_or_else(|problem| self.refuse(&problem))
    }

    fn try_credits(&mut self, key: Option<&str>, now_ms: u64) -> Result<Answer, Problem> {
        let account_id = self.account_of(key)?;
        let limit = self.settings.credits_limit;
        let requests = &mut self.account(&account_id).credit_requests;
        requests
            .take(limit, now_ms)
            .map_err(|_| rate_limit_exceeded(limit))?;
        let seen = Seen {
            place: Place::Credits,
            account: Some(account_id.as_str()),
            model: None,
            id: None,
        };
        let met = self.met(&seen);
        if let Some(answer) = met.instead {
            return Ok(answer);
        }
        let balance = self.account(&account_id).balance;
        Ok(met.over(Answer::json(
            200,
            &json!({ "credits": {
                "total": balance.total(),
                "subscription": balance.subscription,
                "on_demand": balance.on_demand,
            } }),
        )))
    }

    /// `GET /cdn/{id}/…`: what faults make of it, or a 404 where there is nothing any more. `Ok` is how to
    /// carry the bytes that storage has.
    ///
    /// # Errors
    /// What to answer instead.
    pub fn output(&mut self, id: &str, now_ms: u64) -> Result<Manner, Answer> {
        self.count("output");
        let seen = Seen {
            place: Place::Output,
            account: None,
            model: None,
            id: Some(id),
        };
        let met = self.met(&seen);
        if let Some(answer) = met.instead {
            return Err(answer);
        }
        let id = PredictionId::asked(id);
        let there = id.as_str() == PredictionId::EXAMPLE
            || self
                .runs
                .get(&id)
                .is_some_and(|run| !run.order.base64 && !self.is_expired(run, now_ms));
        if there {
            Ok(met.manner)
        } else {
            Err(self.refuse(&Problem::NotFound("Output not found")))
        }
    }
}

/// The documentation's example prediction.
fn example(origin: &str) -> Prediction {
    let id = PredictionId::asked(PredictionId::EXAMPLE);
    Prediction {
        id: id.as_str().to_owned(),
        status: Status::Completed,
        output: Some(Output::List(vec![cdn_url(origin, &id, 0, "png")])),
        error: None,
    }
}
