//! One event: it happens, then the account looks after what is overdue.

use crate::account::brakes::{Spending, month_of};
use crate::account::event::{Effect, Step, Tx};
use crate::account::limiter::Limiter;
use crate::account::notice::{Notice, RunNotice};
use crate::account::rows::{Result, Rows, Write};
use crate::account::state::{Account, DAY_MS, LimiterRow};
use crate::account::sweep::note_body;
use crate::auth::ids::{Attempt, Ticket};
use crate::run::record::{Run, State, unavailable};
use crate::run::times::Now;
use crate::run::transition::Decision;

const BODY_MISSING: &str = "The run's pictures were not kept while it waited.";

impl Account {
    /// One event: a call of a method that takes a transaction. Memory changes with it: if its
    /// writes fail, memory is to be thrown away.
    pub fn apply<T>(
        &mut self,
        rows: &dyn Rows,
        now_ms: u64,
        event: impl FnOnce(&mut Self, &mut Tx<'_>) -> Result<T>,
    ) -> Result<(T, Step)> {
        let mut tx = Tx::new(rows, now_ms);
        let before = self.begin(&tx)?;
        let answer = event(self, &mut tx)?;
        self.look_after(&mut tx)?;
        Ok((answer, self.finish(tx, &before)))
    }

    /// Lets time pass; answers the limiter as its row may be.
    fn begin(&mut self, tx: &Tx<'_>) -> Result<Limiter> {
        let now_ms = tx.now_ms;
        // Places of calls that never ended, because their invocation was cut.
        let calls_cut = self.status_calls.release(now_ms);
        self.messages.release(now_ms);
        self.asks_balance_until_ms.take_if(|until_ms| *until_ms <= now_ms);
        self.limiter.forget(&self.settings.limits, now_ms);
        let before = self.limiter.clone();
        self.limiter.bound(&self.settings.limits, now_ms);
        self.limiter.status_calls_ended(&self.settings.limits, calls_cut, now_ms);
        // A clock that goes back begins no day anew.
        let day = now_ms / DAY_MS;
        if day > self.limiter.day {
            self.limiter.day = day;
            self.spent = Spending::of_rows(tx.rows.credits((month_of(day).0, day))?, day);
            self.sweep.begin_day();
        }
        Ok(before)
    }

    fn finish(&mut self, mut tx: Tx<'_>, before: &Limiter) -> Step {
        let is_open = self.limiter.breaker.is_open();
        if is_open != before.breaker.is_open() {
            tx.notices.push(Notice::Breaker { is_open });
        }
        self.raise_alerts(&mut tx);
        let mut writes = std::mem::take(&mut tx.writes);
        let runs = tx.runs.keys().filter_map(|ticket| self.live.get(ticket));
        writes.extend(runs.map(|run| Write::PutRun(Box::new(run.clone()))));
        let is_due = match self.limiter_row {
            LimiterRow::Missing => !writes.is_empty(),
            LimiterRow::Behind => true,
            LimiterRow::Written => false,
        };
        if self.limiter != *before || is_due {
            self.limiter_row = LimiterRow::Written;
            writes.push(Write::PutLimiter(Box::new(self.limiter.clone())));
        }
        let mut effects = tx.effects;
        // Nothing else knows of the photograph of a run that can't be understood.
        let lost = tx.rows.quarantined().into_iter().filter_map(|row| row.run);
        effects.extend(lost.map(Effect::DropBody));
        Step { writes, effects, notices: tx.notices, alarm_ms: self.alarm_ms(tx.now_ms) }
    }

    /// One run takes an event in; answers the run as it is then, if it still is.
    pub(super) fn step(
        &mut self,
        tx: &mut Tx<'_>,
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
                if after != before {
                    self.replace(tx, &before, after.clone())?;
                }
            }
            Decision::Delete => {
                self.limiter.breaker.probe_lost(ticket, tx.now_ms);
                self.remove(tx, &before, after)?;
                return Ok(None);
            }
        }
        Ok(Some((after, decision)))
    }

    /// A run's body is stored. Answers whether it is wanted: its place may be given up meanwhile.
    pub fn body_stored(&mut self, tx: &mut Tx<'_>, ticket: Ticket) -> Result<bool> {
        let left = self.step(tx, ticket, Run::body_stored)?;
        let is_wanted = left.is_some_and(|(run, _)| run.has_stored_body());
        if !is_wanted {
            tx.effects.push(Effect::DropBody(ticket));
        }
        Ok(is_wanted)
    }

    pub fn body_not_stored(&mut self, tx: &mut Tx<'_>, ticket: Ticket) -> Result<()> {
        self.step(tx, ticket, Run::body_not_stored)?;
        Ok(())
    }

    /// A run's `Body` object has nothing to send.
    pub fn body_missing(&mut self, tx: &mut Tx<'_>, ticket: Ticket, sent: Attempt) -> Result<()> {
        let run = self.live.get(&ticket);
        if run.is_some_and(|run| run.attempt == sent && run.is_sending()) {
            self.step(tx, ticket, |run, now| run.give_up(now, unavailable(BODY_MISSING)))?;
            note_body(tx, ticket, "it had nothing to send");
        }
        Ok(())
    }

    /// A holder deletes its run: whether there was anything.
    pub fn delete(&mut self, tx: &mut Tx<'_>, ticket: Ticket) -> Result<bool> {
        let run = self.find(tx.rows, ticket)?;
        let Some(run) = run.filter(|run| run.is_visible(tx.now_ms)) else { return Ok(false) };
        tx.note(ticket, RunNotice::Deleted);
        self.drop_messages(tx, &run);
        self.step(tx, ticket, Run::delete)?;
        Ok(true)
    }

    /// FASHN's balance (`credits.total`), none if it could not be had, with the question's mark.
    pub fn balance_answered(&mut self, total: Option<u64>, mark: u64) {
        self.asks_balance_until_ms = None;
        if let Some(total) = total {
            self.limiter.balance_told(&self.settings.limits, total, mark);
        }
    }
}
