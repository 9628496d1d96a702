//! What orchestration asks of the world. `worker/` implements these with Durable Objects, `fetch`
//! and Workers KV; `simulation/` on a deterministic executor; host tests by hand.
//!
//! Everything that takes time is a call of a port: nothing in `app/` waits for anything else. A
//! crash of an invocation is a future that is dropped at one of them.

use std::future::Future;

use fashn::balance::CreditsBalance;
use fashn::response::{FashnError, RunAnswer, StatusAnswer, UpstreamId};
use futures::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};

use crate::account::event::SendOutcome;
use crate::account::rows::{Rows, StorageError, Write};
use crate::app::message::{BodyMeta, BodyRequest, BodyResponse, Request, Response, Shown};
use crate::app::problem::Problem;
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

/// The clock.
pub trait Clock {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// Waits.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()>;
}

/// A line for the operator. Never an id, a token, an address, a picture or a secret.
pub trait Log {
    /// Something that an operator has to know.
    fn error(&self, place: &'static str, reason: &str);
}

/// The account objects.
pub trait Accounts {
    /// Sends an account a message.
    fn ask(
        &self,
        account: AccountId,
        request: Request,
    ) -> impl Future<Output = Result<Response, CallError>>;
}

/// Answers of the account objects that stay open.
pub trait Subscriptions {
    /// Events on their way to the caller.
    type Stream;

    /// Subscribes to a run.
    fn subscribe(
        &self,
        request: &SubscribeRequest,
    ) -> impl Future<Output = Result<Subscribed<Self::Stream>, CallError>>;
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
    /// There is nothing to see.
    NotFound,
}

/// Guards in front of what costs something.
pub trait Guards {
    /// Counts a request at a rate limit. One that isn't set up, or fails, lets every request pass:
    /// the account's exact counts hold all the same.
    fn is_within(&self, limit: RateLimit, key: &str) -> impl Future<Output = bool>;

    /// Asks Cloudflare about a challenge's token; answers the body of its answer.
    fn siteverify(&self, question: &str) -> impl Future<Output = Result<Vec<u8>, CallError>>;
}

/// The rate limits in front of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    /// Of all requests of a network address.
    Address,
    /// Of one visitor.
    Visitor,
    /// Of lookups of one run.
    Lookup,
}

/// Randomness that can't be guessed.
pub trait Randomness {
    /// So many bytes.
    ///
    /// # Errors
    /// [`CallError`]: the platform has none.
    fn random<const N: usize>(&self) -> Result<[u8; N], CallError>;
}

/// The `Body` objects, one for each body that waits.
pub trait Bodies {
    /// Sends a body a message.
    fn tell(
        &self,
        ticket: Ticket,
        request: BodyRequest,
    ) -> impl Future<Output = Result<BodyResponse, CallError>>;
}

/// Where a Worker stores bodies that have to wait.
pub trait BodyStore {
    /// A body as the Worker holds it.
    type Body;

    /// Stores a body whole, or not at all.
    fn put(&self, meta: BodyMeta, body: &Self::Body)
    -> impl Future<Output = Result<(), CallError>>;
}

/// `POST /v1/run`.
pub trait FashnRuns {
    /// A body as its carrier has it.
    type Body;

    /// Sends a run. Dropped, it may have arrived.
    ///
    /// # Errors
    /// [`NotSent`]: FASHN surely doesn't have it.
    fn run(
        &self,
        key: &KeyName,
        body: &Self::Body,
        webhook_url: &str,
    ) -> impl Future<Output = Result<RunAnswer, NotSent>>;
}

/// A run never left: the call was not begun, or its body was cut before its declared end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not sent: {0}")]
pub struct NotSent(pub String);

/// What FASHN answers without being sent a picture. Each call has a time limit, which starts with
/// it.
pub trait FashnReads {
    /// `GET /v1/status/{id}`
    fn status(
        &self,
        upstream: &UpstreamId,
    ) -> impl Future<Output = Result<StatusAnswer, FashnError>>;

    /// `GET /v1/credits`
    fn credits(&self) -> impl Future<Output = Result<CreditsBalance, FashnError>>;
}

