use super::*;
use crate::app::problem::Problem;
use crate::http::origin::Origin;
use crate::request::images::{GatewayPictures, ShopperPictures};
use crate::request::parse::Run;
use fashn::skeleton::Skeleton;
use proptest::prelude::*;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const BEFORE: &str = "fedcba9876543210fedcba9876543210";
const SHIRT: &str = "https://cdn.shopify.com/s/files/1/shirt.jpg?v=1763670000&width=2000";
const PHOTO: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAA2AAAAUQCAYAAAA=";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn keys() -> GarmentKeys {
    GarmentKeys::new(secret(KEY), Some(secret(BEFORE)))
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
    assert!(keys().signed(SHIRT, made));
}

#[test]
fn what_the_shop_signed_is_known_and_nothing_else_is() {
    let right = signature(SHIRT);
    for (address, signature, known) in [
        (SHIRT, right.clone(), true),
        (SHIRT, right.to_uppercase(), true),
        (
            SHIRT,
            sign(BEFORE, &format!("fitting-room/garment:{SHIRT}")),
            true,
        ),
        (
            SHIRT,
            sign(
                "another-secret-entirely-01234567",
                &format!("fitting-room/garment:{SHIRT}"),
            ),
            false,
        ),
        (SHIRT, sign(KEY, SHIRT), false),
        (
            SHIRT,
            sign(KEY, &format!("fitting-room/other:{SHIRT}")),
            false,
        ),
        (SHIRT, format!("{right}0"), false),
        (SHIRT, format!(" {right}"), false),
        (SHIRT, right[..63].to_owned(), false),
        (SHIRT, right[..32].to_owned(), false),
        (SHIRT, String::new(), false),
        (SHIRT, "0".repeat(64), false),
        (SHIRT, "é".repeat(32), false),
        (
            "https://cdn.shopify.com/s/files/1/coat.jpg",
            right.clone(),
            false,
        ),
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
        assert_eq!(
            keys().signed(address, &signature),
            known,
            "{address} {signature}"
        );
    }
}

