//! The Prediction object: it holds the predictions of a batch, each at a desk of its own, and has one alarm for all of them.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use super::desk::Desk;
use super::gateway::now_ms;
use super::log;
use super::object_call;
use super::platform::Asked;
use super::prediction_storage::Batch;
use super::predictions::{Command, Listen};
use super::task;
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::prediction::UpstreamId;

/// The predictions of a batch.
#[wasm_bindgen]
pub struct PredictionObject(Rc<Desks>);

struct Desks {
    batch: Rc<Batch>,
    env: Env,
    /// Those that something was asked of, unless they have been at rest since.
    known: RefCell<Vec<(Ticket, Rc<Desk>)>>,
}

#[wasm_bindgen]
impl PredictionObject {
    /// The object, before anything was asked of it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &JsValue, env: Env) -> Self {
        Self(Rc::new(Desks {
            batch: Rc::new(Batch::of(state)),
            env,
            known: RefCell::default(),
        }))
    }

    /// Does what a [`Command`] says to one of the predictions, with the body of a run that waits beside it; the answer is a
    /// [`Told`](super::predictions::Told).
    pub fn call(&self, message: &[u8], body: Option<Uint8Array>) -> Result<JsValue, JsValue> {
        let (ticket, command): (Ticket, Command) = object_call::receive(message)?;
        let desk = self.0.of(ticket);
        task::begin(async move { object_call::answer(desk.obey(command, body).await) })
    }

    /// Lets somebody listen to one of them, as a [`Listen`] says; the answer is theirs.
    pub fn listen(&self, message: &[u8]) -> Result<JsValue, JsValue> {
        let (ticket, (form, seen)): (Ticket, Listen) = object_call::receive(message)?;
        Ok(self.0.of(ticket).listen(form, seen)?)
    }

    /// It is time for one or more of them.
    pub fn alarm(&self) -> Result<JsValue, JsValue> {
        let desks = Rc::clone(&self.0);
        task::begin(async move {
            desks.alarm().await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Desks {
    /// A prediction's desk, whether there is such a prediction or not.
    fn of(&self, ticket: Ticket) -> Rc<Desk> {
        let mut known = self.known.borrow_mut();
        if let Some((_, desk)) = known.iter().find(|(known, _)| *known == ticket) {
            return Rc::clone(desk);
        }
        if known.len() >= limits::DESKS_MAX {
            known.retain(|(_, desk)| !desk.is_at_rest());
        }
        let desk = Rc::new(Desk::new(ticket, &self.batch, &self.env));
        known.push((ticket, Rc::clone(&desk)));
        desk
    }

    /// (1) Whose time has come. (2) Each decides; one that fails is no other's trouble, and is tried again. (3) Set the next alarm.
    /// (4) Ask FASHN about those that it is to be asked about, all at once.
    async fn alarm(&self) -> Asked<()> {
        // (1)
        let due = self.batch.alarm_went_off(now_ms())?;
        // (2)
        let mut asking = Vec::new();
        for ticket in due {
            let desk = self.of(ticket);
            match Rc::clone(&desk).alarm().await {
                Ok(None) => {}
                Ok(Some(upstream)) => asking.push(ask(desk, upstream)),
                Err(thrown) => {
                    log::error("alarm", &Problem::Internal(thrown.to_string()));
                    let retry_ms = now_ms() + limits::ALARM_RETRY_MS;
                    self.batch.set_due(ticket, retry_ms)?;
                }
            }
        }
        // (3)
        self.batch.set_alarm()?;
        // (4)
        poll_fn(|context| {
            asking.retain_mut(|asked| asked.as_mut().poll(context).is_pending());
            if asking.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        Ok(())
    }
}

fn ask(desk: Rc<Desk>, upstream: UpstreamId) -> LocalBoxFuture<'static, ()> {
    Box::pin(async move {
        if let Err(problem) = desk.ask(upstream).await {
            log::error("alarm", &problem);
        }
    })
}
