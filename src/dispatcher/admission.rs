//! May a run be let in, may it wait, and what it would be told.

use super::event::{Admission, Application, Effect, Place, Reason, Refusal, Reins};
use super::gate::{DAY_MS, Held, day_of};
use super::row::{Phase, Run};
use super::state::Dispatcher;
use crate::auth::ids::Ticket;

impl Dispatcher {
    /// Lets a run in, lets it wait, or refuses it.
    pub(super) fn admit(
        &mut self,
        application: Application,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) -> Admission {
        if let Some(admission) = self.admitted(application.ticket, now_ms) {
            return admission;
        }
        if let Some(admission) = self.repeated(&application, now_ms) {
            return admission;
        }
        if let Err(refusal) = self.affordable(&application, now_ms) {
            return Admission::Refused(refusal);
        }
        // Those who waited go first.
        self.let_in(now_ms, effects);
        let goes = self.queue.is_empty() && self.held(now_ms) == Held::Free;
        if !goes && let Err(refusal) = self.may_wait(&application, now_ms) {
            return Admission::Refused(refusal);
        }
        let repeats = self.remember(&application, now_ms);
        let Application {
            ticket,
            visitor,
            lane,
            credits,
            expected_ms,
            ..
        } = application;
        let day = self.gate.account.day;
        let gate = self.gate_mut().0;
        gate.account.reserve(credits);
        gate.reserved = gate.reserved.saturating_add(u64::from(credits.0));
        self.with_visitor(&visitor, |known| known.reserve(day, credits));
        let run = Run {
            visitor,
            lane,
            reserved: credits,
            day,
            expected_ms,
            admitted_ms: now_ms,
            attempt: 0,
            server_errors: 0,
            turn: None,
            give_up_ms: now_ms.saturating_add(self.limits.queue_wait_ms),
            repeats,
            shared: false,
            reins: if goes { self.reins() } else { Reins::Tight },
            phase: Phase::Queued,
        };
        if goes {
            // Who asks hears of it now. Told again, it shows whether there is a Prediction by then.
            let again_ms = now_ms.saturating_add(self.limits.absence_grace_ms);
            let reins = run.reins;
            return Admission::Go(self.permit(ticket, run, again_ms, now_ms), reins);
        }
        self.enqueue(ticket, run, now_ms);
        self.admitted(ticket, now_ms).unwrap_or(Admission::Over)
    }

    /// What was decided of a run that was let in before.
    pub(super) fn admitted(&self, ticket: Ticket, now_ms: u64) -> Option<Admission> {
        let run = self.runs.get(&ticket)?;
        Some(match run.phase {
            Phase::Queued => match self.place_of(ticket, now_ms) {
                Some(place) => Admission::Queued(place),
                None => Admission::Over,
            },
            Phase::Permitted { .. } => Admission::Go(run.attempt, run.reins),
            Phase::InFlight { .. } | Phase::Adrift { .. } | Phase::Settled { .. } => {
                Admission::Over
            }
        })
    }

    pub(super) fn quote(&self, application: &Application, now_ms: u64) -> Admission {
        if let Err(refusal) = self.affordable(application, now_ms) {
            return Admission::Refused(refusal);
        }
        if self.queue.is_empty() && self.held(now_ms) == Held::Free {
            return Admission::Go(1, self.reins());
        }
        match self.may_wait(application, now_ms) {
            Ok(place) => Admission::Queued(place),
            Err(refusal) => Admission::Refused(refusal),
        }
    }

    fn affordable(&self, application: &Application, now_ms: u64) -> Result<(), Refusal> {
        let credits = application.credits;
        let reason = self.gate.unaffordable(&self.limits, credits).or_else(|| {
            let day = self.gate.account.day;
            let gone = self
                .visitors
                .get(&application.visitor)
                .map_or(0, |known| known.committed_on(day));
            let gone = gone.saturating_add(u64::from(credits.0));
            (!application.unlimited && gone > u64::from(self.limits.visitor_credits))
                .then_some(Reason::VisitorBudget)
        });
        let Some(reason) = reason else { return Ok(()) };
        let next_day_ms = day_of(now_ms).saturating_add(1).saturating_mul(DAY_MS);
        let retry_after_ms = match reason {
            Reason::DayBudget | Reason::VisitorBudget => next_day_ms.saturating_sub(now_ms),
            _ => self.limits.balance_every_ms,
        };
        Err(Refusal {
            reason,
            retry_after_seconds: retry_after_ms.div_ceil(1_000).max(1),
            retry_helps: false,
            position: None,
        })
    }

    /// Where a run would wait, if it may.
    fn may_wait(&self, application: &Application, now_ms: u64) -> Result<Place, Refusal> {
        let waiting = self
            .visitors
            .get(&application.visitor)
            .map_or(0, |account| account.waiting);
        let place = self.place_at(
            self.queue.len(),
            &application.lane,
            application.expected_ms,
            now_ms.saturating_add(self.limits.queue_wait_ms),
            now_ms,
        );
        let eta_ms = place.eta_seconds.saturating_mul(1_000);
        let reason = if self.queue.len() >= self.limits.queue_most {
            Reason::QueueFull
        } else if !application.unlimited && waiting >= self.limits.queue_per_visitor_most {
            Reason::VisitorQueueFull
        } else if eta_ms > self.limits.queue_wait_ms {
            Reason::WaitTooLong
        } else {
            return Ok(place);
        };
        Err(Refusal {
            reason,
            // By half the wait there is room again.
            retry_after_seconds: (place.eta_seconds / 2).clamp(1, 600),
            retry_helps: true,
            position: Some(place.position),
        })
    }
}
