use super::*;
use crate::auth::crypto::{hex, mac};
use proptest::prelude::*;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const BEFORE: &str = "fedcba9876543210fedcba9876543210";
const SHIRT: &str = "https://cdn.shopify.com/s/files/1/shirt.jpg?v=1763670000&width=2000";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn keys() -> GarmentKeys {
    GarmentKeys { current: secret(KEY), previous: Some(secret(BEFORE)) }
}

/// What a shop with this secret writes beside an address.
fn sign(key: &str, message: &str) -> String {
    hex(&mac(&secret(key), message.as_bytes()).expect("any key is taken"))
}

fn signature(address: &str) -> String {
    sign(KEY, &format!("fitting-room/garment:{address}"))
}

#[test]
fn it_is_made_as_shopify_s_liquid_filter_makes_it() {
    // The example of `hmac_sha256` on Shopify's page.
    assert_eq!(
        sign("Polina", "Polyjuice"),
        "8e0d5d65cff1242a4af66c8f4a32854fd5fb80edcc8aabe9b302b29c7c71dc20"
    );
    // printf %s "fitting-room/garment:$SHIRT" | openssl dgst -sha256 -hmac "$KEY"
    let made = "cc4d628bdc8581affc3593d5e0dd34d20d15f6c824d5c80eb2ba60856eb7710b";
    assert!(keys().is_signed(SHIRT, made));
}

#[test]
fn what_the_shop_signed_is_known_and_nothing_else_is() {
    let right = signature(SHIRT);
    for (address, signature, known) in [
        (SHIRT, right.clone(), true),
        (SHIRT, right.to_uppercase(), true),
        (SHIRT, sign(BEFORE, &format!("fitting-room/garment:{SHIRT}")), true),
        (
            SHIRT,
            sign("another-secret-entirely-01234567", &format!("fitting-room/garment:{SHIRT}")),
            false,
        ),
        (SHIRT, sign(KEY, SHIRT), false),
        (SHIRT, sign(KEY, &format!("fitting-room/other:{SHIRT}")), false),
        (SHIRT, format!("{right}0"), false),
        (SHIRT, format!(" {right}"), false),
        (SHIRT, right[..63].to_owned(), false),
        (SHIRT, right[..32].to_owned(), false),
        (SHIRT, String::new(), false),
        (SHIRT, "0".repeat(64), false),
        (SHIRT, "é".repeat(32), false),
        ("https://cdn.shopify.com/s/files/1/coat.jpg", right.clone(), false),
        (
            "HTTPS://cdn.shopify.com/s/files/1/shirt.jpg?v=1763670000&width=2000",
            right.clone(),
            false,
        ),
        (
            "https://cdn.shopify.com/s/files/1/shirt.jpg?v=1763670000&amp;width=2000",
            right.clone(),
            false,
        ),
        ("", right.clone(), false),
    ] {
        assert_eq!(keys().is_signed(address, &signature), known, "{address} {signature}");
    }
}

#[test]
fn an_address_longer_than_any_server_takes_is_not_hashed() {
    let address = |chars: usize| format!("{:a<chars$}", "https://cdn.shopify.com/");
    for (chars, known) in [(8_000, true), (8_001, false)] {
        let address = address(chars);
        assert_eq!(keys().is_signed(&address, &signature(&address)), known, "{chars}");
    }
}

#[test]
fn the_keys_do_not_print_themselves() {
    assert_eq!(
        format!("{:?}", keys()),
        "GarmentKeys { current: [secret], previous: Some([secret]) }"
    );
}

proptest! {
    #[test]
    fn one_flipped_bit_of_the_signature_or_the_address_is_refused(
        path in "[a-z0-9/._?&=%-]{1,80}",
        at in 0_usize..64,
        bit in 0_u8..8,
    ) {
        let address = format!("https://cdn.shopify.com/{path}");
        let right = signature(&address);
        prop_assert!(keys().is_signed(&address, &right));
        let flipped = |text: &str, at: usize, bit: u8| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let forged = flipped(&right, at, bit);
        // The bit between small and capital letters says nothing in hexadecimal digits.
        prop_assume!(!forged.eq_ignore_ascii_case(&right));
        prop_assert!(!keys().is_signed(&address, &forged));
        let another = flipped(&address, at % address.len(), bit);
        prop_assert!(!keys().is_signed(&another, &right));
    }

    #[test]
    fn no_text_passes_for_a_signature(text in ".*") {
        prop_assert!(!keys().is_signed(SHIRT, &text));
    }
}
