//! What time brings, and what came of the effects.

use fashn::error::RuntimeError;

use super::{Desk, Effect};
use crate::id::PredictionId;
use crate::run::{Due, End, Stage};
use crate::webhook::Outcome;

/// So many runs are remembered; older ones are forgotten with their outputs, if they are over.
const RUNS_KEPT: usize = 5_000;

impl Desk {
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
}
