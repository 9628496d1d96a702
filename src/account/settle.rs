//! A run changed: memory, budgets, figures, outbox and subscribers follow.

use fashn::models::Credits;

use crate::account::event::{Effect, Tx};
use crate::account::limiter::RecentDurations;
use crate::account::notice::{Outcome, RunNotice, Settlement};
use crate::account::rows::{Figures, FiguresKey, Histogram, Result, Write};
use crate::account::state::{Account, DAY_MS, earliest};
use crate::config::limits;
use crate::run::record::{Charge, Ending, Run, State};

impl Account {
    pub(super) fn add(&mut self, tx: &mut Tx<'_>, run: Run) {
        tx.runs.insert(run.ticket, ());
        self.insert(run);
    }

    pub(super) fn replace(&mut self, tx: &mut Tx<'_>, before: &Run, after: Run) -> Result<()> {
        let ticket = after.ticket;
        self.take(ticket);
        self.settle(tx, before, &after)?;
        // The object of one that is over may still have a report that never arrived.
        let is_unheard = matches!(before.state, State::Unknown { .. }) && after.is_over();
        if is_unheard || (before.waits() && !after.has_stored_body()) {
            tx.effects.push(Effect::DropBody(ticket));
        }
        if after.is_over() && !before.is_over() && after.is_visible(tx.now_ms) {
            self.announce_end(tx, &after);
        }
        if before.state != after.state || before.is_deleted != after.is_deleted {
            tx.effects.push(Effect::Notify(ticket));
        }
        if after.is_settled() {
            self.store_settled(tx, after);
        } else {
            self.add(tx, after);
        }
        Ok(())
    }

    /// A run is deleted, with all that points to it. What isn't settled by then cost nothing. A
    /// late copy of its request would admit it once more: for so long its row stays, unseen.
    pub(super) fn remove(&mut self, tx: &mut Tx<'_>, before: &Run, mut after: Run) -> Result<()> {
        let ticket = before.ticket;
        self.take(ticket);
        if after.charge == Charge::Reserved {
            after.charge = Charge::Settled(Credits(0));
        }
        self.settle(tx, before, &after)?;
        if !before.is_over() {
            tx.note(ticket, settled(&after, Outcome::Dropped, tx.now_ms));
        }
        for name in &before.dedup {
            // A later run may have taken the name over.
            if tx.rows.dedup(name)?.is_some_and(|dedup| dedup.ticket == ticket) {
                tx.writes.push(Write::DeleteDedup(name.clone()));
            }
        }
        if before.waits() {
            tx.effects.push(Effect::DropBody(ticket));
        }
        if let Some(output) = before.outputs_in_kv() {
            tx.effects.push(Effect::DeleteOutputs(ticket, output.clone()));
        }
        tx.effects.push(Effect::Notify(ticket));
        let keep_until_ms = before.admitted_ms.saturating_add(limits::REQUEST_COPY_MS);
        let is_erased = before.is_settled() && before.is_deleted;
        if is_erased || keep_until_ms <= tx.now_ms {
            tx.runs.remove(&ticket);
            tx.writes.push(Write::DeleteRun(ticket));
        } else {
            after.erase(tx.now_ms, keep_until_ms);
            self.store_settled(tx, after);
        }
        Ok(())
    }

    /// Nothing can happen to a run any more but its deletion.
    fn store_settled(&mut self, tx: &mut Tx<'_>, run: Run) {
        tx.expiry_ms = earliest(tx.expiry_ms, run.settled_until_ms());
        self.next_expiry_ms = earliest(self.next_expiry_ms, tx.expiry_ms);
        tx.runs.remove(&run.ticket);
        tx.writes.push(Write::PutRun(Box::new(run)));
    }

    /// What a run's end and price mean for budgets and figures.
    fn settle(&mut self, tx: &mut Tx<'_>, before: &Run, after: &Run) -> Result<()> {
        let day = after.admitted_ms / DAY_MS;
        let mut figures = Figures::default();
        let mut failure = None;
        if let (Charge::Reserved, Charge::Settled(charged)) = (before.charge, after.charge) {
            let (charged, reserved) = (u64::from(charged.0), u64::from(after.credits.0));
            figures.credits = charged;
            self.limiter.charged = self.limiter.charged.saturating_add(charged);
            self.spent.add(&after.shop, day, self.limiter.day, charged);
            if charged != reserved
                && !after.is_staff
                && let Some(mut visitor) = tx.rows.visitor(day, &after.visitor)?
            {
                let others = visitor.committed.saturating_sub(reserved);
                visitor.committed = others.saturating_add(charged);
                tx.writes.push(Write::PutVisitor(day, after.visitor.clone(), visitor));
            }
        }
        if let State::Ended { ending, ended_ms, .. } = &after.state
            && !before.is_over()
        {
            match ending {
                Ending::Completed { .. } => {
                    figures.completed = 1;
                    figures.wait_ms = after.go_ms.saturating_sub(after.admitted_ms);
                    figures.run_ms = ended_ms.saturating_sub(after.go_ms);
                    figures.waits = Histogram::of(figures.wait_ms);
                    figures.durations = Histogram::of(figures.run_ms);
                    let RecentDurations(classes) = &mut self.limiter.durations;
                    let durations = classes.entry(after.class.0.clone()).or_default();
                    durations.push(figures.run_ms);
                    if durations.len() > self.settings.limits.durations_kept {
                        durations.remove(0);
                    }
                }
                Ending::Failed(_) | Ending::Canceled(_) => figures.failed = 1,
                Ending::TimeOut(_) => figures.timed_out = 1,
            }
            failure = ending.failure();
        }
        if let State::Ended { ending, ended_ms, .. } = &after.state
            && !before.is_settled()
        {
            let outcome = Outcome::from(ending);
            if after.is_settled() {
                tx.note(after.ticket, settled(after, outcome, *ended_ms));
            } else if !before.is_over() {
                tx.note(after.ticket, RunNotice::Ended { outcome });
            }
        }
        if figures != Figures::default() {
            let key = FiguresKey { day, shop: after.shop.clone(), model: after.model.clone() };
            if let Some(name) = failure {
                tx.writes.push(Write::AddFailure(key.clone(), name));
            }
            tx.writes.push(Write::AddFigures(key, figures));
        }
        Ok(())
    }
}

/// A run that ended then; its charge is known.
fn settled(run: &Run, outcome: Outcome, ended_ms: u64) -> RunNotice {
    let Charge::Settled(Credits(credits)) = run.charge else {
        return RunNotice::Ended { outcome };
    };
    // Without a slot it waited until its end.
    let go_ms = if run.go_ms == 0 { ended_ms } else { run.go_ms };
    RunNotice::Settled(Box::new(Settlement {
        shop: run.shop.clone(),
        model: run.model.clone(),
        outcome,
        credits,
        wait_ms: go_ms.saturating_sub(run.admitted_ms),
        run_ms: ended_ms.saturating_sub(go_ms),
    }))
}
