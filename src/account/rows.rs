//! What the account stores, as rows with named fields. `app::ports::Storage` runs a transaction
//! over them; `schema` has the tables. An event reads a few rows, and writes what it changed as
//! [`Write`]s.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::limiter::Limiter;
use crate::account::proof::{Mark, ProofQuery};
use crate::auth::ids::{Ticket, Visitor};
use crate::run::dedup::{Dedup, DedupName};
use crate::run::record::Run;
use crate::run::view::View;

/// The storage failed, or a row can't be understood. The object is reset: nothing of the event
/// stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("storage: {0}")]
pub struct StorageError(pub String);

pub type Result<T, E = StorageError> = std::result::Result<T, E>;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitorDay {
    /// Credits reserved or charged.
    pub committed: u64,
    pub attempts: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FiguresKey {
    /// Days since 1970 (UTC).
    pub day: u64,
    pub shop: String,
    pub model: String,
}

/// One day's figures of a shop and model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub completed: u64,
    /// Failed, refused or canceled by FASHN.
    pub failed: u64,
    pub timed_out: u64,
    pub credits: u64,
    /// From admission to slot, summed over completed runs.
    pub wait_ms: u64,
    /// From slot to end, summed over completed runs.
    pub run_ms: u64,
}

/// Names a message, so that the backend recognises a repeat: 32 hex digits of a hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub String);

impl MessageId {
    /// As the log has it. Of a message about a run it is the run's.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

/// A message to the merchant's backend that isn't delivered yet. It outlives its run's result, and
/// has nothing of it then but how it ended. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    pub id: MessageId,
    /// Its run, while that can be looked up.
    pub ticket: Option<Ticket>,
    /// Its `type`, as `prediction.completed`.
    pub event: String,
    pub at_ms: u64,
    /// What an alert says, as JSON.
    pub detail: Option<String>,
    /// How often it was sent, the send under way included.
    pub tries: u32,
    /// When it is sent next.
    pub next_ms: u64,
    /// Why the last try failed.
    pub outcome: Option<String>,
}

/// A message that the backend never took. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub id: MessageId,
    pub event: String,
    pub at_ms: u64,
    pub detail: Option<String>,
    pub tries: u32,
    pub outcome: Option<String>,
    /// When its last try failed.
    pub dead_ms: u64,
}

/// A row that could not be understood, and so was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    pub table: &'static str,
    /// Which column, and why; no content.
    pub reason: String,
    /// The run that the row was of, if its ticket can be read.
    pub run: Option<Ticket>,
}

/// A line of the table `quarantine`: which row could not be understood, or which `Body` object is
/// lost. Kept for [`QUARANTINE_KEPT_MS`](crate::config::limits::QUARANTINE_KEPT_MS), no content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuarantineEntry {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    pub table: String,
    pub key: String,
    pub reason: String,
}

/// What stands for a table in a [`QuarantineEntry`] about a `Body` object.
pub const BODIES: &str = "bodies";

/// Reads of an event, within its transaction. Written so that each is one indexed query.
pub trait Rows {
    /// Every run that isn't settled ([`Run::is_settled`]): what memory holds.
    fn live_runs(&self) -> Result<Vec<Run>>;
    fn run(&self, ticket: &Ticket) -> Result<Option<Run>>;
    /// What a settled run shows, unless its holder deleted it: most lookups are of these.
    fn ended_view(&self, ticket: &Ticket) -> Result<Option<View>>;
    /// Settled runs that expired by `now_ms`, earliest first, at most `most`.
    fn expired(&self, now_ms: u64, most: usize) -> Result<Vec<Run>>;
    /// When the next settled run after this time expires, in milliseconds since 1970.
    fn next_expiry_ms(&self, after_ms: u64) -> Result<Option<u64>>;
    fn dedup(&self, name: &DedupName) -> Result<Option<Dedup>>;
    /// Deduplication rows behind a name, in the order of their names, at most `most`.
    fn dedup_after(&self, name: &DedupName, most: usize) -> Result<Vec<Dedup>>;
    fn visitor(&self, day: u64, visitor: &Visitor) -> Result<Option<VisitorDay>>;
    fn has_visitors_before(&self, day: u64) -> Result<bool>;
    fn limiter(&self) -> Result<Option<Limiter>>;
    /// Credits charged on a day (UTC), over all shops and models.
    fn credits_of_day(&self, day: u64) -> Result<u64>;
    /// Messages that are due, earliest first, at most `most`.
    fn due_messages(&self, now_ms: u64, most: usize) -> Result<Vec<OutboxMessage>>;
    fn message(&self, id: &MessageId) -> Result<Option<OutboxMessage>>;
    /// When the next message after this time is due, in milliseconds since 1970.
    fn next_message_ms(&self, after_ms: u64) -> Result<Option<u64>>;
    /// How many messages aren't delivered yet.
    fn messages_waiting(&self) -> Result<u64>;
    /// The newest entries, at most `most`.
    fn quarantine(&self, most: usize) -> Result<Vec<QuarantineEntry>>;
    /// What this transaction could not understand so far.
    fn quarantined(&self) -> Vec<Quarantined>;
    /// The last migration that the database has.
    fn schema_version(&self) -> Result<u64>;
    /// All of them, the earliest first.
    fn dead_letters(&self) -> Result<Vec<DeadLetter>>;
    fn dead_letter(&self, id: &MessageId) -> Result<Option<DeadLetter>>;
    /// Whether an order was counted.
    fn has_order(&self, name: &str) -> Result<bool>;
    /// How many orders were counted on a day, over all shops, marks and currencies.
    fn orders_of_day(&self, day: u64) -> Result<u64>;
    /// Whether a product has counts of this day and shop, or there is room for one more.
    fn has_room_for(&self, day: u64, shop: &str, product: &str) -> Result<bool>;
    /// `products`, `orders` and `groups` of the staff's figures, as JSON.
    fn proof(&self, query: &ProofQuery) -> Result<Value>;
}

/// What an event changes. Applied in order, in the event's transaction. `Put` inserts or replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    PutRun(Box<Run>),
    DeleteRun(Ticket),
    PutLimiter(Box<Limiter>),
    PutVisitor(u64, Visitor, VisitorDay),
    /// Delete at most 64 rows of visitors of days before this one.
    DeleteVisitorsBefore(u64),
    /// Delete what is kept for a while only: figures, counts and entries of the quarantine. A clock that
    /// was wrong, or a row that was spoilt, may have left some of the far future: those too, and
    /// visitors' as well.
    DeleteAged {
        day: u64,
        now_ms: u64,
    },
    PutDedup(Dedup),
    DeleteDedup(DedupName),
    AddFigures(FiguresKey, Figures),
    PutMessage(OutboxMessage),
    PutQuarantine(QuarantineEntry),
    DeleteQuarantine(QuarantineEntry),
    ClearQuarantine,
    DeleteMessage(MessageId),
    /// Those that are too old or too many by then are deleted.
    PutDeadLetter(DeadLetter),
    DeleteDeadLetter(MessageId),
    /// Adds impressions, opens, tries, results and carts of a day, shop and product.
    CountProduct(u64, String, String, [u64; 5]),
    /// An order is counted, on this day.
    PutOrder(String, u64),
    /// Adds visitors, orders, lines and their amount of a day, shop, mark and currency.
    CountOrders(u64, String, Mark, String, [u64; 4]),
}
