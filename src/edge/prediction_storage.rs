//! What a Prediction object stores, as `docs/storage.md` lists it. Of each prediction, by its ticket's name: `record/…`, a [`Record`];
//! `relay/…`, a [`Delivery`], until it is settled; while a body is kept, `body/…/0`, `body/…/1`, and so on, and `origin/…`, where FASHN's webhook
//! finds this Worker. And the alarm, which is all predictions'.

use std::cell::RefCell;
use std::iter;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::desk::Desk;
use super::gateway::now_ms;
use super::kept_output;
use super::platform::{Asked, Thrown, offset};
use super::storage::Storage;
use crate::auth::ids::Ticket;
use crate::batch::Schedule;
use crate::config::limits;
use crate::http::origin::Origin;
use crate::notify::merchant_webhook::Delivery;
use crate::prediction::{Ending, Record, State, StoredBody};
use crate::run::output::StoredItem;

/// What is stored of one prediction, each under its name behind this.
mod of_one {
    pub const RECORD: &str = "record/";
    pub const ORIGIN: &str = "origin/";
    pub const RELAY: &str = "relay/";
    pub const BODY: &str = "body/";
}

/// What the predictions of an object share: its storage, and its alarm.
pub struct Batch {
    storage: Storage,
    /// Nothing until it is needed: who looks and changes nothing needs none.
    schedule: RefCell<Option<Schedule>>,
}

impl Batch {
    /// An object's.
    pub fn of(state: &JsValue) -> Self {
        Self {
            storage: Storage::of(state),
            schedule: RefCell::new(None),
        }
    }

    /// There is something to do for a prediction at this time, and not before.
    pub fn set_due(&self, ticket: Ticket, due_ms: u64) -> Asked<()> {
        self.with_schedule(|schedule| schedule.put(ticket, due_ms))?;
        self.set_alarm()
    }

    /// Sets the alarm, where it must be.
    pub fn set_alarm(&self) -> Asked<()> {
        match self.with_schedule(|schedule| schedule.alarm_to_set(now_ms()))? {
            None => Ok(()),
            set_ms => self.storage.alarm(set_ms),
        }
    }

    /// The alarm has gone off: whose time has come.
    pub fn alarm_went_off(&self, now_ms: u64) -> Asked<Vec<Ticket>> {
        self.with_schedule(|schedule| schedule.went_off(now_ms))
    }

    /// What was remembered or, after a start, can be known from all that is stored.
    fn with_schedule<T>(&self, work: impl FnOnce(&mut Schedule) -> T) -> Asked<T> {
        let mut schedule = self.schedule.borrow_mut();
        let schedule = match &mut *schedule {
            Some(schedule) => schedule,
            unknown => unknown.insert(self.stored_schedule()?),
        };
        Ok(work(schedule))
    }

    /// One that can't be understood has no time: it is not worth all others'.
    fn stored_schedule(&self) -> Asked<Schedule> {
        let now = now_ms();
        let mut due = Vec::new();
        for record in self.storage.read_all_under::<Record>(of_one::RECORD)? {
            let Some(ticket) = record.id.ticket() else {
                continue;
            };
            let delivery_ms = self.delivery_ms(&ticket, &record)?;
            due.push((ticket, record.due_ms(delivery_ms, now)));
        }
        Ok(Schedule::of(due))
    }

    /// When who is to be told of the end is told next.
    fn delivery_ms(&self, ticket: &Ticket, record: &Record) -> Asked<Option<u64>> {
        let delivery: Option<Delivery> = if record.is_over() {
            self.storage
                .read_if_understood(&key(of_one::RELAY, ticket))?
        } else {
            None
        };
        Ok(delivery.map(|delivery| delivery.next_ms))
    }

    /// Deletes all there is of a prediction: everything, if there is no other. It may be gone already, so others are told by their names.
    async fn wipe(&self, ticket: &Ticket, record: &Record, kept: Option<StoredBody>) -> Asked<()> {
        let storage = &self.storage;
        if storage.has_no_other(of_one::RECORD, &key(of_one::RECORD, ticket))? {
            self.schedule.replace(Some(Schedule::default()));
            return storage.wipe().await;
        }
        if let Some(schedule) = &mut *self.schedule.borrow_mut() {
            schedule.remove(ticket);
        }
        if self.delivery_ms(ticket, record)?.is_some() {
            storage.delete(&key(of_one::RELAY, ticket))?;
        }
        if let Some(kept) = kept {
            self.drop_body(ticket, kept)?;
        }
        storage.delete(&key(of_one::RECORD, ticket))
    }

    fn drop_body(&self, ticket: &Ticket, body: StoredBody) -> Asked<()> {
        for key in body_keys(ticket, body).chain(iter::once(key(of_one::ORIGIN, ticket))) {
            self.storage.delete(&key)?;
        }
        Ok(())
    }
}

/// The body of a run that waits, and where FASHN's webhook will find this Worker.
pub type Body = (Uint8Array, Origin);

impl Desk {
    fn key(&self, of: &str) -> String {
        key(of, &self.ticket)
    }

