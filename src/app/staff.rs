//! The staff API: accounts as an operator sees them, and what is changed in them.

use std::borrow::Cow;
use std::pin::pin;
use std::task::Poll;

use fashn::fields::{FieldError, FieldErrors, Fields};
use futures::future::{Either, LocalBoxFuture, poll_fn, select};
use serde::Serialize;
use serde_json::Value;

use crate::account::staff::{SignedChange, StaffChange, StaffOutcome};
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts, CallError, Runtime};
use crate::app::problem::Problem;
use crate::app::status::unexpected;
use crate::auth::error::AuthError;
use crate::auth::ids::{Signer, Ticket};
use crate::auth::roles::Operator;
use crate::config::limits;
use crate::config::settings::Settings;
use crate::config::shops::KeyName;
use crate::http::route::StaffAction;
use crate::request::error::RequestError;

/// What a change is about, as staff send it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// A shop of `SHOPS`: the account of its key. Without one, the default shop's.
    pub shop: Option<String>,
    /// A run's id, as its holder has it.
    pub id: Option<String>,
}

impl Target {
    /// Reads a body of JSON, which may be left out.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut fields = Fields::parse(bytes, "a field of a change")?;
        let mut text = |name| fields.text(name).map(Cow::into_owned);
        let target = Self { shop: text("shop"), id: text("id") };
        fields.finish_with(Some(target)).map_err(|FieldErrors(faults)| RequestError::Fields(faults))
    }
}

/// The answer to a change.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Whether there was anything to change.
    pub changed: bool,
}

/// The accounts that `?shop=` chooses: of that shop's key, or all. The default shop's name is empty.
pub fn accounts<'s>(
    settings: &'s Settings,
    shop: Option<&str>,
) -> Result<Vec<&'s KeyName>, Problem> {
    match shop {
        None => Ok(settings.shops.keys()),
        Some(name) => Ok(vec![key_of(settings, name)?]),
    }
}

pub fn key_of<'s>(settings: &'s Settings, shop: &str) -> Result<&'s KeyName, Problem> {
    let unknown = || FieldError::new("shop", "must be the name of a shop in SHOPS, or be left out");
    if shop.is_empty() {
        return Ok(&settings.shops.default.key);
    }
    Ok(&settings.shops.named(shop).ok_or_else(unknown)?.key)
}

/// What each account reports, or why it doesn't.
pub async fn reports(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    keys: Vec<&KeyName>,
) -> Vec<(String, Result<Value, CallError>)> {
    let answers = ask_each(ports, settings, keys, &Request::Inspect).await.into_iter();
    answers
        .map(|(name, answer)| {
            let report = answer.and_then(|answer| match answer {
                Response::Account(report) => Ok(*report),
                _ => Err(CallError::Broken("an answer to something else".to_owned())),
            });
            (name, report)
        })
        .collect()
}

