//! Reading a request's body up to a cap, and within what the isolate can hold.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::app::problem::Problem;
use crate::config::limits;
use crate::http::body_budget::{MemoryBudget, ReservationId};
use crate::http::request_head::Header;
use crate::request::error::RequestError;
use crate::request::parse::declared_bytes;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::platform::{JsError, PieceReader, length, now_ms, read_whole, release};

/// A body that declares no more is read in one go; a larger one, or one without a length, in pieces.
const WHOLE_BYTES_MAX: usize = 64 << 10;

/// Pieces grow with what has arrived, up to what few calls need: of each body one is under way that
/// isn't reserved yet.
const PIECE_BYTES: RangeInclusive<usize> = 64 << 10..=256 << 10;

thread_local! {
    static BUDGET: RefCell<MemoryBudget> = const { RefCell::new(MemoryBudget::new()) };
}

/// Memory for one body, until it is dropped.
pub struct Reservation(ReservationId);

impl Reservation {
    fn begin(address: Option<&str>, declared: Option<usize>) -> Result<Self, Problem> {
        let reserve = |budget: &mut MemoryBudget| budget.reserve(address, declared, now_ms());
        Ok(Self(BUDGET.with_borrow_mut(reserve)?))
    }

    fn grow(&self, bytes: usize) -> Result<(), Problem> {
        Ok(BUDGET.with_borrow_mut(|budget| budget.grow(self.0, bytes))?)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        BUDGET.with_borrow_mut(|budget| budget.release(self.0));
    }
}

/// The whole body, with the memory that is reserved for it, for as long as it is used.
pub async fn read(
    gateway: &Gateway<'_>,
    address: Option<&str>,
    bytes_max: usize,
) -> Result<(Reservation, Vec<u8>), Problem> {
    read_with_room(gateway, address, bytes_max, &|bytes| bytes).await
}

/// The same, with room for what a body of so many bytes becomes.
///
/// (1) Judge its declared length. (2) Begin a reservation, or refuse the body unread. (3) Read it, and
/// reserve its bytes as they arrive.
pub async fn read_with_room(
    gateway: &Gateway<'_>,
    address: Option<&str>,
    bytes_max: usize,
    room_bytes: &dyn Fn(usize) -> usize,
) -> Result<(Reservation, Vec<u8>), Problem> {
    // (1)
    let declared = declared_bytes(gateway.head.header(Header::ContentLength), bytes_max)?;
    // (2)
    let reservation = Reservation::begin(address, declared)?;
    // (3)
    let bytes = match declared {
        Some(bytes) if bytes <= WHOLE_BYTES_MAX => {
            reservation.grow(bytes)?;
            let read = read_whole(&gateway.request, length(limits::BODY_READ_MS)).await;
            read.map_err(cut)?.unchecked_into::<Uint8Array>().to_vec()
        }
        _ => in_pieces(gateway, &reservation, declared, bytes_max, room_bytes).await?,
    };
    Ok((reservation, bytes))
}

async fn in_pieces(
    gateway: &Gateway<'_>,
    reservation: &Reservation,
    declared: Option<usize>,
    bytes_max: usize,
    room_bytes: &dyn Fn(usize) -> usize,
) -> Result<Vec<u8>, Problem> {
    let request = &gateway.request;
    if request.unchecked_ref::<web_sys::Request>().body().is_none() {
        return Ok(Vec::new());
    }
    let reader = PieceReader::new(request, Some(length(limits::BODY_READ_MS)));
    let mut arrived = 0;
    let mut pieces = Vec::new();
    let read: Result<(), Problem> = async {
        loop {
            let piece_bytes = arrived.clamp(*PIECE_BYTES.start(), *PIECE_BYTES.end());
            // One byte over the cap is enough to refuse a body that doesn't end.
            let left = bytes_max.saturating_sub(arrived).saturating_add(1);
            let piece = reader.next(length(piece_bytes.min(left))).await.map_err(cut)?;
            if piece.is_undefined() {
                return Ok(());
            }
            let piece = Piece(piece.unchecked_into());
            reader.keep();
            let bytes = piece.0.length() as usize;
            arrived += bytes;
            pieces.push(piece);
            if arrived > bytes_max {
                return Err(RequestError::TooLarge { limit_bytes: bytes_max }.into());
            }
            reservation.grow(bytes)?;
        }
    }
    .await;
    read.inspect_err(|_| reader.cancel())?;
    reader.end();
    match declared {
        Some(declared) if declared != arrived => {
            Err(RequestError::BrokenBody("it ended early".to_owned()).into())
        }
        Some(_) | None => Ok(whole(pieces, room_bytes(arrived))),
    }
}

/// A part of a body, outside of wasm's memory, which never shrinks: only bodies that are whole take
/// room there. Its memory is released at once, and not when garbage is next collected.
struct Piece(Uint8Array);

impl Drop for Piece {
    fn drop(&mut self) {
        release(&self.0.buffer());
    }
}

fn whole(pieces: Vec<Piece>, room_bytes: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(room_bytes);
    for piece in pieces {
        // Copied twice: zeroing room for one copy takes longer, a twentieth of such a run.
        bytes.extend_from_slice(&piece.0.to_vec());
    }
    bytes
}

fn cut(thrown: JsValue) -> RequestError {
    RequestError::BrokenBody(JsError::from(thrown).to_string())
}
