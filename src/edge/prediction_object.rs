//! The Prediction object: one a prediction, named by its ticket. It stores the record and the body of a run that
//! waits, takes events in, sends the run when the Dispatcher lets it go, holds the answers of who listens (`listening`), and its alarm asks FASHN when no webhook
//! came and wipes everything in the end.
//!
//! Stored, as `docs/storage.md` lists it: `record`, a [`Record`]; `relay`, a [`Delivery`], until it is settled; while a body is kept, `body/0`, `body/1`, …
//! and `origin`, where FASHN's webhook finds this Worker.

use std::cell::{Cell, RefCell};
use std::iter;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use super::confirm;
use super::dispatchers::DispatcherHandle;
use super::gateway::{Configured, configured, now_ms};
use super::kept_output;
use super::listening::Listeners;
use super::log;
use super::object_call;
use super::platform::{Asked, Thrown};
use super::predictions::{Command, Hinted, Listen, Told};
use super::sending::{Sender, Sending};
use super::storage::Storage;
use super::task;
use crate::dispatcher::Attempt;
use crate::limits;
use crate::origin::Origin;
use crate::output::StoredItem;
use crate::prediction::UpstreamId;
use crate::prediction::{
    Decision, Ending, Event, News, Record, State as PredictionState, StoredBody,
};
use crate::problem::Problem;
use crate::relay::Delivery;
use crate::shop::KeyName;
use crate::stored;
use crate::ticket::Ticket;

const RECORD: &str = "record";
const ORIGIN: &str = "origin";
const RELAY: &str = "relay";

/// One prediction.
#[wasm_bindgen]
pub struct PredictionObject(Rc<Desk>);

/// The body of a run that waits, and where FASHN's webhook will find this Worker.
type Body = (Uint8Array, Origin);

/// What the object works with.
pub struct Desk {
    storage: Storage,
    /// The record as it is stored, once it was read or written.
    memory: RefCell<Option<Record>>,
    /// When the alarm goes off, as far as it is known.
    alarm_ms: Cell<Option<u64>>,
    pub(super) env: Env,
    pub(super) listeners: Listeners,
}