#[test]
fn an_address_longer_than_any_server_takes_is_not_hashed() {
    let address = |chars: usize| format!("{:a<chars$}", "https://cdn.shopify.com/");
    for (chars, known) in [(8_000, true), (8_001, false)] {
        let address = address(chars);
        assert_eq!(
            keys().signed(&address, &signature(&address)),
            known,
            "{chars}"
        );
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
        prop_assert!(keys().signed(&address, &right));
        let flipped = |text: &str, at: usize, bit: u8| {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let forged = flipped(&right, at, bit);
        // The bit between small and capital letters says nothing in hexadecimal digits.
        prop_assume!(!forged.eq_ignore_ascii_case(&right));
        prop_assert!(!keys().signed(&address, &forged));
        let another = flipped(&address, at % address.len(), bit);
        prop_assert!(!keys().signed(&another, &right));
    }

    #[test]
    fn no_text_passes_for_a_signature(text in ".*") {
        prop_assert!(!keys().signed(SHIRT, &text));
    }
}

// ---- in a request

/// What a request comes to: the address that FASHN would get, or what is told.
fn asked(
    keys: Option<&GarmentKeys>,
    model: &str,
    input: &str,
    garment: &str,
    beside: &str,
) -> Result<String, String> {
    let own = Origin::parse("http://127.0.0.1:8787").expect("an origin");
    let hosts = ShopperPictures {
        product_hosts: vec![
            crate::request::hosts::HostPattern::parse("cdn.shopify.com").expect("a host"),
        ],
        product_data: true,
        photo_hosts: Vec::new(),
    };
    let page = Caller::Storefront(Origin::parse("https://shop.example").expect("an origin"));
    let rule = GatewayPictures::of(&page, &own, &hosts);
    let body = format!(
        r#"{{{beside}"model_name":"{model}","inputs":{{"model_image":"{PHOTO}","{input}":"{garment}"}}}}"#
    );
    let body = Skeleton::of(body.as_bytes());
    let run = Run::read(&body, &rule, keys).map_err(|problem| match problem {
        Problem::Faults(faults) => faults
            .iter()
            .map(|fault| format!("{} {}", fault.path, fault.message))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    })?;
    let json = run.to_json().expect("serialises");
    let (_, rest) = json
        .split_once(&format!("\"{input}\":\""))
        .expect("the garment");
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn field(signature: &str) -> String {
    format!(r#""garment_signature":"{signature}","#)
}

#[test]
fn a_run_needs_its_garment_s_signature_beside_the_inputs_whichever_model_it_is_for() {
    let keys = keys();
    let keys = Some(&keys);
    let missing =
        "must come with the shop's signature: send it as garment_signature, beside inputs";
    let wrong =
        "is not the address that garment_signature was made for: sign it exactly as it is sent";
    for (model, input) in [
        ("tryon-v1.6", "garment_image"),
        ("tryon-max", "product_image"),
        ("product-to-model", "product_image"),
    ] {
        let asked = |garment: &str, beside: &str| asked(keys, model, input, garment, beside);
        let told = |message: &str| Err(format!("inputs.{input} {message}"));
        assert_eq!(
            asked(SHIRT, &field(&signature(SHIRT))),
            Ok(SHIRT.to_owned())
        );
        for beside in [
            "",
            r#""garment_signature":null,"#,
            r#""garment_signature":7,"#,
            r#""garment_signature":{},"#,
        ] {
            assert_eq!(asked(SHIRT, beside), told(missing), "{beside}");
        }
        assert_eq!(asked(SHIRT, &field("")), told(wrong));
        assert_eq!(
            asked(
                "https://cdn.shopify.com/coat.jpg",
                &field(&signature(SHIRT))
            ),
            told(wrong)
        );
        assert_eq!(
            asked(PHOTO, &field(&signature(PHOTO))),
            told(
                "must be the address of a picture that the shop has signed, not the picture itself"
            )
        );
    }
}

#[test]
fn the_address_is_signed_as_it_is_sent_and_handed_on_as_it_was_read() {
    let keys = keys();
    let sent = "https://CDN.shopify.com/a/../kleid ä.jpg";
    let asked = |address: &str, signed: &str| {
        asked(
            Some(&keys),
            "tryon-v1.6",
            "garment_image",
            address,
            &field(&signature(signed)),
        )
    };
    let read = "https://cdn.shopify.com/kleid%20%C3%A4.jpg";
    assert_eq!(asked(sent, sent), Ok(read.to_owned()));
    assert!(asked(sent, read).is_err());
    assert!(asked(read, sent).is_err());
}

#[test]
fn a_signature_opens_no_other_host_and_no_page_of_the_gateway_s_own_goes_without() {
    let keys = keys();
    let asked = |address: &str, beside: &str| {
        asked(Some(&keys), "tryon-v1.6", "garment_image", address, beside)
    };
    let elsewhere = "https://elsewhere.example/shirt.jpg";
    assert_eq!(
        asked(elsewhere, &field(&signature(elsewhere))),
        Err(
            "inputs.garment_image must come from a host that the shop allows: cdn.shopify.com"
                .to_owned()
        )
    );
    let own = "http://127.0.0.1:8787/v1/outputs/x/0";
    assert!(asked(own, "").is_err());
    assert_eq!(asked(own, &field(&signature(own))), Ok(own.to_owned()));
}

#[test]
fn without_a_secret_no_signature_is_looked_at() {
    for beside in ["", r#""garment_signature":7,"#, &field("wrong")] {
        assert_eq!(
            asked(None, "tryon-v1.6", "garment_image", SHIRT, beside),
            Ok(SHIRT.to_owned())
        );
    }
}

#[test]
fn every_shopper_is_bound_by_it_and_staff_are_not() {
    let shops = crate::config::settings::Settings::read(&|name| {
        Some(
            match name {
                "FASHN_API_KEY" => "key",
                "SIGNING_SECRET" | "GARMENT_SECRET" => KEY,
                _ => return None,
            }
            .to_owned(),
        )
    })
    .expect("reads")
    .shops;
    let proxied = crate::auth::shopify::Proxied {
        shop: crate::auth::shopify::ShopDomain::parse("a.myshopify.com").expect("a domain"),
        customer: Some("7".to_owned()),
    };
    let page = Caller::Storefront(Origin::parse("https://shop.example").expect("an origin"));
    for (caller, bound) in [
        (page, true),
        (Caller::Shopify(proxied), true),
        (Caller::Staff, false),
    ] {
        assert_eq!(
            required(&caller, &shops.default).is_some(),
            bound,
            "{caller:?}"
        );
    }
}
