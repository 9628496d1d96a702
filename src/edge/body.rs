//! Reading a body up to a cap, and within what the isolate can hold.

use std::cell::RefCell;

use js_sys::Uint8Array;

use super::ear::pause;
use super::gateway::now_ms;
use super::incoming::Incoming;
use super::platform::{BodyRead, let_go, offset, read_body};
use crate::app::problem::Problem;
use crate::config::limits;
use crate::http::body_budget::Held;
use crate::request::parse::require_length;
use crate::request::upstream_body::{Margins, Patch, Pieces};

thread_local! {
    static HELD: RefCell<Held> = const { RefCell::new(Held::none()) };
}

/// Room for one body, until it is dropped.
pub struct Room(u64);

impl Drop for Room {
    fn drop(&mut self) {
        HELD.with_borrow_mut(|held| held.give_back(self.0));
    }
}

/// The whole body of a run, with the room that it has until FASHN has it.
///
/// (1) Judge its length. (2) Find room for it, or send it away unread. (3) Read it, in the time that a phone needs.
pub async fn read_in_room(
    request: &Incoming<'_>,
    limit_bytes: usize,
) -> Result<(Room, Uint8Array), Problem> {
    // (1)
    let declared = declared(request, limit_bytes)?;
    // (2)
    let room = HELD
        .with_borrow_mut(|held| held.take(declared.unwrap_or(limit_bytes), now_ms()))
        .map(Room)
        .ok_or(Problem::Busy {
            reason: "with other bodies",
            retry_after_seconds: limits::BODY_BUDGET_RETRY_SECONDS,
        })?;
    // (3)
    Ok((room, read(request, limit_bytes).await?))
}

/// Room for a stored body that is to be sent, once there is some: the others of its minute are sent from the same isolate.
pub async fn room_for_sending(bytes: u64) -> Room {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    loop {
        if let Some(number) = HELD.with_borrow_mut(|held| held.take(bytes, now_ms())) {
            return Room(number);
        }
        pause(limits::HELD_LOOK_MS).await;
    }
}

/// The whole body, if it isn't over the cap and comes in time. A declared length is the platform's to enforce; without one
/// the body is counted as it comes.
pub async fn read(request: &Incoming<'_>, limit_bytes: usize) -> Result<Uint8Array, Problem> {
    let declared = declared(request, limit_bytes)?;
    let read = read_body(
        &request.platform,
        limit_bytes,
        declared,
        limits::BODY_READ_MS,
    );
    match read.await {
        Ok(BodyRead::Whole(bytes)) => Ok(bytes),
        Ok(BodyRead::TooLarge) => Err(Problem::TooLarge { limit_bytes }),
        Ok(BodyRead::TooLate) => Err(Problem::BrokenBody("it took too long".to_owned())),
        Err(thrown) => Err(Problem::BrokenBody(thrown.to_string())),
    }
}

/// The body that FASHN gets. Its memory is given back with it.
pub struct Outgoing(Uint8Array);

impl std::ops::Deref for Outgoing {
    type Target = Uint8Array;

    fn deref(&self) -> &Uint8Array {
        &self.0
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // Whoever sends or stores it has copied it.
        let_go(&self.0);
    }
}

/// The body that FASHN gets: made in the one that came where `json` is that, and written anew where it can't be or isn't.
pub fn for_fashn(pieces: &Pieces<'_>, came: &Uint8Array, json: Option<&[u8]>) -> Outgoing {
    let whole = Uint8Array::new(&came.buffer());
    let before = came.byte_offset();
    let margins = Margins {
        before: before as usize,
        behind: (whole.length() - before - came.length()) as usize,
    };
    if let Some(Patch { writes, body }) = json.and_then(|json| pieces.patch(json, margins)) {
        for (at, text) in writes {
            write(&whole, at, text.as_bytes());
        }
        return Outgoing(whole.subarray(offset(body.start), offset(body.end)));
    }
    let length = pieces.all().map(<[u8]>::len).sum();
    let anew = Uint8Array::new_with_length(offset(length));
    let mut at = 0;
    for part in pieces.all() {
        write(&anew, at, part);
        at += part.len();
    }
    let_go(came);
    Outgoing(anew)
}

fn write(bytes: &Uint8Array, at: usize, part: &[u8]) {
    bytes
        .subarray(offset(at), offset(at + part.len()))
        .copy_from(part);
}

fn declared(request: &Incoming<'_>, limit_bytes: usize) -> Result<Option<usize>, Problem> {
    require_length(request.head.header("content-length"), limit_bytes)
}
