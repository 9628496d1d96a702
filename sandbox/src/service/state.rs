//! The service's state, how it is stored and restored, and its indexes of runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::{Account, Balance};
use crate::fault_queue::FaultQueue;
use crate::id::{AccountId, PredictionId};
use crate::limits::RateLimit;
use crate::problem::Problem;
use crate::random::Random;
use crate::reply::Reply;
use crate::run::{End, Run, Stage};
use crate::settings::Settings;
use crate::webhook::Outcome;

/// The whole sandbox. What is serialized is one small record; runs are stored one by one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Service {
    /// The current settings: the Worker's vars with `overrides` on them.
    #[serde(skip)]
    pub settings: Settings,
    /// Settings that the control route changed.
    pub overrides: serde_json::Map<String, serde_json::Value>,
    /// How far the sandbox's clock is ahead of the machine's.
    pub clock_ahead_ms: i64,
    /// Faults that wait for a request.
    pub faults: FaultQueue,
    /// The seed of `random`.
    pub seed: u64,
    pub(super) random: Random,
    pub(super) accepted: u64,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) counters: Counters,
    #[serde(skip)]
    pub(super) runs: BTreeMap<PredictionId, Run>,
    /// Runs that time or a webhook may still change.
    #[serde(skip)]
    pub(super) active: BTreeSet<PredictionId>,
    /// When the outputs of runs are deleted.
    #[serde(skip)]
    pub(super) expiring: BTreeSet<(u64, PredictionId)>,
    /// Runs by their number.
    #[serde(skip)]
    pub(super) numbered: BTreeMap<u64, PredictionId>,
    /// Runs that the edge renders now.
    #[serde(skip)]
    pub(super) rendering: BTreeSet<PredictionId>,
    /// Attempts of webhooks that the edge makes now.
    #[serde(skip)]
    pub(super) delivering: BTreeSet<(PredictionId, usize)>,
    /// Runs that have to be stored.
    #[serde(skip)]
    pub(super) changed: BTreeSet<PredictionId>,
}

/// Counts for the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Requests by route, refused ones too.
    pub requests: BTreeMap<String, u64>,
    /// Refusals by code.
    pub refused: BTreeMap<String, u64>,
    /// Faults that took effect, by name.
    pub faults_met: BTreeMap<String, u64>,
    /// The most runs in flight at once, of all keys together.
    pub greatest_in_flight: usize,
}

/// Work for the edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Load the run's pictures and render its outputs, then call [`Service::rendered`].
    Render(PredictionId),
    /// Make that attempt of the run's webhook, then call [`Service::delivered`].
    Deliver(PredictionId, usize),
    /// Delete the pictures that came with the run.
    DeleteInputs(PredictionId),
    /// Delete the run's outputs.
    DeleteOutputs(PredictionId),
    /// Delete the run's record and its files.
    DeleteRun(PredictionId),
}

impl Service {
    /// A service without accounts and runs.
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self {
            settings,
            overrides: serde_json::Map::new(),
            clock_ahead_ms: 0,
            faults: FaultQueue::default(),
            seed,
            random: Random::seeded(seed),
            accepted: 0,
            accounts: BTreeMap::new(),
            counters: Counters::default(),
            runs: BTreeMap::new(),
            active: BTreeSet::new(),
            expiring: BTreeSet::new(),
            numbered: BTreeMap::new(),
            rendering: BTreeSet::new(),
            delivering: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Restores a stored run. Outputs that were being rendered at a restart are rendered again; an
    /// attempt of unknown outcome counts as unanswered.
    pub fn restore(&mut self, mut run: Run, now_ms: u64) {
        if run.stage == Stage::Rendering {
            run.stage = Stage::Waiting;
        }
        if let Some(webhook) = &mut run.webhook {
            let lost: Vec<_> = webhook.in_flight().map(|attempt| attempt.number).collect();
            for number in lost {
                let outcome = Outcome::Unanswered("the sandbox was restarted".to_owned());
                webhook.record(number, outcome, now_ms, self.settings.webhook_time_scale);
            }
        }
        let id = run.id.clone();
        self.index(&run);
        self.runs.insert(id.clone(), run);
        self.update_active(&id);
    }

    /// A run by its id.
    pub fn run(&self, id: &PredictionId) -> Option<&Run> {
        self.runs.get(id)
    }

    /// Runs from the newest.
    pub fn newest_runs(&self) -> impl Iterator<Item = &Run> {
        self.numbered.values().rev().filter_map(|id| self.runs.get(id))
    }

    /// Every account.
    pub fn accounts(&self) -> &BTreeMap<AccountId, Account> {
        &self.accounts
    }

    /// Counts for the journal.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The number of an account's runs that take a slot.
    pub fn in_flight(&self, account: &AccountId) -> usize {
        let active = self.active.iter().filter_map(|id| self.runs.get(id));
        active.filter(|run| run.account == *account && run.is_in_flight()).count()
    }

    /// The runs that changed since the last call.
    pub fn take_changed(&mut self) -> Vec<&Run> {
        let changed = std::mem::take(&mut self.changed);
        changed.iter().filter_map(|id| self.runs.get(id)).collect()
    }

    /// Changes settings, now and after a restart.
    ///
    /// # Errors
    /// A sentence about the first that is unknown or can't be read; then nothing is changed.
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
        self.expiring = expiring.into_iter().filter(|(_, id)| waiting.contains(id)).collect();
        Ok(())
    }

