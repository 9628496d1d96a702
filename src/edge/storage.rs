//! An object's storage: writes that are one transaction, and reads of bytes.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::wasm_bindgen_futures::JsFuture;
use worker::worker_sys::DurableObjectStorage;
use worker::{Result, State};

use crate::stored;

/// What one event writes. All of it is issued in one turn, so that the platform commits it as one.
pub struct Writes<'s> {
    storage: &'s DurableObjectStorage,
    put: Object,
    issued: Array,
}

impl<'s> Writes<'s> {
    /// None yet.
    pub fn new(storage: &'s DurableObjectStorage) -> Self {
        Self {
            storage,
            put: Object::new(),
            issued: Array::new(),
        }
    }

    /// Stores a value.
    pub fn put<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        self.put_bytes(key, &Uint8Array::from(stored::write(value).as_slice()))
    }

    /// Stores bytes.
    pub fn put_bytes(&self, key: &str, bytes: &Uint8Array) -> Result<()> {
        Reflect::set(&self.put, &key.into(), bytes)?;
        Ok(())
    }

    /// Deletes keys.
    pub fn delete(&self, keys: impl Iterator<Item = String>) -> Result<()> {
        let keys: Vec<_> = keys.map(JsValue::from).collect();
        if !keys.is_empty() {
            self.issue(&self.storage.delete_multiple(keys)?);
        }
        Ok(())
    }

    /// Sets the alarm, in milliseconds since 1970, or takes it away.
    pub fn alarm(&self, at_ms: Option<u64>) -> Result<()> {
        let promise = match at_ms {
            Some(at_ms) => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "milliseconds since 1970 are exact in f64 for 285,000 years"
                )]
                let millis = JsValue::from_f64(at_ms as f64);
                // A number would be taken for an offset, so it goes as a date.
                self.storage
                    .set_alarm(js_sys::Date::new(&millis), JsValue::UNDEFINED.into())?
            }
            None => self.storage.delete_alarm(JsValue::UNDEFINED.into())?,
        };
        self.issue(&promise);
        Ok(())
    }

    /// Waits until all of it is written. The alarm was issued before a failure can be seen, and so only after its
    /// caller decided.
    pub async fn done(self) -> Result<()> {
        if Object::keys(&self.put).length() > 0 {
            self.issue(&self.storage.put_multiple(self.put.clone().into())?);
        }
        JsFuture::from(Promise::all(&self.issued)).await?;
        Ok(())
    }

    fn issue(&self, promise: &Promise) {
        self.issued.push(promise);
    }
}

/// The bytes of some keys; one that isn't there is missing from the map.
pub async fn read(state: &State, keys: Vec<String>) -> Result<js_sys::Map> {
    state.storage().get_multiple(keys).await
}

/// The bytes under a key.
pub fn bytes_of(found: &js_sys::Map, key: &str) -> Option<Uint8Array> {
    found.get(&key.into()).dyn_into().ok()
}
