//! The faults that wait, and which of them a request gets.

use serde::{Deserialize, Serialize};

use crate::fault::{Action, Fault, Route};
use crate::random::Random;

/// What faults match in a request.
#[derive(Debug, Clone, Copy)]
pub struct FaultTarget<'a> {
    /// Its route.
    pub route: Route,
    /// None for outputs, which need no key.
    pub account: Option<&'a str>,
    /// `model_name`, on [`Route::Run`].
    pub model: Option<&'a str>,
    /// The prediction, on the other routes.
    pub id: Option<&'a str>,
}

impl FaultTarget<'_> {
    fn matches(&self, fault: &Fault) -> bool {
        let fits = |wanted: &Option<String>, given: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| given == Some(wanted))
        };
        fault.on == self.route
            && fits(&fault.account, self.account)
            && fits(&fault.model, self.model)
            && fits(&fault.id, self.id)
    }
}

/// The faults that wait for requests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultQueue(Vec<Fault>);

impl FaultQueue {
    /// Adds a fault.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Removes every fault.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// In the order they were added.
    pub fn waiting(&self) -> &[Fault] {
        &self.0
    }

    /// The actions of every fault that matches, in the order they were added. Faults that were
    /// injected as often as they ask are removed.
    pub fn take_matching(&mut self, target: &FaultTarget<'_>, random: &mut Random) -> Vec<Action> {
        let mut actions = Vec::new();
        for fault in &mut self.0 {
            if !target.matches(fault) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            if fault.times > 0 && random.happens(fault.chance) {
                fault.times -= 1;
                actions.push(fault.action.clone());
            }
        }
        self.0.retain(|fault| fault.times > 0);
        actions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const RUN: FaultTarget<'_> =
        FaultTarget { route: Route::Run, account: Some("a"), model: Some("edit"), id: None };

    fn queued(faults: Value) -> FaultQueue {
        serde_json::from_value(faults).unwrap()
    }

    #[test]
    fn a_fault_is_injected_into_the_next_run_once() {
        let mut faults = queued(json!([{ "do": "stall" }]));
        let mut random = Random::seeded(1);
        assert_eq!(faults.take_matching(&RUN, &mut random), [Action::Stall]);
        assert!(faults.take_matching(&RUN, &mut random).is_empty());
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn times_skip_and_matching_choose_the_requests() {
        let mut faults = queued(json!([
            { "do": { "slow": { "ms": 5 } }, "times": 2, "skip": 1 },
            { "do": "broken_json", "model": "reframe" },
            { "do": "broken_json", "on": "status", "id": "x" },
            { "do": "stall", "account": "b" },
        ]));
        let mut random = Random::seeded(1);
        let met: Vec<_> = (0..4).map(|_| faults.take_matching(&RUN, &mut random).len()).collect();
        assert_eq!(met, [0, 1, 1, 0]);
        assert_eq!(faults.waiting().len(), 3);
        let status = FaultTarget { route: Route::Status, model: None, id: Some("x"), ..RUN };
        assert_eq!(faults.take_matching(&status, &mut random), [Action::BrokenJson]);
    }

    #[test]
    fn chances_repeat_with_the_seed() {
        let met = |seed| {
            let mut faults = queued(json!([{ "do": "stall", "times": 1000, "chance": 0.3 }]));
            let mut random = Random::seeded(seed);
            (0..200).map(|_| faults.take_matching(&RUN, &mut random).len()).collect::<Vec<_>>()
        };
        assert_eq!(met(5), met(5));
        assert_ne!(met(5), met(6));
        let total: usize = met(5).iter().sum();
        assert!((30..=90).contains(&total), "{total} of 200");
    }
}
