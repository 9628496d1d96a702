//! What is under way, in the order of its arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fitting_room::auth::ids::Ticket;
use fitting_room::dispatcher::{self, Application, Outcome, Reins, Sent};
use fitting_room::prediction::{self, Record, Report, UpstreamId};

use crate::fashn_api::response::Ended;

/// Who sent a run to FASHN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Worker(Reins),
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
    Admitted(Box<Application>),
    Verdict(Ticket, u32, Sender),
    Status(Ticket, UpstreamId, Teller),
    Reported(Ticket, Outcome),
    /// The Prediction takes in what FASHN said, the Dispatcher having heard of it or not.
    Settled(Ticket, Box<Report>, Teller),
    AskBalance,
}

/// What a shopper asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    pub visitor: u32,
    pub garment: u32,
    /// Its `Idempotency-Key`.
    pub key: u64,
}

/// A call of a webhook's address.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose address it is meant to be.
    pub ticket: Ticket,
    /// What stands in the address.
    pub token: String,
    /// The id in its body.
    pub claim: UpstreamId,
    /// Whose 2xx it may get.
    pub run: u32,
    pub made_by: Caller,
}

/// Who calls a webhook's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    Fashn,
    /// FASHN's token and id, and the claim that it completed.
    Liar,
    /// Someone without a token that was minted here.
    Forger,
    /// FASHN's token, and another run's id.
    Foreigner,
}

/// Something under way.
#[derive(Debug, Clone)]
pub enum Message {
    /// Someone wants something, and what decides all that happens to the run.
    Press(Wish, u64),
    /// The gateway's clock jumps by so much.
    Jump(i64),
    /// To the Dispatcher of this number.
    Dispatcher(usize, dispatcher::Event, Then),
    Prediction(Ticket, prediction::Event, Teller),
    /// Store a record; then, if it is to be sent by the Worker, send it.
    Create(Ticket, Box<Record>, Option<(u32, Reins)>),
    RunArrives(Ticket, u32, Sender),
    RunAnswered(Ticket, u32, Sender, Result<u32, Sent>),
    Finish(u32, Ended),
    Webhook {
        run: u32,
        time: u32,
    },
    WebhookArrives(Box<Call>),
    StatusArrives(Ticket, UpstreamId, Teller),
    Told(Ticket, Report, Teller),
    DispatcherAlarm(usize, u64),
    PredictionAlarm(Ticket, u64),
    BalanceArrives(usize, u64),
    Refill,
    Forget(Ticket),
}

impl Message {
    /// The run that it is about, unless it is about a run of FASHN's or about none.
    pub fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Prediction(ticket, ..)
            | Self::Create(ticket, ..)
            | Self::RunArrives(ticket, ..)
            | Self::RunAnswered(ticket, ..)
            | Self::StatusArrives(ticket, ..)
            | Self::Told(ticket, ..)
            | Self::PredictionAlarm(ticket, _)
            | Self::Forget(ticket)
            | Self::Dispatcher(_, _, Then::Status(ticket, ..)) => Some(*ticket),
            Self::WebhookArrives(call) => Some(call.ticket),
            Self::Dispatcher(_, event, _) => match event {
                dispatcher::Event::Admit(application) => Some(application.ticket),
                dispatcher::Event::Sent { ticket, .. }
                | dispatcher::Event::Ended { ticket, .. }
                | dispatcher::Event::Forgotten(ticket)
                | dispatcher::Event::Absent(ticket) => Some(*ticket),
                _ => None,
            },
            Self::Press(..)
            | Self::Jump(_)
            | Self::Finish(..)
            | Self::Webhook { .. }
            | Self::DispatcherAlarm(..)
            | Self::BalanceArrives(..)
            | Self::Refill => None,
        }
    }
}

/// Messages by the true time of their arrival; those of one time in the order of their sending.
#[derive(Default)]
pub struct Post {
    order: BinaryHeap<Reverse<(u64, u64, usize)>>,
    messages: Vec<Option<Message>>,
    free: Vec<usize>,
    sent: u64,
}

impl Post {
    pub fn send(&mut self, at_ms: u64, message: Message) {
        self.sent += 1;
        let place = self.free.pop().unwrap_or_else(|| {
            self.messages.push(None);
            self.messages.len() - 1
        });
        if let Some(slot) = self.messages.get_mut(place) {
            *slot = Some(message);
        }
        self.order.push(Reverse((at_ms, self.sent, place)));
    }

    /// The next to arrive, and when.
    pub fn next(&mut self) -> Option<(u64, Message)> {
        let Reverse((at_ms, _, place)) = self.order.pop()?;
        self.free.push(place);
        Some((at_ms, self.messages.get_mut(place)?.take()?))
    }
}
