//! What orchestration asks of the world. `worker/` implements these with Durable Objects, `fetch`
//! and Workers KV; `simulation/` on a deterministic executor; host tests by hand.
//!
//! Everything that takes time is a call of a port: nothing in `app/` waits for anything else. A
//! crash of an invocation is a future that is dropped at one of them.

#![expect(async_fn_in_trait, reason = "isolates have one thread: no future has to be `Send`")]

use fashn::balance::CreditsBalance;
use fashn::response::{FashnError, RunAnswer, StatusAnswer, UpstreamId};
use futures::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};

use crate::account::event::SendOutcome;
use crate::account::rows::{Rows, StorageError, Write};
use crate::app::log::LogEvent;
use crate::app::message::{BodyMeta, BodyRequest, BodyResponse, Request, Response, Shown};
use crate::app::metrics::Point;
use crate::app::problem::Problem;
use crate::auth::access::Access;
use crate::auth::ids::{AccountId, Attempt, Ticket};
use crate::config::shops::KeyName;
use crate::notify::subscription::SubscribeRequest;

/// A message to an object didn't come to an answer: it may or may not have taken effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The platform sheds load: the message took no effect.
    #[error("overloaded: {0}")]
    Overloaded(String),
    /// The object was reset, or its connection broke.
    #[error("broken: {0}")]
    Broken(String),
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        Self::Overloaded { reason: error.to_string(), retry_after_seconds: 1 }
    }
}

/// The clock and the log, which every part has.
pub trait Runtime {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
    async fn sleep(&self, ms: u64);
    /// Writes a log line, if its level is wanted.
    fn log(&self, event: &LogEvent<'_>);

    /// Writes a point of the metrics, where they are set up.
    fn measure(&self, _point: &Point) {}

    /// Logs what an operator has to know. `reason` has no id, token, address, picture or secret.
    fn error(&self, place: &'static str, reason: &str) {
        self.log(&LogEvent::Failure { place, run: None, reason });
    }

    /// [`Runtime::error`] of a run.
    fn run_error(&self, place: &'static str, ticket: &Ticket, reason: &str) {
        self.log(&LogEvent::Failure { place, run: Some(*ticket), reason });
    }
}

/// The account objects.
pub trait Accounts {
    async fn ask(&self, account: AccountId, request: Request) -> Result<Response, CallError>;
}

/// `POST /v1/run`.
pub trait FashnRuns {
    /// A body as its carrier has it.
    type Body;

    /// Sends a run. Dropped, it may have arrived.
    async fn run(
        &self,
        key: &KeyName,
        body: &Self::Body,
        webhook_url: &str,
    ) -> Result<RunAnswer, NotSent>;
}

/// A run never left: the call was not begun, or its body was cut before its declared end. FASHN
/// surely doesn't have it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not sent: {0}")]
pub struct NotSent(pub String);

/// Answers of the account objects that stay open.
pub trait Subscriptions {
    /// Events on their way to the caller.
    type Stream;

    async fn subscribe(
        &self,
        request: &SubscribeRequest,
    ) -> Result<Subscribed<Self::Stream>, CallError>;
}

/// What a subscription comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscribed<S> {
    /// Events follow until the run is over.
    Stream(S),
    /// A wait ended: what is shown now; none if there is nothing to see any more.
    View(Option<Box<Shown>>),
    /// The run is over, and its subscriber has seen that.
    Over,
    /// Too many subscribe to it, or to all runs of the account.
    Full,
    NotFound,
}

/// What it takes to believe Cloudflare Access.
pub trait AccessPorts {
    /// The team's keys, as its `/cdn-cgi/access/certs` answers them.
    async fn access_keys(&self, access: &Access) -> Result<Vec<u8>, CallError>;

    /// Whether this key signed this text, by RS256. A key that can't be used signed nothing.
    async fn is_signed_by(&self, key: &str, signed: &str, signature: &[u8]) -> bool;
}

/// Guards in front of what costs something, and randomness that can't be guessed.
pub trait Guards {
    /// Counts a request at a rate limit. One that isn't set up, or fails, lets every request pass:
    /// the account's exact counts hold all the same.
    async fn is_within(&self, limit: RateLimit, key: &str) -> bool;

