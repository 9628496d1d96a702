//! Pictures that FASHN sent in base64: their bytes in Workers KV, in pieces, until their time is over.

use worker::Env;
use worker::kv::KvStore;

use super::gateway::binding;
use super::health::missing_binding;
use crate::limits;
use crate::output::piece_key;
use crate::problem::Problem;
use crate::ticket::Ticket;

/// Keeps a picture; answers in how many pieces.
pub async fn keep(
    env: &Env,
    ticket: &Ticket,
    item: usize,
    bytes: &[u8],
    ttl_seconds: u64,
) -> Result<usize, Problem> {
    let store = store(env)?;
    let ttl_seconds = ttl_seconds.clamp(limits::KV_TTL_LEAST_SECONDS, limits::BASE64_TTL_SECONDS);
    let mut pieces = 0;
    for piece in bytes.chunks(limits::KV_PIECE_BYTES) {
        let put = store
            .put_bytes(&piece_key(ticket, item, pieces), piece)
            .map_err(failed)?;
        put.expiration_ttl(ttl_seconds)
            .execute()
            .await
            .map_err(failed)?;
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
    let store = store(env)?;
    let mut bytes = Vec::with_capacity(byte_len);
    for piece in 0..pieces {
        let Some(found) = store
            .get(&piece_key(ticket, item, piece))
            .bytes()
            .await
            .map_err(failed)?
        else {
            return Ok(None);
        };
        bytes.extend(found);
    }
    Ok((bytes.len() == byte_len).then_some(bytes))
}

/// Forgets a picture.
pub async fn forget(env: &Env, ticket: &Ticket, item: usize, pieces: usize) -> Result<(), Problem> {
    let store = store(env)?;
    for piece in 0..pieces {
        store
            .delete(&piece_key(ticket, item, piece))
            .await
            .map_err(failed)?;
    }
    Ok(())
}

fn store(env: &Env) -> Result<KvStore, Problem> {
    env.kv(binding::OUTPUTS)
        .map_err(|error| missing_binding(binding::OUTPUTS, &error))
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: worker::kv::KvError) -> Problem {
    Problem::Internal(format!("KV: {error}"))
}
