//! What Shopify signs: requests that come through a shop's app proxy, and its webhooks
//! (Shopify's pages "Authenticate app proxies" and "Verify webhooks").

use std::borrow::Cow;
use std::collections::BinaryHeap;

use base64_simd::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use litemap::LiteMap;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::auth::secret::Secret;
use crate::config::limits;

/// A shop as Shopify names it: `shop-name.myshopify.com`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ShopDomain(String);

impl ShopDomain {
    /// Reads a shop's domain.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_suffix(".myshopify.com")?;
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (plain && !name.is_empty() && !name.starts_with('-')).then(|| Self(text.to_owned()))
    }

    /// The domain as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A verified request through an app proxy: whose page, and who is signed in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxied {
    /// The shop.
    pub shop: ShopDomain,
    /// The customer's number at the shop, if one is signed in.
    pub customer: Option<String>,
}

/// Why a request is not Shopify's. All of it is one answer on the wire.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unsigned {
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

/// Verifies the query of a proxied request and tells whose it is. Nothing in the query counts before.
///
/// (1) Decode, join repeats with a comma. (2) Compare the signature. (3) Judge the time. (4) Read the shop.
///
/// # Errors
/// Why it isn't Shopify's.
pub fn verify_proxied(query: &str, secret: &Secret, now_ms: u64) -> Result<Proxied, Unsigned> {
    // (1)
    let mut fields = Query::new();
    for (count, (name, value)) in url::form_urlencoded::parse(query.as_bytes()).enumerate() {
        if count == limits::SHOPIFY_FIELDS_MAX {
            return Err(Unsigned::TooMany);
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
    let pairs: BinaryHeap<_> = fields
        .iter()
        .map(|(name, values)| [name, "=", &values.join(",")].concat())
        .collect();
    let pairs = pairs.into_sorted_vec();
    // (2)
    let mac = mac(secret, pairs.concat().as_bytes()).ok_or(Unsigned::Signature)?;
    if !bool::from(hex(&mac).as_bytes().ct_eq(signature.as_bytes())) {
        return Err(Unsigned::Signature);
    }
    // (3)
    let signed_ms = timestamp
        .parse::<u64>()
        .map_err(|_| Unsigned::Stale)?
        .saturating_mul(1_000);
    if now_ms.abs_diff(signed_ms) > limits::SHOPIFY_SIGNED_MAX_MS {
        return Err(Unsigned::Stale);
    }
    // (4)
    Ok(Proxied {
        shop: ShopDomain::parse(&shop).ok_or(Unsigned::Shop)?,
        // Signed like everything else; repeated, two readers would disagree on who it is.
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
    #[must_use]
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
#[must_use]
pub fn verify_webhook(body: &[u8], signature: &str, secret: &Secret) -> bool {
    let told = BASE64.decode_to_vec(signature).unwrap_or_default();
    mac(secret, body).is_some_and(|mac| mac.as_slice().ct_eq(&told).into())
}

/// A query's fields, each with its values in their order.
type Query<'q> = LiteMap<Cow<'q, str>, Vec<Cow<'q, str>>>;

fn single(fields: &Query<'_>, name: &'static str) -> Result<String, Unsigned> {
    match fields.get(name).map(Vec::as_slice) {
        Some([value]) => Ok(value.to_string()),
        Some([] | [_, _, ..]) => Err(Unsigned::Repeated(name)),
        None => Err(Unsigned::Missing(name)),
    }
}

/// The HMAC-SHA256 of a message. HMAC takes a secret of any length, so it is always there.
pub(crate) fn mac(secret: &Secret, message: &[u8]) -> Option<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).ok()?;
    Some(mac.chain_update(message).finalize().into_bytes().into())
}

/// Bytes in small hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The vector of Shopify's documentation.
    const QUERY: &str = "extra=1&extra=2&shop=shop-name.myshopify.com&path_prefix=%2Fapps%2Fawesome_reviews\
        &timestamp=1317327555&logged_in_customer_id=1\
        &signature=4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb";
    const SIGNED_MS: u64 = 1_317_327_555_000;

    fn verify(query: &str, now_ms: u64) -> Result<String, Unsigned> {
        verify_proxied(query, &Secret::new("hush".into()), now_ms).map(|proxied| proxied.shop.0)
    }

    /// A query with its right signature.
    fn signed(query: &str) -> String {
        let mut pairs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            pairs.entry(name.into()).or_default().push(value.into());
        }
        let mut pairs: Vec<_> = pairs
            .into_iter()
            .map(|(name, values)| format!("{name}={}", values.join(",")))
            .collect();
        pairs.sort();
        let mac = mac(&Secret::new("hush".into()), pairs.concat().as_bytes()).expect("a key");
        format!("{query}&signature={}", hex(&mac))
    }

    #[test]
    fn the_documented_vector_passes() {
        assert_eq!(
            verify(QUERY, SIGNED_MS),
            Ok("shop-name.myshopify.com".into())
        );
    }

    #[test]
    fn the_order_of_the_query_does_not_matter() {
        let turned: Vec<_> = QUERY.split('&').rev().collect();
        // Repeats keep their own order.
        let turned = turned
            .join("&")
            .replace("extra=2&extra=1", "extra=1&extra=2");
        assert!(verify(&turned, SIGNED_MS).is_ok());
    }

    #[test]
    fn a_query_has_so_many_fields_and_no_more() {
        let known = "shop=a.myshopify.com&timestamp=1317327555";
        let of = |fields: usize| {
            let more = "&f=".repeat(fields - 3);
            verify(&signed(&[known, &more].concat()), SIGNED_MS)
        };
        assert!(of(limits::SHOPIFY_FIELDS_MAX).is_ok());
        assert_eq!(of(limits::SHOPIFY_FIELDS_MAX + 1), Err(Unsigned::TooMany));
    }

    #[test]
    fn an_empty_customer_passes_and_counts() {
        let query = signed(
            "shop=a.myshopify.com&timestamp=1317327555&logged_in_customer_id=&path_prefix=%2Fapps%2Fx",
        );
        assert!(verify(&query, SIGNED_MS).is_ok());
        assert_eq!(
            verify(&query.replace("&logged_in_customer_id=", ""), SIGNED_MS),
            Err(Unsigned::Signature)
        );
    }

    #[test]
    fn the_customer_who_is_signed_in_is_told_and_an_empty_or_repeated_one_is_nobody() {
        let customer = |query: &str| {
            let query = signed(&format!("shop=a.myshopify.com&timestamp=1317327555{query}"));
            verify_proxied(&query, &Secret::new("hush".into()), SIGNED_MS)
                .expect("signed")
                .customer
        };
        assert_eq!(customer("&logged_in_customer_id=17").as_deref(), Some("17"));
        for nobody in [
            "",
            "&logged_in_customer_id=",
            "&logged_in_customer_id=1&logged_in_customer_id=2",
        ] {
            assert_eq!(customer(nobody), None, "{nobody:?}");
        }
    }

    #[test]
    fn names_that_begin_alike_are_sorted_with_their_values() {
        // "a1=x" sorts before "a=x": '1' is less than '='.
        let query = signed("a=x&a1=x&shop=a.myshopify.com&timestamp=1317327555");
        assert!(verify(&query, SIGNED_MS).is_ok());
    }

    #[test]
    fn one_changed_bit_anywhere_is_refused() {
        for at in 0..QUERY.len() {
            let mut bytes = QUERY.as_bytes().to_vec();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            // The case of a percent-code's letters says nothing.
            let same = |one: &str| {
                url::form_urlencoded::parse(one.as_bytes()).collect::<Vec<_>>()
                    == url::form_urlencoded::parse(QUERY.as_bytes()).collect::<Vec<_>>()
            };
            assert!(
                same(&changed) || verify(&changed, SIGNED_MS).is_err(),
                "{changed}"
            );
        }
    }

    #[test]
    fn what_must_be_there_once_must_be_there_once() {
        for (name, value) in [
            ("shop", "evil.myshopify.com"),
            ("timestamp", "1317327555"),
            ("signature", "00"),
        ] {
            let doubled = format!("{QUERY}&{name}={value}");
            assert!(
                matches!(verify(&doubled, SIGNED_MS), Err(Unsigned::Repeated(_))),
                "{name}"
            );
        }
        for name in ["shop", "timestamp"] {
            let query: Vec<_> = QUERY
                .split('&')
                .filter(|pair| !pair.starts_with(name))
                .collect();
            assert!(
                matches!(
                    verify(&query.join("&"), SIGNED_MS),
                    Err(Unsigned::Missing(_))
                ),
                "{name}"
            );
        }
        assert_eq!(verify("", SIGNED_MS), Err(Unsigned::Missing("signature")));
    }

    #[test]
    fn letters_of_another_case_are_other_letters() {
        assert_eq!(
            verify(&QUERY.replace("4c68c8", "4C68C8"), SIGNED_MS),
            Err(Unsigned::Signature)
        );
        assert_eq!(
            verify(&QUERY.replace("shop-name", "Shop-name"), SIGNED_MS),
            Err(Unsigned::Signature)
        );
    }

    #[test]
    fn ninety_seconds_are_fresh_and_ninety_one_are_not() {
        for (now_ms, fresh) in [
            (SIGNED_MS + 90_000, true),
            (SIGNED_MS + 91_000, false),
            (SIGNED_MS - 90_000, true),
            (SIGNED_MS - 91_000, false),
        ] {
            assert_eq!(verify(QUERY, now_ms).is_ok(), fresh, "{now_ms}");
        }
    }

    #[test]
    fn a_signed_shop_must_still_be_a_shop() {
        for shop in [
            "evil.example",
            "a.myshopify.com.evil.example",
            ".myshopify.com",
            "a_b.myshopify.com",
        ] {
            let query = signed(&format!("shop={shop}&timestamp=1317327555"));
            assert_eq!(verify(&query, SIGNED_MS), Err(Unsigned::Shop), "{shop}");
        }
    }

    #[test]
    fn the_three_privacy_topics_are_known_and_no_others() {
        for topic in ["customers-data_request", "customers-redact", "shop-redact"] {
            assert!(PrivacyTopic::parse(topic).is_some(), "{topic}");
        }
        assert_eq!(PrivacyTopic::parse("orders-create"), None);
    }

    #[test]
    fn a_webhook_is_known_by_its_body_and_secret() {
        let secret = Secret::new("hush".into());
        let body = br#"{"shop_domain":"a.myshopify.com"}"#;
        let signature = BASE64.encode_to_string(mac(&secret, body).expect("a key"));
        assert!(verify_webhook(body, &signature, &secret));
        assert!(!verify_webhook(b"{}", &signature, &secret));
        assert!(!verify_webhook(body, "", &secret));
        assert!(!verify_webhook(
            body,
            &signature,
            &Secret::new("other".into())
        ));
    }
}
