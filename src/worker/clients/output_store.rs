//! Pictures that FASHN sent in base64: their bytes in Workers KV, in pieces, until their time is over.

use worker::kv::{KvError, KvStore};

use crate::app::ports::{CallError, OutputStore};
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::run::output::piece_key;
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::binding;

impl<B: Bound> OutputStore for B {
    async fn put(
        &self,
        ticket: &Ticket,
        index: usize,
        bytes: &[u8],
        ttl_seconds: u64,
    ) -> Result<usize, CallError> {
        let (min, max) = (limits::KV_TTL_MIN_SECONDS, limits::BASE64_TTL_SECONDS);
        let ttl_seconds = ttl_seconds.clamp(min, max);
        let kv = namespace(self)?;
        let mut pieces = 0;
        for piece in bytes.chunks(limits::KV_PIECE_BYTES) {
            let key = piece_key(ticket, index, pieces);
            let put = kv.put_bytes(&key, piece).map_err(broken)?;
            let stored = put.expiration_ttl(ttl_seconds).execute().await;
            stored.map_err(broken)?;
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
        let kv = namespace(self)?;
        let mut bytes = Vec::with_capacity(length);
        for piece in 0..pieces {
            let found = kv.get(&piece_key(ticket, index, piece)).bytes().await;
            let Some(found) = found.map_err(broken)? else {
                return Ok(None);
            };
            bytes.extend(found);
        }
        Ok((bytes.len() == length).then_some(bytes))
    }

    async fn delete(&self, ticket: &Ticket, index: usize, pieces: usize) -> Result<(), CallError> {
        let kv = namespace(self)?;
        for piece in 0..pieces {
            let deleted = kv.delete(&piece_key(ticket, index, piece)).await;
            deleted.map_err(broken)?;
        }
        Ok(())
    }
}

fn namespace(part: &impl Bound) -> Result<KvStore, CallError> {
    let found = part.deployment().env.kv(binding::OUTPUTS);
    found.map_err(|error| CallError::Broken(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn broken(error: KvError) -> CallError {
    CallError::Broken(error.to_string())
}
