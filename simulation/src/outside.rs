//! Calls to other hosts: FASHN, Workers KV, the merchant's backend. Each takes one of its object's
//! six connections.

use std::rc::Rc;

use fashn::balance::{Balance, CreditsBalance};
use fashn::error::{ApiError, ApiErrorCode};
use fashn::response::{FashnError, RunAnswer, StatusAnswer, UpstreamId, read_run_answer};
use fitting_room::app::ports::{CallError, NotSent};
use fitting_room::auth::ids::{Attempt, Ticket};

use crate::account_object::FASHN_TIMEOUT_MS;
use crate::body_object::SimBody;
use crate::coverage::{Port, When};
use crate::executor::{Cancel, Location, Reply};
use crate::fashn::{BEHIND_MS, End, FashnRun};
use crate::fault::Fault;
use crate::network::Presence;
use crate::plan::{Behavior, Trouble};
use crate::randomness::RandomStream;
use crate::world::World;

/// The platform's connections of one object or request.
const CONNECTIONS_MAX: u32 = 6;
/// Where the merchant's backend hangs, the call is given up.
const MERCHANT_TIMEOUT_MS: u64 = 15_000;

/// A call that is on its way to FASHN.
struct RunCall {
    stream: RandomStream,
    body: SimBody,
    token: String,
    ticket: Ticket,
    attempt: Attempt,
    sender: Presence,
    answer: Rc<Reply<RunAnswer>>,
}

/// A connection of the account object; dropped with the call that has it.
struct Connection {
    world: Rc<World>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let open = &self.world.account.connections;
        open.set(open.get().saturating_sub(1));
    }
}

impl World {
    /// One more connection of the account object.
    fn connect(self: &Rc<Self>) -> Option<Connection> {
        let scope = self.executor.scope()?;
        if scope.location != Location::Account {
            return None;
        }
        let open = &self.account.connections;
        open.set(open.get() + 1);
        if open.get() > CONNECTIONS_MAX {
            self.fail(|| format!("the account has {} connections open", open.get()));
        }
        Some(Connection { world: Rc::clone(self) })
    }

    async fn travel(&self, min_ms: u64, max_ms: u64) {
        let until_ms = self.now_ms() + self.between(min_ms, max_ms);
        self.executor.until(until_ms).await;
    }

    // ---- POST /v1/run ----

