//! The clock, the messages under way, and what is stored. Storage survives a crash, memory doesn't.

use std::collections::BTreeMap;

use fastrand::Rng;
use fitting_room::dispatcher::{self, Dispatcher, Outcome, Row, RowKey, Visitor};
use fitting_room::limits::DispatcherLimits;
use fitting_room::prediction::{self, Record, Report, UpstreamId};
use fitting_room::secret::Secret;
use fitting_room::ticket::{Signer, Ticket};

use crate::book::{Book, Tally, Violation};
use crate::guards::Guards;
use crate::plan::{Fault, Plan};
use crate::upstream::{Ended, Upstream};

/// A history that takes more messages than this never comes to rest.
const MESSAGES_MOST: u64 = 60_000;
const BEGIN_MS: u64 = 1_763_670_000_000;

/// Who sent a run to FASHN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Worker,
    Object,
}

/// Who says something to a Prediction, and so who goes on with its decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    Dispatcher,
    Sender,
    /// The Worker hands the id out once it is stored.
    HandsOut,
    Webhook(u32),
    Alarm(u64),
    Shopper,
}

/// What is done with the Dispatcher's answer.
#[derive(Debug, Clone)]
pub enum Then {
    Nothing,
    Admitted(Ticket),
    Verdict(Ticket, u32, Sender),
    Status(Ticket, UpstreamId, Teller),
    Reported(Ticket, Outcome),
    AskBalance,
}

/// Something under way.
#[derive(Debug, Clone)]
pub enum Message {
    Press(u32),
    Dispatcher(dispatcher::Event, Then),
    Prediction(Ticket, prediction::Event, Teller),
    /// Store a record; then, if it is to be sent by the Worker, send it.
    Create(Ticket, Box<Record>, Option<u32>),
    RunArrives(Ticket, u32, Sender),
    RunAnswered(Ticket, u32, Sender, Result<u32, dispatcher::Sent>),
    Finish(u32, Ended),
    Webhook {
        run: u32,
        time: u32,
    },
    WebhookArrives {
        ticket: Ticket,
        claim: UpstreamId,
        run: u32,
        lies: bool,
    },
    StatusArrives(Ticket, UpstreamId, Teller),
    Told(Ticket, Report, Teller),
    DispatcherAlarm(u64),
    PredictionAlarm(Ticket, u64),
    BalanceArrives(u64),
    Refill,
    Forget(Ticket),
}

/// A Prediction object's storage.
pub struct Object {
    pub record: Record,
    pub pieces: u32,
    pub alarm_ms: Option<u64>,
}

pub struct World<'a> {
    pub plan: &'a Plan,
    pub guards: &'a Guards,
    pub limits: DispatcherLimits,
    pub rng: Rng,
    pub book: Book,
    pub upstream: Upstream,
    pub signer: Option<Signer>,
    /// The true time, in milliseconds, and by how much the gateway's clock is off.
    pub now_ms: u64,
    pub clock_off_ms: i64,
    /// Where the Dispatcher wakes up, the clock is slightly different.
    pub skew_ms: i64,
    /// FASHN's windows and ours can't agree before this: the clock jumped.
    pub excused_until_ms: u64,
    messages: BTreeMap<(u64, u64), Message>,
    next: u64,
    pub dispatcher: Option<Dispatcher>,
    pub rows: BTreeMap<RowKey, Row>,
    pub dispatcher_alarm_ms: Option<u64>,
    pub predictions: BTreeMap<Ticket, Object>,
    pub visitors: BTreeMap<Ticket, u32>,
    pub prices: BTreeMap<Ticket, u32>,
}

