//! The desk: every account, run and fault, and what each request and each moment does to them. Pure: the edge
//! brings requests and the time, keeps what changed, and carries out the effects.
//!
//! ```text
//! submit   POST /v1/run
//! ask      status, credits, outputs
//! time     what is due, and what came of the effects
//! tell     a run as FASHN tells it, in status answers and webhooks
//! met      what faults make of a request
//! ```

mod ask;
mod met;
mod submit;
mod tell;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use submit::{RunCall, Submitted};
pub use tell::{ReadOutput, cdn_url};

use crate::account::{Account, Balance};
use crate::answer::Answer;
use crate::faults::Faults;
use crate::id::{AccountId, PredictionId};
use crate::problem::Problem;
use crate::random::Random;
use crate::run::{End, Run, Stage};
use crate::settings::Settings;
use crate::webhook::Outcome;

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
    pub fn set_balance(&mut self, account: &AccountId, balance: Balance) {
        self.account(account).balance = balance;
    }

    fn account_of(&self, key: Option<&str>) -> Result<AccountId, Problem> {
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

    fn count(&mut self, place: &str) {
        *self.tallies.requests.entry(place.to_owned()).or_default() += 1;
    }

    fn refuse(&mut self, problem: &Problem) -> Answer {
        *self
            .tallies
            .refused
            .entry(problem.code().to_owned())
            .or_default() += 1;
        Answer::from(problem)
    }
}

fn rate_limit_exceeded(limit: crate::limits::RateLimit) -> Problem {
    Problem::RateLimitExceeded {
        requests: limit.requests,
        seconds: limit.window_ms.div_ceil(1000),
    }
}

#[cfg(test)]
mod tests;
