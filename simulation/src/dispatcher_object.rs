//! The Dispatcher object's steps, as `docs/dispatcher.md` numbers them.

use std::collections::BTreeSet;

use fitting_room::auth::ids::Ticket;
use fitting_room::dispatcher::{
    self, Answer, Dispatcher, Effect, Phase, Row, RowChange, RowKey, Run, StatusPermit,
};
use fitting_room::prediction::Event;

use crate::fault::Fault;
use crate::post::{Message, Teller, Then};
use crate::world::World;

impl World<'_> {
    /// (1) restores its memory if it has none, (2) steps, (3) stores rows and alarm in one transaction, (4) answers,
    /// (5) performs the effects. It may crash before and after (3), and after (4).
    pub fn dispatch(&mut self, shard: usize, event: dispatcher::Event, then: Then) {
        self.turn_to(shard);
        if self.fault(Fault::DispatcherEvicted) {
            if let Some(gone) = self.dispatcher.take() {
                let unwritten = gone.runs().filter(|(ticket, run)| {
                    let stored = self.rows.get(&RowKey::Run(**ticket));
                    !matches!(stored, Some(Row::Run(_, stored)) if stored == *run)
                });
                self.book.tally.unwritten += unwritten.count() as u64;
            }
            self.clock.skew_ms = self.rng.i64(-400..400);
        }
        // (1)
        let now_ms = self.clock.dispatcher_ms();
        let mut dispatcher = match self.dispatcher.take() {
            Some(dispatcher) => dispatcher,
            None => Dispatcher::restore(self.limits.clone(), self.stored()),
        };
        let is_alarm = event == dispatcher::Event::Alarm;
        let absent = match event {
            dispatcher::Event::Absent(ticket) => Some(ticket),
            _ => None,
        };
        let unsettled = self.unsettled(&event);
        // (2)
        let step = dispatcher.step(event, now_ms);
        if self.fault(Fault::DispatcherCrashBeforeWrite) {
            if is_alarm && let Some(at_ms) = self.dispatcher_alarm_ms {
                self.after(2_000, Message::DispatcherAlarm(shard, at_ms));
            }
            return self.lost(then);
        }
        // (3)
        let predictions = &self.predictions;
        let is_there = |ticket: Ticket| predictions.contains_key(&ticket);
        self.book.stepped(
            &dispatcher,
            (&step.rows, step.alarm_ms),
            is_there,
            &self.upstream,
            &self.clock,
        );
        // After the book knows who gave a place up in this very step.
        self.note_who_was_let_in(&dispatcher, &step.effects);
        self.day_s_budget_holds(dispatcher.gate().account);
        if let Some(ticket) = absent {
            self.book.is_absent(ticket, &self.clock);
        }
        for change in step.rows {
            match change {
                RowChange::Put(row) => self.rows.insert(row.key(), row),
                RowChange::Delete(key) => self.rows.remove(&key),
            };
        }
        if is_alarm {
            self.dispatcher_alarm_ms = None;
        }
        if step.sets_alarm
            && let Some(at_ms) = step.alarm_ms
        {
            self.dispatcher_alarm_ms = Some(at_ms);
            let after_ms = at_ms.saturating_sub(self.clock.dispatcher_ms());
            self.set_alarm(after_ms, Message::DispatcherAlarm(shard, at_ms));
        }
        self.dispatcher = Some(dispatcher);
        if let Some((ticket, run)) = unsettled {
            self.unsettle(ticket, run);
        }
        if self.fault(Fault::DispatcherCrashAfterWrite) {
            self.dispatcher = None;
            return self.lost(then);
        }
        // (4)
        self.answered(step.answer, then);
        if self.fault(Fault::DispatcherCrashAfterAnswer) {
            self.dispatcher = None;
            return;
        }
        // (5)
        for effect in step.effects {
            match effect {
                Effect::Permit { ticket, attempt } => {
                    let event = Event::Permitted(attempt);
                    self.soon(Message::Prediction(ticket, event, Teller::Dispatcher));
                }
                Effect::AskBalance => {
                    let event = dispatcher::Event::BalanceWanted;
                    self.soon(Message::Dispatcher(shard, event, Then::AskBalance));
                }
            }
        }
    }

    /// What a Dispatcher that wakes up reads.
    fn stored(&mut self) -> Vec<Row> {
        if !self.guards.statuses_ahead
            && let Some(Row::Gate(gate)) = self.rows.get_mut(&RowKey::Gate)
        {
            gate.statuses_ahead = 0;
        }
        self.rows.values().cloned().collect()
    }

    pub fn dispatcher_alarm(&mut self, shard: usize, at_ms: u64) {
        self.turn_to(shard);
        if let early_ms @ 1.. = at_ms.saturating_sub(self.clock.dispatcher_ms()) {
            self.after(early_ms, Message::DispatcherAlarm(shard, at_ms));
        } else {
            self.dispatch(shard, dispatcher::Event::Alarm, Then::Nothing);
        }
    }

    /// FASHN told its balance.
    pub fn balance_arrives(&mut self, shard: usize, mark: u64) {
        self.turn_to(shard);
        if self.fault(Fault::DispatcherCrashBeforeBalance) {
            self.dispatcher = None;
            return;
        }
        let total = self.upstream.balance;
        let event = dispatcher::Event::BalanceTold { total, mark };
        self.soon(Message::Dispatcher(shard, event, Then::Nothing));
    }

    /// Who waits for an answer won't have one.
    fn lost(&mut self, then: Then) {
        match then {
            Then::Status(ticket, ..) => self.book.unheard(ticket),
            Then::Settled(ticket, report, teller) => self.settled(ticket, *report, teller, false),
            _ => {}
        }
    }

    pub fn answered(&mut self, answer: Answer, then: Then) {
        match (then, answer) {
            (Then::Admitted(application), Answer::Admission(admission)) => {
                self.admitted(*application, &admission);
            }
            (Then::Verdict(ticket, attempt, sender), Answer::Verdict(verdict)) => {
                self.judged(ticket, attempt, sender, verdict);
            }
            (Then::Status(ticket, upstream, teller), Answer::Status(permit)) => {
                let crashes = self.fault(Fault::AskerCrashBeforeQuestion);
                if crashes || permit != StatusPermit::Now {
                    // FASHN's webhook comes again, and so does the alarm.
                    self.book.unheard(ticket);
                } else {
                    self.soon(Message::StatusArrives(ticket, upstream, teller));
                }
            }
            (Then::Reported(ticket, outcome), _) => {
                if self.fault(Fault::PredictionCrashBeforeReported) {
                    return;
                }
                self.soon(Message::Prediction(
                    ticket,
                    Event::Reported(outcome),
                    Teller::Sender,
                ));
            }
            (Then::Settled(ticket, report, teller), _) => {
                self.settled(ticket, *report, teller, true);
            }
            (Then::AskBalance, Answer::BalanceMark(mark)) => {
                self.soon(Message::BalanceArrives(self.on_turn, mark));
            }
            _ => {}
        }
    }

    fn note_who_was_let_in(&mut self, dispatcher: &Dispatcher, effects: &[Effect]) {
        for effect in effects {
            let Effect::Permit { ticket, attempt } = effect else {
                continue;
            };
            let Some((_, run)) = dispatcher.runs().find(|(known, _)| *known == ticket) else {
                continue;
            };
            if !matches!(run.phase, Phase::Permitted { told: 1, .. }) || run.turn.is_none() {
                continue;
            }
            // Who came with this event wasn't passed by those that it let in first.
            let waited = |ticket: &Ticket| {
                matches!(
                    self.rows.get(&RowKey::Run(*ticket)),
                    Some(Row::Run(_, run)) if run.phase == Phase::Queued
                )
            };
            // By who they are, whatever the Dispatcher was told.
            let who = |ticket: &Ticket| self.wishes.get(ticket).map_or(0, |wish| wish.visitor);
            let waiting: BTreeSet<_> = dispatcher
                .runs()
                .filter(|(ticket, run)| run.phase == Phase::Queued && waited(ticket))
                .map(|(ticket, _)| who(ticket))
                .collect();
            let visitor = who(ticket);
            self.book.let_in(visitor, *attempt == 1, &waiting);
        }
    }

    /// Without the guard: what is stored of a run before its end is told.
    fn unsettled(&self, event: &dispatcher::Event) -> Option<(Ticket, Run)> {
        match event {
            dispatcher::Event::Ended { ticket, .. } if !self.guards.idempotent_settle => {
                match self.rows.get(&RowKey::Run(*ticket))? {
                    Row::Run(ticket, run) => Some((*ticket, run.clone())),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Without the guard, that a run was settled is not remembered: its credits are given back once more when
    /// its end is told again.
    fn unsettle(&mut self, ticket: Ticket, mut run: Run) {
        let settled = matches!(
            self.rows.get(&RowKey::Run(ticket)),
            Some(Row::Run(_, now)) if matches!(now.phase, Phase::Settled { .. })
        );
        if !run.holds_credits() || !settled {
            return;
        }
        run.phase = Phase::Adrift {
            until_ms: self.clock.dispatcher_ms() + self.limits.adrift_ms,
        };
        if let Some(Row::Gate(gate)) = self.rows.get_mut(&RowKey::Gate) {
            gate.reserved += u64::from(run.reserved.0);
        }
        self.rows.insert(RowKey::Run(ticket), Row::Run(ticket, run));
        self.dispatcher = None;
    }
}