    /// The record, from memory or storage.
    pub(super) fn load(&self) -> Asked<Option<Record>> {
        let mut memory = self.memory.borrow_mut();
        if memory.is_none() {
            *memory = self.batch.storage.read(&self.key(of_one::RECORD))?;
        }
        Ok(memory.clone())
    }

    /// It is what is stored, as far as that is known.
    pub(super) fn is_stored(&self, record: &Record) -> bool {
        self.memory.borrow().as_ref() == Some(record)
    }

    /// Writes the record, a new body, and when there is something to do next; deletes a body that it has no more.
    pub(super) fn save(
        &self,
        record: &Record,
        dropped: Option<StoredBody>,
        body: Option<Body>,
        delivery: Option<Delivery>,
    ) -> Asked<()> {
        let storage = &self.batch.storage;
        let was_over = self.memory.take().is_some_and(|stored| stored.is_over());
        let delivery_ms = match delivery {
            Some(delivery) => Some(delivery.next_ms),
            None if was_over => self.batch.delivery_ms(&self.ticket, record)?,
            // Before the end none was stored: no need to look.
            None => None,
        };
        storage.put(&self.key(of_one::RECORD), record)?;
        if let (Some((body, origin)), Some(kept)) = (body, record.body()) {
            for (at, key) in body_keys(&self.ticket, *kept).enumerate() {
                let from = at * limits::BODY_PIECE_BYTES;
                let to = (from + limits::BODY_PIECE_BYTES).min(body.length() as usize);
                storage.put_bytes(&key, &body.slice(offset(from), offset(to)))?;
            }
            storage.put(&self.key(of_one::ORIGIN), &origin)?;
        }
        if let Some(dropped) = dropped {
            self.batch.drop_body(&self.ticket, dropped)?;
        }
        if let Some(delivery) = delivery {
            storage.put(&self.key(of_one::RELAY), &delivery)?;
        }
        self.set_due(record, delivery_ms)?;
        self.memory.replace(Some(record.clone()));
        Ok(())
    }

    /// There is something to do next for the record, or for who is to be told of its end.
    fn set_due(&self, record: &Record, delivery_ms: Option<u64>) -> Asked<()> {
        let due_ms = record.due_ms(delivery_ms, now_ms());
        self.batch.set_due(self.ticket, due_ms)
    }

    /// The alarm has gone off, and nothing else came of it.
    pub(super) fn set_alarm_again(&self, record: &Record) -> Asked<()> {
        self.set_due(record, self.batch.delivery_ms(&self.ticket, record)?)
    }

    pub(super) fn stored_body(&self, kept: StoredBody) -> Asked<Body> {
        let storage = &self.batch.storage;
        let broken = || Thrown::new("a stored body is not whole");
        let bytes = usize::try_from(kept.bytes).map_err(|_| broken())?;
        let body = Uint8Array::new_with_length(offset(bytes));
        for (at, key) in body_keys(&self.ticket, kept).enumerate() {
            let piece = storage.read_bytes(&key)?.ok_or_else(broken)?;
            body.set(&piece, offset(at * limits::BODY_PIECE_BYTES));
        }
        let origin = storage
            .read(&self.key(of_one::ORIGIN))?
            .ok_or_else(broken)?;
        Ok((body, origin))
    }

    /// What is stored of the message to the merchant's backend.
    pub(super) fn delivery(&self) -> Asked<Option<Delivery>> {
        // One that can't be understood is not worth a prediction: it is not sent again.
        let storage = &self.batch.storage;
        storage.read_if_understood(&self.key(of_one::RELAY))
    }

    /// Writes another attempt down, or that there will be none.
    pub(super) fn save_delivery(&self, record: &Record, delivery: Option<Delivery>) -> Asked<()> {
        let (storage, key) = (&self.batch.storage, self.key(of_one::RELAY));
        match &delivery {
            Some(delivery) => storage.put(&key, delivery)?,
            None => storage.delete(&key)?,
        }
        self.set_due(record, delivery.map(|delivery| delivery.next_ms))
    }

    /// Lets go of who listens, and deletes all there is, the body that was kept too.
    pub(super) async fn wipe(&self, record: &Record, kept: Option<StoredBody>) -> Asked<()> {
        self.listeners.dismiss();
        self.forget_outputs(record).await;
        self.memory.take();
        self.batch.wipe(&self.ticket, record, kept).await
    }

    /// What is left after a failure is gone with its time-to-live.
    pub(super) async fn forget_outputs(&self, record: &Record) {
        if let State::Ended {
            ending: Ending::Completed { output, .. },
            ..
        } = &record.state
        {
            for (index, item) in output.items.iter().enumerate() {
                if let StoredItem::Kept { pieces, .. } = item {
                    let _ = kept_output::forget(&self.env, &self.ticket, index, *pieces).await;
                }
            }
        }
    }
}

fn key(of: &str, ticket: &Ticket) -> String {
    [of, &ticket.name()].concat()
}

fn body_keys(ticket: &Ticket, kept: StoredBody) -> impl Iterator<Item = String> {
    let key = key(of_one::BODY, ticket);
    (0..kept.pieces).map(move |piece| format!("{key}/{piece}"))
}
