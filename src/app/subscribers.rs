//! Open answers of an account: streams of events, and waits. They are in memory alone; after a
//! reset of the object a caller comes back, and begins with what is stored.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use litemap::LiteMap;

use crate::app::message::Shown;
use crate::app::ports::StreamWriter;
use crate::auth::ids::{PredictionId, Signer, Ticket};
use crate::config::limits;
use crate::config::settings::OutputAddresses;
use crate::http::etag::ETag;
use crate::http::origin::Origin;
use crate::notify::subscription::{HEARTBEAT, Notification, Subscription};
use crate::run::view::Envelope;

/// Subscribers by run.
pub struct SubscriberList<W> {
    signer: Rc<Signer>,
    pub(super) addresses: OutputAddresses,
    pub(super) runs: RefCell<LiteMap<Ticket, RunSubscribers<W>>>,
    /// When the timer goes off, in milliseconds since 1970; none if it isn't set.
    pub(super) timer_ms: Cell<Option<u64>>,
    pub(super) heartbeat_ms: Cell<u64>,
}

pub(super) struct RunSubscribers<W> {
    pub all: Vec<Subscriber<W>>,
    /// When a waiting run's place is looked at again, in milliseconds since 1970.
    pub place_ms: Option<u64>,
}

pub(super) struct Subscriber<W> {
    pub subscription: Subscription,
    /// The tag that it was sent last.
    pub seen: String,
    pub writer: W,
}

/// Streams of one audience are told the same: addresses begin with the origin, and have the id.
pub(super) type Audience = (Origin, PredictionId);

/// What a subscription comes to.
pub enum Subscribed {
    /// Its answer stays open.
    Open,
    /// Its wait is over before it began: this is the answer.
    Answer(Vec<u8>),
    /// The run is over, and the subscriber has seen that.
    Over,
    /// Too many subscribe.
    Full,
    NotFound,
}

impl<W: StreamWriter> SubscriberList<W> {
    pub fn new(signer: Rc<Signer>, addresses: OutputAddresses) -> Self {
        Self {
            signer,
            addresses,
            runs: RefCell::default(),
            timer_ms: Cell::new(None),
            heartbeat_ms: Cell::new(0),
        }
    }

    pub(super) fn add(&self, ticket: Ticket, subscriber: Subscriber<W>, now_ms: u64) {
        let mut runs = self.runs.borrow_mut();
        if runs.is_empty() {
            self.heartbeat_ms.set(now_ms + limits::HEARTBEAT_MS);
        }
        let none = || RunSubscribers { all: Vec::new(), place_ms: None };
        runs.entry(ticket).or_insert_with(none).all.push(subscriber);
    }

    /// Audiences of the streams that are to be told something, each once.
    pub(super) fn audiences(&self, ticket: Ticket, tag: &ETag, is_last: bool) -> Vec<Audience> {
        let runs = self.runs.borrow();
        let mut audiences = Vec::new();
        for one in runs.get(&ticket).map_or(&[][..], |run| &run.all) {
            let notification = one.subscription.notification(&one.seen, tag, is_last);
            if let Subscription::Stream { origin, id } = &one.subscription
                && matches!(notification, Notification::Event | Notification::LastEvent)
            {
                let audience = (origin.clone(), id.clone());
                if !audiences.contains(&audience) {
                    audiences.push(audience);
                }
            }
        }
        audiences
    }

    pub(super) fn envelope(&self, ticket: Ticket, shown: &Shown) -> Envelope {
        Envelope::of(self.signer.id(&ticket), &shown.view, shown.standing)
    }

    /// Whether one more may subscribe. Readers that have left are released first.
    pub(super) fn has_room(&self, ticket: Ticket, now_ms: u64) -> bool {
        let is_full = || {
            let runs = self.runs.borrow();
            let of_run = runs.get(&ticket).map_or(0, |run| run.all.len());
            let in_all: usize = runs.values().map(|run| run.all.len()).sum();
            of_run >= limits::LISTENERS_MAX || in_all >= limits::LISTENERS_IN_ALL_MAX
        };
        if is_full() {
            self.beat(Some(ticket));
            self.prune(now_ms);
        }
        !is_full()
    }

    /// Writes a heartbeat to the streams of a run, or of all: it shows which readers have left.
    pub(super) fn beat(&self, of_run: Option<Ticket>) {
        for (ticket, run) in &*self.runs.borrow() {
            if of_run.is_none_or(|of_run| of_run == *ticket) {
                for one in &run.all {
                    if matches!(one.subscription, Subscription::Stream { .. }) {
                        one.writer.write(HEARTBEAT);
                    }
                }
            }
        }
    }

    /// Releases those that lost their readers. A wait that is over is sent what there is.
    pub(super) fn prune(&self, now_ms: u64) {
        let mut runs = self.runs.borrow_mut();
        for (_, run) in runs.iter_mut() {
            run.all.retain(|one| !one.writer.is_lost());
            for one in &mut run.all {
                if matches!(one.subscription, Subscription::Wait(until_ms) if until_ms <= now_ms) {
                    // No tag is this: it is behind.
                    one.seen.clear();
                    run.place_ms = Some(now_ms);
                }
            }
        }
        runs.retain(|_, run| !run.all.is_empty());
    }

    /// When there is something to do next, in milliseconds since 1970.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let runs = self.runs.borrow();
        let waits = runs.values().flat_map(|run| {
            let waits = run.all.iter().filter_map(|one| match one.subscription {
                Subscription::Wait(until_ms) => Some(until_ms),
                Subscription::Stream { .. } => None,
            });
            waits.chain(run.place_ms)
        });
        (!runs.is_empty()).then(|| waits.min().unwrap_or(u64::MAX).min(self.heartbeat_ms.get()))
    }
}

impl<W: StreamWriter> Subscriber<W> {
    /// Writes what it hasn't seen; whether its answer stays open.
    pub(super) fn is_left_open(
        &mut self,
        tag: &ETag,
        is_last: bool,
        events: &[(Audience, Vec<u8>)],
        answer: &[u8],
    ) -> bool {
        let notification = self.subscription.notification(&self.seen, tag, is_last);
        if matches!(notification, Notification::Event | Notification::LastEvent) {
            let bytes = match &self.subscription {
                Subscription::Wait(_) => Some(answer),
                Subscription::Stream { origin, id } => events
                    .iter()
                    .find(|((known, known_id), _)| known == origin && known_id == id)
                    .map(|(_, event)| event.as_slice()),
            };
            // It came while others' events were rendered, and is sent its own.
            let Some(bytes) = bytes else {
                return true;
            };
            self.writer.write(bytes);
            tag.as_str().clone_into(&mut self.seen);
        }
        matches!(notification, Notification::Nothing | Notification::Event)
    }
}
