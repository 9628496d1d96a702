//! Reading a request's body up to a cap, and within what the isolate can hold.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::app::problem::Problem;
use crate::config::limits;
use crate::http::body_budget::{self, BudgetFull, MemoryBudget, ReservationId};
use crate::http::request_head::Header;
use crate::request::error::RequestError;
use crate::request::parse::declared_bytes;
use crate::request::upstream_body::UpstreamBody;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::platform::{
    JsError, PieceReader, length, now_ms, read_whole, release, settled,
};

/// A body that declares no more is read in one go; a larger one, or one without a length, in pieces.
const WHOLE_BYTES_MAX: usize = 64 << 10;

/// The first pieces: of many bodies that have only begun to arrive each has a buffer of this size.
const FIRST_PIECE_BYTES: usize = 64 << 10;

/// The others, of bodies that are this large.
const PIECE_BYTES: usize = 1 << 20;

thread_local! {
    static BUDGET: RefCell<MemoryBudget> = const { RefCell::new(MemoryBudget::new()) };
}

/// Memory for one body, until it is dropped.
pub struct Reservation(ReservationId);

impl Reservation {
    fn begin(address: Option<&str>, declared: Option<usize>) -> Result<Self, Problem> {
        let reserved = BUDGET.with_borrow_mut(|budget| budget.reserve(address, declared, now_ms()));
        reserved.map(Self).map_err(full)
    }

    fn grow(&self, bytes: usize) -> Result<(), Problem> {
        BUDGET.with_borrow_mut(|budget| budget.grow(self.0, bytes)).map_err(full)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        BUDGET.with_borrow_mut(|budget| budget.release(self.0));
    }
}

fn full(error: BudgetFull) -> Problem {
    Problem::Overloaded {
        reason: error.to_string(),
        retry_after_seconds: body_budget::RETRY_AFTER_SECONDS,
    }
}

/// The whole body, with the memory that is reserved for it, for as long as it is used.
///
/// (1) Judge its declared length. (2) Begin a reservation, or refuse the body unread. (3) Read it, and
/// reserve its bytes as they arrive.
pub async fn read(
    gateway: &Gateway<'_>,
    address: Option<&str>,
    bytes_max: usize,
) -> Result<(Reservation, Vec<u8>), Problem> {
    // (1)
    let declared = declared_bytes(gateway.head.header(Header::ContentLength), bytes_max)?;
    // (2)
    let reservation = Reservation::begin(address, declared)?;
    // (3)
    let bytes = match declared {
        Some(bytes) if bytes <= WHOLE_BYTES_MAX => {
            reservation.grow(bytes)?;
            let ms = u32::try_from(limits::BODY_READ_MS).unwrap_or(u32::MAX);
            let read = settled(read_whole(gateway.request, ms)).await.map_err(cut)?;
            read.unchecked_into::<Uint8Array>().to_vec()
        }
        _ => in_pieces(gateway.request, &reservation, declared, bytes_max).await?,
    };
    Ok((reservation, bytes))
}

async fn in_pieces(
    request: &JsValue,
    reservation: &Reservation,
    declared: Option<usize>,
    bytes_max: usize,
) -> Result<Vec<u8>, Problem> {
    let body = request.unchecked_ref::<web_sys::Request>().body();
    let Some(body) = body else {
        return Ok(Vec::new());
    };
    let ms = u32::try_from(limits::BODY_READ_MS).ok();
    let reader = PieceReader::new(&body, ms);
    let mut bytes: Vec<u8> = Vec::new();
    let read = async {
        loop {
            let piece_bytes =
                if bytes.len() < PIECE_BYTES { FIRST_PIECE_BYTES } else { PIECE_BYTES };
            // One byte over the cap is enough to refuse a body that doesn't end.
            let left = bytes_max.saturating_sub(bytes.len()).saturating_add(1);
            let piece = reader.next(length(piece_bytes.min(left)));
            let piece = settled(piece).await.map_err(cut)?;
            if piece.is_undefined() {
                return Ok(());
            }
            let piece: Uint8Array = piece.unchecked_into();
            let start = bytes.len();
            let end = start + piece.length() as usize;
            if end > bytes_max {
                return Err(RequestError::TooLarge { limit_bytes: bytes_max }.into());
            }
            reservation.grow(end - start)?;
            // Doubled while it arrives, and never larger than what is declared.
            if bytes.capacity() < end {
                let doubled = (2 * start).min(declared.unwrap_or(bytes_max));
                bytes.reserve_exact(doubled.max(end) - start);
            }
            bytes.resize(end, 0);
            if let Some(room) = bytes.get_mut(start..end) {
                piece.copy_to(room);
            }
        }
    };
    let read: Result<(), Problem> = read.await;
    match read {
        Ok(()) => reader.end(),
        Err(problem) => {
            reader.cancel();
            return Err(problem);
        }
    }
    match declared {
        Some(declared) if declared != bytes.len() => {
            Err(RequestError::BrokenBody("it ended early".to_owned()).into())
        }
        Some(_) | None => Ok(bytes),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn cut(error: JsError) -> RequestError {
    RequestError::BrokenBody(error.to_string())
}

/// The body that FASHN gets, outside of wasm's memory, which never shrinks. Its memory is released with
/// it.
pub struct OutsideBody(pub Uint8Array);

impl OutsideBody {
    pub fn of(body: &UpstreamBody<'_>) -> Self {
        let whole = Uint8Array::new_with_length(length(body.len_bytes()));
        let mut start = 0;
        for segment in body.segments() {
            let end = start + segment.len();
            whole.subarray(length(start), length(end)).copy_from(segment);
            start = end;
        }
        Self(whole)
    }
}

impl Drop for OutsideBody {
    fn drop(&mut self) {
        release(&self.0.buffer());
    }
}
