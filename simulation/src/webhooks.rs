//! FASHN's webhooks on their way to a Worker: lost, twice, late, early, forged.

use std::rc::Rc;

use fitting_room::app::problem::Problem;
use fitting_room::app::webhook;
use fitting_room::auth::ids::{Attempt, Ticket};

use crate::coverage::Trip;
use crate::fault::Fault;
use crate::guards::Guard;
use crate::plan::Trouble;
use crate::randomness::RandomStream;
use crate::world::World;

/// FASHN comes again after so long where it wasn't thanked, and then no more.
const RETRIES_MS: [u64; 4] = [1_000, 10_000, 60_000, 200_000];

impl World {
    /// A run is over: FASHN tells.
    pub fn send_webhooks(self: &Rc<Self>, stream: RandomStream, index: usize) {
        let Some((id, ticket)) = self.id_at(index) else {
            return;
        };
        let happens = |fault| self.happens_for(stream, fault);
        let now_ms = self.now_ms();
        let soon = || now_ms + self.randomness.borrow_mut().between(stream, 5, 300);
        // Only FASHN knows the token: what it says first binds, so that these come later.
        if self.is_bound(ticket) {
            let last = RETRIES_MS.len();
            if happens(Fault::WebhookForgedId) {
                self.send_webhook_at(soon(), stream, index, "made-up-u1".to_owned(), last);
            }
            if happens(Fault::WebhookForeignId) {
                self.send_webhook_at(soon(), stream, index, "sim-0-u1".to_owned(), last);
            }
        }
        if happens(Fault::WebhookLost) || self.is_bad(Trouble::WebhooksOut) {
            return;
        }
        let at_ms = if happens(Fault::WebhookLate) {
            now_ms + self.randomness.borrow_mut().between(stream, 10_000, 900_000)
        } else {
            soon()
        };
        self.send_webhook_at(at_ms, stream, index, id.clone(), 0);
        if happens(Fault::WebhookTwice) {
            self.send_webhook_at(soon(), stream, index, id, 0);
        }
    }

    /// A forger, which knows no secret, says that a run is done.
    pub fn forge_webhook(
        &self,
        stream: RandomStream,
        index: usize,
        ticket: Ticket,
        attempt: Attempt,
    ) {
        let token = self.forger.webhook_token(&ticket, attempt);
        let token = token.reveal().to_owned();
        let (at_ms, id) = (self.now_ms() + 1, "made-up-u1".to_owned());
        self.receive_webhook_at(at_ms, stream, index, token, id, RETRIES_MS.len());
    }

    fn id_at(&self, index: usize) -> Option<(String, Ticket)> {
        let fashn = self.fashn.borrow();
        let run = fashn.runs.get(index)?;
        Some((run.id.clone(), run.ticket))
    }

    /// A webhook with a run's own token.
    pub fn send_webhook_at(
        &self,
        at_ms: u64,
        stream: RandomStream,
        index: usize,
        id: String,
        tries: usize,
    ) {
        let token = self.fashn.borrow().runs.get(index).map(|run| run.token.clone());
        if let Some(token) = token {
            self.receive_webhook_at(at_ms, stream, index, token, id, tries);
        }
    }

    fn receive_webhook_at(
        &self,
        at_ms: u64,
        stream: RandomStream,
        index: usize,
        token: String,
        id: String,
        tries: usize,
    ) {
        self.executor.act_at(at_ms, move |world| {
            world.receive_webhook(stream, index, token, id, tries);
        });
    }

    /// `POST /webhooks/fashn/{token}`
    fn receive_webhook(
        self: &Rc<Self>,
        stream: RandomStream,
        index: usize,
        token: String,
        id: String,
        tries: usize,
    ) {
        let Some((ticket, attempt)) = self.read_token(&token) else {
            return;
        };
        self.tell(|| {
            let name = self.name_of(ticket);
            format!("a webhook says that {name}, send {attempt}, is {id}")
        });
        let now_ms = self.now_ms();
        let mut hinted_ms = self.hinted_ms.borrow_mut();
        hinted_ms.entry(id.clone()).or_insert(now_ms);
        drop(hinted_ms);
        let body = format!(r#"{{"id":"{id}","status":"completed","output":[],"error":null}}"#);
        let coming_again =
            ComingAgain { world: Rc::clone(self), is_over: false, stream, index, token, id, tries };
        let ports = self.worker_ports(stream);
        let work = Box::pin(async move {
            let mut coming_again = coming_again;
            let received = webhook::receive(&ports, (ticket, attempt), body.into_bytes()).await;
            coming_again.is_over = matches!(received, Ok(()) | Err(Problem::NotFound));
        });
        self.run_worker(Trip::WorkerWebhook, stream, work);
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
    stream: RandomStream,
    index: usize,
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
        let (token, id) = (std::mem::take(&mut self.token), std::mem::take(&mut self.id));
        self.world.receive_webhook_at(at_ms, self.stream, self.index, token, id, self.tries + 1);
    }
}
