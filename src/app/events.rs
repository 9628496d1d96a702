//! `POST /v1/events`: what a page's buttons were used for. It names no visitor, and sets nothing.

use fashn::fields::FieldError;
use serde_json::Value;

use crate::account::proof::{Mark, PageCounts};
use crate::app::authorize::{Authority, require_within};
use crate::app::message::Request;
use crate::app::ports::{Accounts, Guards, RateLimit, Runtime};
use crate::app::problem::Problem;
use crate::auth::ids::AccountId;
use crate::auth::visitor::identify_visitor;
use crate::config::limits::{EVENTS_MAX, PRODUCT_CHARS_MAX};
use crate::http::request_head::RequestHead;
use crate::request::error::RequestError;
use crate::request::json_body;

/// The names of events with a count of their own, in the order of a product's counts.
const NAMES: [&str; 5] = ["impression", "open", "try", "result", "cart"];

/// Once a day and visitor of a holdout.
const VISITOR: &str = "visitor";

/// The shop and the account of a page that counts, once its address may. The body isn't read
/// before.
pub async fn admit(
    ports: &(impl Guards + Runtime),
    authority: &Authority<'_>,
    head: &RequestHead<'_>,
) -> Result<Destination, Problem> {
    let now_ms = ports.now_ms();
    let (caller, shop) = authority.visited(head, now_ms)?;
    let visitor = identify_visitor(head, &caller, authority.signer, now_ms);
    if let Some(address) = visitor.address {
        require_within(ports, RateLimit::Address, &["events/", &address].concat()).await?;
    }
    let settings = authority.settings;
    let account = settings.account_of(&shop.key);
    Ok(Destination { account, shop: settings.shops.name_of(shop).to_owned() })
}

/// Where a shop's pages are counted.
pub struct Destination {
    account: AccountId,
    shop: String,
}

/// Counts a batch of events. A wrong one leaves all of them uncounted.
pub async fn count(
    ports: &impl Accounts,
    Destination { account, shop }: Destination,
    bytes: &[u8],
) -> Result<(), Problem> {
    let counts = parse(bytes, shop)?;
    if !counts.products.is_empty() || !counts.visitors.is_empty() {
        ports.ask(account, Request::CountPage(counts)).await?;
    }
    Ok(())
}

fn parse(bytes: &[u8], shop: String) -> Result<PageCounts, RequestError> {
    let body = &json_body::parse(bytes)?;
    let events = body["events"].as_array().filter(|events| events.len() <= EVENTS_MAX);
    let no_list = || FieldError::new("events", "must be a list of at most 32 events");
    let mut counts = PageCounts { shop, ..PageCounts::default() };
    for (at, event) in events.ok_or_else(no_list)?.iter().enumerate() {
        let error = |field: &str, message: &str| {
            FieldError::new(["events[", &at.to_string(), "]", field].concat(), message)
        };
        if !event.is_object() {
            return Err(error("", "must be an object").into());
        }
        let mark = match &event["group"] {
            Value::Null => None,
            group if group == "shown" => Some(Mark::Shown),
            group if group == "held" => Some(Mark::Held),
            _ => return Err(error(".group", "must be shown, held or null").into()),
        };
        let product = match &event["product"] {
            Value::Null => "",
            Value::String(product) if product.chars().count() <= PRODUCT_CHARS_MAX => product,
            _ => return Err(error(".product", "must be a text of at most 64 characters").into()),
        };
        let name = event["name"].as_str().unwrap_or_default();
        if let Some(at) = NAMES.iter().position(|known| *known == name) {
            let found = counts.products.iter().position(|(known, _)| known == product);
            let index = found.unwrap_or_else(|| {
                counts.products.push((product.to_owned(), [0; NAMES.len()]));
                counts.products.len() - 1
            });
            if let Some(count) =
                counts.products.get_mut(index).and_then(|(_, counts)| counts.get_mut(at))
            {
                *count += 1;
            }
        } else if name == VISITOR {
            // Without a holdout's group there is nothing to count.
            counts.visitors.extend(mark.map(|mark| (mark, 1)));
        } else {
            let message = "must be impression, open, try, result, cart or visitor";
            return Err(error(".name", message).into());
        }
    }
    Ok(counts)
}
