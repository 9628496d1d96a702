//! The clock, what is under way, and what is stored. Storage survives a crash, memory doesn't.

use std::collections::BTreeMap;

use fastrand::Rng;
use fitting_room::auth::ids::{Signer, Ticket};
use fitting_room::auth::secret::Secret;
use fitting_room::config::limits::DispatcherLimits;
use fitting_room::dispatcher::{self, Dispatcher, Row, RowKey, Visitor};
use fitting_room::prediction::Record;

use crate::book::{Book, Violation};
use crate::clock::Clock;
use crate::fashn_api::response::Upstream;
use crate::fault::{Fault, Rates};
use crate::guards::Guards;
use crate::plan::Plan;
use crate::post::{Message, Post, Then, Wish};
use crate::shard::Shard;
use crate::tally::Tally;

/// A history that takes more messages than this never comes to rest.
const MESSAGES_MOST: u64 = 100_000;
const BEGIN_MS: u64 = 1_763_670_000_000;

/// How long a message is on its way at most, in milliseconds.
pub const ON_ITS_WAY_MOST_MS: u64 = 120;

/// A Prediction object's storage.
pub struct Object {
    pub record: Record,
    pub pieces: u32,
    /// In its memory: the status call that needs no permit, till it is made.
    pub status_call: bool,
    /// What the alarm is set to, by the gateway's clock.
    pub alarm_ms: Option<u64>,
    /// When it was set ahead of time last, in true time.
    pub set_ms: u64,
}

pub struct World<'a> {
    pub plan: &'a Plan,
    pub guards: &'a Guards,
    /// Which Dispatcher's turn it is. What is said of one in this table is that one's; the others' is in `shards`.
    pub on_turn: usize,
    pub shards: Vec<Shard>,
    /// What it keeps to.
    pub limits: DispatcherLimits,
    /// Decides what happens: of the run that the message is about.
    pub rng: Rng,
    /// Each run's.
    pub rngs: BTreeMap<Ticket, Rng>,
    pub book: Book,
    pub upstream: Upstream,
    pub signer: Option<Signer>,
    /// Someone else's.
    pub forger: Option<Signer>,
    pub clock: Clock,
    rates: Rates,
    post: Post,
    pub dispatcher: Option<Dispatcher>,
    pub rows: BTreeMap<RowKey, Row>,
    pub dispatcher_alarm_ms: Option<u64>,
    pub predictions: BTreeMap<Ticket, Object>,
    pub wishes: BTreeMap<Ticket, Wish>,
    pub prices: BTreeMap<Ticket, u32>,
}

impl<'a> World<'a> {
    pub fn new(plan: &'a Plan, guards: &'a Guards) -> Self {
        let shares = Shard::all(plan, guards);
        let first = shares.first().cloned().unwrap_or_default();
        let mut world = Self {
            plan,
            guards,
            on_turn: 0,
            shards: shares,
            limits: first.limits,
            rng: Rng::with_seed(plan.seed ^ 0x5eed),
            rngs: BTreeMap::new(),
            book: Book::new(first.share),
            upstream: Upstream::new(plan.balance, &plan.limits),
            signer: Signer::new(&Secret::new("simulation".into())),
            forger: Signer::new(&Secret::new("forger".into())),
            clock: Clock::new(BEGIN_MS),
            rates: Rates::of(&plan.faults),
            post: Post::default(),
            dispatcher: None,
            rows: BTreeMap::new(),
            dispatcher_alarm_ms: None,
            predictions: BTreeMap::new(),
            wishes: BTreeMap::new(),
            prices: BTreeMap::new(),
        };
        let mut at_ms = 0;
        for press in &plan.presses {
            at_ms += press.after_ms;
            let wish = Wish {
                visitor: press.visitor,
                garment: press.garment,
                key: press.seed,
            };
            world.after(at_ms, Message::Press(wish, press.seed));
        }
        for jump in &plan.jumps {
            world.after(jump.at_ms, Message::Jump(jump.by_ms));
        }
        world.after(600_000, Message::Refill);
        world
    }

    pub fn play(mut self) -> Result<Tally, Violation> {
        let mut messages = 0;
        loop {
            let Some((at_ms, message)) = self.post.next() else {
                if self.book.tally.events >= self.plan.events_least {
                    break;
                }
                let seed = self.rng.u64(..);
                let wish = Wish {
                    visitor: 0,
                    garment: 0,
                    key: seed,
                };
                self.after(1_000, Message::Press(wish, seed));
                continue;
            };
            self.clock.now_ms = self.clock.now_ms.max(at_ms);
            if self.is_over(&message) {
                continue;
            }
            messages += 1;
            self.book.tally.events += 1;
            self.take_by_lot(message);
            if messages > MESSAGES_MOST {
                self.book.fail(|| "it never comes to rest".into());
            }
            if let Some(violation) = self.book.violation {
                return Err(violation);
            }
        }
        let (mut counted, mut written_off) = (0, 0);
        for shard in 0..self.shards.len() {
            self.turn_to(shard);
            let dispatcher = Dispatcher::restore(self.limits.clone(), self.rows.values().cloned());
            self.book.dispatcher_at_rest(&dispatcher, self.rows.len());
            counted += dispatcher.gate().charged;
            written_off += self.book.ledger.written_off();
        }
        self.book.at_rest(
            self.predictions.len(),
            (counted, written_off),
            &self.upstream,
        );
        match self.book.violation {
            Some(violation) => Err(violation),
            None => Ok(self.book.tally),
        }
    }

