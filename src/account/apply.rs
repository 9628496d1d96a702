//! Takes an event in.

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::response::{RefusalKind, UpstreamId};

use crate::account::event::{
    Answer, Effect, Event, SendOutcome, Sent, StatusCall, StatusOutcome, Step, Verdict,
    WebhookDecision,
};
use crate::account::rows::{OutboxMessage, Rows, StorageError, Write};
use crate::account::state::{Account, Changes, DAY_MS, earliest};
use crate::auth::ids::Ticket;
use crate::config::backoff;
use crate::config::limits;
use crate::run::record::{Carrier, News, Run, State};
use crate::run::transition::{Decision, Event as RunEvent};

impl Account {
    /// Takes an event in. Memory changes with it: if its writes fail, memory is to be thrown away.
    ///
    /// (1) Let time pass. (2) Apply the event. (3) Look after what is overdue. (4) Let runs go.
    /// (5) Send messages that are due. (6) Gather what is written and when the alarm goes off.
    pub fn apply(
        &mut self,
        event: Event,
        rows: &dyn Rows,
        now_ms: u64,
    ) -> Result<Step, StorageError> {
        let mut changes = Changes::default();
        // (1)
        self.release_places(now_ms);
        self.limiter.slide(&self.settings.limits, now_ms);
        let before = self.limiter.clone();
        self.begin_day(rows, now_ms)?;
        // (2)
        let answer = self.take_in(event, rows, now_ms, &mut changes)?;
        // (3)
        self.look_after_due(rows, now_ms, &mut changes)?;
        self.delete_expired(rows, now_ms, &mut changes)?;
        self.sweep_visitors(rows, &mut changes)?;
        self.ask_balance(now_ms, &mut changes);
        // (4)
        self.let_go(rows, now_ms, &mut changes)?;
        // (5)
        self.send_messages(rows, now_ms, &mut changes)?;
        // (6)
        let effects = std::mem::take(&mut changes.effects);
        Ok(Step {
            answer,
            writes: self.written(changes, &before),
            effects,
            alarm_ms: self.alarm_ms(now_ms),
        })
    }

