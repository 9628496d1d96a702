//! Open answers of an account: streams of events, and waits. They are in memory alone; after a
//! reset of the object a caller comes back, and begins with what is stored.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::account::rows::StorageError;
use crate::app::account::AccountActor;
use crate::app::message::Shown;
use crate::app::ports::{AccountPorts, CallError};
use crate::app::render::StatusRenderer;
use crate::auth::ids::{PredictionId, Signer, Ticket};
use crate::config::limits;
use crate::config::settings::OutputAddresses;
use crate::http::etag::ETag;
use crate::http::origin::Origin;
use crate::notify::subscription::{
    HEARTBEAT, HELLO, Notification, SubscribeRequest, Subscription, event, is_behind,
    place_again_ms,
};
use crate::run::view::Envelope;

/// The account's end of an open answer. Dropped, the answer ends once what was written is read.
pub trait StreamWriter {
    /// Writes, without waiting for a reader.
    fn write(&self, bytes: &[u8]);
    /// Its reader has left, or doesn't read.
    fn is_lost(&self) -> bool;
}

/// Subscribers by run.
pub struct SubscriberList<W> {
    signer: Rc<Signer>,
    addresses: OutputAddresses,
    runs: RefCell<BTreeMap<Ticket, RunSubscribers<W>>>,
    /// When the timer goes off, in milliseconds since 1970; none if it isn't set.
    timer_ms: Cell<Option<u64>>,
    heartbeat_ms: Cell<u64>,
}

struct RunSubscribers<W> {
    all: Vec<Subscriber<W>>,
    /// When a waiting run's place is looked at again, in milliseconds since 1970.
    place_ms: Option<u64>,
}

struct Subscriber<W> {
    subscription: Subscription,
    /// The tag that it was sent last.
    seen: String,
    writer: W,
}

/// Streams of one audience are told the same: addresses begin with the origin, and have the id.
type Audience = (Origin, PredictionId);

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
    /// There is nothing to see.
    NotFound,
}

