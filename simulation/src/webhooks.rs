//! FASHN's webhooks on their way to a Worker: lost, twice, late, early, forged.

use std::rc::Rc;

use fitting_room::app::message::{Request, Response, WebhookAck};
use fitting_room::auth::ids::{Attempt, Ticket};
use fitting_room::fashn_api::response::UpstreamId;

use crate::coverage::Trip;
use crate::dice::Lot;
use crate::fault::Fault;
use crate::guards::Guard;
use crate::plan::Trouble;
use crate::world::World;

/// FASHN comes again after so long where it wasn't thanked, and then no more.
const RETRIES_MS: [u64; 4] = [1_000, 10_000, 60_000, 200_000];

impl World {
    /// A run is over: FASHN tells.
    pub fn send_webhooks(self: &Rc<Self>, lot: Lot, place: usize) {
        let Some((id, ticket)) = self.id_at(place) else {
            return;
        };
        let falls = |fault| self.falls_for(lot, fault);
        let now_ms = self.now_ms();
        let soon = || now_ms + self.dice.borrow_mut().between(lot, 5, 300);
        if falls(Fault::WebhookForgedToken) {
            let token = self.forger.webhook_token(&ticket, 1).reveal().to_owned();
            self.receive_webhook_at(soon(), lot, place, token, id.clone(), RETRIES_MS.len());
        }
        // Only FASHN knows the token: what it says first binds, so that these come later.
        if self.is_bound(ticket) {
            let last = RETRIES_MS.len();
            if falls(Fault::WebhookForgedId) {
                self.send_webhook_at(soon(), lot, place, "made-up-u1".to_owned(), last);
            }
            if falls(Fault::WebhookForeignId) {
                self.send_webhook_at(soon(), lot, place, "sim-0-u1".to_owned(), last);
            }
        }
        if falls(Fault::WebhookLost) || self.is_bad(Trouble::WebhooksOut) {
            return;
        }
        let at_ms = if falls(Fault::WebhookLate) {
            now_ms + self.dice.borrow_mut().between(lot, 10_000, 900_000)
        } else {
            soon()
        };
        self.send_webhook_at(at_ms, lot, place, id.clone(), 0);
        if falls(Fault::WebhookTwice) {
            self.send_webhook_at(soon(), lot, place, id, 0);
        }
    }

    fn id_at(&self, place: usize) -> Option<(String, Ticket)> {
        let fashn = self.fashn.borrow();
        let run = fashn.runs.get(place)?;
        Some((run.id.clone(), run.ticket))
    }

    /// A webhook with a run's own token.
    pub fn send_webhook_at(&self, at_ms: u64, lot: Lot, place: usize, id: String, tries: usize) {
        let token = self
            .fashn
            .borrow()
            .runs
            .get(place)
            .map(|run| run.token.clone());
        if let Some(token) = token {
            self.receive_webhook_at(at_ms, lot, place, token, id, tries);
        }
    }

    fn receive_webhook_at(
        &self,
        at_ms: u64,
        lot: Lot,
        place: usize,
        token: String,
        id: String,
        tries: usize,
    ) {
        self.executor.act_at(at_ms, move |world| {
            world.receive_webhook(lot, place, token, id, tries);
        });
    }

    /// `POST /webhooks/fashn/{token}`
    fn receive_webhook(
        self: &Rc<Self>,
        lot: Lot,
        place: usize,
        token: String,
        id: String,
        tries: usize,
    ) {
        let Some((ticket, attempt)) = self.read_token(&token) else {
            return;
        };
        let Some(upstream) = UpstreamId::parse(&id) else {
            return;
        };
        self.tell(|| {
            let name = self.name_of(ticket);
            format!("a webhook says that {name}, send {attempt}, is {id}")
        });
        let request = Request::Webhook {
            ticket,
            attempt,
            upstream,
        };
        let coming_again = ComingAgain {
            world: Rc::clone(self),
            is_over: false,
            lot,
            place,
            token,
            id,
            tries,
        };
        let world = Rc::clone(self);
        let work = Box::pin(async move {
            let mut coming_again = coming_again;
            let answer = world.ask(request).await;
            coming_again.is_over = matches!(
                answer,
                Ok(Response::Webhook(WebhookAck::Noted | WebhookAck::NotOurs))
            );
        });
        self.run_worker(Trip::WorkerWebhook, lot, work);
    }

    fn read_token(&self, token: &str) -> Option<(Ticket, Attempt)> {
        let read = self.signer.verify_webhook_token(token);
        if !self.guards.has(Guard::SignedToken) && read.is_none() {
            return self.forger.verify_webhook_token(token);
        }
        let (ticket, attempt) = read?;
        if self.guards.has(Guard::AttemptInToken) {
            return Some((ticket, attempt));
        }
        Some((ticket, self.attempt_of(ticket).unwrap_or(attempt)))
    }
}

/// FASHN comes again with a webhook for which it isn't thanked.
struct ComingAgain {
    world: Rc<World>,
    is_over: bool,
    lot: Lot,
    place: usize,
    token: String,
    id: String,
    tries: usize,
}

impl Drop for ComingAgain {
    fn drop(&mut self) {
        let Some(pause_ms) = RETRIES_MS.get(self.tries).filter(|_| !self.is_over) else {
            return;
        };
        let at_ms = self.world.now_ms() + pause_ms;
        let (token, id) = (
            std::mem::take(&mut self.token),
            std::mem::take(&mut self.id),
        );
        self.world
            .receive_webhook_at(at_ms, self.lot, self.place, token, id, self.tries + 1);
    }
}
