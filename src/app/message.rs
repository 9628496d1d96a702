//! Messages of the Worker and of `Body` objects to the account, and its answers: small plain
//! objects, as JSON. Fields that a release doesn't know are ignored, so old and new talk to each
//! other.

use fashn::models::Credits;
use fashn::response::UpstreamId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::admission::{Admission, AdmissionRequest};
use crate::account::event::{Sent, Verdict};
use crate::account::opening::ClosedReason;
use crate::account::proof::{FiguresQuery, OrderCounts, PageCounts};
use crate::account::staff::{SignedChange, StaffOutcome};
use crate::auth::ids::{Attempt, Ticket};
use crate::config::shops::KeyName;
use crate::http::origin::Origin;
use crate::run::view::{Standing, View};

/// A message to the account object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// A run asks to be admitted. Asked again with the same ticket, the answer is the same.
    Submit(AdmissionRequest),
    /// What admission would say; nothing changes.
    Quote(AdmissionRequest),
    /// Whether any shopper's run of at least so many credits would be taken now.
    Opening {
        credits: Credits,
        shop: String,
        is_signed_in: bool,
    },
    /// A run's body is stored.
    Stored(Ticket),
    /// A run's body could not be stored.
    NotStored(Ticket),
    Sent(Sent),
    /// FASHN's webhook, its token and body: the account confirms it with FASHN before it answers.
    Webhook {
        ticket: Ticket,
        attempt: Attempt,
        upstream: UpstreamId,
    },
    /// What the holder of a run sees.
    Look(Ticket),
    /// Deletes a run: inputs, outputs, record.
    Delete(Ticket),
    /// Messages that the merchant's backend never took.
    DeadLetters,
    /// The daily touch: overdue alarms are set again.
    Touch,
    /// Counts a batch of a page's events.
    CountPage(PageCounts),
    /// Counts an order, once.
    CountOrder(OrderCounts),
    /// What staff see of the account.
    Inspect,
    /// Daily figures of these days, of one shop or of all.
    Figures(FiguresQuery),
    /// The brakes of these shops.
    Brakes(Vec<String>),
    /// Staff set brakes of a shop, each by its name.
    Brake {
        shop: String,
        by: String,
        set: Vec<(String, Value)>,
    },
    /// What staff changed, of one shop or of all.
    Audit(Option<String>),
    /// A run as staff see it.
    Run(Ticket),
    /// What staff change in it.
    Change(SignedChange),
}

/// The account's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// To [`Request::Submit`] and [`Request::Quote`].
    Admission(Admission),
    /// To [`Request::Opening`]; none if it would.
    Opening(Option<ClosedReason>),
    /// To [`Request::Stored`]: whether the run is still wanted.
    Stored(bool),
    Verdict(Verdict),
    Webhook(WebhookAck),
    /// To [`Request::Look`]; none if there is nothing to see.
    View(Option<Box<Shown>>),
    /// To [`Request::Delete`]: whether there was anything.
    Deleted(bool),
    /// To [`Request::Inspect`]: an `account::report::Report` as JSON, which the Worker passes on.
    Account(Box<Value>),
    /// What staff see, as JSON that the Worker shapes: rows as arrays, those of
    /// [`Request::Figures`] by the name of their list.
    Told(Box<Value>),
    Changed(StaffOutcome),
    /// To the others.
    Done,
}

/// A run as its holder sees it, and where it stands while it isn't over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub view: View,
    #[serde(default)]
    pub standing: Option<Standing>,
}

/// What a webhook came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookAck {
    /// It is confirmed and written, or nothing is left to do.
    Noted,
    /// No such run, or another id is bound to it.
    NotOurs,
    /// No status call may begin now: FASHN comes again, and so does the alarm.
    TooEarly { retry_after_seconds: u64 },
    /// FASHN could not be asked, or says that the run isn't over.
    Unconfirmed,
}

/// A message to a `Body` object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyRequest {
    /// Send the body as this attempt. Repeated, it is sent once.
    Send(Attempt),
    /// Delete it.
    Drop,
}

/// A `Body` object's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyResponse {
    /// It is being sent, or was sent; its report follows.
    Sending,
    Missing,
    Dropped,
}

/// Where a body goes once it is sent; stored beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyMeta {
    pub ticket: Ticket,
    /// The secret that holds its FASHN key.
    pub key_name: KeyName,
    /// Where FASHN's webhook reaches the gateway.
    pub origin: Origin,
    /// Bytes of the body.
    pub length: u64,
    /// When it is deleted whatever happens, in milliseconds since 1970.
    pub delete_at_ms: u64,
}
