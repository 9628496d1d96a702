//! An object's storage. Reads and writes are done when they return; the platform holds back whatever leaves the object,
//! answers too, until what was written in the same turn is on disk, all of it or nothing. An object whose writing fails is
//! ended by the platform, its memory with it.

use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::{Result, State};

use super::platform;
use crate::stored;

/// The storage of one object.
pub struct Storage(JsValue);

impl Storage {
    /// An object's.
    pub fn of(state: &State) -> Self {
        Self(state.storage().as_raw().into())
    }

    /// The value under a key.
    pub fn read<T: for<'a> Deserialize<'a>>(&self, key: &str) -> Result<Option<T>> {
        self.read_bytes(key)?
            .map(|bytes| stored::read(&bytes.to_vec()))
            .transpose()
            .map_err(|error| worker::Error::RustError(error.to_string()))
    }

    /// The bytes under a key.
    pub fn read_bytes(&self, key: &str) -> Result<Option<Uint8Array>> {
        Ok(platform::kv_get(&self.0, key)?.dyn_into().ok())
    }

    /// All values.
    pub fn read_all<T: for<'a> Deserialize<'a>>(&self) -> Result<Vec<T>> {
        let found: Array = platform::kv_values(&self.0)?;
        let values = found
            .iter()
            .map(|value| stored::read(&Uint8Array::new(&value).to_vec()));
        values
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| worker::Error::RustError(error.to_string()))
    }

    /// Stores a value.
    pub fn put<T: Serialize>(&self, key: &str, value: &T) -> Result<()> {
        Ok(platform::kv_put(&self.0, key, &stored::write(value))?)
    }

    /// Stores bytes.
    pub fn put_bytes(&self, key: &str, bytes: &Uint8Array) -> Result<()> {
        Ok(platform::kv_put_bytes(&self.0, key, bytes)?)
    }

    /// Deletes a key.
    pub fn delete(&self, key: &str) -> Result<()> {
        Ok(platform::kv_delete(&self.0, key)?)
    }

    /// Sets the alarm, in milliseconds since 1970, or takes it away.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 are exact in f64 for 285,000 years"
    )]
    pub fn alarm(&self, at_ms: Option<u64>) -> Result<()> {
        Ok(platform::set_alarm(
            &self.0,
            at_ms.map(|at_ms| at_ms as f64),
        )?)
    }
}
