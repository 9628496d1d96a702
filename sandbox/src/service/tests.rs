//! Invariants under any sequence of requests, moments and results.

use std::collections::BTreeMap;

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::prediction::Status;
use proptest::prelude::*;
use serde_json::json;

use super::{Effect, RunCall, Service};
use crate::account::Balance;
use crate::id::{AccountId, PredictionId};
use crate::limits::RateLimit;
use crate::run::{Run, Stage};
use crate::settings::Settings;
use crate::webhook::{Kind, Outcome, RETRY_GAPS_MS};

const KEY: &str = "key";

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Submit { outputs: u32, webhook: bool },
    Wait { ms: u64 },
    Rendered { which: usize, fails: bool },
    Delivered { which: usize, status: u16 },
    Fault(serde_json::Value),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u32..=4, any::<bool>()).prop_map(|(outputs, webhook)| Step::Submit { outputs, webhook }),
        4 => (0_u64..40_000).prop_map(|ms| Step::Wait { ms }),
        4 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2))
            .prop_map(|(which, fails)| Step::Rendered { which: which.index(64), fails }),
        4 => (any::<prop::sample::Index>(), prop::sample::select(vec![200_u16, 204, 307, 500]))
            .prop_map(|(which, status)| Step::Delivered { which: which.index(64), status }),
        1 => prop::sample::select(vec![
            json!({ "do": "stall" }),
            json!({ "do": { "fail": { "name": "PoseError" } } }),
            json!({ "do": { "end": { "status": "canceled" } } }),
            json!({ "do": { "drop_webhook": { "attempts": 3 } } }),
            json!({ "do": { "duplicate_webhook": { "copies": 2 } } }),
            json!({ "do": "reorder_webhook" }),
            json!({ "do": { "refuse": { "error": "OutOfCredits" } } }),
            json!({ "do": "broken_json" }),
        ]).prop_map(Step::Fault),
        1 => Just(Step::Restart),
    ]
}

/// The service, the time, and the effects that aren't done.
struct World {
    service: Service,
    now_ms: u64,
    rendering: Vec<PredictionId>,
    delivering: Vec<(PredictionId, usize)>,
    ends: BTreeMap<PredictionId, Status>,
}

impl World {
    fn new() -> Self {
        let settings = Settings {
            concurrency_limit: 3,
            run_limit: RateLimit { requests: 5, window_ms: 10_000 },
            opening_balance: Balance { subscription: 20, on_demand: 10 },
            ..Settings::default()
        };
        Self {
            service: Service::new(settings, 1),
            now_ms: 0,
            rendering: Vec::new(),
            delivering: Vec::new(),
            ends: BTreeMap::new(),
        }
    }