    fn take_in(
        &mut self,
        event: Event,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<Answer, StorageError> {
        Ok(match event {
            Event::Submit(request) => {
                Answer::Admission(self.admit(request, rows, now_ms, changes)?)
            }
            Event::Stored(ticket) => {
                let left = self.step_run(&ticket, RunEvent::Stored, rows, now_ms, changes)?;
                let is_wanted = left.is_some_and(|(run, _)| run.has_stored_body());
                if !is_wanted {
                    // Its place was given up meanwhile.
                    changes.effects.push(Effect::DropBody(ticket));
                }
                Answer::Stored(is_wanted)
            }
            Event::NotStored(ticket) => {
                self.step_run(&ticket, RunEvent::NotStored, rows, now_ms, changes)?;
                Answer::Noted
            }
            Event::Sent(sent) => Answer::Verdict(self.sent(sent, rows, now_ms, changes)?),
            Event::Webhook { ticket, attempt, upstream } => {
                let event = RunEvent::Webhook(attempt, upstream);
                Answer::Webhook(self.webhook(&ticket, event, rows, now_ms, changes)?)
            }
            Event::StatusAnswered { ticket, upstream, answer } => {
                self.status_calls.give_back(&ticket);
                self.status_answered(&ticket, upstream, answer, rows, now_ms, changes)?;
                Answer::Noted
            }
            Event::Delete(ticket) => Answer::Deleted(self.forget(&ticket, rows, now_ms, changes)?),
            Event::BodyMissing { ticket, attempt } => {
                let event = RunEvent::GiveUp(attempt, body_missing());
                self.step_run(&ticket, event, rows, now_ms, changes)?;
                Answer::Noted
            }
            Event::BalanceAnswered { total, mark } => {
                self.asks_balance_until_ms = None;
                if let Some(total) = total {
                    let limits = &self.settings.limits;
                    self.limiter.balance_told(limits, total, mark);
                }
                Answer::Noted
            }
            Event::MessageSent { ticket, is_settled } => {
                self.messages.give_back(&ticket);
                match rows.message(&ticket)? {
                    Some(_) if is_settled => changes.writes.push(Write::DeleteMessage(ticket)),
                    Some(message) => {
                        self.next_message_ms =
                            earliest(self.next_message_ms, Some(message.next_ms));
                    }
                    None => {}
                }
                Answer::Noted
            }
            Event::Alarm => Answer::Noted,
        })
    }

    /// A clock that goes back begins no day anew.
    fn begin_day(&mut self, rows: &dyn Rows, now_ms: u64) -> Result<(), StorageError> {
        let day = now_ms / DAY_MS;
        if day > self.limiter.day {
            self.limiter.day = day;
            self.spent_today = rows.credits_of_day(day)?;
            self.sweeps_visitors = true;
        }
        Ok(())
    }

    /// One run takes an event in; answers the run as it is then, if it still is.
    pub(super) fn step_run(
        &mut self,
        ticket: &Ticket,
        event: RunEvent,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<Option<(Run, Decision)>, StorageError> {
        let Some(before) = self.find(rows, ticket)? else {
            return Ok(None);
        };
        let mut after = before.clone();
        let decision = after.step(event, now_ms, &self.settings.times);
        match &decision {
            Decision::Unchanged | Decision::NotOurs => {}
            Decision::Save | Decision::AskStatus(_) | Decision::SendAgain => {
                if matches!(after.state, State::Queued { .. }) {
                    self.enqueue(&mut after);
                }
                self.replace(&before, after.clone(), rows, now_ms, changes)?;
            }
            Decision::Delete => {
                self.limiter.breaker.probe_lost(*ticket, now_ms);
                self.delete(&before, after, rows, changes)?;
                return Ok(None);
            }
        }
        Ok(Some((after, decision)))
    }

    /// What became of a send.
    fn sent(
        &mut self,
        sent: Sent,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<Verdict, StorageError> {
        let Sent { ticket, attempt, outcome } = sent;
        let Some(run) = self.find(rows, &ticket)? else {
            return Ok(Verdict::OutOfDate);
        };
        let State::Sending { carrier, .. } = run.state else {
            return self.sent_late(&run, attempt, outcome, rows, now_ms, changes);
        };
        if run.attempt != attempt {
            return Ok(Verdict::OutOfDate);
        }
        let limits = &self.settings.limits;
        let (event, verdict) = match outcome {
            SendOutcome::Accepted(upstream) => {
                self.limiter.note_run(limits, now_ms);
                self.limiter.breaker.succeed();
                self.limiter.run_backoff.times = 0;
                (RunEvent::Accepted(attempt, upstream), Verdict::Noted)
            }
            SendOutcome::Unknown => {
                self.limiter.note_run(limits, now_ms);
                self.fail_upstream(&run, now_ms);
                (RunEvent::NoAnswer(attempt), Verdict::Noted)
            }
            SendOutcome::NotSent => {
                self.limiter.breaker.probe_lost(ticket, now_ms);
                match carrier {
                    Carrier::Worker => (RunEvent::GiveUp(attempt, not_sent()), Verdict::GiveUp),
                    Carrier::Body => {
                        let event = RunEvent::Again {
                            attempt,
                            failed: false,
                            not_before_ms: now_ms.saturating_add(limits::SEND_RETRY_MS),
                        };
                        (event, Verdict::Again)
                    }
                }
            }
            SendOutcome::Refused { kind, retry_after_ms, error } => {
                self.limiter.note_run(limits, now_ms);
                self.refused(&run, kind, retry_after_ms, now_ms);
                let failed = kind == RefusalKind::ServerError;
                let tries = run.failures.saturating_add(1);
                let again = match kind {
                    RefusalKind::RateLimit | RefusalKind::Concurrency => true,
                    RefusalKind::ServerError => tries < self.settings.limits.send_attempts_max,
                    RefusalKind::OutOfCredits
                    | RefusalKind::Unauthorized
                    | RefusalKind::Request => false,
                };
                if again {
                    let event = RunEvent::Again { attempt, failed, not_before_ms: 0 };
                    (event, Verdict::Again)
                } else {
                    (RunEvent::GiveUp(attempt, error), Verdict::GiveUp)
                }
            }
        };
        let left = self.step_run(&ticket, event, rows, now_ms, changes)?;
        // It waited too long already, or its holder deleted it meanwhile.
        Ok(match (verdict, left) {
            (Verdict::Again, Some((run, _))) if run.waits() => Verdict::Again,
            (Verdict::Again, _) => Verdict::GiveUp,
            (verdict, _) => verdict,
        })
    }

    /// The report came before, the webhook was faster, or the send was given up meanwhile.
    fn sent_late(
        &mut self,
        run: &Run,
        attempt: u16,
        outcome: SendOutcome,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<Verdict, StorageError> {
        if run.attempt != attempt {
            return Ok(Verdict::OutOfDate);
        }
        match outcome {
            SendOutcome::Accepted(upstream) => {
                let event = RunEvent::Accepted(attempt, upstream);
                self.webhook(&run.ticket, event, rows, now_ms, changes)?;
                Ok(Verdict::Noted)
            }
            SendOutcome::Unknown => Ok(Verdict::Noted),
            SendOutcome::Refused { .. } | SendOutcome::NotSent if run.waits() => Ok(Verdict::Again),
            SendOutcome::Refused { .. } | SendOutcome::NotSent => Ok(Verdict::GiveUp),
        }
    }

    /// FASHN failed a run. A large body is at fault itself.
    fn fail_upstream(&mut self, run: &Run, now_ms: u64) {
        if run.body_bytes > limits::LARGE_BODY_BYTES {
            self.limiter.breaker.probe_lost(run.ticket, now_ms);
            return;
        }
        let limits = &self.settings.limits;
        let breaker = &mut self.limiter.breaker;
        breaker.fail(limits, run.ticket, &run.visitor, now_ms);
    }

    /// What a refusal says about all runs.
    fn refused(&mut self, run: &Run, kind: RefusalKind, retry_after_ms: Option<u64>, now_ms: u64) {
        let others = self.slots_taken.saturating_sub(1);
        let limits = &self.settings.limits;
        match kind {
            RefusalKind::RateLimit => {
                self.limiter.breaker.succeed();
                let backoff = &mut self.limiter.run_backoff;
                backoff.lengthen(limits, retry_after_ms, now_ms);
            }
            RefusalKind::Concurrency => {
                self.limiter.breaker.succeed();
                self.limiter.reduce(limits, others, retry_after_ms, now_ms);
            }
            RefusalKind::OutOfCredits => {
                self.limiter.breaker.succeed();
                // What was known of the balance is out of date.
                self.limiter.balance = None;
                self.limiter.out_of_credits_until_ms.get_or_insert(now_ms);
            }
            RefusalKind::ServerError | RefusalKind::Unauthorized => {
                self.fail_upstream(run, now_ms);
            }
            RefusalKind::Request => self.limiter.breaker.succeed(),
        }
    }

    /// A webhook, or a late answer, names FASHN's id.
    fn webhook(
        &mut self,
        ticket: &Ticket,
        event: RunEvent,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<WebhookDecision, StorageError> {
        let was_sending =
            self.live.get(ticket).is_some_and(|run| matches!(run.state, State::Sending { .. }));
        let Some((run, decision)) = self.step_run(ticket, event, rows, now_ms, changes)? else {
            return Ok(WebhookDecision::NotOurs);
        };
        if was_sending && !matches!(run.state, State::Sending { .. }) {
            // Its own report is late, or lost.
            self.limiter.note_run(&self.settings.limits, now_ms);
            self.limiter.breaker.probe_lost(*ticket, now_ms);
        }
        Ok(match decision {
            Decision::AskStatus(upstream) => {
                // While it is being asked about, that answer may be older than the webhook.
                let at_ms = if self.status_calls.contains(ticket) {
                    now_ms.saturating_add(1_000)
                } else {
                    match self.status_place(&run, &upstream, now_ms) {
                        Ok(call) => return Ok(WebhookDecision::Confirm(call)),
                        Err(at_ms) => at_ms,
                    }
                };
                if matches!(run.state, State::Running { .. }) {
                    // The poll is written down: the alarm makes it.
                    self.postpone_poll(ticket, &upstream, at_ms, rows, changes)?;
                    WebhookDecision::Known
                } else {
                    WebhookDecision::NotBefore(at_ms)
                }
            }
            Decision::NotOurs => WebhookDecision::NotOurs,
            Decision::Unchanged | Decision::Save | Decision::SendAgain | Decision::Delete => {
                WebhookDecision::Known
            }
        })
    }

    /// A place for a status call, or when there may be one, in milliseconds since 1970.
    fn status_place(
        &mut self,
        run: &Run,
        upstream: &UpstreamId,
        now_ms: u64,
    ) -> Result<StatusCall, u64> {
        let limits = &self.settings.limits;
        if let Some(until_ms) = self.status_calls.full_until_ms() {
            return Err(until_ms.min(now_ms.saturating_add(1_000)));
        }
        if let Some(opens_ms) = self.limiter.status_opens_ms(limits, now_ms) {
            return Err(opens_ms);
        }
        self.limiter.note_status(limits, now_ms);
        let until_ms = now_ms.saturating_add(self.settings.call_ms);
        self.status_calls.take(run.ticket, until_ms);
        Ok(StatusCall {
            ticket: run.ticket,
            upstream: upstream.clone(),
            wants_output: run.wants_output(),
        })
    }

    /// The poll that couldn't begin is made at this time.
    fn postpone_poll(
        &mut self,
        ticket: &Ticket,
        upstream: &UpstreamId,
        at_ms: u64,
        rows: &dyn Rows,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        let Some(before) = self.find(rows, ticket)? else {
            return Ok(());
        };
        let mut after = before.clone();
        if let State::Running { upstream: own, next_poll_ms, .. } = &mut after.state
            && own == upstream
        {
            *next_poll_ms = at_ms;
            self.replace(&before, after, rows, at_ms, changes)?;
        }
        Ok(())
    }

    fn status_answered(
        &mut self,
        ticket: &Ticket,
        upstream: UpstreamId,
        answer: StatusOutcome,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        match answer {
            StatusOutcome::News(news) => {
                self.limiter.status_backoff.times = 0;
                let is_over = matches!(news, News::Over(_));
                self.step_run(ticket, RunEvent::Status(upstream, news), rows, now_ms, changes)?;
                if is_over {
                    self.limiter.breaker.probe_lost(*ticket, now_ms);
                }
            }
            StatusOutcome::TooMany(retry_after_ms) => {
                let limits = &self.settings.limits;
                let backoff = &mut self.limiter.status_backoff;
                backoff.lengthen(limits, retry_after_ms, now_ms);
            }
            // FASHN's status may be behind its acceptance: soon after it, a run is asked about
            // again.
            StatusOutcome::NotFound => {
                let event = RunEvent::Lost(upstream);
                self.step_run(ticket, event, rows, now_ms, changes)?;
            }
            StatusOutcome::Nothing => {}
        }
        Ok(())
    }

    fn forget(
        &mut self,
        ticket: &Ticket,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<bool, StorageError> {
        let is_visible = self.find(rows, ticket)?.is_some_and(|run| run.is_visible(now_ms));
        if is_visible {
            self.step_run(ticket, RunEvent::Delete, rows, now_ms, changes)?;
        }
        Ok(is_visible)
    }

    /// Live runs that are due, a few at a time.
    fn look_after_due(
        &mut self,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        for ticket in self.due_runs(now_ms, limits::OVERDUE_PER_EVENT) {
            let was_sending = self
                .live
                .get(&ticket)
                .filter(|run| matches!(run.state, State::Sending { .. }))
                .cloned();
            let stepped = self.step_run(&ticket, RunEvent::Due, rows, now_ms, changes)?;
            if let (Some(before), Some((run, _))) = (was_sending, &stepped)
                && matches!(run.state, State::Unknown { .. })
            {
                self.limiter.note_run(&self.settings.limits, now_ms);
                self.fail_upstream(&before, now_ms);
            }
            match stepped {
                Some((run, Decision::AskStatus(upstream))) => {
                    match self.status_place(&run, &upstream, now_ms) {
                        Ok(call) => changes.effects.push(Effect::AskStatus(call)),
                        Err(at_ms) => {
                            self.postpone_poll(&ticket, &upstream, at_ms, rows, changes)?;
                        }
                    }
                }
                Some((run, Decision::SendAgain)) => {
                    changes.effects.push(Effect::SendBody { ticket, attempt: run.attempt })
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// Settled runs that have expired, a few at a time.
    fn delete_expired(
        &mut self,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        if self.next_expiry_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return Ok(());
        }
        let most = limits::OVERDUE_PER_EVENT;
        let expired = rows.expired(now_ms, most + 1)?;
        self.next_expiry_ms = match expired.get(most) {
            Some(_) => Some(now_ms),
            None => earliest(rows.next_expiry_ms(now_ms)?, changes.expiry_ms),
        };
        for run in expired.iter().take(most) {
            self.delete(run, run.clone(), rows, changes)?;
        }
        Ok(())
    }

    /// Rows of visitors of earlier days, a few at a time.
    fn sweep_visitors(
        &mut self,
        rows: &dyn Rows,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        if self.sweeps_visitors {
            let today = self.limiter.day;
            self.sweeps_visitors = rows.first_visitor_day()?.is_some_and(|day| day < today);
            if self.sweeps_visitors {
                changes.writes.push(Write::DeleteVisitorsBefore(today));
            }
        }
        Ok(())
    }

    fn ask_balance(&mut self, now_ms: u64, changes: &mut Changes) {
        let limits = &self.settings.limits;
        if self.asks_balance_until_ms.is_some() || !self.limiter.is_balance_stale(limits, now_ms) {
            return;
        }
        self.asks_balance_until_ms = Some(now_ms.saturating_add(self.settings.call_ms));
        self.limiter.balance_asked_ms = now_ms;
        if let Some(until_ms) = &mut self.limiter.out_of_credits_until_ms {
            *until_ms = now_ms.saturating_add(limits.balance_every_ms);
        }
        let mark = self.limiter.charged;
        changes.effects.push(Effect::AskBalance { mark });
    }

    /// Messages that are due, as many as there are places.
    fn send_messages(
        &mut self,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<(), StorageError> {
        if self.next_message_ms.is_none_or(|at_ms| at_ms > now_ms)
            || self.messages.full_until_ms().is_some()
        {
            return Ok(());
        }
        let due = rows.due_messages(now_ms, limits::MESSAGES_MAX * 2)?;
        let mut next_ms = rows.next_message_ms(now_ms)?;
        for message in due {
            if self.messages.contains(&message.ticket) {
                // It is looked at again when its call ends, or when its place's time is over.
                next_ms = earliest(next_ms, self.messages.next_ms());
                continue;
            }
            let tries = message.tries.saturating_add(1);
            if tries > limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX {
                changes.writes.push(Write::DeleteMessage(message.ticket));
                continue;
            }
            if self.messages.full_until_ms().is_some() {
                next_ms = Some(now_ms);
                break;
            }
            let pause_ms = backoff::pause_ms(
                limits::MERCHANT_WEBHOOK_EVERY_MIN_MS,
                4,
                message.tries,
                limits::MERCHANT_WEBHOOK_EVERY_MAX_MS,
            );
            let again_ms = now_ms.saturating_add(pause_ms);
            next_ms = earliest(next_ms, Some(again_ms));
            let until_ms = now_ms.saturating_add(limits::MESSAGE_PLACE_MS);
            self.messages.take(message.ticket, until_ms);
            changes.effects.push(Effect::Deliver(message.ticket));
            changes.writes.push(Write::PutMessage(OutboxMessage {
                tries,
                next_ms: again_ms,
                ..message
            }));
        }
        self.next_message_ms = earliest(next_ms, changes.message_ms);
        Ok(())
    }

    /// When the alarm must go off at the latest, in milliseconds since 1970.
    fn alarm_ms(&self, now_ms: u64) -> Option<u64> {
        let due_ms = self.next_due_ms();
        let held_ms = self.held_until_ms(now_ms);
        let balance_ms = self
            .limiter
            .balance_due_ms(&self.settings.limits)
            .map(|at_ms| self.asks_balance_until_ms.unwrap_or(at_ms));
        // Messages that are due wait for a place.
        let message_ms = self.next_message_ms.map(|at_ms| {
            let full_until_ms = self.messages.full_until_ms();
            full_until_ms.map_or(at_ms, |until_ms| until_ms.max(at_ms))
        });
        [
            due_ms,
            self.next_expiry_ms,
            message_ms,
            held_ms,
            balance_ms,
            self.status_calls.next_ms(),
            self.sweeps_visitors.then(|| now_ms.saturating_add(limits::SWEEP_EVERY_MS)),
        ]
        .into_iter()
        .flatten()
        .min()
        .map(|at_ms| at_ms.max(now_ms.saturating_add(1)))
    }

    /// Releases the places of calls that never ended because their invocation was cut.
    fn release_places(&mut self, now_ms: u64) {
        self.status_calls.release(now_ms);
        self.messages.release(now_ms);
        if self.asks_balance_until_ms.is_some_and(|until_ms| until_ms <= now_ms) {
            self.asks_balance_until_ms = None;
        }
    }
}

fn not_sent() -> RuntimeError {
    unavailable("The run could not be sent.")
}

fn body_missing() -> RuntimeError {
    unavailable("The run's pictures were not kept while it waited.")
}

fn unavailable(message: &str) -> RuntimeError {
    RuntimeError { name: RuntimeErrorName::UnavailableError, message: message.to_owned() }
}
