//! Messages that the merchant's backend never took, of all accounts: staff list them, and send one
//! again.

use serde::Serialize;

use crate::account::rows::{DeadLetter, MessageId};
use crate::account::staff::{SignedChange, StaffChange, StaffOutcome};
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts, CallError};
use crate::app::problem::Problem;
use crate::app::staff::key_of;
use crate::app::status::unexpected;
use crate::auth::roles::Operator;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::notify::merchant_webhook::timestamp;

/// `GET /staff/api/dead-letters`
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetters {
    pub dead_letters: Vec<Listed>,
}

/// A dead letter as staff see it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The name of the secret that holds the account's key.
    account: String,
    id: String,
    #[serde(rename = "type")]
    event: String,
    /// Of what it tells.
    timestamp: String,
    tries: u32,
    /// Why the last try failed.
    outcome: Option<String>,
    /// When the last try failed.
    dead_at: String,
}

/// Those of the accounts of these keys, of each the earliest first.
pub async fn list(
    ports: &impl Accounts,
    settings: &Settings,
    keys: Vec<&KeyName>,
) -> Result<DeadLetters, Problem> {
    let mut dead_letters = Vec::new();
    for key in keys {
        let account = settings.account_of(key);
        let Response::DeadLetters(letters) = ports.ask(account, Request::DeadLetters).await? else {
            return Err(unexpected());
        };
        dead_letters.extend(letters.into_iter().map(|letter| listed(key.as_str(), letter)));
    }
    Ok(DeadLetters { dead_letters })
}

/// Sends one again, whichever account has it. It is listed with the first shop of that account.
pub async fn send(
    ports: &impl Accounts,
    settings: &Settings,
    operator: &Operator,
    keys: Vec<&KeyName>,
    id: &str,
) -> Result<(), Problem> {
    let names = settings.shops.names();
    for key in keys {
        let is_its = |shop: &&String| key_of(settings, shop).is_ok_and(|its| its == key);
        let change = SignedChange {
            change: StaffChange::SendAgain(MessageId(id.to_owned())),
            by: operator.name.clone(),
            shop: names.iter().find(is_its).cloned().unwrap_or_default(),
        };
        let account = settings.account_of(key);
        let asked: Result<_, CallError> = ports.ask(account, Request::Change(change)).await;
        match asked? {
            Response::Changed(StaffOutcome::Changed) => return Ok(()),
            Response::Changed(StaffOutcome::NotFound) => {}
            _ => return Err(unexpected()),
        }
    }
    Err(Problem::NotFound)
}

fn listed(account: &str, letter: DeadLetter) -> Listed {
    let DeadLetter { id, event, at_ms, tries, outcome, dead_ms, .. } = letter;
    let (timestamp, dead_at) = (timestamp(at_ms), timestamp(dead_ms));
    Listed { account: account.to_owned(), id: id.0, event, timestamp, tries, outcome, dead_at }
}
