//! An object's storage. Reads and writes are done when they return; the platform holds back whatever leaves the object,
//! answers too, until what was written in the same turn is on disk, all of it or nothing. An object whose writing fails is
//! ended by the platform, its memory with it.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast as _, JsValue};

use super::log;
use super::platform::{self, Asked, Thrown};
use crate::app::problem::Problem;
use crate::stored;

/// The storage of one object.
pub struct Storage(JsValue);

impl Storage {
    /// An object's.
    pub fn of(state: &JsValue) -> Self {
        Self(platform::storage_of(state))
    }

    /// The value under a key.
    pub fn read<T: for<'a> Deserialize<'a>>(&self, key: &str) -> Asked<Option<T>> {
        let value = platform::kv_get(&self.0, key)?;
        if value.is_undefined() {
            return Ok(None);
        }
        read(&value).map(Some)
    }

    /// The value under a key, or nothing if it can't be understood.
    pub fn read_if_understood<T: for<'a> Deserialize<'a>>(&self, key: &str) -> Asked<Option<T>> {
        Ok(read(&platform::kv_get(&self.0, key)?).ok())
    }

    /// The bytes under a key.
    pub fn read_bytes(&self, key: &str) -> Asked<Option<Uint8Array>> {
        Ok(platform::kv_get(&self.0, key)?.dyn_into().ok())
    }

    /// All values.
    pub fn read_all<T: for<'a> Deserialize<'a>>(&self) -> Asked<Vec<T>> {
        self.values("")?.map(|value| read(&value?)).collect()
    }

    /// All values under keys that begin so. One that can't be understood is passed over, and told of.
    pub fn read_all_under<T: for<'a> Deserialize<'a>>(&self, prefix: &str) -> Asked<Vec<T>> {
        let mut values = Vec::new();
        for value in self.values(prefix)? {
            match read(&value?) {
                Ok(value) => values.push(value),
                Err(thrown) => log::error("storage", &Problem::Internal(thrown.to_string())),
            }
        }
        Ok(values)
    }

    fn values(&self, prefix: &str) -> Asked<impl Iterator<Item = Result<JsValue, JsValue>>> {
        let values = js_sys::try_iter(&platform::kv_values(&self.0, prefix)?)?;
        Ok(values.into_iter().flatten())
    }

    /// Whether no key but this one begins so, if that is there.
    pub fn has_no_other(&self, prefix: &str, key: &str) -> Asked<bool> {
        Ok(platform::kv_has_no_other(&self.0, prefix, key)?)
    }

    /// Stores a value.
    pub fn put<T: Serialize>(&self, key: &str, value: &T) -> Asked<()> {
        Ok(platform::kv_put(&self.0, key, &stored::write(value))?)
    }

    /// Stores bytes.
    pub fn put_bytes(&self, key: &str, bytes: &Uint8Array) -> Asked<()> {
        Ok(platform::kv_put_bytes(&self.0, key, bytes)?)
    }

    /// Deletes a key.
    pub fn delete(&self, key: &str) -> Asked<()> {
        Ok(platform::kv_delete(&self.0, key)?)
    }

    /// Deletes everything, the alarm too.
    pub async fn wipe(&self) -> Asked<()> {
        platform::settled(platform::wipe(&self.0)?).await.map(drop)
    }

    /// Sets the alarm, in milliseconds since 1970, or takes it away.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 are exact in f64 for 285,000 years"
    )]
    pub fn alarm(&self, at_ms: Option<u64>) -> Asked<()> {
        Ok(platform::set_alarm(
            &self.0,
            at_ms.map(|at_ms| at_ms as f64),
        )?)
    }
}

fn read<T: for<'a> Deserialize<'a>>(value: &JsValue) -> Asked<T> {
    stored::read(&platform::heard(value)).map_err(|error| Thrown::new(&error.to_string()))
}