    /// `POST /v1/run`
    pub async fn send_run(
        self: &Rc<Self>,
        body: SimBody,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent> {
        self.point(Port::Run, When::Before).await;
        let token = webhook_url.rsplit('/').next().unwrap_or_default();
        let Some((ticket, attempt)) = self.signer.verify_webhook_token(token) else {
            self.fail(|| "a run was sent with a webhook that isn't signed".to_owned());
            return Err(NotSent("no token".to_owned()));
        };
        if let Some(scope) = self.executor.scope().filter(|_| self.is_probe(ticket))
            && self.may_cut()
            && self.happens(Fault::ProbeCut)
        {
            let cancel = Cancel::Invocation(scope.invocation);
            self.crash(scope, Port::Run, When::Before, cancel);
            self.executor.forever().await;
        }
        if self.happens(Fault::NotConnected) {
            self.travel(10, 200).await;
            return Err(NotSent("no connection".to_owned()));
        }
        let presence = Presence::default();
        let _waits = presence.wait();
        let answer = Rc::new(Reply::default());
        let call = RunCall {
            stream: self.stream(),
            body,
            token: token.to_owned(),
            ticket,
            attempt,
            sender: presence,
            answer: Rc::clone(&answer),
        };
        let begun_ms = self.now_ms();
        let arrives_ms = begun_ms + self.between(20, 400);
        self.executor.act_at(arrives_ms, move |world| world.run_arrives(call));
        let until_ms = begun_ms + FASHN_TIMEOUT_MS;
        let answer = answer.wait(&self.executor, Some(until_ms)).await;
        self.point(Port::Run, When::After).await;
        Ok(answer.unwrap_or_else(|| RunAnswer::Unknown {
            timed_out: true,
            reason: "no answer".to_owned(),
        }))
    }

    fn run_arrives(self: &Rc<Self>, call: RunCall) {
        // A body that was cut before its end isn't taken.
        let stream = call.stream;
        if call.sender.is_gone() && self.randomness.borrow_mut().between(stream, 0, 1) == 0 {
            return;
        }
        self.sent(call.ticket, call.attempt);
        let (is_over_rate, is_full, is_poor) = {
            let mut fashn = self.fashn.borrow_mut();
            let credits = u64::from(self.model_of(call.body.submission).credits);
            let is_over_rate = fashn.run_call(self.now_ms());
            (is_over_rate, fashn.is_full(), fashn.balance < credits)
        };
        if is_over_rate {
            self.fail(|| "FASHN's limit was passed: runs in a minute".to_owned());
        }
        if is_full && self.plan.rate(Fault::RunFailsYetRuns) == 0 {
            self.fail(|| "FASHN's limit was passed: runs at once".to_owned());
        }
        let happens = |fault| self.happens_for(stream, fault);
        let refused = |status, code: &str| {
            let body = format!(r#"{{"error":"{code}","message":"no"}}"#);
            let seconds =
                (self.randomness.borrow_mut().between(stream, 0, 1) == 0).then(|| "5".to_owned());
            let retry_after = seconds.filter(|_| status == 429);
            Some(read_run_answer(status, retry_after, body.as_bytes()))
        };
        let behavior = self.behavior_of(call.body.submission);
        let answer = if self.is_bad(Trouble::FashnSilent) {
            self.take_run(&call, true);
            None
        } else if self.is_bad(Trouble::FashnFails)
            || matches!(behavior, Behavior::Poisons | Behavior::PoisonsLarge)
            || happens(Fault::RunFails)
        {
            refused(500, "InternalServerError")
        } else if happens(Fault::RunLost) {
            None
        } else if happens(Fault::RunUnreadable) {
            Some(read_run_answer(503, None, b"<html>busy</html>"))
        } else if happens(Fault::RunRefused) {
            refused(400, "BadRequest")
        } else if happens(Fault::RunUnauthorized) {
            refused(401, "UnauthorizedAccess")
        } else if happens(Fault::RunRateLimited) || is_over_rate {
            refused(429, "RateLimitExceeded")
        } else if happens(Fault::RunConcurrency) || is_full {
            refused(429, "ConcurrencyLimitExceeded")
        } else if happens(Fault::RunOutOfCredits) || is_poor {
            refused(429, "OutOfCredits")
        } else {
            let id = self.take_run(&call, false);
            if happens(Fault::RunFailsYetRuns) {
                self.lied_about(call.ticket);
                refused(500, "InternalServerError")
            } else if happens(Fault::RunAnswerLost) {
                None
            } else {
                let body = format!(r#"{{"id":"{id}","error":null}}"#);
                Some(read_run_answer(200, None, body.as_bytes()))
            }
        };
        self.tell(|| {
            let said = match &answer {
                None => "never answers".to_owned(),
                Some(RunAnswer::Accepted(id)) => format!("takes it as {}", id.as_str()),
                Some(RunAnswer::Refused(error)) => error.to_string(),
                Some(RunAnswer::Unknown { reason, .. }) => reason.clone(),
            };
            let run = self.name_of(call.ticket);
            format!("{run}, send {}, arrives at FASHN, which {said}", call.attempt)
        });
        let is_sure = matches!(answer, Some(RunAnswer::Refused(_)));
        self.told_of_send(call.ticket, is_sure);
        if let Some(answer) = answer {
            let at_ms = self.now_ms() + self.randomness.borrow_mut().between(stream, 50, 1_200);
            let reply = call.answer;
            self.executor.act_at(at_ms, move |world| {
                reply.put(&world.executor, answer);
            });
        }
    }

    fn take_run(self: &Rc<Self>, call: &RunCall, is_silent: bool) -> String {
        let submission = call.body.submission;
        let (model, stream) = (self.model_of(submission), call.stream);
        let now_ms = self.now_ms();
        let mut fashn = self.fashn.borrow_mut();
        let id = format!("sim-{}-u1", fashn.runs.len());
        let index = fashn.take(FashnRun {
            id: id.clone(),
            ticket: call.ticket,
            attempt: call.attempt,
            credits: model.credits,
            is_base64: self.wants_base64(submission),
            taken_ms: now_ms,
            token: call.token.clone(),
            end: None,
        });
        drop(fashn);
        self.tally.borrow_mut().taken += 1;
        self.taken(call.ticket);
        let longest_ms = model.expected_ms;
        let quickest_ms = longest_ms * self.plan.quickest_percent / 100;
        let ends_ms =
            now_ms + self.randomness.borrow_mut().between(stream, quickest_ms, longest_ms);
        let fails = self.behavior_of(submission) == Behavior::Fails;
        let end = if fails || self.happens_for(stream, Fault::RunEndsFailed) {
            End::Failed
        } else if self.happens_for(stream, Fault::RunEndsCanceled) {
            End::Canceled
        } else if self.happens_for(stream, Fault::RunEndsTimeOut) {
            End::TimeOut
        } else {
            End::Completed
        };
        self.executor.act_at(ends_ms, move |world| {
            let now_ms = world.now_ms();
            world.fashn.borrow_mut().end(index, end, now_ms);
            world.tell(|| format!("FASHN ends sim-{index}-u1: {end:?}"));
            if !is_silent {
                world.send_webhooks(stream, index);
            }
        });
        if self.happens_for(stream, Fault::WebhookForgedToken) {
            self.forge_webhook(stream, index, call.ticket, call.attempt);
        }
        if !is_silent && self.happens_for(stream, Fault::WebhookEarly) {
            self.send_webhook_at(now_ms + 1, stream, index, id.clone(), 0);
        }
        id
    }

    // ---- GET /v1/status/{id}, GET /v1/credits ----

    /// `GET /v1/status/{id}`
    pub async fn ask_status(
        self: &Rc<Self>,
        upstream: &UpstreamId,
    ) -> Result<StatusAnswer, FashnError> {
        self.point(Port::Status, When::Before).await;
        let _connection = self.connect();
        let begun_ms = self.now_ms();
        self.travel(10, 200).await;
        let now_ms = self.now_ms();
        if let Some(at_ms) = self.hinted_ms.borrow_mut().remove(upstream.as_str()) {
            let mut tally = self.tally.borrow_mut();
            tally.confirm_max_ms = tally.confirm_max_ms.max(now_ms - at_ms);
        }
        if self.fashn.borrow_mut().status_call(now_ms) {
            self.fail(|| "FASHN's limit was passed: statuses in ten seconds".to_owned());
        }
        let answer = if self.happens(Fault::StatusFails) {
            Err(refusal(500, ApiErrorCode::InternalServerError))
        } else if self.happens(Fault::StatusTooMany) {
            Err(refusal(429, ApiErrorCode::RateLimitExceeded))
        } else {
            let is_behind = self.happens(Fault::StatusBehind);
            let fashn = self.fashn.borrow();
            let run = fashn.find(upstream.as_str(), now_ms);
            match run.filter(|run| !(is_behind && now_ms < run.taken_ms + BEHIND_MS)) {
                Some(run) => Ok(run.status(now_ms)),
                None => Err(refusal(404, ApiErrorCode::NotFound)),
            }
        };
        if self.is_bad(Trouble::StatusOut) || self.happens(Fault::StatusSilent) {
            let until_ms = begun_ms + FASHN_TIMEOUT_MS;
            self.executor.until(until_ms).await;
            self.point(Port::Status, When::After).await;
            return Err(no_answer());
        }
        self.travel(10, 300).await;
        self.point(Port::Status, When::After).await;
        answer
    }

    /// `GET /v1/credits`
    pub async fn ask_credits(self: &Rc<Self>) -> Result<CreditsBalance, FashnError> {
        self.point(Port::Credits, When::Before).await;
        let _connection = self.connect();
        self.travel(10, 200).await;
        let total = self.fashn.borrow().balance;
        let fails = self.is_bad(Trouble::StatusOut) || self.happens(Fault::StatusFails);
        self.travel(10, 300).await;
        self.point(Port::Credits, When::After).await;
        if fails {
            return Err(no_answer());
        }
        Ok(CreditsBalance { credits: Balance { total, subscription: 0, on_demand: total } })
    }

    // ---- Workers KV ----

    /// Keeps an output.
    pub async fn put_output(
        self: &Rc<Self>,
        ticket: Ticket,
        index: usize,
        length: usize,
        ttl_seconds: u64,
    ) -> Result<usize, CallError> {
        self.point(Port::OutputPut, When::Before).await;
        let _connection = self.connect();
        self.travel(5, 100).await;
        let fails = self.happens(Fault::OutputStoreFails);
        // A failure may have taken effect.
        if !fails || length.is_multiple_of(2) {
            let until_ms = self.now_ms() + ttl_seconds * 1_000;
            self.outputs.borrow_mut().insert((ticket, index), until_ms);
        }
        self.point(Port::OutputPut, When::After).await;
        if fails { Err(broken("the store")) } else { Ok(1) }
    }

    /// An output's bytes, while they are kept.
    pub fn output(&self, ticket: Ticket, index: usize, length: usize) -> Option<Vec<u8>> {
        let outputs = self.outputs.borrow();
        let until_ms = outputs.get(&(ticket, index));
        let is_kept = until_ms.is_some_and(|until_ms| *until_ms > self.now_ms());
        is_kept.then(|| vec![0; length])
    }

    /// Deletes an output.
    pub async fn delete_output(
        self: &Rc<Self>,
        ticket: Ticket,
        index: usize,
    ) -> Result<(), CallError> {
        self.point(Port::OutputDelete, When::Before).await;
        self.travel(5, 100).await;
        if self.happens(Fault::OutputStoreFails) {
            return Err(broken("the store"));
        }
        self.outputs.borrow_mut().remove(&(ticket, index));
        self.point(Port::OutputDelete, When::After).await;
        Ok(())
    }

    // ---- the merchant's backend ----

    /// The merchant's backend is told.
    pub async fn post_to_merchant(
        self: &Rc<Self>,
        headers: &[(&'static str, String)],
    ) -> Result<u16, CallError> {
        self.point(Port::Post, When::Before).await;
        let _connection = self.connect();
        self.travel(10, 200).await;
        if self.is_bad(Trouble::MerchantHangs) || self.happens(Fault::MerchantHangs) {
            let until_ms = self.now_ms() + MERCHANT_TIMEOUT_MS;
            self.executor.until(until_ms).await;
            self.point(Port::Post, When::After).await;
            return Err(broken("the merchant's backend"));
        }
        let fails = self.happens(Fault::MerchantFails);
        let id = headers.iter().find(|(name, _)| *name == "webhook-id");
        let id = id.and_then(|(_, id)| id.strip_prefix("evt_"));
        if !fails {
            self.merchant_heard(id.unwrap_or_default());
        }
        self.point(Port::Post, When::After).await;
        Ok(if fails { 503 } else { 200 })
    }
}

fn refusal(status: u16, code: ApiErrorCode) -> FashnError {
    FashnError::Refused {
        status,
        error: ApiError { error: code, message: String::new() },
        retry_after: None,
    }
}

fn no_answer() -> FashnError {
    FashnError::NoAnswer { timed_out: true, reason: "no answer".to_owned() }
}

fn broken(what: &str) -> CallError {
    CallError::Broken(format!("{what} fails"))
}