impl<W: StreamWriter + 'static> SubscriberList<W> {
    /// No subscribers.
    pub fn new(signer: Rc<Signer>, addresses: OutputAddresses) -> Self {
        Self {
            signer,
            addresses,
            runs: RefCell::new(BTreeMap::new()),
            timer_ms: Cell::new(None),
            heartbeat_ms: Cell::new(0),
        }
    }

    /// Takes a subscriber in. `open` makes its answer, if it stays open.
    pub fn subscribe<P: AccountPorts + 'static>(
        self: &Rc<Self>,
        actor: &Rc<AccountActor<P>>,
        request: SubscribeRequest,
        open: impl FnOnce() -> W,
    ) -> Result<Subscribed, StorageError> {
        let SubscribeRequest { ticket, subscription, seen } = request;
        let Some(shown) = actor.look(&ticket)? else {
            return Ok(Subscribed::NotFound);
        };
        let tag = self.envelope(&ticket, &shown).tag(0);
        let is_last = shown.view.status.is_terminal();
        let seen = match &subscription {
            Subscription::Wait(_) => {
                if is_last || seen.is_some_and(|seen| is_behind(&seen, &tag)) {
                    return Ok(Subscribed::Answer(answer(&shown)));
                }
                tag.as_str().to_owned()
            }
            Subscription::Stream { .. } => {
                let seen = seen.unwrap_or_default();
                if subscription.notification(&seen, &tag, is_last) == Notification::End {
                    return Ok(Subscribed::Over);
                }
                seen
            }
        };
        let now_ms = actor.ports().now_ms();
        if !self.has_room(&ticket, now_ms) {
            return Ok(Subscribed::Full);
        }
        let writer = open();
        if matches!(subscription, Subscription::Stream { .. }) {
            writer.write(HELLO);
        }
        let mut runs = self.runs.borrow_mut();
        if runs.is_empty() {
            self.heartbeat_ms.set(now_ms + limits::HEARTBEAT_MS);
        }
        let run = runs.entry(ticket).or_insert_with(RunSubscribers::none);
        run.all.push(Subscriber { subscription, seen, writer });
        drop(runs);
        self.notify(actor, ticket);
        self.set_timer(actor);
        Ok(Subscribed::Open)
    }

    /// A run changed, or somebody new subscribes to it.
    pub fn notify<P: AccountPorts + 'static>(
        self: &Rc<Self>,
        actor: &Rc<AccountActor<P>>,
        ticket: Ticket,
    ) {
        if !self.runs.borrow().contains_key(&ticket) {
            return;
        }
        let (list, actor) = (Rc::clone(self), Rc::clone(actor));
        let ports = Rc::clone(&actor);
        ports.ports().spawn(Box::pin(async move {
            if let Err(reason) = list.tell(&actor, &ticket).await {
                // They come back, and see for themselves.
                list.runs.borrow_mut().remove(&ticket);
                actor.ports().error("subscribers", &reason);
            }
        }));
    }

    /// (1) What is shown now; with nothing to see the answers end. (2) Render it, once for each
    /// audience. (3) Write what each doesn't know.
    async fn tell<P: AccountPorts + 'static>(
        self: &Rc<Self>,
        actor: &Rc<AccountActor<P>>,
        ticket: &Ticket,
    ) -> Result<(), String> {
        // (1)
        let looked = actor.look(ticket).map_err(|error| error.to_string())?;
        let Some(shown) = looked else {
            self.runs.borrow_mut().remove(ticket);
            return Ok(());
        };
        let envelope = self.envelope(ticket, &shown);
        let tag = envelope.tag(0);
        let is_last = envelope.status.is_terminal();
        // (2)
        let mut events = Vec::new();
        for audience in self.audiences(ticket, &tag, is_last) {
            let rendered = self.event(actor, &audience, ticket, &shown).await;
            let event = rendered.map_err(|error| error.to_string())?;
            events.push((audience, event));
        }
        // (3)
        let answer = answer(&shown);
        let mut runs = self.runs.borrow_mut();
        let Some(run) = runs.get_mut(ticket) else {
            return Ok(());
        };
        run.all.retain_mut(|one| one.is_left_open(&tag, is_last, &events, &answer));
        if envelope.queue_position.is_some() {
            let now_ms = actor.ports().now_ms();
            run.place_ms = Some(now_ms.saturating_add(place_again_ms(shown.standing)));
        } else {
            run.place_ms = None;
        }
        runs.retain(|_, run| !run.all.is_empty());
        drop(runs);
        self.set_timer(actor);
        Ok(())
    }

    async fn event<P: AccountPorts + 'static>(
        &self,
        actor: &Rc<AccountActor<P>>,
        (origin, id): &Audience,
        ticket: &Ticket,
        shown: &Shown,
    ) -> Result<Vec<u8>, CallError> {
        let status_renderer =
            StatusRenderer { id, origin, addresses: self.addresses, data_urls: true };
        let rendered = status_renderer.render(actor.ports(), ticket, shown).await?;
        Ok(event(&rendered.tag, rendered.json.as_bytes()))
    }

    /// Audiences of the streams that are to be told something, each once.
    fn audiences(&self, ticket: &Ticket, tag: &ETag, is_last: bool) -> Vec<Audience> {
        let runs = self.runs.borrow();
        let mut audiences = Vec::new();
        for one in runs.get(ticket).map_or(&[][..], |run| &run.all) {
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

    fn envelope(&self, ticket: &Ticket, shown: &Shown) -> Envelope {
        Envelope::of(self.signer.id(ticket), &shown.view, shown.standing)
    }

    /// Whether one more may subscribe. Readers that have left are released first.
    fn has_room(&self, ticket: &Ticket, now_ms: u64) -> bool {
        let is_full = || {
            let runs = self.runs.borrow();
            let of_run = runs.get(ticket).map_or(0, |run| run.all.len());
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
    fn beat(&self, ticket: Option<&Ticket>) {
        for (run, subscribers) in &*self.runs.borrow() {
            if ticket.is_none_or(|ticket| ticket == run) {
                for one in &subscribers.all {
                    if matches!(one.subscription, Subscription::Stream { .. }) {
                        one.writer.write(HEARTBEAT);
                    }
                }
            }
        }
    }

    /// Releases those that lost their readers. A wait that is over is sent what there is.
    fn prune(&self, now_ms: u64) {
        let mut runs = self.runs.borrow_mut();
        for run in runs.values_mut() {
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
    fn due_ms(&self) -> Option<u64> {
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

    /// The one timer, as long as anybody subscribes: heartbeats, ends of waits, places in the
    /// queue.
    fn set_timer<P: AccountPorts + 'static>(self: &Rc<Self>, actor: &Rc<AccountActor<P>>) {
        let Some(due_ms) = self.due_ms() else {
            return;
        };
        if self.timer_ms.get().is_some_and(|at_ms| at_ms <= due_ms) {
            return;
        }
        self.timer_ms.set(Some(due_ms));
        let (list, actor) = (Rc::clone(self), Rc::clone(actor));
        let ports = Rc::clone(&actor);
        ports.ports().spawn(Box::pin(async move {
            let ports = actor.ports();
            ports.sleep(due_ms.saturating_sub(ports.now_ms())).await;
            // An earlier one was set meanwhile.
            if list.timer_ms.get() != Some(due_ms) {
                return;
            }
            list.timer_ms.set(None);
            list.tick(&actor).await;
            list.set_timer(&actor);
        }));
    }

    async fn tick<P: AccountPorts + 'static>(self: &Rc<Self>, actor: &Rc<AccountActor<P>>) {
        let now_ms = actor.ports().now_ms();
        if self.heartbeat_ms.get() <= now_ms {
            self.heartbeat_ms.set(now_ms + limits::HEARTBEAT_MS);
            self.beat(None);
            // A lost reader is known once the platform has tried to write.
            actor.ports().sleep(0).await;
        }
        self.prune(now_ms);
        let mut due = Vec::new();
        for (ticket, run) in &mut *self.runs.borrow_mut() {
            if run.place_ms.is_some_and(|at_ms| at_ms <= now_ms) {
                run.place_ms = None;
                due.push(*ticket);
            }
        }
        for ticket in due {
            self.notify(actor, ticket);
        }
    }
}

impl<W> RunSubscribers<W> {
    fn none() -> Self {
        Self { all: Vec::new(), place_ms: None }
    }
}

impl<W: StreamWriter> Subscriber<W> {
    /// Writes what it hasn't seen; whether its answer stays open.
    fn is_left_open(
        &mut self,
        tag: &ETag,
        is_last: bool,
        events: &[(Audience, Vec<u8>)],
        answer: &[u8],
    ) -> bool {
        let notification = self.subscription.notification(&self.seen, tag, is_last);
        let is_told = matches!(notification, Notification::Event | Notification::LastEvent);
        if is_told {
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

/// The answer of a wait. It always serialises.
fn answer(shown: &Shown) -> Vec<u8> {
    serde_json::to_vec(shown).unwrap_or_default()
}