/// Asks the accounts of these keys the same, six at a time: as many connections as a request has.
/// One that is silent is given up.
pub async fn ask_each(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    keys: Vec<&KeyName>,
    request: &Request,
) -> Vec<(String, Result<Response, CallError>)> {
    let until_ms = ports.now_ms().saturating_add(limits::LOOKS_TIMEOUT_MS);
    let mut asked: Vec<_> = keys
        .iter()
        .map(|key| {
            let account = settings.account_of(key);
            let answer: LocalBoxFuture<'_, _> = Box::pin(async move {
                let left_ms = until_ms.saturating_sub(ports.now_ms());
                let late = pin!(ports.sleep(left_ms.min(limits::LOOK_TIMEOUT_MS)));
                match select(pin!(ports.ask(account, request.clone())), late).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(_) => Err(CallError::Broken("no answer in time".to_owned())),
                }
            });
            (answer, None)
        })
        .collect();
    // One that isn't polled hasn't begun.
    poll_fn(|context| {
        let mut waiting = 0;
        for (asking, answer) in asked.iter_mut().filter(|(_, answer)| answer.is_none()) {
            if waiting == limits::LOOKS_AT_ONCE {
                break;
            }
            match asking.as_mut().poll(context) {
                Poll::Ready(told) => *answer = Some(told),
                Poll::Pending => waiting += 1,
            }
        }
        if waiting == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let named = keys.iter().zip(asked);
    named.filter_map(|(key, (_, answer))| Some((key.as_str().to_owned(), answer?))).collect()
}

/// `GET /staff/api/account`: each account by the name of its key's secret.
pub async fn show(
    ports: &(impl Accounts + Runtime),
    settings: &Settings,
    keys: Vec<&KeyName>,
) -> Value {
    let named = reports(ports, settings, keys).await.into_iter().map(|(name, report)| {
        let mut account = match report {
            Ok(report) => report,
            Err(error) => {
                ports.error("staff", &error.to_string());
                serde_json::json!({ "error": "The account did not answer. Please try again." })
            }
        };
        if let Value::Object(fields) = &mut account {
            fields.insert("account".to_owned(), Value::String(name));
        }
        account
    });
    serde_json::json!({ "accounts": named.collect::<Vec<_>>() })
}

fn ticket_of(signer: &Signer, target: &Target) -> Result<Ticket, Problem> {
    let id = target.id.as_deref().ok_or_else(|| FieldError::new("id", "is required"))?;
    signer.verify_id(id).ok_or(Problem::NotFound)
}

/// Staff of one shop see and change its account only where no other shop has the key.
pub fn require_own_account(settings: &Settings, operator: &Operator) -> Result<(), AuthError> {
    match &operator.shop {
        Some(shop) if !settings.shops.has_own_key(shop) => Err(AuthError::SharedAccount),
        _ => Ok(()),
    }
}

/// `POST /staff/api/runs`: a run by its id, without picture, address or visitor.
pub async fn run(
    ports: &impl Accounts,
    signer: &Signer,
    operator: &Operator,
    target: &Target,
) -> Result<Value, Problem> {
    let ticket = ticket_of(signer, target)?;
    let Response::Told(run) = ports.ask(ticket.account(), Request::Run(ticket)).await? else {
        return Err(unexpected());
    };
    let shop = run.get("shop").and_then(Value::as_str).ok_or(Problem::NotFound)?;
    if operator.shop.as_ref().is_some_and(|own| own != shop) {
        return Err(Problem::NotFound);
    }
    Ok(*run)
}

/// A change that staff ask for, and a line about it for the log.
pub async fn change(
    ports: &impl Accounts,
    settings: &Settings,
    signer: &Signer,
    operator: &Operator,
    action: StaffAction,
    target: &Target,
) -> Result<(Changed, String), Problem> {
    let of_shop = || {
        let shop = operator.shop_of(target.shop.as_deref())?.unwrap_or_default();
        require_own_account(settings, operator)?;
        Ok::<_, Problem>((settings.account_of(key_of(settings, &shop)?), shop))
    };
    let run = || {
        let ticket = ticket_of(signer, target)?;
        require_own_account(settings, operator)?;
        if let Some(shop) = &operator.shop
            && settings.account_of(key_of(settings, shop)?) != ticket.account()
        {
            return Err(Problem::NotFound);
        }
        Ok(ticket)
    };
    let of_run = |change: fn(Ticket) -> StaffChange| {
        let ticket = run()?;
        Ok::<_, Problem>(((ticket.account(), String::new()), change(ticket)))
    };
    let ((account, shop), change) = match action {
        StaffAction::CloseBreaker => (of_shop()?, StaffChange::CloseBreaker),
        StaffAction::ClearQuarantine => (of_shop()?, StaffChange::ClearQuarantine),
        StaffAction::FreeSlot => of_run(StaffChange::FreeSlot)?,
        StaffAction::ResetVisitor => of_run(StaffChange::ResetVisitor)?,
    };
    let change = SignedChange { change, by: operator.name.clone(), shop };
    let Response::Changed(outcome) = ports.ask(account, Request::Change(change)).await? else {
        return Err(unexpected());
    };
    let line = format!("{action:?} in account {}: {outcome:?}", account.object_name());
    match outcome {
        StaffOutcome::NotFound => Err(Problem::NotFound),
        StaffOutcome::Changed => Ok((Changed { changed: true }, line)),
        StaffOutcome::Unchanged => Ok((Changed { changed: false }, line)),
    }
}
