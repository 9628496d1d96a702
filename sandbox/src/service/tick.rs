//! What happens with time, and the results of effects.

use fashn::error::RuntimeError;

use super::state::{Effect, Service};
use crate::id::PredictionId;
use crate::run::{Due, End, Stage};
use crate::webhook::Outcome;

/// Beyond this number the oldest runs are deleted, if they are over.
const RUNS_MAX: usize = 5_000;

impl Service {
    /// Does everything that is due by now. Called before each request and by the alarm; an effect
    /// that is still being carried out is not returned again.
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
            effects.push(Effect::DeleteOutputs(id));
        }
        while self.runs.len() > RUNS_MAX {
            let oldest = self.numbered.iter().map(|(number, id)| (*number, id.clone()));
            let Some((number, id)) = oldest.into_iter().find(|(_, id)| !self.active.contains(id))
            else {
                break;
            };
            self.numbered.remove(&number);
            self.runs.remove(&id);
            self.changed.remove(&id);
            self.expiring.retain(|(_, expiring)| *expiring != id);
            effects.push(Effect::DeleteRun(id));
        }
        effects
    }

    fn advance(&mut self, id: &PredictionId, now_ms: u64, effects: &mut Vec<Effect>) {
        match self.runs.get(id).and_then(|run| run.due(now_ms)) {
            Some(Due::Render) => {
                self.set_stage(id, Stage::Rendering);
                if self.rendering.insert(id.clone()) {
                    effects.push(Effect::Render(id.clone()));
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
        let was_sent_before = webhook.was_sent();
        let planned = webhook.attempts.len();
        let due = webhook.start_due(now_ms, time_scale);
        if !due.is_empty() || webhook.attempts.len() != planned {
            self.changed.insert(id.clone());
        }
        let is_first = !was_sent_before && webhook.was_sent();
        for number in due {
            if self.delivering.insert((id.clone(), number)) {
                effects.push(Effect::Deliver(id.clone(), number));
            }
        }
        if is_first {
            self.release_reordered(id);
        }
        self.update_active(id);
    }

    /// Releases the webhooks that wait for another run's: that run's first attempt is being sent.
    fn release_reordered(&mut self, sent: &PredictionId) {
        for id in &self.active {
            let Some(run) = self.runs.get_mut(id).filter(|run| run.id != *sent) else {
                continue;
            };
            if let Some(webhook) =
                run.webhook.as_mut().filter(|webhook| webhook.held_until_ms.is_some())
            {
                webhook.release();
                self.changed.insert(id.clone());
            }
        }
    }

    /// When [`Service::tick`] has to be called next.
    pub fn next_due_ms(&self) -> Option<u64> {
        let runs = self.active.iter().filter_map(|id| self.runs.get(id)?.next_due_ms());
        let expiry = self.expiring.first().map(|(at_ms, _)| *at_ms);
        runs.chain(expiry).min()
    }

    /// Whether the edge is carrying out effects. The alarm has to look again, should it die.
    pub fn is_busy(&self) -> bool {
        !self.rendering.is_empty() || !self.delivering.is_empty()
    }

    /// A run's outputs are stored, or rendering failed. What is due then, [`Service::tick`] does.
    pub fn rendered(
        &mut self,
        id: &PredictionId,
        result: Result<(), RuntimeError>,
        now_ms: u64,
    ) -> Vec<Effect> {
        self.rendering.remove(id);
        let mut effects = Vec::new();
        if !self.runs.get(id).is_some_and(|run| run.stage == Stage::Rendering) {
            return effects;
        }
        match result {
            Ok(()) => self.set_stage(id, Stage::Rendered),
            Err(error) => self.end(id, End::Failed(error), now_ms, &mut effects),
        }
        effects
    }

    /// An attempt of a webhook is over.
    pub fn delivered(&mut self, id: &PredictionId, number: usize, outcome: Outcome, now_ms: u64) {
        self.delivering.remove(&(id.clone(), number));
        let time_scale = self.settings.webhook_time_scale;
        let Some(run) = self.runs.get_mut(id) else {
            return;
        };
        if let Some(webhook) = &mut run.webhook {
            webhook.record(number, outcome, now_ms, time_scale);
        }
        self.changed.insert(id.clone());
        self.update_active(id);
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
        let (account, credits) = (run.account.clone(), run.job.credits);
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
        self.rendering.remove(id);
        self.changed.insert(id.clone());
        effects.push(Effect::DeleteInputs(id.clone()));
        self.update_active(id);
    }
}
