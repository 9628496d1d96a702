//! Pictures that FASHN sent in base64: their bytes in Workers KV, in pieces, until their time is over.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use worker::Env;

use super::gateway::binding;
use super::platform::{self, Thrown, settled};
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::run::output::piece_key;

/// Keeps a picture; answers in how many pieces.
pub async fn keep(
    env: &Env,
    ticket: &Ticket,
    item: usize,
    bytes: &[u8],
    ttl_seconds: u64,
) -> Result<usize, Problem> {
    let ttl_seconds = ttl_seconds.clamp(limits::KV_TTL_MIN_SECONDS, limits::BASE64_TTL_SECONDS);
    #[expect(clippy::cast_precision_loss, reason = "at most an hour")]
    let ttl = ttl_seconds as f64;
    let mut pieces = 0;
    for piece in bytes.chunks(limits::KV_PIECE_BYTES) {
        let key = piece_key(ticket, item, pieces);
        done(platform::keep(env, binding::OUTPUTS, &key, piece, ttl)).await?;
        pieces += 1;
    }
    Ok(pieces)
}

/// A picture's bytes, or nothing if one of its pieces is gone.
pub async fn load(
    env: &Env,
    ticket: &Ticket,
    item: usize,
    pieces: usize,
    byte_len: usize,
) -> Result<Option<Vec<u8>>, Problem> {
    let mut bytes = Vec::with_capacity(byte_len);
    for piece in 0..pieces {
        let found = done(platform::kept(
            env,
            binding::OUTPUTS,
            &piece_key(ticket, item, piece),
        ))
        .await?;
        if found.is_null() {
            return Ok(None);
        }
        bytes.extend(Uint8Array::new(&found).to_vec());
    }
    Ok((bytes.len() == byte_len).then_some(bytes))
}

/// Forgets a picture.
pub async fn forget(env: &Env, ticket: &Ticket, item: usize, pieces: usize) -> Result<(), Problem> {
    for piece in 0..pieces {
        let key = piece_key(ticket, item, piece);
        done(platform::forget(env, binding::OUTPUTS, &key)).await?;
    }
    Ok(())
}

async fn done(asked: Result<Promise, JsValue>) -> Result<JsValue, Problem> {
    let failed = |thrown: Thrown| Problem::Internal(format!("KV: {thrown}"));
    let promise = asked.map_err(|thrown| failed(thrown.into()))?;
    settled(promise).await.map_err(failed)
}
