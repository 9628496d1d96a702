//! What a Prediction object stores, as `docs/storage.md` lists it: `record`, a [`Record`]; `relay`, a [`Delivery`], until it
//! is settled; while a body is kept, `body/0`, `body/1`, … and `origin`, where FASHN's webhook finds this Worker.

use std::iter;

use js_sys::Uint8Array;

use super::gateway::now_ms;
use super::kept_output;
use super::platform::{Asked, Thrown, offset};
use super::prediction_object::Desk;
use crate::limits;
use crate::origin::Origin;
use crate::output::StoredItem;
use crate::prediction::{Ending, Record, State, StoredBody};
use crate::relay::Delivery;

const RECORD: &str = "record";
const ORIGIN: &str = "origin";
const RELAY: &str = "relay";

/// The body of a run that waits, and where FASHN's webhook will find this Worker.
pub type Body = (Uint8Array, Origin);

impl Desk {
    /// The record, from memory or storage.
    pub(super) fn load(&self) -> Asked<Option<Record>> {
        let mut memory = self.memory.borrow_mut();
        if memory.is_none() {
            *memory = self.storage.read(RECORD)?;
        }
        Ok(memory.clone())
    }

    /// It is what is stored, as far as that is known.
    pub(super) fn is_stored(&self, record: &Record) -> bool {
        self.memory.borrow().as_ref() == Some(record)
    }

    /// Writes the record, a new body, and the alarm that the record asks for; deletes a body that it has no more.
    pub(super) fn save(
        &self,
        record: &Record,
        dropped: Option<StoredBody>,
        body: Option<Body>,
        delivery: Option<Delivery>,
    ) -> Asked<()> {
        let storage = &self.storage;
        let was_over = self.memory.take().is_some_and(|stored| stored.is_over());
        let delivery_ms = match delivery {
            Some(delivery) => Some(delivery.next_ms),
            None if was_over => self.delivery_ms(record)?,
            // Before the end none was stored: no need to look.
            None => None,
        };
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
        self.set_alarm(record, delivery_ms)?;
        self.memory.replace(Some(record.clone()));
        Ok(())
    }

    /// Sets the alarm, where it must be set, for the record or for who is to be told of its end.
    fn set_alarm(&self, record: &Record, delivery_ms: Option<u64>) -> Asked<()> {
        let at_ms = record.alarm_to_set(self.alarm_ms.get(), delivery_ms, now_ms());
        if at_ms.is_some() {
            self.storage.alarm(at_ms)?;
            self.alarm_ms.set(at_ms);
        }
        Ok(())
    }

    /// The alarm has gone off, and nothing else came of it.
    pub(super) fn set_alarm_again(&self, record: &Record) -> Asked<()> {
        self.set_alarm(record, self.delivery_ms(record)?)
    }

    pub(super) fn stored_body(&self, kept: StoredBody) -> Asked<Body> {
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

    /// When who is to be told of the end is told next.
    fn delivery_ms(&self, record: &Record) -> Asked<Option<u64>> {
        let delivery = if record.is_over() {
            self.delivery()?
        } else {
            None
        };
        Ok(delivery.map(|delivery| delivery.next_ms))
    }

    /// What is stored of the message to the merchant's backend.
    pub(super) fn delivery(&self) -> Asked<Option<Delivery>> {
        // One that can't be understood is not worth a prediction: it is not sent again.
        self.storage.read_if_understood(RELAY)
    }

    /// Writes another attempt down, or that there will be none.
    pub(super) fn save_delivery(&self, record: &Record, delivery: Option<Delivery>) -> Asked<()> {
        match &delivery {
            Some(delivery) => self.storage.put(RELAY, delivery)?,
            None => self.storage.delete(RELAY)?,
        }
        self.set_alarm(record, delivery.map(|delivery| delivery.next_ms))
    }

    /// Lets go of who listens, and deletes all there is.
    pub(super) async fn wipe(&self, record: &Record) -> Asked<()> {
        self.listeners.dismiss();
        self.forget_outputs(record).await;
        let deleted = self.storage.wipe().await;
        self.memory.take();
        self.alarm_ms.set(None);
        deleted
    }

    /// What is left after a failure is gone with its time-to-live.
    pub(super) async fn forget_outputs(&self, record: &Record) {
        if let (
            State::Ended {
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

fn body_keys(kept: StoredBody) -> impl Iterator<Item = String> {
    (0..kept.pieces).map(|piece| format!("body/{piece}"))
}