    fn start(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Render(id) => {
                    assert!(!self.rendering.contains(&id), "rendered twice at once");
                    self.rendering.push(id);
                }
                Effect::Deliver(id, number) => {
                    assert!(
                        !self.delivering.contains(&(id.clone(), number)),
                        "delivered twice at once"
                    );
                    self.delivering.push((id, number));
                }
                Effect::DeleteInputs(_) | Effect::DeleteOutputs(_) | Effect::DeleteRun(_) => {}
            }
        }
    }

    fn happen(&mut self, step: Step) {
        let now_ms = self.now_ms;
        match step {
            Step::Submit { outputs, webhook } => {
                let body = json!({ "model_name": "model-create", "inputs": { "prompt": "x", "num_images": outputs } });
                let body = body.to_string();
                let call = RunCall {
                    key: Some(KEY),
                    body: Some(body.as_bytes()),
                    webhook_url: webhook.then_some("http://receiver/"),
                    origin: "http://sandbox",
                };
                self.service.submit(call, now_ms);
            }
            Step::Wait { ms } => self.now_ms += ms,
            Step::Rendered { which, fails } => {
                if !self.rendering.is_empty() {
                    let id = self.rendering.swap_remove(which % self.rendering.len());
                    let error = RuntimeError {
                        name: RuntimeErrorName::PipelineError,
                        message: String::new(),
                    };
                    let effects =
                        self.service.rendered(&id, if fails { Err(error) } else { Ok(()) }, now_ms);
                    self.start(effects);
                }
            }
            Step::Delivered { which, status } => {
                if !self.delivering.is_empty() {
                    let (id, number) = self.delivering.swap_remove(which % self.delivering.len());
                    self.service.delivered(&id, number, Outcome::Answered(status), now_ms);
                }
            }
            Step::Fault(fault) => self.service.faults.push(serde_json::from_value(fault).unwrap()),
            Step::Restart => self.restart(),
        }
        let effects = self.service.tick(self.now_ms);
        self.start(effects);
    }

    /// Only what the object's storage has is restored.
    fn restart(&mut self) {
        let runs: Vec<String> =
            self.service.runs.values().map(|run| serde_json::to_string(run).unwrap()).collect();
        let vars = self.service.settings.clone();
        let mut service: Service =
            serde_json::from_str(&serde_json::to_string(&self.service).unwrap()).unwrap();
        service.use_vars(vars);
        for run in runs {
            service.restore(serde_json::from_str(&run).unwrap(), self.now_ms);
        }
        self.service = service;
        self.rendering.clear();
        self.delivering.clear();
    }

    fn check(&mut self) {
        let account_id = AccountId::of_key(KEY);
        let runs: Vec<&Run> = self.service.runs.values().collect();
        let in_flight: Vec<_> = runs.iter().filter(|run| run.is_in_flight()).collect();
        assert!(in_flight.len() <= 3, "slots");
        for run in &runs {
            let starts = runs.iter().filter(|other| {
                (run.accepted_at_ms..run.accepted_at_ms + 10_000).contains(&other.accepted_at_ms)
            });
            assert!(starts.count() <= 5, "window");
            let status = run.status(self.now_ms);
            if let Some(known) = self.ends.get(&run.id) {
                assert_eq!(known, &status, "an end is final");
            }
            if let Some(webhook) = &run.webhook {
                let genuine =
                    webhook.attempts.iter().filter(|attempt| attempt.kind == Kind::Genuine).count();
                assert!(genuine <= 1 + RETRY_GAPS_MS.len(), "attempts");
                assert!(
                    webhook.attempts.is_empty() || !run.is_in_flight(),
                    "a webhook before the end"
                );
            }
        }
        let Some(account) = self.service.accounts.get(&account_id) else {
            return;
        };
        let reserved: u32 = in_flight.iter().map(|run| run.job.credits.0).sum();
        assert_eq!(account.reserved.0, reserved, "reserved credits are those of runs in flight");
        let charged: u32 = runs
            .iter()
            .filter(|run| run.status(self.now_ms) == Status::Completed)
            .map(|run| run.job.credits.0)
            .sum();
        assert_eq!(account.charged, u64::from(charged), "completed runs are charged, once");
        assert_eq!(account.balance.total() + charged, 30, "no credit is lost");
        assert!(reserved <= account.balance.total(), "no credit is reserved twice");
        for run in runs {
            if let Stage::Ended { .. } = run.stage {
                self.ends.insert(run.id.clone(), run.status(self.now_ms));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn slots_windows_credits_and_ends_hold(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.happen(step);
            world.check();
        }
        // In the end each run that doesn't stall is over, and each webhook was delivered or given
        // up.
        world.service.faults.clear();
        for _ in 0..200 {
            while let Some(id) = world.rendering.pop() {
                let effects = world.service.rendered(&id, Ok(()), world.now_ms);
                world.start(effects);
            }
            while let Some((id, number)) = world.delivering.pop() {
                world.service.delivered(&id, number, Outcome::Answered(200), world.now_ms);
            }
            world.happen(Step::Wait { ms: 40_000 });
        }
        world.check();
        for run in world.service.runs.values() {
            prop_assert!(!run.is_in_flight() || run.forced_end == Some(crate::run::ForcedEnd::Stall));
            if let Some(webhook) = run.webhook.as_ref().filter(|_| !run.is_in_flight()) {
                prop_assert!(webhook.attempts.iter().all(|attempt| attempt.outcome.is_some()));
                let gave_up = webhook.attempts.iter().filter(|attempt| attempt.kind == Kind::Genuine).count() == 6;
                prop_assert!(webhook.is_delivered() || gave_up);
            }
        }
        prop_assert!(world.service.next_due_ms().is_none_or(|due| due > world.now_ms));
    }
}
