//! Reading a body up to a cap, and within what the isolate can hold.

use std::cell::RefCell;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{Either, select};
use worker::{Delay, Request};

use super::gateway::now_ms;
use crate::held::Held;
use crate::intake::require_length;
use crate::limits;
use crate::problem::Problem;

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
    request: &mut Request,
    limit_bytes: usize,
) -> Result<(Room, Vec<u8>), Problem> {
    // (1)
    let declared = declared(request, limit_bytes)?;
    // (2)
    let room = HELD
        .with_borrow_mut(|held| held.take(declared.unwrap_or(limit_bytes), now_ms()))
        .map(Room)
        .ok_or(Problem::Busy {
            reason: "with other bodies",
            retry_after_seconds: limits::HELD_RETRY_SECONDS,
        })?;
    // (3)
    let time_is_up = Delay::from(Duration::from_millis(limits::BODY_READ_MS));
    match select(Box::pin(read(request, limit_bytes)), time_is_up).await {
        Either::Left((bytes, _)) => Ok((room, bytes?)),
        Either::Right(_) => Err(Problem::BrokenBody("it took too long".to_owned())),
    }
}

/// The whole body, if it isn't over the cap. A declared length is the platform's to enforce; without one the
/// body is counted as it comes.
pub async fn read(request: &mut Request, limit_bytes: usize) -> Result<Vec<u8>, Problem> {
    if declared(request, limit_bytes)?.is_some() {
        return request.bytes().await.map_err(broken);
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let mut bytes = Vec::new();
    let mut stream = request.stream().map_err(broken)?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(broken)?;
        if bytes.len() + chunk.len() > limit_bytes {
            return Err(Problem::TooLarge { limit_bytes });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn declared(request: &Request, limit_bytes: usize) -> Result<Option<usize>, Problem> {
    let declared = request.headers().get("content-length").map_err(broken)?;
    require_length(declared.as_deref(), limit_bytes)
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn broken(error: worker::Error) -> Problem {
    Problem::BrokenBody(error.to_string())
}
