//! Orchestration over hand-made ports: each call, and each way in which it can fail.

mod account;
mod authorize;
mod body;
mod confirm;
mod dead_letters;
mod deletion;
mod events;
mod figures;
mod intake;
mod log;
mod metrics;
mod operator;
mod orders;
mod outbox;
mod ports;
mod send;
mod settings;
mod shop;
mod staff;
mod status;
mod submit;
mod subscribers;
mod webhook;

use std::future::Future;

use fashn::error::{ApiError, ApiErrorCode};
use fashn::response::{FashnError, UpstreamId};
use futures::FutureExt as _;

use crate::account::admission::AdmissionRequest;
use crate::account::tests::request;
use crate::app::ports::CallError;
use crate::auth::ids::{AccountId, Jurisdiction, Signer, Ticket};
use crate::auth::secret::Secret;
use crate::config::shops::KeyName;
use crate::http::origin::Origin;

/// Noon of a day (UTC).
const NOON: u64 = 1_763_640_000_000;

/// A picture in base64: a PNG's first bytes.
const DATA: &str = "data:image/png;base64,iVBORw0KGgo=";

/// Runs a future to its end: all of its ports answer at once.
fn done<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("no port waits")
}

fn signer() -> Signer {
    Signer::new(&Secret::new("0123456789abcdef0123456789abcdef".to_owned())).expect("a key")
}

fn key() -> KeyName {
    KeyName::parse(KeyName::DEFAULT).expect("a name")
}

fn origin() -> Origin {
    Origin::parse("https://gateway.example").expect("an origin")
}

fn ticket(number: u8) -> Ticket {
    Ticket::mint(AccountId::of_key(KeyName::DEFAULT, Jurisdiction::Global), NOON, [number; 11])
}

fn upstream() -> UpstreamId {
    UpstreamId::parse("fashn-1").expect("an id")
}

fn broken() -> CallError {
    CallError::Broken("the connection was cut".to_owned())
}

fn overloaded() -> CallError {
    CallError::Overloaded("too many".to_owned())
}

/// FASHN's own refusal.
fn refusal(status: u16, code: ApiErrorCode, retry_after: Option<&str>) -> FashnError {
    FashnError::Refused {
        status,
        error: ApiError { error: code, message: "no".to_owned() },
        retry_after: retry_after.map(str::to_owned),
    }
}

fn admission_request(number: u8) -> AdmissionRequest {
    request(number, &format!("visitor {number}"))
}
