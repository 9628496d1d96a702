//! The desk: every account, run and fault, and what each request and each moment does to them. Pure: the edge
//! brings requests and the time, keeps what changed, and carries out the effects.

use std::collections::{BTreeMap, BTreeSet};

use fashn::body::Body;
use fashn::choice::Choice as _;
use fashn::error::RuntimeError;
use fashn::image::AnyImage;
use fashn::models::{Credits, Model};
use fashn::prediction::{Output, Prediction, Status};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::account::Account;
use crate::answer::{Answer, Manner};
use crate::faults::{Action, Faults, Place, Seen};
use crate::id::{AccountId, PredictionId};
use crate::order::Order;
use crate::problem::Problem;
use crate::random::Random;
use crate::run::{Destiny, Due, End, Run, Stage};
use crate::settings::{Settings, scaled};
use crate::webhook::{Attempt, Kind, Outcome, Plan, Webhook};

/// So many runs are remembered; older ones are forgotten with their outputs, if they are over.
const RUNS_KEPT: usize = 5_000;

/// The whole sandbox. What is serialized is one small record; runs are kept one by one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Desk {
    /// Settings as they are now: the Worker's vars with `overrides` on them.
    #[serde(skip)]
    pub settings: Settings,
    /// Settings that the control route changed.
    pub overrides: serde_json::Map<String, serde_json::Value>,
    /// How far the desk's clock is ahead of the machine's.
    pub clock_ahead_ms: i64,
    /// Faults that wait.
    pub faults: Faults,
    /// The seed that randomness started with.
    pub seed: u64,
    random: Random,
    accepted: u64,
    accounts: BTreeMap<AccountId, Account>,
    tallies: Tallies,
    #[serde(skip)]
    runs: BTreeMap<PredictionId, Run>,
    /// Runs that time or a webhook may still change.
    #[serde(skip)]
    active: BTreeSet<PredictionId>,
    /// Runs whose outputs go at that time.
    #[serde(skip)]
    expiring: BTreeSet<(u64, PredictionId)>,
    /// Runs by their number.
    #[serde(skip)]
    numbered: BTreeMap<u64, PredictionId>,
    /// What the edge is at work on, and need not be told again.
    #[serde(skip)]
    making: BTreeSet<PredictionId>,
    #[serde(skip)]
    delivering: BTreeSet<(PredictionId, usize)>,
    #[serde(skip)]
    changed: BTreeSet<PredictionId>,
}

/// Counts for the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies {
    /// Requests by place, refused ones too.
    pub requests: BTreeMap<String, u64>,
    /// Refusals by code.
    pub refused: BTreeMap<String, u64>,
    /// Faults that were met, by name.
    pub faults_met: BTreeMap<String, u64>,
    /// The most runs in flight at once, of all keys together.
    pub greatest_in_flight: usize,
}

/// What the edge has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Load the run's pictures and make its outputs, then tell [`Desk::made`].
    Make(PredictionId),
    /// Make that attempt of the run's webhook, then tell [`Desk::delivered`].
    Deliver(PredictionId, usize),
    /// The run's own pictures are not needed any more.
    WipeInputs(PredictionId),
    /// The run's outputs are too old.
    WipeOutputs(PredictionId),
    /// The run is forgotten: its record and its outputs.
    Forget(PredictionId),
}

/// An answer to `POST /v1/run`, and what to keep if it was accepted.
#[derive(Debug)]
pub struct Submitted {
    /// What to answer.
    pub answer: Answer,
    /// The run and the pictures that came with it, by field.
    pub accepted: Option<(PredictionId, Vec<(String, Vec<u8>)>)>,
}

impl From<Answer> for Submitted {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            accepted: None,
        }
    }
}

/// Reads one output as a data URL from where the edge keeps it.
pub type ReadOutput<'a> = &'a dyn Fn(&PredictionId, u32) -> Option<String>;

