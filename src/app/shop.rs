//! `GET /v1/shop`: whether a shop tries on now, and on what terms. Anyone may ask, so the account is
//! asked at most once a second an isolate and shop, and an origin that isn't a shop's asks nothing.

use std::cell::RefCell;
use std::rc::Rc;

use fashn::models::{Credits, Model};
use litemap::LiteMap;
use serde::Serialize;

use crate::account::opening::ClosedReason;
use crate::app::authorize::{Authority, require_within};
use crate::app::message::{Request, Response};
use crate::app::ports::{Accounts, Guards, RateLimit, Runtime};
use crate::app::problem::Problem;
use crate::app::status::unexpected;
use crate::auth::caller::Caller;
use crate::auth::turnstile::Turnstile;
use crate::auth::visitor::identify_visitor;
use crate::config::limits::OPENING_CACHE_MS;
use crate::config::shops::Shop;
use crate::http::request_head::RequestHead;

/// What a page is told.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ShopState<'s> {
    open: bool,
    reason: Option<ClosedReason>,
    /// What shoppers may ask for.
    models: &'s [Model],
    /// The terms that each run has to agree to.
    consent_version: Option<&'s str>,
    /// How the element has shoppers agree: `told` or `ask`.
    consent_mode: &'static str,
    /// The widget that the page shows by itself.
    challenge: Option<Widget<'s>>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Widget<'s> {
    provider: &'static str,
    site_key: &'s str,
    action: &'s str,
}

/// The account's last word on each shop, by the kind of caller and the shop's name. A clone is the
/// same memory.
#[derive(Debug, Clone, Default)]
pub struct Openings(Rc<RefCell<LiteMap<String, Opening>>>);

#[derive(Debug, Clone, Copy)]
struct Opening {
    at_ms: u64,
    closed: Option<ClosedReason>,
}

/// The answer where a setting can't be used, so that no shop is known.
pub const UNSET: &str = r#"{"open":false,"reason":"settings","models":[],"consent_version":null,"consent_mode":"told","challenge":null}"#;

impl Openings {
    /// (1) The shop. (2) The account's word, if it is new enough. (3) Count the request at the
    /// address's rate limit, and ask.
    pub async fn show<'s>(
        &self,
        ports: &(impl Accounts + Guards + Runtime),
        authority: &Authority<'s>,
        head: &RequestHead<'_>,
    ) -> Result<ShopState<'s>, Problem> {
        let now_ms = ports.now_ms();
        let settings = authority.settings;
        // (1)
        let (caller, shop) = authority.visited(head, now_ms)?;
        // Customers that are signed in may find the shop open where guests don't.
        let kind = if caller.is_signed_in() { "in/" } else { "/" };
        let name = [kind, settings.shops.name_of(shop)].concat();
        // (2)
        let remembered = self.0.borrow().get(&name).copied();
        let closed = match remembered {
            Some(last) if now_ms.abs_diff(last.at_ms) < OPENING_CACHE_MS => last.closed,
            // (3)
            _ => {
                let closed = ask(ports, authority, head, &caller, shop).await?;
                self.0.borrow_mut().insert(name, Opening { at_ms: now_ms, closed });
                closed
            }
        };
        Ok(ShopState {
            open: closed.is_none(),
            reason: closed,
            models: &shop.policy.models,
            consent_version: settings.consent.as_deref(),
            consent_mode: if settings.asks_consent { "ask" } else { "told" },
            challenge: settings.turnstile.as_ref().and_then(widget),
        })
    }
}

async fn ask(
    ports: &(impl Accounts + Guards + Runtime),
    authority: &Authority<'_>,
    head: &RequestHead<'_>,
    caller: &Caller,
    shop: &Shop,
) -> Result<Option<ClosedReason>, Problem> {
    let visitor = identify_visitor(head, caller, authority.signer, ports.now_ms());
    if let Some(address) = visitor.address {
        // Apart from the runs of the address: pages that look cost no shopper a try.
        require_within(ports, RateLimit::Address, &["shop", &address].join("/")).await?;
    }
    let account = authority.settings.account_of(&shop.key);
    let least = shop.policy.models.iter().map(|model| model.credits_min()).min();
    let request = Request::Opening {
        credits: least.unwrap_or(Credits(1)),
        shop: authority.settings.shops.name_of(shop).to_owned(),
        is_signed_in: caller.is_signed_in(),
    };
    match ports.ask(account, request).await? {
        Response::Opening(closed) => Ok(closed),
        _ => Err(unexpected()),
    }
}

fn widget(turnstile: &Turnstile) -> Option<Widget<'_>> {
    let site_key = turnstile.site_key.as_deref()?;
    Some(Widget { provider: "turnstile", site_key, action: &turnstile.action })
}
