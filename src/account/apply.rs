//! One event: it happens, then the account looks after what is overdue.

use fashn::error::{RuntimeError, RuntimeErrorName};

use crate::account::event::{Effect, Step, Transaction};
use crate::account::limiter::Limiter;
use crate::account::rows::{Result, Rows, Write};
use crate::account::state::{Account, DAY_MS, earliest};
use crate::auth::ids::{Attempt, Ticket};
use crate::run::record::{Run, State};
use crate::run::transition::{Decision, Now};

impl Account {
    /// One event: a call of a method that takes a transaction. Memory changes with it: if its
    /// writes fail, memory is to be thrown away.
    ///
    /// (1) Let time pass. (2) Take the event in. (3) Look after what is overdue, let runs go, send
    /// messages. (4) Gather what is written and when the alarm goes off.
    pub fn apply<T>(
        &mut self,
        rows: &dyn Rows,
        now_ms: u64,
        event: impl FnOnce(&mut Self, &mut Transaction<'_>) -> Result<T>,
    ) -> Result<(T, Step)> {
        let mut tx = Transaction::new(rows, now_ms);
        // (1)
        let before = self.begin(&tx)?;
        // (2)
        let answer = event(self, &mut tx)?;
        // (3)
        self.look_after(&mut tx)?;
        // (4)
        Ok((answer, self.finish(tx, &before)))
    }

    /// Lets time pass; answers the limiter as its row may be.
    fn begin(&mut self, tx: &Transaction<'_>) -> Result<Limiter> {
        let now_ms = tx.now_ms;
        self.release_places(now_ms);
        self.limiter.forget(&self.settings.limits, now_ms);
        let before = self.limiter.clone();
        self.limiter.bound(&self.settings.limits, now_ms);
        // A clock that goes back begins no day anew.
        let day = now_ms / DAY_MS;
        if day > self.limiter.day {
            self.limiter.day = day;
            self.spent_today = tx.rows.credits_of_day(day)?;
            self.sweeps_visitors = true;
        }
        Ok(before)
    }

    /// The limiter is written if it changed, and once at first.
    fn finish(&mut self, tx: Transaction<'_>, before: &Limiter) -> Step {
        let mut writes = tx.writes;
        let runs = tx.runs.iter().filter_map(|ticket| self.live.get(ticket));
        writes.extend(runs.map(|run| Write::PutRun(Box::new(run.clone()))));
        let is_first = !self.has_limiter_row && !writes.is_empty();
        if self.limiter != *before || is_first {
            self.has_limiter_row = true;
            writes.push(Write::PutLimiter(Box::new(self.limiter.clone())));
        }
        Step { writes, effects: tx.effects, alarm_ms: self.alarm_ms(tx.now_ms) }
    }

    /// One run takes an event in; answers the run as it is then, if it still is.
    pub(super) fn step(
        &mut self,
        tx: &mut Transaction<'_>,
        ticket: Ticket,
        event: impl FnOnce(&mut Run, Now<'_>) -> Decision,
    ) -> Result<Option<(Run, Decision)>> {
        let Some(before) = self.find(tx.rows, ticket)? else { return Ok(None) };
        let mut after = before.clone();
        let decision = event(&mut after, Now { ms: tx.now_ms, times: &self.settings.times });
        match &decision {
            Decision::Unchanged | Decision::NotOurs => {}
            Decision::Save | Decision::AskStatus(_) | Decision::SendAgain => {
                if let State::Queued { .. } = after.state {
                    self.enqueue(&mut after);
                }
                self.replace(tx, &before, after.clone())?;
            }
            Decision::Delete => {
                self.limiter.breaker.probe_lost(ticket, tx.now_ms);
                self.remove(tx, &before, after)?;
                return Ok(None);
            }
        }
        Ok(Some((after, decision)))
    }

    /// A run's body is stored: whether the run is still wanted.
    pub fn body_stored(&mut self, tx: &mut Transaction<'_>, ticket: Ticket) -> Result<bool> {
        let left = self.step(tx, ticket, Run::body_stored)?;
        let is_wanted = left.is_some_and(|(run, _)| run.has_stored_body());
        if !is_wanted {
            // Its place was given up meanwhile.
            tx.effects.push(Effect::DropBody(ticket));
        }
        Ok(is_wanted)
    }

    pub fn body_not_stored(&mut self, tx: &mut Transaction<'_>, ticket: Ticket) -> Result<()> {
        self.step(tx, ticket, Run::body_not_stored)?;
        Ok(())
    }

    /// A run's `Body` object has nothing to send.
    pub fn body_missing(
        &mut self,
        tx: &mut Transaction<'_>,
        ticket: Ticket,
        attempt: Attempt,
    ) -> Result<()> {
        self.step(tx, ticket, |run, now| {
            if run.attempt == attempt {
                run.give_up(now, body_missing())
            } else {
                Decision::Unchanged
            }
        })?;
        Ok(())
    }

    /// A holder deletes its run: whether there was anything.
    pub fn delete(&mut self, tx: &mut Transaction<'_>, ticket: Ticket) -> Result<bool> {
        let run = self.find(tx.rows, ticket)?;
        let is_visible = run.is_some_and(|run| run.is_visible(tx.now_ms));
        if is_visible {
            self.step(tx, ticket, Run::delete)?;
        }
        Ok(is_visible)
    }

    /// FASHN's balance (`credits.total`), none if it could not be had, with the question's mark.
    pub fn balance_answered(&mut self, total: Option<u64>, mark: u64) {
        self.asks_balance_until_ms = None;
        if let Some(total) = total {
            self.limiter.balance_told(&self.settings.limits, total, mark);
        }
    }

    /// A message to the merchant's backend was sent. `is_settled`: the backend took it, or wants no
    /// more.
    pub fn message_sent(
        &mut self,
        tx: &mut Transaction<'_>,
        ticket: Ticket,
        is_settled: bool,
    ) -> Result<()> {
        self.messages.give_back(ticket);
        match tx.rows.message(&ticket)? {
            Some(_) if is_settled => tx.writes.push(Write::DeleteMessage(ticket)),
            Some(message) => {
                self.next_message_ms = earliest(self.next_message_ms, Some(message.next_ms));
            }
            None => {}
        }
        Ok(())
    }
}

fn body_missing() -> RuntimeError {
    RuntimeError {
        name: RuntimeErrorName::UnavailableError,
        message: "The run's pictures were not kept while it waited.".to_owned(),
    }
}
