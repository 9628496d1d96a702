//! Orders with lines that the element has marked: by any backend's message, and by Shopify's webhook
//! `orders/create`. An order is counted once, as sums of its lines; nothing else of it is kept.

use fashn::fields::FieldError;
use serde_json::Value;

use crate::account::proof::{Mark, OrderCounts};
use crate::app::message::Request;
use crate::app::ports::Accounts;
use crate::app::problem::Problem;
use crate::auth::crypto::digest_name;
use crate::auth::error::AuthError;
use crate::auth::ids::Signer;
use crate::auth::standard_webhooks::Signed;
use crate::config::limits::ORDER_LINES_MAX;
use crate::config::settings::Settings;
use crate::config::shops::Shop;
use crate::http::request_head::RequestHead;
use crate::request::error::RequestError;
use crate::request::json_body;

/// The property of a line that the element sets: a result's id, or the group of a visitor that
/// tried nothing on.
const PROPERTY: &str = "_try_on";

/// The shop with the secret that signed this message.
pub fn authenticate<'s>(
    settings: &'s Settings,
    head: &RequestHead<'_>,
    body: &[u8],
    now_ms: u64,
) -> Result<&'s Shop, AuthError> {
    let signed = Signed::read(head, now_ms).ok_or(AuthError::NotSigned)?;
    let is_its = |shop: &&Shop| shop.orders_secrets.iter().any(|secret| signed.is_by(secret, body));
    settings.shops.all().find(is_its).ok_or(AuthError::NotSigned)
}

/// A message's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `order.paid` of any backend.
    Message,
    /// Shopify's `orders/create`.
    Shopify,
}

/// Counts an order of a shop, once. One without a marked line is none of the element's.
pub async fn count(
    ports: &impl Accounts,
    settings: &Settings,
    signer: &Signer,
    shop: &Shop,
    (format, body): (Format, &[u8]),
) -> Result<(), Problem> {
    let name = settings.shops.name_of(shop);
    if let Some(counts) = parse(format, body, name, signer)? {
        ports.ask(settings.account_of(&shop.key), Request::CountOrder(counts)).await?;
    }
    Ok(())
}

/// (1) The order and its currency. (2) Its marked lines. (3) Their sums: of those that were tried
/// on, and of all for the visitor's group. A visitor that tried something on has seen the button.
fn parse(
    format: Format,
    body: &[u8],
    shop: &str,
    signer: &Signer,
) -> Result<Option<OrderCounts>, RequestError> {
    // (1)
    let body = &json_body::parse(body)?;
    let is_message = format == Format::Message;
    if is_message && body["type"] != "order.paid" {
        return Err(FieldError::new("type", "must be order.paid").into());
    }
    let (data, above) = if is_message { (&body["data"], "data.") } else { (body, "") };
    let (order, lines) = if is_message { ("order", "lines") } else { ("id", "line_items") };
    let wrong = |field: &str, message: &str| FieldError::new([above, field].concat(), message);
    let name = match &data[order] {
        Value::String(name) if !name.is_empty() => name.clone(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err(wrong(order, "must name the order, in a text or a whole number").into()),
    };
    let currency = data["currency"]
        .as_str()
        .filter(|text| text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase()));
    let currency = currency.ok_or_else(|| wrong("currency", "must be a code such as EUR"))?;
    let listed = data[lines].as_array().filter(|listed| listed.len() <= ORDER_LINES_MAX);
    let listed = listed.ok_or_else(|| wrong(lines, "must be a list of at most 500 lines"))?;
    // (2)
    let (mut tried, mut marked, mut is_held) = ([0_u64; 2], [0_u64; 2], true);
    for (at, line) in listed.iter().enumerate() {
        let wrong = |field: &str, message: &str| {
            wrong(&[lines, "[", &at.to_string(), "]", field].concat(), message)
        };
        if is_message && let Some((field, message)) = fault_of(line) {
            return Err(wrong(field, message).into());
        }
        let mark = match if is_message { line["try_on"].as_str() } else { property(line) } {
            Some("held") => Mark::Held,
            Some("shown") => Mark::Shown,
            Some(id) if signer.verify_id(id).is_some() => Mark::Tried,
            Some(_) | None => continue,
        };
        let decimals = decimals(currency);
        let amount =
            if is_message { minor(&line["amount"], decimals) } else { paid(line, decimals) };
        let field = if is_message { ".amount" } else { "" };
        let amount = amount.ok_or_else(|| wrong(field, "must have an amount such as 39.90"))?;
        let add = |[lines, sum]: &mut [u64; 2]| {
            *lines += 1;
            *sum = sum.saturating_add(amount);
        };
        add(&mut marked);
        is_held &= mark == Mark::Held;
        if mark == Mark::Tried {
            add(&mut tried);
        }
    }
    // (3)
    let [marked_lines, amount] = marked;
    if marked_lines == 0 {
        return Ok(None);
    }
    let group = if is_held { Mark::Held } else { Mark::Shown };
    let mut sums = vec![(group, marked_lines, amount)];
    let [lines, amount] = tried;
    if lines > 0 {
        sums.push((Mark::Tried, lines, amount));
    }
    Ok(Some(OrderCounts {
        shop: shop.to_owned(),
        name: digest_name([shop, "\0", &name].concat().as_bytes()),
        currency: currency.to_owned(),
        sums,
    }))
}

/// What of a message's line isn't of the documented form, whether the line is counted or not.
fn fault_of(line: &Value) -> Option<(&'static str, &'static str)> {
    let [is_text, is_whole, is_number] = [Value::is_string, Value::is_u64, Value::is_number];
    [
        (".try_on", [is_text, is_text], "must be a text"),
        (".product_id", [is_text, is_whole], "must be a text or a whole number"),
        (".quantity", [is_whole, is_whole], "must be a whole number"),
        (".amount", [is_text, is_number], "must be an amount such as 39.90"),
    ]
    .into_iter()
    .find(|(field, is_one, _)| {
        let value = &line[field.trim_start_matches('.')];
        !value.is_null() && !is_one.iter().any(|is| is(value))
    })
    .map(|(field, _, message)| (field, message))
    .or_else(|| (!line.is_object()).then_some(("", "must be an object")))
}

/// A property of a Shopify order's line.
fn property(line: &Value) -> Option<&str> {
    let properties = line["properties"].as_array()?;
    properties.iter().find(|property| property["name"] == PROPERTY)?["value"].as_str()
}

/// What was paid for a Shopify order's line: price by quantity, without its discounts.
fn paid(line: &Value, decimals: usize) -> Option<u64> {
    let price = minor(&line["price"], decimals)?.checked_mul(line["quantity"].as_u64()?)?;
    let discounts = line["discount_allocations"].as_array().map(Vec::as_slice).unwrap_or_default();
    discounts.iter().try_fold(price, |left, discount| {
        Some(left.saturating_sub(minor(&discount["amount"], decimals)?))
    })
}

/// The decimals of a currency's smallest unit (ISO 4217), where they aren't two.
fn decimals(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// An amount in the smallest unit, rounded: a decimal number, or a text of one.
fn minor(amount: &Value, decimals: usize) -> Option<u64> {
    /// A thousand billion, which no line of an order costs.
    const DIGITS_MAX: usize = 12;
    let text = match amount {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > DIGITS_MAX || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let mut digits = whole.to_owned();
    digits.extend(fraction.chars().chain(std::iter::repeat('0')).take(decimals));
    let is_rounded_up = fraction.as_bytes().get(decimals).is_some_and(|digit| *digit >= b'5');
    Some(digits.parse::<u64>().ok()? + u64::from(is_rounded_up))
}
