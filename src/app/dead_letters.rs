//! Messages that the merchant's backend never took, of all accounts: staff list them, and send one
//! again.

use serde_json::{Value, json};

use crate::account::rows::{DeadLetter, MessageId, Result as RowsResult, Rows};
use crate::account::staff::{SignedChange, StaffChange, StaffOutcome};
use crate::app::brakes::{Answers, ask};
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts, CallError, Runtime};
use crate::app::problem::Problem;
use crate::app::staff::key_of;
use crate::app::status::unexpected;
use crate::auth::roles::Operator;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::notify::merchant_webhook::timestamp;

/// `GET /staff/api/dead-letters`: those of the accounts of these keys, of each the earliest first.
pub async fn list(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    keys: Vec<&KeyName>,
) -> Value {
    let Answers { accounts, told } = ask(ports, settings, keys, &Request::DeadLetters).await;
    let mut dead_letters = Vec::new();
    for (account, letters) in told {
        let Value::Array(letters) = letters else { continue };
        for mut letter in letters {
            if let Some(fields) = letter.as_object_mut() {
                fields.insert("account".to_owned(), account.as_str().into());
            }
            dead_letters.push(letter);
        }
    }
    json!({ "accounts": accounts, "dead_letters": dead_letters })
}

/// What an account tells of its own.
pub fn of(rows: &dyn Rows) -> RowsResult<Value> {
    Ok(rows.dead_letters()?.into_iter().map(listed).collect())
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

/// As staff see it, without the name of its account: what it told, when, how often it was tried, and
/// why and when the last try failed.
fn listed(letter: DeadLetter) -> Value {
    let DeadLetter { id, event, at_ms, tries, outcome, dead_ms, .. } = letter;
    json!({
        "id": id.0,
        "type": event,
        "timestamp": timestamp(at_ms),
        "tries": tries,
        "outcome": outcome,
        "dead_at": timestamp(dead_ms),
    })
}