    /// Asks Cloudflare about a challenge's token; answers the body of its answer.
    async fn siteverify(&self, question: &str) -> Result<Vec<u8>, CallError>;

    fn random<const N: usize>(&self) -> Result<[u8; N], CallError>;
}

/// The rate limits in front of the account: of a network address, and of a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    Address,
    Visitor,
    /// Of lookups of one run.
    Lookup,
}

/// Outputs that FASHN sends in base64.
pub trait OutputStore {
    /// Stores a picture for so long; answers in how many pieces.
    async fn put(
        &self,
        ticket: &Ticket,
        index: usize,
        bytes: &[u8],
        ttl_seconds: u64,
    ) -> Result<usize, CallError>;

    /// A picture's bytes; none if one of its pieces has expired.
    async fn get(
        &self,
        ticket: &Ticket,
        index: usize,
        pieces: usize,
        length: usize,
    ) -> Result<Option<Vec<u8>>, CallError>;

    async fn delete(&self, ticket: &Ticket, index: usize, pieces: usize) -> Result<(), CallError>;
}

/// All that a Worker works with. A body that it holds can be sent and stored.
pub trait WorkerPorts: Runtime + Accounts + FashnRuns {
    /// Stores a body that has to wait: whole, or not at all.
    async fn put(&self, meta: BodyMeta, body: &Self::Body) -> Result<(), CallError>;
}

/// The account's end of an open answer. Dropped, the answer ends once what was written is read.
pub trait StreamWriter: 'static {
    /// Writes, without waiting for a reader.
    fn write(&self, bytes: &[u8]);
    /// Its reader has left, or doesn't read.
    fn is_lost(&self) -> bool;
}

/// All that an account object works with. Its storage and alarm are not waited for; each call of
/// another host has a time limit, which starts with it.
pub trait AccountPorts: Runtime + OutputStore {
    /// The account's end of an open answer.
    type Writer: StreamWriter;

    /// Runs one event's reads and writes as one transaction. After an error nothing is stored, and
    /// memory can't be trusted any more.
    fn transact<T>(
        &self,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError>;

    fn read<T>(
        &self,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError>;

    /// Sets the alarm. It is part of the writes of this turn.
    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError>;

    /// Rows that went into quarantine since the last call.
    fn take_quarantined(&self) -> usize;

    /// The storage failed: the object is reset, and its memory is lost.
    fn abort(&self, reason: &StorageError);

    /// Starts work that goes on after its request was answered.
    fn spawn(&self, work: LocalBoxFuture<'static, ()>);

    /// Sends a `Body` object a message.
    async fn tell(&self, ticket: Ticket, request: BodyRequest) -> Result<BodyResponse, CallError>;

    /// `GET /v1/status/{id}`
    async fn status(&self, upstream: &UpstreamId) -> Result<StatusAnswer, FashnError>;

    /// `GET /v1/credits`
    async fn credits(&self) -> Result<CreditsBalance, FashnError>;

    /// Posts a signed message; answers its HTTP status.
    async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<u16, CallError>;
}

/// All that a `Body` object works with.
pub trait BodyPorts: Runtime + Accounts + FashnRuns {
    /// The stored body, to be sent.
    fn stored_body(&self) -> Self::Body;
    /// What is stored beside the body; none if there is no body.
    fn state(&self) -> Result<Option<BodyState>, StateError>;
    fn put_state(&self, state: &BodyState) -> Result<(), StorageError>;
    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError>;
    /// Deletes everything, the alarm and the database too.
    async fn delete_all(&self) -> Result<(), StorageError>;
    /// Starts work that goes on after its request was answered.
    fn spawn(&self, work: LocalBoxFuture<'static, ()>);
}

/// What kept a `Body` object from reading what it stores beside the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What is stored can't be understood, and never will be.
    #[error("a body's state can't be understood")]
    Unreadable,
}

/// What a `Body` object stores beside the body's pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyState {
    pub meta: BodyMeta,
    /// The last send that was begun; 0 before the first. Written before the call.
    pub attempt: Attempt,
    /// What became of it, until the account has the report.
    #[serde(default)]
    pub outcome: Option<SendOutcome>,
    /// The account has the report of the last send.
    pub is_reported: bool,
}