    /// Applies the Worker's vars after a restart, the overrides on top. Overrides that can't be
    /// read any more are dropped.
    pub fn use_vars(&mut self, vars: Settings) {
        let overrides = serde_json::Value::Object(self.overrides.clone());
        self.settings = vars.patched(&overrides).unwrap_or(vars);
    }

    /// Sets a key's balance; credits that runs in flight reserved stay reserved.
    pub fn set_balance(&mut self, account: &AccountId, balance: Balance) {
        self.account(account).balance = balance;
    }

    pub(super) fn account_of(&self, key: Option<&str>) -> Result<AccountId, Problem> {
        let key =
            key.filter(|key| self.settings.accepts_key(key)).ok_or(Problem::UnauthorizedAccess)?;
        Ok(AccountId::of_key(key))
    }

    pub(super) fn account(&mut self, id: &AccountId) -> &mut Account {
        let opening = self.settings.opening_balance;
        self.accounts.entry(id.clone()).or_insert_with(|| Account::opened(opening))
    }

    pub(super) fn set_stage(&mut self, id: &PredictionId, stage: Stage) {
        if let Some(run) = self.runs.get_mut(id) {
            run.stage = stage;
            self.changed.insert(id.clone());
        }
    }

    pub(super) fn index(&mut self, run: &Run) {
        self.active.insert(run.id.clone());
        self.numbered.insert(run.number, run.id.clone());
        if let Some(at_ms) = self.expiry_of(run) {
            self.expiring.insert((at_ms, run.id.clone()));
        }
    }

    /// Removes a run from the active ones when nothing more can happen to it.
    pub(super) fn update_active(&mut self, id: &PredictionId) {
        let is_over = self.runs.get(id).is_none_or(|run| {
            let is_being_sent =
                run.webhook.as_ref().is_some_and(|webhook| webhook.in_flight().next().is_some());
            !run.is_in_flight() && run.next_due_ms().is_none() && !is_being_sent
        });
        if is_over {
            self.active.remove(id);
        }
    }

    pub(super) fn expires_at_ms(&self, id: &PredictionId) -> Option<u64> {
        self.runs.get(id).and_then(|run| self.expiry_of(run))
    }

    fn expiry_of(&self, run: &Run) -> Option<u64> {
        let Stage::Ended { at_ms, end: End::Completed } = &run.stage else {
            return None;
        };
        let ttl_seconds = if run.job.base64 {
            self.settings.base64_ttl_seconds
        } else {
            self.settings.cdn_ttl_seconds
        };
        Some(at_ms.saturating_add(ttl_seconds.saturating_mul(1000)))
    }

    pub(super) fn is_expired(&self, run: &Run, now_ms: u64) -> bool {
        self.expiry_of(run).is_none_or(|at_ms| at_ms <= now_ms)
    }

    pub(super) fn count(&mut self, route: &str) {
        *self.counters.requests.entry(route.to_owned()).or_default() += 1;
    }

    pub(super) fn refuse(&mut self, problem: &Problem) -> Reply {
        *self.counters.refused.entry(problem.code().to_owned()).or_default() += 1;
        Reply::from(problem)
    }
}

pub(super) fn rate_limit_exceeded(limit: RateLimit) -> Problem {
    Problem::RateLimitExceeded { requests: limit.requests, seconds: limit.window_ms.div_ceil(1000) }
}