/// Outputs that FASHN sends in base64.
pub trait OutputStore {
    /// Stores a picture for so long; answers in how many pieces.
    fn put(
        &self,
        ticket: &Ticket,
        index: usize,
        bytes: &[u8],
        ttl_seconds: u64,
    ) -> impl Future<Output = Result<usize, CallError>>;

    /// A picture's bytes; none if one of its pieces has expired.
    fn get(
        &self,
        ticket: &Ticket,
        index: usize,
        pieces: usize,
        length: usize,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, CallError>>;

    /// Deletes a picture.
    fn delete(
        &self,
        ticket: &Ticket,
        index: usize,
        pieces: usize,
    ) -> impl Future<Output = Result<(), CallError>>;
}

/// The merchant's own backend.
pub trait MerchantBackend {
    /// Posts a signed message; answers its HTTP status.
    fn post(
        &self,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> impl Future<Output = Result<u16, CallError>>;
}

/// An account's own storage and alarm. Neither is waited for.
pub trait Storage {
    /// Runs one event's reads and writes as one transaction: all of its writes are stored, or none.
    ///
    /// # Errors
    /// [`StorageError`]: nothing is stored, and memory can't be trusted any more.
    fn transact<T>(
        &self,
        event: impl FnOnce(&dyn Rows) -> Result<(T, Vec<Write>), StorageError>,
    ) -> Result<T, StorageError>;

    /// Reads without writing.
    fn read<T>(
        &self,
        query: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
    ) -> Result<T, StorageError>;

    /// Sets the alarm. It is part of the writes of this turn.
    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError>;

    /// The storage failed: the object is reset, and its memory is lost.
    fn abort(&self, reason: &StorageError);
}

/// Work that goes on after its request was answered.
pub trait Spawn {
    /// Starts it under the platform's `waitUntil`.
    fn spawn(&self, work: LocalBoxFuture<'static, ()>);
}

/// All that an account object works with.
pub trait AccountPorts:
    Clock + Log + Storage + Spawn + Subscribers + FashnReads + OutputStore + MerchantBackend + Bodies
{
}

impl<P> AccountPorts for P where
    P: Clock
        + Log
        + Storage
        + Spawn
        + Subscribers
        + FashnReads
        + OutputStore
        + MerchantBackend
        + Bodies
{
}

/// All that a Worker works with. A body that it holds can be sent and stored.
pub trait WorkerPorts:
    Clock + Log + Accounts + FashnRuns + BodyStore<Body = <Self as FashnRuns>::Body>
{
}

impl<P> WorkerPorts for P where
    P: Clock + Log + Accounts + FashnRuns + BodyStore<Body = <P as FashnRuns>::Body>
{
}

/// All that a `Body` object works with.
pub trait BodyPorts: Clock + Log + Accounts + FashnRuns + BodyStorage + Spawn {
    /// The stored body, to be sent.
    fn stored_body(&self) -> <Self as FashnRuns>::Body;
}

/// The subscribers of this account's runs.
pub trait Subscribers {
    /// A run changed: each of its subscribers is sent what it hasn't seen.
    fn notify(&self, ticket: Ticket);
}

/// A `Body` object's own storage and alarm.
pub trait BodyStorage {
    /// What is stored beside the body; none if there is no body.
    fn state(&self) -> Result<Option<BodyState>, StorageError>;
    /// Replaces it.
    fn put_state(&self, state: &BodyState) -> Result<(), StorageError>;
    /// Sets the alarm.
    fn set_alarm(&self, at_ms: u64) -> Result<(), StorageError>;
    /// Deletes everything, the alarm and the database too.
    fn delete_all(&self) -> impl Future<Output = Result<(), StorageError>>;
}

/// What a `Body` object stores beside the body's pieces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyState {
    /// Where it goes.
    pub meta: BodyMeta,
    /// The last send that was begun; 0 before the first. Written before the call.
    pub attempt: Attempt,
    /// What became of it, until the account has the report.
    #[serde(default)]
    pub outcome: Option<SendOutcome>,
    /// The account has the report of the last send.
    pub is_reported: bool,
}