#[wasm_bindgen]
impl PredictionObject {
    /// The object, before anything was asked of it.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &JsValue, env: Env) -> Self {
        Self(Rc::new(Desk {
            storage: Storage::of(state),
            memory: RefCell::new(None),
            alarm_ms: Cell::new(None),
            env,
            listeners: Listeners::default(),
        }))
    }

    /// Does what a [`Command`] says, with the body of a run that waits beside it; the answer is a [`Told`].
    pub fn call(&self, message: &[u8], body: Option<Uint8Array>) -> Result<JsValue, JsValue> {
        let command = object_call::receive(message)?;
        let desk = Rc::clone(&self.0);
        task::begin(async move { object_call::answer(desk.obey(command, body).await) })
    }

    /// Lets somebody listen, as a [`Listen`] says; the answer is theirs.
    pub fn listen(&self, message: &[u8]) -> Result<JsValue, JsValue> {
        let (form, seen): Listen = object_call::receive(message)?;
        Ok(Rc::clone(&self.0).listen(form, seen)?)
    }

    /// (1) Tell the merchant's backend again, if that is due. (2) Decide; the next alarm is set by then. (3) Ask FASHN if
    /// that is due, and take in what it says.
    pub fn alarm(&self) -> Result<JsValue, JsValue> {
        let desk = Rc::clone(&self.0);
        // It has gone off, so there is none any more.
        desk.alarm_ms.set(None);
        task::begin(async move {
            // (1)
            desk.deliver_again()?;
            // (2)
            let taken = Rc::clone(&desk).take(Event::Alarm, None, None).await?;
            // (3)
            if let Some(Decision::Ask(upstream)) = taken
                && let Err(problem) = desk.ask(upstream).await
            {
                log::error("alarm", &problem);
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Desk {
    async fn obey(self: Rc<Self>, command: Command, body: Option<Uint8Array>) -> Asked<Told> {
        Ok(match command {
            Command::Create(record, origin) => {
                let body = body.map(|body| (body, origin));
                self.create(&record, body)?
            }
            Command::Read => self.load()?.map_or(Told::Absent, Told::Record),
            Command::Look => match self.load()? {
                Some(record) => {
                    let place = self.standing(&record).await;
                    Told::Standing(record, place)
                }
                None => Told::Absent,
            },
            Command::Hint(upstream) => Told::Hinted(self.hinted(upstream).await?),
            Command::Permit(attempt) => self
                .take(Event::Permitted(attempt), None, None)
                .await?
                .map_or(Told::Absent, |_| Told::Done),
            Command::Event(event) => self
                .take(event, None, None)
                .await?
                .map_or(Told::Absent, Told::Decided),
            Command::EventWithBody(event, origin) => self
                .take(event, body.map(|body| (body, origin)), None)
                .await?
                .map_or(Told::Absent, Told::Decided),
        })
    }

    fn create(&self, record: &Record, body: Option<Body>) -> Asked<Told> {
        if self.load()?.is_some() {
            return Ok(Told::Exists);
        }
        self.save(record, None, body, None)?;
        Ok(Told::Done)
    }

    /// A webhook says how the run ended. It is believed when FASHN says so too.
    async fn hinted(self: Rc<Self>, upstream: UpstreamId) -> Asked<Hinted> {
        let taken = Rc::clone(&self).take(Event::Hinted(upstream), None, None);
        let upstream = match taken.await? {
            Some(Decision::Ask(upstream)) => upstream,
            Some(Decision::Keep | Decision::Save | Decision::Send(..)) => return Ok(Hinted::Noted),
            Some(Decision::Disown | Decision::Wipe) | None => return Ok(Hinted::Disowned),
        };
        Ok(match self.ask(upstream).await {
            Ok(true) => Hinted::Noted,
            // The webhook is ahead of the status: it comes again.
            Ok(false) => Hinted::Unconfirmed,
            Err(Problem::Busy {
                retry_after_seconds,
                ..
            }) => Hinted::TooEarly {
                retry_after_seconds,
            },
            Err(problem) => {
                log::error("/webhooks/fashn/", &problem);
                Hinted::Unconfirmed
            }
        })
    }

    /// (1) Load. (2) Decide. (3) Save. (4) Begin with what is done here; what the caller has to do is answered. An end is
    /// told to the Dispatcher in the conversation that there is, or a new one.
    async fn take(
        self: Rc<Self>,
        event: Event,
        body: Option<Body>,
        dispatcher: Option<DispatcherHandle>,
    ) -> Asked<Option<Decision>> {
        let is_alarm = event == Event::Alarm;
        let forgets = event == Event::Forget;
        // (1)
        let Some(mut record) = self.load()? else {
            return Ok(None);
        };
        let kept_body = record.body().copied();
        let was_over = record.is_over();
        if forgets {
            self.forget_outputs(&record).await;
        }
        // (2)
        let before = record.clone();
        let decision = record.step(event, now_ms());
        // (3)
        let mut delivery = None;
        let saved = match &decision {
            // A webhook whose run is known already changes nothing.
            Decision::Ask(_) if !is_alarm && record == before => false,
            Decision::Save | Decision::Ask(_) | Decision::Send(..) => {
                let dropped = kept_body.filter(|_| record.body().is_none());
                delivery = self.new_delivery(&record).filter(|_| !was_over);
                self.save(&record, dropped, body, delivery)?;
                true
            }
            Decision::Wipe => {
                self.wipe(&record).await?;
                false
            }
            // An alarm is gone once it went off: an early one is set again.
            Decision::Keep if is_alarm => {
                self.set_alarm(self.next_alarm_ms(&record)?)?;
                false
            }
            Decision::Keep | Decision::Disown => false,
        };
        // (4)
        if let Some(ticket) = record.id.ticket() {
            if let Decision::Send(body, attempt) = &decision {
                let sending = Rc::clone(&self).send(ticket, record.key.clone(), *body, *attempt);
                begin(sending);
            }
            if saved {
                self.changed(&record);
            }
            if delivery.is_some() {
                begin(Rc::clone(&self).deliver(record.clone()));
            }
            if forgets && matches!(decision, Decision::Wipe | Decision::Save) {
                begin(Rc::clone(&self).tell_forgotten(ticket, record.key.clone()));
            }
            if saved && record.report().is_some() {
                begin(Rc::clone(&self).report(ticket, record, dispatcher));
            }
        }
        Ok(Some(decision))
    }

    /// Sends the stored body and takes in what became of it. When that is lost, the webhook or the deadline tells.
    fn send(
        self: Rc<Self>,
        ticket: Ticket,
        key: KeyName,
        stored: StoredBody,
        attempt: Attempt,
    ) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            let configured = self.configured()?;
            let (body, origin) = self.stored_body(stored).map_err(failed)?;
            let fate = Sending {
                dispatcher: &DispatcherHandle::of(&self.env, &key),
                configured: &configured,
                origin: &origin,
                key: &key,
                ticket,
                attempt,
                body: &body,
                sender: Sender::Object,
            }
            .send()
            .await?;
            drop(body);
            if let Some(event) = fate.event {
                self.take(event, None, None).await.map_err(failed)?;
            }
            fate.answer
        })
    }

    /// Tells the Dispatcher how it ended, and then itself that this was told.
    fn report(
        self: Rc<Self>,
        ticket: Ticket,
        record: Record,
        dispatcher: Option<DispatcherHandle>,
    ) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            let Some(outcome) = record.report() else {
                return Ok(());
            };
            dispatcher
                .unwrap_or_else(|| DispatcherHandle::of(&self.env, &record.key))
                .ended(ticket, outcome)
                .await?;
            self.take(Event::Reported(outcome), None, None)
                .await
                .map(drop)
                .map_err(failed)
        })
    }

    fn tell_forgotten(
        self: Rc<Self>,
        ticket: Ticket,
        key: KeyName,
    ) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            DispatcherHandle::of(&self.env, &key)
                .forgotten(ticket)
                .await
        })
    }

    /// Asks FASHN and takes its answer in; answers whether it is over.
    async fn ask(self: Rc<Self>, upstream: UpstreamId) -> Result<bool, Problem> {
        let Some(record) = self.load().map_err(failed)? else {
            return Ok(true);
        };
        let Some(ticket) = record.id.ticket() else {
            return Ok(true);
        };
        let configured = self.configured()?;
        let dispatcher = DispatcherHandle::of(&self.env, &record.key);
        let report = confirm::ask(
            &self.env,
            &configured.settings,
            &dispatcher,
            &record.key,
            &ticket,
            upstream,
            record.wants_output(now_ms()),
        )
        .await?;
        let is_over = matches!(report.news, News::Over(_));
        self.take(Event::Told(report), None, Some(dispatcher))
            .await
            .map_err(failed)?;
        Ok(is_over)
    }

    pub(super) fn configured(&self) -> Result<Configured, Problem> {
        configured(&self.env).map_err(Problem::NotReady)
    }

    pub(super) fn load(&self) -> Asked<Option<Record>> {
        let mut memory = self.memory.borrow_mut();
        if memory.is_none() {
            *memory = self.storage.read(RECORD)?;
        }
        Ok(memory.clone())
    }

    /// Writes the record, a new body, and the alarm that the record asks for; deletes a body that it has no more.
    fn save(
        &self,
        record: &Record,
        dropped: Option<StoredBody>,
        body: Option<Body>,
        delivery: Option<Delivery>,
    ) -> Asked<()> {
        let storage = &self.storage;
        let alarm_ms = match delivery {
            Some(delivery) => record.alarm_ms().min(delivery.next_ms),
            None => self.next_alarm_ms(record)?,
        };
        self.memory.take();
        storage.put(RECORD, record)?;
        if let (Some((body, origin)), Some(kept)) = (body, record.body()) {
            for (at, key) in body_keys(*kept).enumerate() {
                let from = at * limits::BODY_PIECE_BYTES;
                let to = (from + limits::BODY_PIECE_BYTES).min(body.length() as usize);
                storage.put_bytes(&key, &body.slice(offset(from), offset(to)))?;
            }
            storage.put(ORIGIN, &origin)?;
        }
        if let Some(dropped) = dropped {
            for key in body_keys(dropped).chain(iter::once(ORIGIN.to_owned())) {
                storage.delete(&key)?;
            }
        }
        if let Some(delivery) = delivery {
            storage.put(RELAY, &delivery)?;
        }
        self.set_alarm(alarm_ms)?;
        self.memory.replace(Some(record.clone()));
        Ok(())
    }

    fn set_alarm(&self, at_ms: u64) -> Asked<()> {
        if self.alarm_ms.get() != Some(at_ms) {
            self.storage.alarm(Some(at_ms))?;
            self.alarm_ms.set(Some(at_ms));
        }
        Ok(())
    }

    fn stored_body(&self, kept: StoredBody) -> Asked<Body> {
        let broken = || Thrown::new("a stored body is not whole");
        let bytes = usize::try_from(kept.bytes).map_err(|_| broken())?;
        let body = Uint8Array::new_with_length(offset(bytes));
        for (at, key) in body_keys(kept).enumerate() {
            let piece = self.storage.read_bytes(&key)?.ok_or_else(broken)?;
            body.set(&piece, offset(at * limits::BODY_PIECE_BYTES));
        }
        let origin = self.storage.read(ORIGIN)?.ok_or_else(broken)?;
        Ok((body, origin))
    }

    /// When there is something to do next: for the record, or for who is to be told of its end.
    fn next_alarm_ms(&self, record: &Record) -> Asked<u64> {
        let delivery = if record.is_over() {
            self.delivery()?
        } else {
            None
        };
        let own_ms = record.alarm_ms();
        Ok(delivery.map_or(own_ms, |delivery| own_ms.min(delivery.next_ms)))
    }

    /// What is stored of the message to the merchant's backend.
    pub(super) fn delivery(&self) -> Asked<Option<Delivery>> {
        let found = self.storage.read_bytes(RELAY)?;
        // One that can't be read is not worth a prediction: it is not sent again.
        Ok(found.and_then(|bytes| stored::read(&bytes.to_vec()).ok()))
    }

    /// Writes another attempt down, or that there will be none.
    pub(super) fn save_delivery(&self, record: &Record, delivery: Option<Delivery>) -> Asked<()> {
        let mut alarm_ms = record.alarm_ms();
        match delivery {
            Some(delivery) => {
                self.storage.put(RELAY, &delivery)?;
                alarm_ms = alarm_ms.min(delivery.next_ms);
            }
            None => self.storage.delete(RELAY)?,
        }
        self.set_alarm(alarm_ms)
    }

    /// Lets go of who listens, and deletes all there is.
    async fn wipe(&self, record: &Record) -> Asked<()> {
        self.listeners.dismiss();
        self.forget_outputs(record).await;
        let deleted = self.storage.wipe().await;
        self.memory.take();
        self.alarm_ms.set(None);
        deleted
    }

    /// What is left after a failure is gone with its time-to-live.
    async fn forget_outputs(&self, record: &Record) {
        if let (
            PredictionState::Ended {
                ending: Ending::Completed { output, .. },
                ..
            },
            Some(ticket),
        ) = (&record.state, record.id.ticket())
        {
            for (index, item) in output.items.iter().enumerate() {
                if let StoredItem::Kept { pieces, .. } = item {
                    let _ = kept_output::forget(&self.env, &ticket, index, *pieces).await;
                }
            }
        }
    }
}

/// Goes on with something that the answer doesn't wait for.
pub(super) fn begin(work: LocalBoxFuture<'static, Result<(), Problem>>) {
    task::spawn(async {
        if let Err(problem) = work.await {
            log::error("prediction", &problem);
        }
    });
}

fn body_keys(kept: StoredBody) -> impl Iterator<Item = String> {
    (0..kept.pieces).map(|piece| format!("body/{piece}"))
}

/// Bodies are far below 4 GiB: `limits::BODY_BYTES`.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: Thrown) -> Problem {
    Problem::Internal(format!("Prediction object: {error}"))
}
