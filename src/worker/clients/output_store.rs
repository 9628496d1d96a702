//! Pictures that FASHN sent in base64: their bytes in Workers KV, in pieces, until their time is over.

use js_sys::Uint8Array;

use crate::app::ports::{CallError, OutputStore};
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::run::output::piece_key;
use crate::worker::clients::objects::broken;
use crate::worker::clients::ports::Bound;
use crate::worker::runtime::deployment::binding::OUTPUTS;
use crate::worker::runtime::platform::{delete_piece, get_piece, number, put_piece};

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
        let env = &self.deployment().env;
        let mut pieces = 0;
        for piece in bytes.chunks(limits::KV_PIECE_BYTES) {
            let key = piece_key(ticket, index, pieces);
            let bytes = Uint8Array::from(piece);
            let stored = put_piece(env, OUTPUTS, &key, bytes, number(ttl_seconds)).await;
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
        let env = &self.deployment().env;
        let mut bytes = Vec::with_capacity(length);
        for piece in 0..pieces {
            let found = get_piece(env, OUTPUTS, &piece_key(ticket, index, piece)).await;
            let found = found.map_err(broken)?;
            if found.is_null() {
                return Ok(None);
            }
            bytes.extend(Uint8Array::new(&found).to_vec());
        }
        Ok((bytes.len() == length).then_some(bytes))
    }

    async fn delete(&self, ticket: &Ticket, index: usize, pieces: usize) -> Result<(), CallError> {
        let env = &self.deployment().env;
        for piece in 0..pieces {
            let deleted = delete_piece(env, OUTPUTS, &piece_key(ticket, index, piece)).await;
            deleted.map_err(broken)?;
        }
        Ok(())
    }
}