impl<'a> World<'a> {
    pub fn new(plan: &'a Plan, guards: &'a Guards) -> Self {
        let mut limits = plan.limits.clone();
        // What is taken away by the limits.
        if !guards.lease {
            limits.lease_ms = u64::MAX / 4;
            limits.absence_grace_ms = u64::MAX / 4;
        }
        if !guards.run_window {
            limits.runs.requests = 10_000;
        }
        if !guards.status_window {
            limits.statuses.requests = 10_000;
        }
        if !guards.slots {
            limits.slots = 50;
        }
        if !guards.budget {
            limits.day_credits = u32::MAX;
            limits.visitor_credits = u32::MAX;
        }
        let mut world = Self {
            plan,
            guards,
            limits,
            rng: Rng::with_seed(plan.seed ^ 0x5eed),
            book: Book::default(),
            upstream: Upstream::new(plan.balance),
            signer: Signer::new(&Secret::new("simulation".into())),
            now_ms: BEGIN_MS,
            clock_off_ms: 0,
            skew_ms: 0,
            excused_until_ms: 0,
            messages: BTreeMap::new(),
            next: 0,
            dispatcher: None,
            rows: BTreeMap::new(),
            dispatcher_alarm_ms: None,
            predictions: BTreeMap::new(),
            visitors: BTreeMap::new(),
            prices: BTreeMap::new(),
        };
        let mut at_ms = 0;
        for _ in 0..plan.presses {
            at_ms += world.rng.u64(0..plan.gap_ms * 2);
            let visitor = world.rng.u32(0..plan.visitors);
            // The first of them is in a hurry.
            let visitor = if world.rng.bool() { 0 } else { visitor };
            world.after(at_ms, Message::Press(visitor));
        }
        world.after(600_000, Message::Refill);
        world
    }

    pub fn play(mut self) -> Result<Tally, Violation> {
        while let Some(((at_ms, _), message)) = self.messages.pop_first() {
            self.now_ms = self.now_ms.max(at_ms);
            self.book.tally.events += 1;
            if self.fault(Fault::ClockJump) {
                let jump_ms = self.rng.i64(-120_000..120_000);
                self.clock_off_ms += jump_ms;
                self.book.jumped_ms += jump_ms.unsigned_abs();
                self.excused_until_ms = self.now_ms + 200_000;
            }
            self.take(message);
            if self.book.tally.events > MESSAGES_MOST {
                self.book.fail(|| "it never comes to rest".into());
            }
            if let Some(violation) = self.book.violation {
                return Err(violation);
            }
        }
        let dispatcher = Dispatcher::restore(self.limits.clone(), self.rows.values().cloned());
        self.book.at_rest(
            &dispatcher,
            self.predictions.len(),
            self.rows.len(),
            &self.upstream,
        );
        match self.book.violation {
            Some(violation) => Err(violation),
            None => Ok(self.book.tally),
        }
    }

    /// The gateway's clock.
    pub fn clock_ms(&self) -> u64 {
        self.now_ms
            .saturating_add_signed(self.clock_off_ms + self.skew_ms)
    }

    pub fn after(&mut self, delay_ms: u64, message: Message) {
        self.next += 1;
        let at_ms = self.now_ms.saturating_add(delay_ms);
        self.messages.insert((at_ms, self.next), message);
    }

    /// After a moment on the way.
    pub fn soon(&mut self, message: Message) {
        let delay_ms = self.rng.u64(2..120);
        self.after(delay_ms, message);
    }

    /// When the gateway's clock will say so.
    pub fn at_clock(&mut self, clock_ms: u64, message: Message) {
        let mut delay_ms = clock_ms.saturating_sub(self.clock_ms());
        if self.fault(Fault::AlarmLate) {
            delay_ms += self.rng.u64(1_000..60_000);
        }
        if self.fault(Fault::AlarmTwice) {
            self.after(delay_ms + 1, message.clone());
        }
        self.after(delay_ms, message);
    }

    /// Whether a fault happens on this occasion.
    pub fn fault(&mut self, fault: Fault) -> bool {
        let rate = self.plan.rate(fault);
        let happens = rate > 0 && self.rng.u16(0..1_000) < rate;
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
