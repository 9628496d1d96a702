//! Answers of an account that stay open.

use std::rc::Rc;

use crate::account::rows::StorageError;
use crate::app::account::AccountActor;
use crate::app::message::Shown;
use crate::app::ports::{AccountPorts, CallError, StreamWriter as _};
use crate::app::render::StatusRenderer;
use crate::app::subscribers::{Audience, Subscribed, Subscriber};
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::notify::subscription::{
    HELLO, Notification, SubscribeRequest, Subscription, event, is_behind, place_again_ms,
};

impl<P: AccountPorts + 'static> AccountActor<P> {
    /// Takes a subscriber in. `open` makes its answer, if it stays open.
    pub fn subscribe(
        self: &Rc<Self>,
        request: SubscribeRequest,
        open: impl FnOnce() -> P::Writer,
    ) -> Result<Subscribed, StorageError> {
        let SubscribeRequest { ticket, subscription, seen } = request;
        let Some(shown) = self.look(ticket)? else {
            return Ok(Subscribed::NotFound);
        };
        let list = &self.subscribers;
        let tag = list.envelope(ticket, &shown).tag(0);
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
        let now_ms = self.ports.now_ms();
        if !list.has_room(ticket, now_ms) {
            return Ok(Subscribed::Full);
        }
        let writer = open();
        if matches!(subscription, Subscription::Stream { .. }) {
            writer.write(HELLO);
        }
        list.add(ticket, Subscriber { subscription, seen, writer }, now_ms);
        self.notify(ticket);
        self.set_timer();
        Ok(Subscribed::Open)
    }

    /// A run changed, or has a new subscriber: each is sent what it hasn't seen.
    pub(super) fn notify(self: &Rc<Self>, ticket: Ticket) {
        if !self.subscribers.runs.borrow().contains_key(&ticket) {
            return;
        }
        let actor = Rc::clone(self);
        self.ports.spawn(Box::pin(async move {
            if let Err(reason) = actor.tell(ticket).await {
                // They come back, and see for themselves.
                actor.subscribers.runs.borrow_mut().remove(&ticket);
                actor.ports.error("subscribers", &reason);
            }
        }));
    }

    /// (1) What is shown now; with nothing to see the answers end. (2) Render it, once for each
    /// audience. (3) Write what each doesn't know.
    async fn tell(self: &Rc<Self>, ticket: Ticket) -> Result<(), String> {
        // (1)
        let list = &self.subscribers;
        let Some(shown) = self.look(ticket).map_err(|error| error.to_string())? else {
            list.runs.borrow_mut().remove(&ticket);
            return Ok(());
        };
        let envelope = list.envelope(ticket, &shown);
        let tag = envelope.tag(0);
        let is_last = envelope.status.is_terminal();
        // (2)
        let mut events = Vec::new();
        for audience in list.audiences(ticket, &tag, is_last) {
            let rendered = self.event(&audience, ticket, &shown).await;
            events.push((audience, rendered.map_err(|error| error.to_string())?));
        }
        // (3)
        let place_ms = envelope
            .queue_position
            .map(|_| self.ports.now_ms().saturating_add(place_again_ms(shown.standing)));
        let answer = answer(&shown);
        let mut runs = list.runs.borrow_mut();
        let Some(run) = runs.get_mut(&ticket) else {
            return Ok(());
        };
        run.all.retain_mut(|one| one.is_left_open(&tag, is_last, &events, &answer));
        run.place_ms = place_ms;
        runs.retain(|_, run| !run.all.is_empty());
        drop(runs);
        self.set_timer();
        Ok(())
    }

    async fn event(
        &self,
        (origin, id): &Audience,
        ticket: Ticket,
        shown: &Shown,
    ) -> Result<Vec<u8>, CallError> {
        let addresses = self.subscribers.addresses;
        let status_renderer = StatusRenderer { id, origin, addresses, data_urls: true };
        let rendered = status_renderer.render(&self.ports, &ticket, shown).await?;
        Ok(event(&rendered.tag, rendered.json.as_bytes()))
    }

    /// The one timer, as long as anything subscribes: heartbeats, ends of waits, places in the
    /// queue.
    fn set_timer(self: &Rc<Self>) {
        let timer_ms = &self.subscribers.timer_ms;
        let Some(due_ms) = self.subscribers.due_ms() else {
            return;
        };
        if timer_ms.get().is_some_and(|at_ms| at_ms <= due_ms) {
            return;
        }
        timer_ms.set(Some(due_ms));
        let actor = Rc::clone(self);
        self.ports.spawn(Box::pin(async move {
            actor.ports.sleep(due_ms.saturating_sub(actor.ports.now_ms())).await;
            // An earlier one was set meanwhile.
            if actor.subscribers.timer_ms.get() != Some(due_ms) {
                return;
            }
            actor.subscribers.timer_ms.set(None);
            actor.tick().await;
            actor.set_timer();
        }));
    }

    async fn tick(self: &Rc<Self>) {
        let list = &self.subscribers;
        let now_ms = self.ports.now_ms();
        if list.heartbeat_ms.get() <= now_ms {
            list.heartbeat_ms.set(now_ms + limits::HEARTBEAT_MS);
            list.beat(None);
            // A lost reader is known once the platform has tried to write.
            self.ports.sleep(0).await;
        }
        list.prune(now_ms);
        let mut due = Vec::new();
        for (ticket, run) in &mut *list.runs.borrow_mut() {
            if run.place_ms.is_some_and(|at_ms| at_ms <= now_ms) {
                run.place_ms = None;
                due.push(*ticket);
            }
        }
        for ticket in due {
            self.notify(ticket);
        }
    }
}

/// The answer of a wait. It always serialises.
fn answer(shown: &Shown) -> Vec<u8> {
    serde_json::to_vec(shown).unwrap_or_default()
}
