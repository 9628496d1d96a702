//! What Shopify signs: requests that come through a shop's app proxy, and its webhooks
//! (Shopify's pages "Authenticate app proxies" and "Verify webhooks").

use std::collections::BinaryHeap;

use base64_simd::STANDARD as BASE64;
use litemap::LiteMap;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::auth::crypto::{is_mac, mac};
use crate::auth::secret::Secret;

/// The fields of a request that Shopify signed: its own six, and those of the page's address.
const FIELDS_MAX: usize = 200;

/// How far off the timestamp of a request that Shopify signed may be: each request has its own.
const AGE_MAX_MS: u64 = 90_000;

/// A shop as Shopify names it: `shop-name.myshopify.com`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShopDomain(String);

impl ShopDomain {
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_suffix(".myshopify.com")?;
        let is_plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let is_name = !name.is_empty() && !name.starts_with('-') && name.bytes().all(is_plain);
        is_name.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxied {
    pub shop: ShopDomain,
    /// The customer's number at the shop, if one is signed in.
    pub customer: Option<String>,
}

/// Why a signature isn't Shopify's. All of these are one answer on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Two readers would disagree on which one counts.
    #[error("{0} is repeated")]
    Repeated(&'static str),
    /// More fields than any page's request has.
    #[error("too many fields")]
    TooMany,
    #[error("signature is wrong")]
    Signature,
    #[error("timestamp is too far off")]
    Stale,
    #[error("shop is no Shopify domain")]
    Shop,
}

/// Verifies the query of a proxied request, by any of these secrets. Nothing in the query counts
/// before.
///
/// (1) Decode, join repeats with a comma. (2) Compare the signature. (3) Judge the time. (4) Read
/// the shop.
pub fn verify_proxied(
    query: &str,
    secrets: &[&Secret],
    now_ms: u64,
) -> Result<Proxied, SignatureError> {
    // (1)
    let mut fields = Query::new();
    for (count, (name, value)) in url::form_urlencoded::parse(query.as_bytes()).enumerate() {
        if count == FIELDS_MAX {
            return Err(SignatureError::TooMany);
        }
        fields.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    let signature = single(&fields, "signature")?;
    let shop = single(&fields, "shop")?;
    let timestamp = single(&fields, "timestamp")?;
    fields.remove("signature");
    let pairs: BinaryHeap<_> =
        fields.iter().map(|(name, values)| [name, "=", &values.join(",")].concat()).collect();
    let pairs = pairs.into_sorted_vec();
    // (2)
    let message = pairs.concat();
    if !secrets.iter().any(|secret| is_mac(&signature, secret, message.as_bytes())) {
        return Err(SignatureError::Signature);
    }
    // (3)
    let signed_ms = timestamp.parse::<u64>().ok().map(|seconds| seconds.saturating_mul(1_000));
    if signed_ms.is_none_or(|signed_ms| now_ms.abs_diff(signed_ms) > AGE_MAX_MS) {
        return Err(SignatureError::Stale);
    }
    // (4)
    let customer = single(&fields, "logged_in_customer_id").ok();
    Ok(Proxied {
        shop: ShopDomain::parse(&shop).ok_or(SignatureError::Shop)?,
        customer: customer.filter(|customer| !customer.is_empty()),
    })
}

/// Shopify's mandatory privacy topics (page "Privacy law compliance"), as in
/// `/webhooks/shopify/{topic}`, their slash written as a hyphen.
pub const PRIVACY_TOPICS: [&str; 3] = ["customers-data_request", "customers-redact", "shop-redact"];

/// Shopify's topic `orders/create`, likewise.
pub const ORDERS_CREATE: &str = "orders-create";

/// Verifies a webhook of Shopify's by its body and its `X-Shopify-Hmac-Sha256`, which one of these
/// secrets has made.
pub fn verify_webhook(body: &[u8], signature: &str, secrets: &[&Secret]) -> bool {
    let given = BASE64.decode_to_vec(signature).unwrap_or_default();
    let is_by =
        |secret: &&Secret| mac(secret, body).is_some_and(|mac| mac.as_slice().ct_eq(&given).into());
    secrets.iter().any(is_by)
}

/// A query's fields, each with its values in their order.
type Query = LiteMap<String, Vec<String>>;

fn single(fields: &Query, name: &'static str) -> Result<String, SignatureError> {
    match fields.get(name).map(Vec::as_slice) {
        Some([value]) => Ok(value.clone()),
        Some([] | [_, _, ..]) => Err(SignatureError::Repeated(name)),
        None => Err(SignatureError::Missing(name)),
    }
}

#[cfg(test)]
mod tests;
