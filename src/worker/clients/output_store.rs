//! Pictures that FASHN sent in base64: their bytes in Workers KV, in pieces, until their time is
//! over.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use worker::Env;

use crate::app::ports::{CallError, OutputStore};
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::run::output::piece_key;
use crate::worker::clients::objects::broken;
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::binding;
use crate::worker::runtime::platform::{self, number, settled};

impl<B: Bound> OutputStore for B {
    async fn put(
        &self,
        ticket: &Ticket,
        index: usize,
        bytes: &[u8],
        ttl_seconds: u64,
    ) -> Result<usize, CallError> {
        let (min, max) = (limits::KV_TTL_MIN_SECONDS, limits::BASE64_TTL_SECONDS);
        let ttl_seconds = number(ttl_seconds.clamp(min, max));
        let kv = namespace(self.env())?;
        let mut pieces = 0;
        for piece in bytes.chunks(limits::KV_PIECE_BYTES) {
            let key = piece_key(ticket, index, pieces);
            done(platform::kv_put(&kv, &key, piece, ttl_seconds)).await?;
            pieces += 1;
        }
        Ok(pieces)
    }

    async fn get(
        &self,
        ticket: &Ticket,
        index: usize,
        pieces: usize,
        length: usize,
    ) -> Result<Option<Vec<u8>>, CallError> {
        let kv = namespace(self.env())?;
        let mut bytes = Vec::with_capacity(length);
        for piece in 0..pieces {
            let found = done(platform::kv_get(&kv, &piece_key(ticket, index, piece))).await?;
            if found.is_null() {
                return Ok(None);
            }
            bytes.extend(Uint8Array::new(&found).to_vec());
        }
        Ok((bytes.len() == length).then_some(bytes))
    }

    async fn delete(&self, ticket: &Ticket, index: usize, pieces: usize) -> Result<(), CallError> {
        let kv = namespace(self.env())?;
        for piece in 0..pieces {
            done(platform::kv_delete(&kv, &piece_key(ticket, index, piece))).await?;
        }
        Ok(())
    }
}

fn namespace(env: &Env) -> Result<JsValue, CallError> {
    js_sys::Reflect::get(env, &binding::OUTPUTS.into()).map_err(|thrown| broken(thrown.into()))
}

async fn done(promise: Result<Promise, JsValue>) -> Result<JsValue, CallError> {
    let promise = promise.map_err(|thrown| broken(thrown.into()))?;
    settled(promise).await.map_err(broken)
}