impl Desk {
    /// A desk on which nothing happened yet.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self {
            settings,
            overrides: serde_json::Map::new(),
            clock_ahead_ms: 0,
            faults: Faults::default(),
            seed,
            random: Random::seeded(seed),
            accepted: 0,
            accounts: BTreeMap::new(),
            tallies: Tallies::default(),
            runs: BTreeMap::new(),
            active: BTreeSet::new(),
            expiring: BTreeSet::new(),
            numbered: BTreeMap::new(),
            making: BTreeSet::new(),
            delivering: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Puts a run back that was kept. What the studio or a delivery had in hand when the desk went down is
    /// begun anew: pictures are made again; an attempt of unknown outcome counts as unanswered.
    pub fn restore(&mut self, mut run: Run, now_ms: u64) {
        if run.stage == Stage::Making {
            run.stage = Stage::Waiting;
        }
        if let Some(webhook) = &mut run.webhook {
            let lost: Vec<_> = webhook
                .on_their_way()
                .map(|attempt| attempt.number)
                .collect();
            for number in lost {
                let outcome = Outcome::Unanswered("the sandbox was restarted".to_owned());
                webhook.finished(number, outcome, now_ms, self.settings.webhook_time_scale);
            }
        }
        let id = run.id.clone();
        self.index(&run);
        self.runs.insert(id.clone(), run);
        self.touch(&id);
    }

    // ---- Requests -----------------------------------------------------------------------------------------

    /// `POST /v1/run`. `body` is `None` when it was too big to be read.
    pub fn submit(
        &mut self,
        key: Option<&str>,
        body: Option<&[u8]>,
        webhook_url: Option<&str>,
        origin: &str,
        now_ms: u64,
    ) -> Submitted {
        self.count("run");
        let submitted = self.try_submit(key, body, webhook_url, origin, now_ms);
        submitted.unwrap_or_else(|problem| self.refuse(problem).into())
    }

