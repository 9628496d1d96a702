//! The Prediction object's steps, as `docs/dispatcher.md` numbers them.

use std::mem::take;

use fashn::models::Credits;
use fitting_room::auth::ids::Ticket;
use fitting_room::batch;
use fitting_room::dispatcher::{self, Answer, Reins, StatusPermit};
use fitting_room::prediction::{Decision, Ending, Event, Record, Report, State};
use fitting_room::run::output::{StoredItem, StoredOutput};

use crate::fault::Fault;
use crate::post::{Message, Sender, Teller, Then};
use crate::world::{Object, World};

impl World<'_> {
    /// Stores a new record, once, with the body's pieces and the alarm in one transaction.
    pub fn create(&mut self, ticket: Ticket, record: Record, send: Option<(u32, Reins)>) {
        if self.fault(Fault::PredictionCrashBeforeWrite) || self.predictions.contains_key(&ticket) {
            return;
        }
        let queued = record.state == State::Queued;
        self.save(ticket, record);
        if self.fault(Fault::PredictionCrashAfterWrite) {
            return;
        }
        self.created(ticket, queued, send);
    }

    pub fn prediction_alarm(&mut self, ticket: Ticket, at_ms: u64) {
        if let early_ms @ 1.. = at_ms.saturating_sub(self.clock.gateway_ms()) {
            self.after(early_ms, Message::PredictionAlarm(ticket, at_ms));
        } else {
            self.tell(ticket, Event::Alarm, Teller::Alarm(at_ms));
        }
    }

    /// Its memory is gone.
    fn restart(&mut self, ticket: Ticket) {
        if let Some(object) = self.predictions.get_mut(&ticket) {
            object.status_call = false;
        }
    }

    /// FASHN told a status to whoever asked. An end is told to the Dispatcher first, and written once it has heard.
    pub fn told(&mut self, ticket: Ticket, report: Report, teller: Teller) {
        if self.fault(Fault::AskerCrashBeforeTold) {
            self.restart(ticket);
            return self.book.unheard(ticket);
        }
        let now_ms = self.clock.gateway_ms();
        let owed = self.predictions.get(&ticket).and_then(|object| {
            let outcome = object.record.would_report(&report, now_ms)?;
            Some((outcome, object.record.sent_ms()))
        });
        let Some((outcome, sent_ms)) = owed else {
            return self.tell(ticket, Event::Told(report), teller);
        };
        let event = dispatcher::Event::Ended {
            ticket,
            outcome,
            sent_ms,
        };
        if self.fault(Fault::MessageTwice) {
            self.say(ticket, event.clone(), Then::Nothing);
        }
        self.say(
            ticket,
            event,
            Then::Settled(ticket, Box::new(report), teller),
        );
    }

    /// The Dispatcher has heard how it ended; or it couldn't be told, and the end is written with what is owed.
    pub fn settled(&mut self, ticket: Ticket, report: Report, teller: Teller, is_heard: bool) {
        if self.fault(Fault::PredictionCrashBeforeSettled) {
            self.restart(ticket);
            return self.book.unheard(ticket);
        }
        let event = if is_heard {
            Event::Settled
        } else {
            Event::Told
        };
        self.soon(Message::Prediction(ticket, event(report), teller));
    }

    /// (1) loads, (2) steps, (3) saves record, body and alarm in one transaction, (4) does what the decision says,
    /// (5) tells the Dispatcher what it is owed. It may crash before and after (3).
    pub fn tell(&mut self, ticket: Ticket, event: Event, teller: Teller) {
        // (1)
        let now_ms = self.clock.gateway_ms();
        let Some(object) = self.predictions.get(&ticket) else {
            if teller == Teller::Dispatcher {
                self.say(ticket, dispatcher::Event::Absent(ticket), Then::Nothing);
            }
            return;
        };
        let mut record = object.record.clone();
        self.weaken(&mut record, &event, now_ms);
        // (2)
        let told = matches!(event, Event::Told(_) | Event::Settled(_));
        let accepted = matches!(event, Event::Accepted(_));
        let forgets = event == Event::Forget;
        let early = matches!((&record.state, &event), (State::Sending, Event::Hinted(_)));
        let decision = record.step(event, now_ms);
        if self.fault(Fault::PredictionCrashBeforeWrite) {
            self.restart(ticket);
            if let Teller::Alarm(at_ms) = teller {
                self.after(2_000, Message::PredictionAlarm(ticket, at_ms));
            }
            if told {
                self.book.unheard(ticket);
            }
            return;
        }
        if early && matches!(decision, Decision::Ask(_)) {
            self.book.tally.reordered += 1;
        }
        if accepted {
            self.book.answered(ticket);
        }
        // (3)
        let (owed, sent_ms) = (record.report(), record.sent_ms());
        match &decision {
            Decision::Save | Decision::Ask(_) | Decision::Send(..) => self.save(ticket, record),
            Decision::Wipe => {
                if let Some(object) = self.predictions.remove(&ticket) {
                    self.book.wiped(ticket, &object, &self.clock);
                }
            }
            Decision::Keep if matches!(teller, Teller::Alarm(_)) => self.save(ticket, record),
            Decision::Keep | Decision::Disown => {}
        }
        if self.fault(Fault::PredictionCrashAfterWrite) {
            self.restart(ticket);
            if matches!(decision, Decision::Ask(_)) {
                self.book.unheard(ticket);
            }
            return;
        }
        // (4)
        if teller == Teller::HandsOut {
            self.hand_out(ticket);
        }
        if let Teller::Webhook(run) = teller
            && (told || decision == Decision::Keep)
            && let Some(run) = self.upstream.runs.get_mut(&run)
        {
            run.thanked = true;
        }
        match decision {
            Decision::Ask(_) if matches!(teller, Teller::Alarm(_)) && !self.guards.alarm_asks => {}
            Decision::Ask(upstream) => {
                let of_its_own = self.predictions.get_mut(&ticket).is_some_and(|object| {
                    object.record.has_status_call(now_ms) && take(&mut object.status_call)
                });
                let then = Then::Status(ticket, upstream, teller);
                if of_its_own {
                    self.book.tally.unpermitted += 1;
                    self.answered(Answer::Status(StatusPermit::Now), then);
                } else {
                    self.say(ticket, dispatcher::Event::StatusWanted, then);
                }
            }
            Decision::Send(_, attempt) => {
                self.soon(Message::RunArrives(ticket, attempt, Sender::Object));
            }
            Decision::Wipe if forgets => {
                self.say(ticket, dispatcher::Event::Forgotten(ticket), Then::Nothing);
            }
            // (5)
            Decision::Save => {
                if let Some(outcome) = owed {
                    let event = dispatcher::Event::Ended {
                        ticket,
                        outcome,
                        sent_ms,
                    };
                    if self.fault(Fault::MessageTwice) {
                        self.say(ticket, event.clone(), Then::Nothing);
                    }
                    self.say(ticket, event, Then::Reported(ticket, outcome));
                }
            }
            Decision::Keep | Decision::Disown | Decision::Wipe => {}
        }
    }

    /// Without a guard: what is stored is changed as if the machine didn't have it.
    fn weaken(&self, record: &mut Record, event: &Event, now_ms: u64) {
        let Event::Hinted(hinted) = event else {
            return;
        };
        match &mut record.state {
            State::Ended { .. } if !self.guards.terminal_is_final => {
                record.state = State::Sending;
                record.deadline_ms = now_ms + 60_000;
                let _ = record.step(event.clone(), now_ms);
            }
            State::Running { upstream, .. } if !self.guards.own_id => {
                upstream.clone_from(hinted);
            }
            _ => {}
        }
    }

    /// Stores the record, and sets the alarm where it must be.
    fn save(&mut self, ticket: Ticket, record: Record) {
        let before = self.predictions.get(&ticket);
        let pieces = match record.body() {
            Some(body) => body.pieces,
            None if self.guards.body_wiped => 0,
            None => before.map_or(0, |object| object.pieces),
        };
        self.book.saved(
            ticket,
            (&record, pieces),
            before,
            &self.upstream,
            &self.clock,
        );
        let now_ms = self.clock.gateway_ms();
        // By its time it has gone off.
        let was_ms = before
            .and_then(|object| object.alarm_ms)
            .filter(|at_ms| *at_ms > now_ms);
        let sets_ms = batch::alarm_to_set(was_ms, record.due_ms(None, now_ms), now_ms);
        let alarm_ms = sets_ms.or(was_ms);
        let set_ms = match before {
            // It is overdue: a jump of the clock made it so, or its lateness.
            Some(object) if sets_ms.is_none_or(|at_ms| at_ms <= now_ms) => object.set_ms,
            _ => self.clock.now_ms,
        };
        let status_call = match before {
            Some(object) => object.status_call,
            None => record.has_status_call(now_ms),
        };
        let object = Object {
            record,
            pieces,
            status_call,
            alarm_ms,
            set_ms,
        };
        self.predictions.insert(ticket, object);
        if let Some(at_ms) = sets_ms {
            let after_ms = at_ms.saturating_sub(now_ms);
            self.set_alarm(after_ms, Message::PredictionAlarm(ticket, at_ms));
        }
    }
}

/// How a run that completed ends here: its picture says whose it is.
pub fn completed(run: u32, credits: Option<u32>) -> Ending {
    Ending::Completed {
        output: StoredOutput {
            as_images: false,
            items: vec![StoredItem::Kept {
                media_type: String::new(),
                byte_len: run as usize,
                pieces: 1,
            }],
        },
        credits_used: credits.map(Credits),
    }
}
