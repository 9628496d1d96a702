//! `/staff/api/brakes` and `/staff/api/audit`: what staff have set for shops, and the changes of it.

use fashn::fields::FieldError;
use serde_json::{Map, Value, json};

use crate::account::rows::{AUDIT_COLUMNS, AUDIT_MAX};
use crate::account::staff::StaffOutcome;
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts, CallError, Runtime};
use crate::app::problem::Problem;
use crate::app::staff::{accounts, ask_each};
use crate::app::status::unexpected;
use crate::auth::roles::Operator;
use crate::config::limits::AccountLimits;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::request::error::RequestError;
use crate::request::json_body;

/// Brakes to be set, each by its name.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// The shop's name, if it is given.
    pub shop: Option<String>,
    pub set: Vec<(String, Value)>,
}

impl Change {
    /// Reads an object. A brake that is left out stays; null takes one away.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let Ok(Value::Object(fields)) = json_body::parse(bytes) else {
            return Err(FieldError::new("", "must be an object"));
        };
        let mut change = Self { shop: None, set: Vec::new() };
        for (name, value) in fields {
            match (&*name, value) {
                ("shop", Value::Null) => {}
                ("shop", Value::String(shop)) => change.shop = Some(shop),
                ("shop", _) => return Err(FieldError::new("shop", "must be a string")),
                (_, value) => change.set.push((name, value)),
            }
        }
        Ok(change)
    }

    /// What is wrong with it: each number stays within its setting.
    fn judge(&self, limits: &AccountLimits) -> Vec<FieldError> {
        let judged = self.set.iter().filter_map(|(name, value)| {
            let most = match &**name {
                "is_paused" | "pacing" | "signed_in_only" => {
                    let is_flag = value.is_boolean();
                    return (!is_flag).then(|| FieldError::new(&**name, "must be true or false"));
                }
                "day_credits" => limits.day_credits.into(),
                "month_credits" => limits.month_credits(),
                "guest_day_tries" | "signed_in_day_tries" => limits.visitor_day_attempts.into(),
                "signed_in_share" => 100,
                _ => return Some(FieldError::new(&**name, "is no brake")),
            };
            let is_within = value.is_null() || value.as_u64().is_some_and(|number| number <= most);
            let message = || format!("must be a whole number from 0 to {most}, or null");
            (!is_within).then(|| FieldError::new(&**name, message()))
        });
        judged.collect()
    }
}

/// The names of the shops that an operator may see: of one that is asked for, or of all.
fn shops_of(settings: &Settings, shop: Option<&str>) -> Result<Vec<String>, Problem> {
    accounts(settings, shop)?;
    Ok(shop.map_or_else(|| settings.shops.names(), |shop| vec![shop.to_owned()]))
}

/// `GET /staff/api/me`
pub fn me(settings: &Settings, operator: &Operator) -> Result<Value, Problem> {
    let Operator { name, is_owner, shop } = operator;
    let key = accounts(settings, shop.as_deref())?;
    let limits =
        key.first().map_or_else(|| settings.account.clone(), |key| settings.limits_of(key));
    Ok(json!({
        "name": name,
        "role": if *is_owner { "owner" } else { "viewer" },
        "shop": shop,
        "shops": shops_of(settings, shop.as_deref())?,
        "settings": bounds(&limits),
    }))
}

/// What no brake goes above.
fn bounds(limits: &AccountLimits) -> Value {
    json!({
        "day_credits": limits.day_credits,
        "month_credits": limits.month_credits(),
        "visitor_day_tries": limits.visitor_day_attempts,
    })
}

/// What accounts tell that staff ask.
pub struct Answers {
    /// Those that were asked, each with an `error` if it is silent: nothing else is lost then.
    pub accounts: Vec<Value>,
    /// By the name of the account's key.
    pub told: Vec<(String, Value)>,
}

/// Asks the accounts of a shop, or of all shops.
pub async fn ask(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    keys: Vec<&KeyName>,
    request: &Request,
) -> Answers {
    let mut answers = Answers { accounts: Vec::new(), told: Vec::new() };
    for (name, answer) in ask_each(ports, settings, keys, request).await {
        let error = match answer {
            Ok(Response::Told(value)) => {
                answers.told.push((name.clone(), *value));
                None
            }
            Ok(_) => Some("an answer to something else".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        let error = error.map(|error| {
            ports.error("staff", &error);
            "The account did not answer. Please try again."
        });
        answers.accounts.push(json!({ "account": name, "error": error }));
    }
    answers
}

/// `GET /staff/api/brakes`
pub async fn show(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    shop: Option<&str>,
) -> Result<Value, Problem> {
    let shops = shops_of(settings, shop)?;
    let keys = accounts(settings, shop)?;
    let Answers { accounts: asked, told } =
        ask(ports, settings, keys, &Request::Brakes(shops.clone())).await;
    // Each account answers for all shops; the one with a shop's key is right about it.
    let brakes = shops.iter().enumerate().filter_map(|(at, shop)| {
        let key = *accounts(settings, Some(shop)).ok()?.first()?;
        let (_, of_account) = told.iter().find(|(name, _)| name == key.as_str())?;
        let mut brakes = of_account.get(at)?.as_object()?.clone();
        brakes.insert("settings".to_owned(), bounds(&settings.limits_of(key)));
        Some(Value::Object(brakes))
    });
    Ok(json!({ "accounts": asked, "brakes": brakes.collect::<Value>() }))
}

/// `POST /staff/api/brakes`: whether anything was changed, and a line for the log.
pub async fn change(
    ports: &impl Accounts,
    settings: &Settings,
    operator: &Operator,
    change: Change,
) -> Result<(bool, String), Problem> {
    let shop = operator.shop_of(change.shop.as_deref())?.unwrap_or_default();
    let keys = accounts(settings, Some(&shop))?;
    let key = keys.first().ok_or_else(unexpected)?;
    let faults = change.judge(&settings.limits_of(key));
    if !faults.is_empty() {
        return Err(RequestError::Fields(faults).into());
    }
    let by = operator.name.clone();
    let account = settings.account_of(key);
    let request = Request::Brake { shop, by, set: change.set };
    let asked: Result<_, CallError> = ports.ask(account, request).await;
    let Response::Changed(outcome) = asked? else {
        return Err(unexpected());
    };
    let line = ["Brakes in account ", &account.object_name()].concat();
    Ok((outcome == StaffOutcome::Changed, line))
}

/// `GET /staff/api/audit`: the newest first.
pub async fn audit(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    shop: Option<&str>,
) -> Result<Value, Problem> {
    let request = Request::Audit(shop.map(str::to_owned));
    let mut changes = Vec::new();
    let at_ms = |row: &Value| row.get(0).and_then(Value::as_u64);
    let answers = ask(ports, settings, accounts(settings, shop)?, &request).await;
    for (_, rows) in answers.told {
        if let Value::Array(rows) = rows {
            for row in rows {
                let at = changes.partition_point(|other| at_ms(other) >= at_ms(&row));
                changes.insert(at, row);
            }
        }
    }
    changes.truncate(AUDIT_MAX);
    let named = changes.into_iter().map(|row| named(AUDIT_COLUMNS, row));
    Ok(json!({ "accounts": answers.accounts, "changes": named.collect::<Value>() }))
}

/// A row by its columns.
fn named(columns: &[&str], row: Value) -> Value {
    let mut named = Map::new();
    if let Value::Array(values) = row {
        for (column, value) in columns.iter().zip(values) {
            named.insert((*column).to_owned(), value);
        }
    }
    Value::Object(named)
}