    fn try_submit(
        &mut self,
        key: Option<&str>,
        body: Option<&[u8]>,
        webhook_url: Option<&str>,
        origin: &str,
        now_ms: u64,
    ) -> Result<Submitted, Problem> {
        // (1) Who asks, and whether they ask too often.
        let account_id = self.account_of(key)?;
        let limit = self.settings.run_limit;
        let runs = &mut self.account(&account_id).runs;
        runs.take(limit, now_ms)
            .map_err(|_| rate_limit_exceeded(limit))?;

        // (2) What they ask.
        let body = body.ok_or(Problem::InternalServerError(
            "The request body is too large",
        ))?;
        let parsed = Body::parse(body).map_err(|fault| Problem::of_faults(&[fault]))?;
        let model: Model = parsed
            .model()
            .map_err(|fault| Problem::of_faults(&[fault]))?;
        let mut inputs = parsed
            .inputs(model, &AnyImage)
            .map_err(|faults| Problem::of_faults(&faults))?;
        let webhook_url = webhook_url.map(checked_webhook_url).transpose()?;

        // (3) What faults make of it.
        let seen = Seen {
            place: Place::Run,
            account: Some(account_id.as_str()),
            model: Some(model.name()),
            id: None,
        };
        let met = self.meet(&seen);
        let mut carried = Carried::default();
        let mut plan = Plan::default();
        let mut destined = None;
        let mut takes_ms = None;
        for action in met {
            match action {
                Action::Fail { name, message } => {
                    destined = Some(Destiny::End(End::Failed(RuntimeError {
                        name: name.as_str().into(),
                        message,
                    })));
                }
                Action::End { status } => destined = Some(Destiny::End(End::Odd(status))),
                Action::Stall => destined = Some(Destiny::Stall),
                Action::Take { ms } => takes_ms = Some(ms),
                Action::DropWebhook { attempts } => plan.drop += attempts,
                Action::DelayWebhook { ms } => plan.delay_ms += ms,
                Action::DuplicateWebhook { copies, gap_ms } => {
                    plan.copies += copies;
                    plan.gap_ms = gap_ms;
                }
                Action::ReorderWebhook => plan.after_next = true,
                Action::ForgeWebhook { change } => plan.forgeries.push(change),
                other => carried.add(other),
            }
        }
        if let Some(answer) = carried.instead {
            return Ok(answer.into());
        }

        // (4) Whether there is room and credit for it.
        let (order, inline) = Order::of(&mut inputs);
        let in_flight = self.in_flight(&account_id);
        if in_flight >= self.settings.concurrency_limit {
            return Err(Problem::ConcurrencyLimitExceeded(in_flight));
        }
        let account = self.account(&account_id);
        if !account.reserve(order.credits) {
            let left = account.balance.total().saturating_sub(account.reserved.0);
            return Err(Problem::OutOfCredits {
                needed: order.credits.0,
                left,
            });
        }
        account.greatest_in_flight = account.greatest_in_flight.max(in_flight + 1);

        // (5) It is accepted.
        let (shortest, longest) = order.takes_ms;
        let drawn_ms = self.random.between(shortest, longest);
        let takes_ms = takes_ms.unwrap_or_else(|| scaled(drawn_ms, self.settings.time_scale));
        self.accepted += 1;
        let run = Run {
            id: PredictionId::mint(&mut self.random),
            number: self.accepted,
            account: account_id,
            accepted_at_ms: now_ms,
            takes_ms,
            order,
            stage: Stage::Waiting,
            webhook: webhook_url.map(|url| Webhook::to(url, plan)),
            origin: if self.settings.public_origin.is_empty() {
                origin.to_owned()
            } else {
                self.settings.public_origin.clone()
            },
            destined,
        };
        let id = run.id.clone();
        self.index(&run);
        self.runs.insert(id.clone(), run);
        self.changed.insert(id.clone());
        let all_in_flight = self
            .active
            .iter()
            .filter(|id| self.runs.get(id).is_some_and(Run::is_in_flight))
            .count();
        self.tallies.greatest_in_flight = self.tallies.greatest_in_flight.max(all_in_flight);

        let answer = Answer::json(200, &json!({ "id": id.as_str(), "error": null }));
        Ok(Submitted {
            answer: carried.over(answer),
            accepted: Some((id, inline)),
        })
    }

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
            .unwrap_or_else(|problem| self.refuse(problem))
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
        let mut carried = Carried::default();
        let seen = Seen {
            place: Place::Status,
            account: Some(account_id.as_str()),
            model: None,
            id: Some(id),
        };
        self.meet(&seen)
            .into_iter()
            .for_each(|action| carried.add(action));
        if let Some(answer) = carried.instead {
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
        Ok(carried.over(answer))
    }

    /// `GET /v1/credits`.
    pub fn credits(&mut self, key: Option<&str>, now_ms: u64) -> Answer {
        self.count("credits");
        self.try_credits(key, now_ms)
            .unwrap_or_else(|problem| self.refuse(problem))
    }

