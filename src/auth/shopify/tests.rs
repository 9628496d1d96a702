use std::collections::BTreeMap;

use super::*;
use crate::auth::crypto::hex;

/// The vector of Shopify's documentation.
const QUERY: &str = "extra=1&extra=2&shop=shop-name.myshopify.com&path_prefix=%2Fapps%2Fawesome_reviews\
        &timestamp=1317327555&logged_in_customer_id=1\
        &signature=4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb";
const SIGNED_MS: u64 = 1_317_327_555_000;

fn verify(query: &str, now_ms: u64) -> Result<String, SignatureError> {
    verify_proxied(query, &[&Secret::new("hush".into())], now_ms).map(|proxied| proxied.shop.0)
}

/// A query with its right signature.
fn signed(query: &str) -> String {
    let mut pairs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        pairs.entry(name.into()).or_default().push(value.into());
    }
    let mut pairs: Vec<_> =
        pairs.into_iter().map(|(name, values)| format!("{name}={}", values.join(","))).collect();
    pairs.sort();
    let mac = mac(&Secret::new("hush".into()), pairs.concat().as_bytes()).expect("a key");
    format!("{query}&signature={}", hex(&mac))
}

#[test]
fn the_documented_vector_passes() {
    assert_eq!(verify(QUERY, SIGNED_MS), Ok("shop-name.myshopify.com".into()));
}

#[test]
fn the_order_of_the_query_does_not_matter() {
    let turned: Vec<_> = QUERY.split('&').rev().collect();
    // Repeats keep their own order.
    let turned = turned.join("&").replace("extra=2&extra=1", "extra=1&extra=2");
    assert!(verify(&turned, SIGNED_MS).is_ok());
}

#[test]
fn a_query_has_so_many_fields_and_no_more() {
    let known = "shop=a.myshopify.com&timestamp=1317327555";
    let of = |fields: usize| {
        let more = "&f=".repeat(fields - 3);
        verify(&signed(&[known, &more].concat()), SIGNED_MS)
    };
    assert!(of(FIELDS_MAX).is_ok());
    assert_eq!(of(FIELDS_MAX + 1), Err(SignatureError::TooMany));
}

#[test]
fn an_empty_customer_passes_and_counts() {
    let query = signed(
        "shop=a.myshopify.com&timestamp=1317327555&logged_in_customer_id=&path_prefix=%2Fapps%2Fx",
    );
    assert!(verify(&query, SIGNED_MS).is_ok());
    assert_eq!(
        verify(&query.replace("&logged_in_customer_id=", ""), SIGNED_MS),
        Err(SignatureError::Signature)
    );
}

#[test]
fn a_signed_in_customer_is_read_and_an_empty_or_repeated_one_is_none() {
    let customer = |query: &str| {
        let query = signed(&format!("shop=a.myshopify.com&timestamp=1317327555{query}"));
        verify_proxied(&query, &[&Secret::new("hush".into())], SIGNED_MS).expect("signed").customer
    };
    assert_eq!(customer("&logged_in_customer_id=17").as_deref(), Some("17"));
    for nobody in
        ["", "&logged_in_customer_id=", "&logged_in_customer_id=1&logged_in_customer_id=2"]
    {
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
        assert!(same(&changed) || verify(&changed, SIGNED_MS).is_err(), "{changed}");
    }
}

#[test]
fn what_must_be_there_once_must_be_there_once() {
    for (name, value) in
        [("shop", "evil.myshopify.com"), ("timestamp", "1317327555"), ("signature", "00")]
    {
        let doubled = format!("{QUERY}&{name}={value}");
        assert!(matches!(verify(&doubled, SIGNED_MS), Err(SignatureError::Repeated(_))), "{name}");
    }
    for name in ["shop", "timestamp"] {
        let query: Vec<_> = QUERY.split('&').filter(|pair| !pair.starts_with(name)).collect();
        assert!(
            matches!(verify(&query.join("&"), SIGNED_MS), Err(SignatureError::Missing(_))),
            "{name}"
        );
    }
    assert_eq!(verify("", SIGNED_MS), Err(SignatureError::Missing("signature")));
}

#[test]
fn letters_of_another_case_are_other_letters() {
    assert_eq!(
        verify(&QUERY.replace("4c68c8", "4C68C8"), SIGNED_MS),
        Err(SignatureError::Signature)
    );
    assert_eq!(
        verify(&QUERY.replace("shop-name", "Shop-name"), SIGNED_MS),
        Err(SignatureError::Signature)
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
    for shop in
        ["evil.example", "a.myshopify.com.evil.example", ".myshopify.com", "a_b.myshopify.com"]
    {
        let query = signed(&format!("shop={shop}&timestamp=1317327555"));
        assert_eq!(verify(&query, SIGNED_MS), Err(SignatureError::Shop), "{shop}");
    }
}

#[test]
fn a_webhook_is_known_by_its_body_and_secret() {
    let secret = Secret::new("hush".into());
    let body = br#"{"shop_domain":"a.myshopify.com"}"#;
    let signature = BASE64.encode_to_string(mac(&secret, body).expect("a key"));
    let other = Secret::new("other".into());
    assert!(verify_webhook(body, &signature, &[&secret]));
    assert!(verify_webhook(body, &signature, &[&other, &secret]));
    assert!(!verify_webhook(b"{}", &signature, &[&secret]));
    assert!(!verify_webhook(body, "", &[&secret]));
    assert!(!verify_webhook(body, &signature, &[&other]));
}
