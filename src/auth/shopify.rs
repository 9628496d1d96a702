//! What Shopify signs: requests that come through a shop's app proxy, and its webhooks
//! (Shopify's pages "Authenticate app proxies" and "Verify webhooks").

use std::borrow::Cow;
use std::collections::BinaryHeap;

use base64_simd::STANDARD as BASE64;
use litemap::LiteMap;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::auth::crypto::{hex, mac};
use crate::auth::secret::Secret;

/// The fields of a request that Shopify signed: its own six, and those of the page's address.
const FIELDS_MAX: usize = 200;

/// How far off the timestamp of a request that Shopify signed may be: each request has its own.
const AGE_MAX_MS: u64 = 90_000;

/// A shop as Shopify names it: `shop-name.myshopify.com`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShopDomain(String);

impl ShopDomain {
    /// Reads a shop's domain.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_suffix(".myshopify.com")?;
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (plain && !name.is_empty() && !name.starts_with('-')).then(|| Self(text.to_owned()))
    }

    /// The domain as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A verified request through an app proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxied {
    /// The shop.
    pub shop: ShopDomain,
    /// The customer's number at the shop, if one is signed in.
    pub customer: Option<String>,
}

/// Why a signature isn't Shopify's. All of these are one answer on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// No `signature`, `shop` or `timestamp`.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// One of those three is there twice: two readers would disagree on which one counts.
    #[error("{0} is repeated")]
    Repeated(&'static str),
    /// More fields than any page's request has.
    #[error("too many fields")]
    TooMany,
    /// The signature is not that of this query with the app's secret.
    #[error("signature is wrong")]
    Signature,
    /// It was signed too long ago, or is from the future.
    #[error("timestamp is too far off")]
    Stale,
    /// `shop` is no `….myshopify.com`.
    #[error("shop is no Shopify domain")]
    Shop,
}

/// Verifies the query of a proxied request. Nothing in the query counts before.
///
/// (1) Decode, join repeats with a comma. (2) Compare the signature. (3) Judge the time. (4) Read
/// the shop.
///
/// # Errors
/// Why it isn't Shopify's.
pub fn verify_proxied(
    query: &str,
    secret: &Secret,
    now_ms: u64,
) -> Result<Proxied, SignatureError> {
    // (1)
    let mut fields = Query::new();
    for (count, (name, value)) in url::form_urlencoded::parse(query.as_bytes()).enumerate() {
        if count == FIELDS_MAX {
            return Err(SignatureError::TooMany);
        }
        match fields.get_mut(&name) {
            Some(values) => values.push(value),
            None => drop(fields.insert(name, vec![value])),
        }
    }
    let signature = single(&fields, "signature")?;
    let shop = single(&fields, "shop")?;
    let timestamp = single(&fields, "timestamp")?;
    fields.remove("signature");
    let pairs: BinaryHeap<_> =
        fields.iter().map(|(name, values)| [name, "=", &values.join(",")].concat()).collect();
    let pairs = pairs.into_sorted_vec();
    // (2)
    let mac = mac(secret, pairs.concat().as_bytes()).ok_or(SignatureError::Signature)?;
    if !bool::from(hex(&mac).as_bytes().ct_eq(signature.as_bytes())) {
        return Err(SignatureError::Signature);
    }
    // (3)
    let signed_ms =
        timestamp.parse::<u64>().map_err(|_| SignatureError::Stale)?.saturating_mul(1_000);
    if now_ms.abs_diff(signed_ms) > AGE_MAX_MS {
        return Err(SignatureError::Stale);
    }
    // (4)
    Ok(Proxied {
        shop: ShopDomain::parse(&shop).ok_or(SignatureError::Shop)?,
        // Signed like everything else; of a repeated one two readers would disagree.
        customer: single(&fields, "logged_in_customer_id")
            .ok()
            .filter(|customer| !customer.is_empty()),
    })
}

/// Shopify's mandatory privacy topics (page "Privacy law compliance").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyTopic {
    /// `customers/data_request`: what is stored of a customer.
    CustomersDataRequest,
    /// `customers/redact`: delete it.
    CustomersRedact,
    /// `shop/redact`: delete all of a shop's.
    ShopRedact,
}

impl PrivacyTopic {
    /// The topic of `/webhooks/shopify/{topic}`, its slash written as a hyphen.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "customers-data_request" => Some(Self::CustomersDataRequest),
            "customers-redact" => Some(Self::CustomersRedact),
            "shop-redact" => Some(Self::ShopRedact),
            _ => None,
        }
    }
}

/// Verifies a webhook of Shopify's by its body and its `X-Shopify-Hmac-Sha256`.
pub fn verify_webhook(body: &[u8], signature: &str, secret: &Secret) -> bool {
    let given = BASE64.decode_to_vec(signature).unwrap_or_default();
    mac(secret, body).is_some_and(|mac| mac.as_slice().ct_eq(&given).into())
}

/// A query's fields, each with its values in their order.
type Query<'q> = LiteMap<Cow<'q, str>, Vec<Cow<'q, str>>>;

fn single(fields: &Query<'_>, name: &'static str) -> Result<String, SignatureError> {
    match fields.get(name).map(Vec::as_slice) {
        Some([value]) => Ok(value.to_string()),
        Some([] | [_, _, ..]) => Err(SignatureError::Repeated(name)),
        None => Err(SignatureError::Missing(name)),
    }
}

#[cfg(test)]
mod tests;
