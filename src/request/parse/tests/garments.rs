//! A run's garment must be signed where the shop has a secret.

use super::super::*;
use super::no_rules;
use crate::auth::caller::Caller;
use crate::auth::crypto::{hex, mac};
use crate::auth::secret::Secret;
use crate::config::settings::ShopperPictures;
use crate::http::hosts::HostPattern;
use crate::http::origin::Origin;
use crate::request::images::GatewayPictures;
use crate::request::images::tests::shop;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const SHIRT: &str = "https://cdn.shopify.com/s/files/1/shirt.jpg?v=1763670000&width=2000";
const PHOTO: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAA2AAAAUQCAYAAAA=";

fn keys() -> GarmentKeys {
    GarmentKeys { current: Secret::new(KEY.to_owned()), previous: None }
}

fn signature(address: &str) -> String {
    let message = format!("fitting-room/garment:{address}");
    let mac = mac(&Secret::new(KEY.to_owned()), message.as_bytes());
    hex(&mac.expect("any key is taken"))
}

/// What a request comes to: the address that FASHN would get, or what is expected.
fn asked(
    keys: Option<&GarmentKeys>,
    model: &str,
    input: &str,
    garment: &str,
    beside: &str,
) -> Result<String, String> {
    let own = Origin::parse("http://127.0.0.1:8787").expect("an origin");
    let hosts = ShopperPictures {
        product_hosts: vec![HostPattern::parse("cdn.shopify.com").expect("a host")],
        product_data: true,
        photo_hosts: Vec::new(),
    };
    let page = Caller::Storefront(Origin::parse("https://shop.example").expect("an origin"));
    let shop = shop(&[], &[]);
    let rule = GatewayPictures { own: &own, caller: &page, shop: &shop, bounds: &hosts };
    let body = format!(
        r#"{{{beside}"model_name":"{model}","inputs":{{"model_image":"{PHOTO}","{input}":"{garment}"}}}}"#
    );
    let body = ExtractedBody::of(body.as_bytes());
    let rules = Rules { garments: keys, ..no_rules(&rule) };
    let run = Run::read(&body, &rules).map_err(|error| match error {
        RequestError::Fields(faults) => faults
            .iter()
            .map(|fault| format!("{} {}", fault.path, fault.message))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    })?;
    let json = run.canonical_json().expect("serialises");
    let (_, rest) = json.split_once(&format!("\"{input}\":\"")).expect("the garment");
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
        let expected = |message: &str| Err(format!("inputs.{input} {message}"));
        assert_eq!(asked(SHIRT, &field(&signature(SHIRT))), Ok(SHIRT.to_owned()));
        for beside in ["", r#""garment_signature":null,"#] {
            assert_eq!(asked(SHIRT, beside), expected(missing), "{beside}");
        }
        for (value, kind) in [("7", "a number"), ("{}", "an object")] {
            let told =
                format!("garment_signature must be a string, not {kind}; inputs.{input} {missing}");
            let beside = format!(r#""garment_signature":{value},"#);
            assert_eq!(asked(SHIRT, &beside), Err(told));
        }
        assert_eq!(asked(SHIRT, &field("")), expected(wrong));
        assert_eq!(
            asked("https://cdn.shopify.com/coat.jpg", &field(&signature(SHIRT))),
            expected(wrong)
        );
        assert_eq!(
            asked(PHOTO, &field(&signature(PHOTO))),
            expected(
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
        asked(Some(&keys), "tryon-v1.6", "garment_image", address, &field(&signature(signed)))
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
        Err("inputs.garment_image must come from a host that the shop allows: cdn.shopify.com"
            .to_owned())
    );
    let own = "http://127.0.0.1:8787/v1/outputs/x/0";
    assert!(asked(own, "").is_err());
    assert_eq!(asked(own, &field(&signature(own))), Ok(own.to_owned()));
}

#[test]
fn without_a_secret_no_signature_is_looked_at() {
    for beside in ["", &field("wrong")] {
        assert_eq!(asked(None, "tryon-v1.6", "garment_image", SHIRT, beside), Ok(SHIRT.to_owned()));
    }
}