    fn try_credits(&mut self, key: Option<&str>, now_ms: u64) -> Result<Answer, Problem> {
        let account_id = self.account_of(key)?;
        let limit = self.settings.credits_limit;
        let requests = &mut self.account(&account_id).credit_requests;
        requests
            .take(limit, now_ms)
            .map_err(|_| rate_limit_exceeded(limit))?;
        let mut carried = Carried::default();
        let seen = Seen {
            place: Place::Credits,
            account: Some(account_id.as_str()),
            model: None,
            id: None,
        };
        self.meet(&seen)
            .into_iter()
            .for_each(|action| carried.add(action));
        if let Some(answer) = carried.instead {
            return Ok(answer);
        }
        let balance = self.account(&account_id).balance;
        Ok(carried.over(Answer::json(
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
        let mut carried = Carried::default();
        let seen = Seen {
            place: Place::Output,
            account: None,
            model: None,
            id: Some(id),
        };
        self.meet(&seen)
            .into_iter()
            .for_each(|action| carried.add(action));
        if let Some(answer) = carried.instead {
            return Err(answer);
        }
        let id = PredictionId::asked(id);
        let there = id.as_str() == PredictionId::EXAMPLE
            || self
                .runs
                .get(&id)
                .is_some_and(|run| !run.order.base64 && !self.is_expired(run, now_ms));
        if there {
            Ok(carried.manner)
        } else {
            Err(self.refuse(Problem::NotFound("Output not found")))
        }
    }

    // ---- Time ---------------------------------------------------------------------------------------------

    /// Everything that is due by now. To be called before each request is answered and whenever the alarm
    /// rings; the same effect is not told twice.
    pub fn tick(&mut self, now_ms: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for id in self.active.clone() {
            self.advance(&id, now_ms, &mut effects);
        }
        while let Some((at_ms, id)) = self.expiring.first().cloned() {
            if at_ms > now_ms {
                break;
            }
            self.expiring.pop_first();
            effects.push(Effect::WipeOutputs(id));
        }
        while self.runs.len() > RUNS_KEPT {
            let oldest = self
                .numbered
                .iter()
                .map(|(number, id)| (*number, id.clone()));
            let Some((number, id)) = oldest.into_iter().find(|(_, id)| !self.active.contains(id))
            else {
                break;
            };
            self.numbered.remove(&number);
            self.runs.remove(&id);
            self.changed.remove(&id);
            self.expiring.retain(|(_, expiring)| *expiring != id);
            effects.push(Effect::Forget(id));
        }
        effects
    }

    fn advance(&mut self, id: &PredictionId, now_ms: u64, effects: &mut Vec<Effect>) {
        match self.runs.get(id).and_then(|run| run.due(now_ms)) {
            Some(Due::Make) => {
                self.set_stage(id, Stage::Making);
                if self.making.insert(id.clone()) {
                    effects.push(Effect::Make(id.clone()));
                }
            }
            Some(Due::End(end)) => self.end(id, end, now_ms, effects),
            None => {}
        }
        let time_scale = self.settings.webhook_time_scale;
        let Some(run) = self.runs.get_mut(id) else {
            return;
        };
        let Some(webhook) = &mut run.webhook else {
            return;
        };
        let went_before = webhook.went();
        let planned = webhook.attempts.len();
        let due = webhook.take_due(now_ms, time_scale);
        if !due.is_empty() || webhook.attempts.len() != planned {
            self.changed.insert(id.clone());
        }
        let goes = !went_before && webhook.went();
        for number in due {
            if self.delivering.insert((id.clone(), number)) {
                effects.push(Effect::Deliver(id.clone(), number));
            }
        }
        if goes {
            self.let_go_of_held(id);
        }
        self.touch(id);
    }

    /// A run's first delivery is on its way: those that waited for another's may follow.
    fn let_go_of_held(&mut self, but: &PredictionId) {
        for id in &self.active {
            let Some(run) = self.runs.get_mut(id).filter(|run| run.id != *but) else {
                continue;
            };
            if let Some(webhook) = run
                .webhook
                .as_mut()
                .filter(|webhook| webhook.held_until_ms.is_some())
            {
                webhook.another_went();
                self.changed.insert(id.clone());
            }
        }
    }

    /// When [`Desk::tick`] has something next.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<u64> {
        let runs = self
            .active
            .iter()
            .filter_map(|id| self.runs.get(id)?.next_due_ms());
        let expiry = self.expiring.first().map(|(at_ms, _)| *at_ms);
        runs.chain(expiry).min()
    }

    /// Whether the edge has something in hand; should it die, the alarm has to find that out.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.making.is_empty() || !self.delivering.is_empty()
    }

    // ---- Effects' results ---------------------------------------------------------------------------------

    /// The studio is done with a run: its outputs are kept, or it failed. What is due now follows from
    /// [`Desk::tick`].
    pub fn made(
        &mut self,
        id: &PredictionId,
        result: Result<(), RuntimeError>,
        now_ms: u64,
    ) -> Vec<Effect> {
        self.making.remove(id);
        let mut effects = Vec::new();
        if !self
            .runs
            .get(id)
            .is_some_and(|run| run.stage == Stage::Making)
        {
            return effects;
        }
        match result {
            Ok(()) => self.set_stage(id, Stage::Made),
            Err(error) => self.end(id, End::Failed(error), now_ms, &mut effects),
        }
        effects
    }

    /// A delivery is over.
    pub fn delivered(&mut self, id: &PredictionId, number: usize, outcome: Outcome, now_ms: u64) {
        self.delivering.remove(&(id.clone(), number));
        let time_scale = self.settings.webhook_time_scale;
        let Some(run) = self.runs.get_mut(id) else {
            return;
        };
        if let Some(webhook) = &mut run.webhook {
            webhook.finished(number, outcome, now_ms, time_scale);
        }
        self.changed.insert(id.clone());
        self.touch(id);
    }

    fn end(&mut self, id: &PredictionId, end: End, now_ms: u64, effects: &mut Vec<Effect>) {
        let Some(run) = self.runs.get_mut(id) else {
            return;
        };
        let completed = end == End::Completed;
        run.stage = Stage::Ended { at_ms: now_ms, end };
        if let Some(webhook) = &mut run.webhook {
            webhook.run_ended(now_ms);
        }
        let (account, credits) = (run.account.clone(), run.order.credits);
        let expires_at_ms = self.expires_at_ms(id);
        let account = self.account(&account);
        if completed {
            account.charge(credits);
            if let Some(at_ms) = expires_at_ms {
                self.expiring.insert((at_ms, id.clone()));
            }
        } else {
            account.release(credits);
        }
        self.making.remove(id);
        self.changed.insert(id.clone());
        effects.push(Effect::WipeInputs(id.clone()));
        self.touch(id);
    }

    // ---- Looking ------------------------------------------------------------------------------------------

    /// A run that is remembered.
    #[must_use]
    pub fn run(&self, id: &PredictionId) -> Option<&Run> {
        self.runs.get(id)
    }

    /// Runs from the newest.
    pub fn newest_runs(&self) -> impl Iterator<Item = &Run> {
        self.numbered
            .values()
            .rev()
            .filter_map(|id| self.runs.get(id))
    }

    /// Accounts and what they have.
    #[must_use]
    pub fn accounts(&self) -> &BTreeMap<AccountId, Account> {
        &self.accounts
    }

    /// Counts.
    #[must_use]
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// Runs of an account that take a slot.
    #[must_use]
    pub fn in_flight(&self, account: &AccountId) -> usize {
        let active = self.active.iter().filter_map(|id| self.runs.get(id));
        active
            .filter(|run| run.account == *account && run.is_in_flight())
            .count()
    }

    /// The prediction as FASHN tells it, in status answers and webhooks.
    #[must_use]
    pub fn envelope(&self, run: &Run, read: ReadOutput<'_>, now_ms: u64) -> Prediction {
        let output = matches!(
            run.stage,
            Stage::Ended {
                end: End::Completed,
                ..
            }
        )
        .then(|| {
            let expired = self.is_expired(run, now_ms);
            let one = |number| {
                if !run.order.base64 {
                    return cdn_url(&run.origin, &run.id, number, run.order.format.ending());
                }
                let data = if expired { None } else { read(&run.id, number) };
                data.unwrap_or_else(|| Output::EXPIRED.to_owned())
            };
            let items: Vec<_> = (0..run.order.outputs).map(one).collect();
            if run.order.in_images {
                Output::Images { images: items }
            } else {
                Output::List(items)
            }
        });
        let error = match &run.stage {
            Stage::Ended {
                end: End::Failed(error),
                ..
            } => Some(error.clone()),
            _ => None,
        };
        Prediction {
            id: run.id.as_str().to_owned(),
            status: run.status(now_ms),
            output,
            error,
        }
    }

    /// What an attempt of a run's webhook carries, and where to. Forged keys replace genuine ones.
    #[must_use]
    pub fn payload(
        &self,
        id: &PredictionId,
        number: usize,
        read: ReadOutput<'_>,
        now_ms: u64,
    ) -> Option<(String, String)> {
        let run = self.runs.get(id)?;
        let webhook = run.webhook.as_ref()?;
        let attempt: &Attempt = webhook
            .attempts
            .iter()
            .find(|attempt| attempt.number == number)?;
        let mut body = serde_json::to_value(self.envelope(run, read, now_ms)).ok()?;
        if let (Kind::Forged(change), Some(body)) = (&attempt.kind, body.as_object_mut()) {
            body.extend(change.clone());
        }
        Some((webhook.url.clone(), body.to_string()))
    }

    // ---- Keeping ------------------------------------------------------------------------------------------

    /// The runs that changed since the last call, to be kept.
    pub fn take_changed(&mut self) -> Vec<&Run> {
        let changed = std::mem::take(&mut self.changed);
        changed.iter().filter_map(|id| self.runs.get(id)).collect()
    }

    /// Changes settings, now and after a restart.
    ///
    /// # Errors
    /// A sentence about the first that is unknown or can't be read; nothing is changed then.
    pub fn override_settings(&mut self, changes: &serde_json::Value) -> Result<(), String> {
        self.settings = self.settings.patched(changes)?;
        if let Some(changes) = changes.as_object() {
            self.overrides.extend(changes.clone());
        }
        // Lifetimes may have changed.
        let expiring: Vec<_> = self
            .runs
            .values()
            .filter_map(|run| Some((self.expiry_of(run)?, run.id.clone())))
            .collect();
        let waiting: BTreeSet<_> = self.expiring.iter().map(|(_, id)| id.clone()).collect();
        self.expiring = expiring
            .into_iter()
            .filter(|(_, id)| waiting.contains(id))
            .collect();
        Ok(())
    }

    /// Takes up the Worker's vars after a restart, the overrides on top. Overrides that can't be read any more
    /// are dropped.
    pub fn use_vars(&mut self, vars: Settings) {
        let overrides = serde_json::Value::Object(self.overrides.clone());
        self.settings = vars.patched(&overrides).unwrap_or(vars);
    }

    /// Sets a key's balance; credits that runs in flight hold stay held.
    pub fn set_balance(&mut self, account: &AccountId, balance: crate::account::Balance) {
        self.account(account).balance = balance;
    }

    fn account_of(&mut self, key: Option<&str>) -> Result<AccountId, Problem> {
        let key = key
            .filter(|key| self.settings.admits(key))
            .ok_or(Problem::UnauthorizedAccess)?;
        Ok(AccountId::of_key(key))
    }

    fn account(&mut self, id: &AccountId) -> &mut Account {
        let opening = self.settings.opening_balance;
        self.accounts
            .entry(id.clone())
            .or_insert_with(|| Account::opened(opening))
    }

    fn set_stage(&mut self, id: &PredictionId, stage: Stage) {
        if let Some(run) = self.runs.get_mut(id) {
            run.stage = stage;
            self.changed.insert(id.clone());
        }
    }

    fn index(&mut self, run: &Run) {
        self.active.insert(run.id.clone());
        self.numbered.insert(run.number, run.id.clone());
        if let Some(at_ms) = self.expiry_of(run) {
            self.expiring.insert((at_ms, run.id.clone()));
        }
    }

    /// Drops a run from the active ones when nothing more can happen to it.
    fn touch(&mut self, id: &PredictionId) {
        let quiet = self.runs.get(id).is_none_or(|run| {
            let on_its_way = run
                .webhook
                .as_ref()
                .is_some_and(|webhook| webhook.on_their_way().next().is_some());
            !run.is_in_flight() && run.next_due_ms().is_none() && !on_its_way
        });
        if quiet {
            self.active.remove(id);
        }
    }

    fn expires_at_ms(&self, id: &PredictionId) -> Option<u64> {
        self.runs.get(id).and_then(|run| self.expiry_of(run))
    }

    fn expiry_of(&self, run: &Run) -> Option<u64> {
        let Stage::Ended {
            at_ms,
            end: End::Completed,
        } = &run.stage
        else {
            return None;
        };
        let ttl_seconds = if run.order.base64 {
            self.settings.base64_ttl_seconds
        } else {
            self.settings.cdn_ttl_seconds
        };
        Some(at_ms.saturating_add(ttl_seconds.saturating_mul(1000)))
    }

    fn is_expired(&self, run: &Run, now_ms: u64) -> bool {
        self.expiry_of(run).is_none_or(|at_ms| at_ms <= now_ms)
    }

    fn meet(&mut self, seen: &Seen<'_>) -> Vec<Action> {
        let met = self.faults.meet(seen, &mut self.random);
        for action in &met {
            let name = match serde_json::to_value(action) {
                Ok(serde_json::Value::String(name)) => name,
                Ok(serde_json::Value::Object(map)) => {
                    map.keys().next().cloned().unwrap_or_default()
                }
                _ => continue,
            };
            *self.tallies.faults_met.entry(name).or_default() += 1;
        }
        met
    }

    fn count(&mut self, place: &str) {
        *self.tallies.requests.entry(place.to_owned()).or_default() += 1;
    }

    fn refuse(&mut self, problem: Problem) -> Answer {
        *self
            .tallies
            .refused
            .entry(problem.code().to_owned())
            .or_default() += 1;
        problem.into()
    }
}

/// What faults make of an answer.
#[derive(Debug, Default)]
struct Carried {
    instead: Option<Answer>,
    after: Option<Answer>,
    broken: bool,
    manner: Manner,
}

impl Carried {
    fn add(&mut self, action: Action) {
        if let Some(manner) = action.manner() {
            self.manner = manner;
            return;
        }
        match action {
            Action::Refuse {
                error,
                retry_after_seconds,
            } => {
                let status = match error.as_str() {
                    "BadRequest" => 400,
                    "UnauthorizedAccess" => 401,
                    "NotFound" => 404,
                    "RateLimitExceeded" | "ConcurrencyLimitExceeded" | "OutOfCredits" => 429,
                    _ => 500,
                };
                let body = json!({ "error": error, "message": "Asked for on the sandbox's control route" });
                let mut answer = Answer::json(status, &body);
                if let Some(seconds) = retry_after_seconds {
                    answer = answer.with_header("retry-after", seconds.to_string());
                }
                self.instead = Some(answer);
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
            _ => {}
        }
        if let Some(instead) = &mut self.instead {
            instead.manner.clone_from(&self.manner);
        }
    }

    fn over(self, answer: Answer) -> Answer {
        let mut answer = self.after.unwrap_or(answer);
        if self.broken {
            answer.body.truncate(answer.body.len() / 2);
        }
        answer.manner = self.manner;
        answer
    }
}

fn rate_limit_exceeded(limit: crate::limits::RateLimit) -> Problem {
    Problem::RateLimitExceeded {
        requests: limit.requests,
        seconds: limit.window_ms.div_ceil(1000),
    }
}

fn checked_webhook_url(text: &str) -> Result<String, Problem> {
    let url = url::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(|_| text.to_owned()).ok_or_else(|| {
        Problem::BadRequest("webhook_url must be an http or https address".to_owned())
    })
}

/// Where an output is.
#[must_use]
pub fn cdn_url(origin: &str, id: &PredictionId, number: u32, ending: &str) -> String {
    format!("{origin}/cdn/{}/output_{number}.{ending}", id.as_str())
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
