//! What the account stores, as rows with named fields. `app::ports::Storage` runs a transaction
//! over them; `schema` has the tables. An event reads a few rows, and writes what it changed as
//! [`Write`]s.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::brakes::Brakes;
use crate::account::limiter::Limiter;
use crate::account::proof::{FiguresQuery, Mark};
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub completed: u64,
    /// Failed, refused or canceled by FASHN.
    pub failed: u64,
    pub timed_out: u64,
    /// Requests that an earlier run answered, of the same visitor for the same picture.
    pub joined: u64,
    pub credits: u64,
    /// From admission to slot, summed over completed runs.
    pub wait_ms: u64,
    /// From slot to end, summed over completed runs.
    pub run_ms: u64,
    /// Completed runs by these two times.
    pub waits: Histogram,
    pub durations: Histogram,
}

/// Upper bounds of a [`Histogram`]'s buckets, in milliseconds; the last bucket has none. They lie
/// close where try-ons do: from 5 to 20 seconds.
pub const BOUNDS_MS: [u64; 15] = [
    250, 1_000, 3_000, 5_000, 7_000, 9_000, 11_000, 14_000, 18_000, 25_000, 40_000, 60_000,
    120_000, 300_000, 900_000,
];

/// How many times fell into each bucket. Buckets at the end that are empty may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(pub Vec<u64>);

impl Histogram {
    /// One time.
    pub fn of(ms: u64) -> Self {
        let bucket = BOUNDS_MS.iter().take_while(|bound_ms| **bound_ms < ms).count();
        let mut counts = vec![0; bucket];
        counts.push(1);
        Self(counts)
    }

    pub fn add(&mut self, Self(more): &Self) {
        let Self(counts) = self;
        if counts.len() < more.len() {
            counts.resize(more.len(), 0);
        }
        counts.truncate(BOUNDS_MS.len() + 1);
        for (count, more) in counts.iter_mut().zip(more) {
            *count = count.saturating_add(*more).min(u32::MAX.into());
        }
    }
}

/// The lists that [`Rows::figures`] and [`Rows::proof`] answer, and the columns of their rows. A text
/// in the last two columns of `runs` is a [`Histogram`] as JSON.
pub const FIGURES_LISTS: &[(&str, &[&str])] = &[
    (
        "runs",
        &[
            "day",
            "shop",
            "model",
            "completed",
            "failed",
            "timed_out",
            "joined",
            "credits",
            "wait",
            "run",
        ],
    ),
    ("failures", &["day", "shop", "model", "name", "count"]),
    ("products", &["day", "shop", "product", "impressions", "opens", "tries", "results", "carts"]),
    ("orders", ORDERS_COLUMNS),
    ("groups", ORDERS_COLUMNS),
];
const ORDERS_COLUMNS: &[&str] =
    &["day", "shop", "group", "currency", "visitors", "orders", "lines", "amount_minor"];

/// Names of failures of one day, shop and model that are told apart; further ones count as
/// [`OTHER_FAILURES`]. FASHN may answer any name.
pub const FAILURE_NAMES_MAX: usize = 24;
pub const OTHER_FAILURES: &str = "Other";

/// Names a message, so that the backend recognises a repeat: 32 hex digits of a hash, and
/// behind them an `s` where staff named its address, or a `c` where it is about a consent.
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
    /// What an alert or a consent says, as JSON.
    pub detail: Option<String>,
    /// How often it was sent, the send under way included.
    pub tries: u32,
    /// When it is sent next.
    pub next_ms: u64,
    /// Why the last try failed.
    pub outcome: Option<String>,
    /// The address that staff named for it; none: the merchant's own.
    pub url: Option<String>,
}

/// A message that the backend never took. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub id: MessageId,
    pub event: String,
    pub at_ms: u64,
    pub detail: Option<String>,
    pub tries: u32,
    pub outcome: Option<String>,
    /// When its last try failed.
    pub dead_ms: u64,
    /// As the message had it.
    pub url: Option<String>,
}

/// A change of a shop's brakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// A name of `STAFF_ROLES`, or `owner`.
    pub by: String,
    pub shop: String,
    pub change: String,
}

/// Changes that are kept.
pub const AUDIT_MAX: usize = 1_000;
pub const AUDIT_COLUMNS: &[&str] = &["at_ms", "by", "shop", "change"];

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
    /// Credits charged on these days (UTC), both included: day, shop, and of one model.
    fn credits(&self, days: (u64, u64)) -> Result<Vec<(u64, String, u64)>>;
    fn brakes(&self) -> Result<Vec<(String, Brakes)>>;
    /// Changes of one shop or of all, the newest first, as [`AUDIT_COLUMNS`].
    fn audit(&self, shop: Option<&str>) -> Result<Value>;
    /// Daily figures of these days, both included, of one shop or of all: rows as arrays, by the
    /// name of their list. [`FIGURES_LISTS`] names their columns.
    fn figures(&self, days: (u64, u64), shop: Option<&str>) -> Result<Value>;
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
    /// `products`, `orders` and `groups` of the staff's figures, likewise: [`FIGURES_LISTS`].
    fn proof(&self, query: &FiguresQuery) -> Result<Value>;
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
    PutBrakes(String, Brakes),
    /// Those beyond [`AUDIT_MAX`] are deleted.
    AddAudit(AuditEntry),
    /// One run of that day, shop and model failed, by its error's name.
    AddFailure(FiguresKey, String),
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