    /// An alarm that was set anew meanwhile: nothing happens.
    fn is_over(&self, message: &Message) -> bool {
        match message {
            Message::DispatcherAlarm(shard, at_ms) => self.alarm_ms_of(*shard) != Some(*at_ms),
            Message::PredictionAlarm(ticket, at_ms) => self
                .predictions
                .get(ticket)
                .is_none_or(|object| object.alarm_ms != Some(*at_ms)),
            _ => false,
        }
    }

    /// Takes a message with its own run's lot.
    fn take_by_lot(&mut self, message: Message) {
        let ticket = match &message {
            Message::Finish(run, _) | Message::Webhook { run, .. } => {
                self.upstream.runs.get(run).map(|run| run.ticket)
            }
            message => message.ticket(),
        };
        let own = ticket.and_then(|ticket| Some((ticket, self.rngs.get(&ticket)?.clone())));
        let Some((ticket, own)) = own else {
            return self.take(message);
        };
        let others = std::mem::replace(&mut self.rng, own);
        self.take(message);
        let own = std::mem::replace(&mut self.rng, others);
        self.rngs.insert(ticket, own);
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Press(wish, seed) => self.press(wish, seed),
            Message::Jump(by_ms) => {
                self.book.meet(Fault::ClockJump);
                self.clock.jump(by_ms);
            }
            Message::Dispatcher(shard, event, then) => self.dispatch(shard, event, then),
            Message::Prediction(ticket, event, teller) => self.tell(ticket, event, teller),
            Message::Create(ticket, record, send) => self.create(ticket, *record, send),
            Message::RunArrives(ticket, attempt, sender) => {
                self.run_arrives(ticket, attempt, sender);
            }
            Message::RunAnswered(ticket, attempt, sender, sent) => {
                self.run_answered(ticket, attempt, sender, sent);
            }
            Message::Finish(run, ended) => {
                self.upstream.finish(run, ended, self.clock.now_ms);
                self.after(5, Message::Webhook { run, time: 0 });
            }
            Message::Webhook { run, time } => self.webhook(run, time),
            Message::WebhookArrives(call) => self.webhook_arrives(*call),
            Message::StatusArrives(ticket, upstream, teller) => {
                self.status_arrives(ticket, upstream, teller);
            }
            Message::Told(ticket, report, teller) => self.told(ticket, report, teller),
            Message::DispatcherAlarm(shard, at_ms) => self.dispatcher_alarm(shard, at_ms),
            Message::PredictionAlarm(ticket, at_ms) => self.prediction_alarm(ticket, at_ms),
            Message::BalanceArrives(shard, mark) => self.balance_arrives(shard, mark),
            Message::Refill => self.upstream.balance += 1_000,
            Message::Forget(ticket) => self.forget(ticket),
        }
    }

    pub fn after(&mut self, delay_ms: u64, message: Message) {
        let at_ms = self.clock.now_ms.saturating_add(delay_ms);
        self.post.send(at_ms, message);
    }

    /// After a moment on the way.
    pub fn soon(&mut self, message: Message) {
        let delay_ms = self.rng.u64(2..ON_ITS_WAY_MOST_MS);
        self.after(delay_ms, message);
    }

    /// Says something to the Dispatcher that a run is at.
    pub fn say(&mut self, ticket: Ticket, event: dispatcher::Event, then: Then) {
        let shard = self.shard_of(ticket);
        self.soon(Message::Dispatcher(shard, event, then));
    }

    /// An alarm, by its clock after so long; if that jumps meanwhile it is early or late.
    pub fn set_alarm(&mut self, mut after_ms: u64, message: Message) {
        if self.fault(Fault::AlarmLate) {
            after_ms += self.rng.u64(1_000..60_000);
        }
        if self.fault(Fault::AlarmTwice) {
            self.after(after_ms + 1, message.clone());
        }
        self.after(after_ms, message);
    }

    /// Whether a fault happens on this occasion.
    pub fn fault(&mut self, fault: Fault) -> bool {
        // The lot is drawn whatever the rate, so that a history is the same without a fault that it didn't meet.
        let happens = self.rng.u16(0..1_000) < self.rates.get(fault);
        if happens {
            self.book.meet(fault);
        }
        happens
    }

    /// What the Dispatcher knows a visitor as.
    pub fn visitor(&self, number: u32) -> Visitor {
        // Without turns all are one.
        let number = if self.guards.fair_queue { number } else { 0 };
        Visitor(format!("v{number}"))
    }
}
