//! Any order of requests, moments and results: what always holds at the desk.

use std::collections::BTreeMap;

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::prediction::Status;
use proptest::prelude::*;
use serde_json::json;

use super::{Desk, Effect, RunCall};
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
    Made { which: usize, fails: bool },
    Delivered { which: usize, status: u16 },
    Fault(serde_json::Value),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u32..=4, any::<bool>()).prop_map(|(outputs, webhook)| Step::Submit { outputs, webhook }),
        4 => (0_u64..40_000).prop_map(|ms| Step::Wait { ms }),
        4 => (any::<prop::sample::Index>(), prop::bool::weighted(0.2))
            .prop_map(|(which, fails)| Step::Made { which: which.index(64), fails }),
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

/// A desk, the time, and what it asked for that isn't done.
struct World {
    desk: Desk,
    now_ms: u64,
    making: Vec<PredictionId>,
    delivering: Vec<(PredictionId, usize)>,
    ends: BTreeMap<PredictionId, Status>,
}

impl World {
    fn new() -> Self {
        let settings = Settings {
            concurrency_limit: 3,
            run_limit: RateLimit {
                requests: 5,
                window_ms: 10_000,
            },
            opening_balance: Balance {
                subscription: 20,
                on_demand: 10,
            },
            ..Settings::default()
        };
        Self {
            desk: Desk::new(settings, 1),
            now_ms: 0,
            making: Vec::new(),
            delivering: Vec::new(),
            ends: BTreeMap::new(),
        }
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Make(id) => {
                    assert!(!self.making.contains(&id), "told to make twice");
                    self.making.push(id);
                }
                Effect::Deliver(id, number) => {
                    assert!(
                        !self.delivering.contains(&(id.clone(), number)),
                        "told to deliver twice"
                    );
                    self.delivering.push((id, number));
                }
                Effect::WipeInputs(_) | Effect::WipeOutputs(_) | Effect::Forget(_) => {}
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
                    origin: "http://desk",
                };
                self.desk.submit(call, now_ms);
            }
            Step::Wait { ms } => self.now_ms += ms,
            Step::Made { which, fails } => {
                if !self.making.is_empty() {
                    let id = self.making.swap_remove(which % self.making.len());
                    let error = RuntimeError {
                        name: RuntimeErrorName::PipelineError,
                        message: String::new(),
                    };
                    let effects =
                        self.desk
                            .made(&id, if fails { Err(error) } else { Ok(()) }, now_ms);
                    self.take(effects);
                }
            }
            Step::Delivered { which, status } => {
                if !self.delivering.is_empty() {
                    let (id, number) = self.delivering.swap_remove(which % self.delivering.len());
                    self.desk
                        .delivered(&id, number, Outcome::Answered(status), now_ms);
                }
            }
            Step::Fault(fault) => self
                .desk
                .faults
                .queue(serde_json::from_value(fault).unwrap()),
            Step::Restart => self.restart(),
        }
        let effects = self.desk.tick(self.now_ms);
        self.take(effects);
    }

    /// What the object's storage keeps, and nothing else, comes back.
    fn restart(&mut self) {
        let runs: Vec<String> = self
            .desk
            .runs
            .values()
            .map(|run| serde_json::to_string(run).unwrap())
            .collect();
        let vars = self.desk.settings.clone();
        let mut desk: Desk =
            serde_json::from_str(&serde_json::to_string(&self.desk).unwrap()).unwrap();
        desk.use_vars(vars);
        for run in runs {
            desk.restore(serde_json::from_str(&run).unwrap(), self.now_ms);
        }
        self.desk = desk;
        self.making.clear();
        self.delivering.clear();
    }

    fn check(&mut self) {
        let account_id = AccountId::of_key(KEY);
        let runs: Vec<&Run> = self.desk.runs.values().collect();
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
                let genuine = webhook
                    .attempts
                    .iter()
                    .filter(|attempt| attempt.kind == Kind::Genuine)
                    .count();
                assert!(genuine <= 1 + RETRY_GAPS_MS.len(), "attempts");
                assert!(
                    webhook.attempts.is_empty() || !run.is_in_flight(),
                    "told before the end"
                );
            }
        }
        let Some(account) = self.desk.accounts.get(&account_id) else {
            return;
        };
        let reserved: u32 = in_flight.iter().map(|run| run.order.credits.0).sum();
        assert_eq!(
            account.reserved.0, reserved,
            "held credits are those of runs in flight"
        );
        let charged: u32 = runs
            .iter()
            .filter(|run| run.status(self.now_ms) == Status::Completed)
            .map(|run| run.order.credits.0)
            .sum();
        assert_eq!(
            account.charged,
            u64::from(charged),
            "completed runs are charged, once"
        );
        assert_eq!(account.balance.total() + charged, 30, "no credit is lost");
        assert!(
            reserved <= account.balance.total(),
            "no credit is promised twice"
        );
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
    fn whatever_happens_slots_windows_credits_and_ends_hold(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.happen(step);
            world.check();
        }
        // In the end everything that doesn't stall is over, and every webhook was told or given up.
        world.desk.faults.clear();
        for _ in 0..200 {
            while let Some(id) = world.making.pop() {
                let effects = world.desk.made(&id, Ok(()), world.now_ms);
                world.take(effects);
            }
            while let Some((id, number)) = world.delivering.pop() {
                world.desk.delivered(&id, number, Outcome::Answered(200), world.now_ms);
            }
            world.happen(Step::Wait { ms: 40_000 });
        }
        world.check();
        for run in world.desk.runs.values() {
            prop_assert!(!run.is_in_flight() || run.destined == Some(crate::run::Destiny::Stall));
            if let Some(webhook) = run.webhook.as_ref().filter(|_| !run.is_in_flight()) {
                prop_assert!(webhook.attempts.iter().all(|attempt| attempt.outcome.is_some()));
                let gave_up = webhook.attempts.iter().filter(|attempt| attempt.kind == Kind::Genuine).count() == 6;
                prop_assert!(webhook.is_delivered() || gave_up);
            }
        }
        prop_assert!(world.desk.next_due_ms().is_none_or(|due| due > world.now_ms));
    }
}
