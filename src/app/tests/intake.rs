//! A request's body → what the account has to know, and what FASHN gets.

use fashn::models::Credits;

use super::settings::settings;
use super::{NOON, key, origin, signer};
use crate::account::admission::AdmissionRequest;
use crate::app::authorize::{Authority, RequestContext};
use crate::app::intake::{RunHead, mint};
use crate::app::problem::Problem;
use crate::auth::caller::{Caller, PageOrigin};
use crate::auth::ids::{AccountId, Jurisdiction, Visitor};
use crate::auth::receipt;
use crate::config::settings::Settings;
use crate::http::origin::Origin;
use crate::http::request_head::tests::text_with;
use crate::http::request_head::{Header, RequestHead};
use crate::request::error::RequestError;
use crate::run::dedup::DedupKind;

const JSON: (Header, &str) = (Header::ContentType, "application/json");
const RUN: &str = r#"{"model_name":"tryon-v1.6","inputs":{"model_image":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAYAAAB/HSuD","garment_image":"https://cdn.shopify.com/g.jpg"}}"#;

/// What the account has to know, and the body; or the paths of the fields that are wrong.
fn read(
    settings: &Settings,
    caller: &Caller,
    headers: &[(Header, &str)],
    query: &str,
    body: &str,
) -> Result<(AdmissionRequest, String), String> {
    let text = text_with(query, headers);
    let head = RequestHead::parse(&text);
    let context = RequestContext {
        shop: settings.shops.of(caller, &origin()),
        caller: caller.clone(),
        visitor: Visitor("visitor".to_owned()),
        address: None,
        networks: Vec::new(),
        token: None,
    };
    let (signer, own_origin, page) = (&signer(), &origin(), &PageOrigin::Absent);
    let authority = Authority { settings, signer, own_origin, page };
    let faults = |problem: Problem| match problem {
        Problem::Request(RequestError::Fields(faults)) => {
            faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    };
    let run_head = RunHead::read(&head, settings, caller).map_err(|error| faults(error.into()))?;
    let intake = run_head
        .read_body(
            &authority,
            &context,
            mint(settings, &context, NOON, [1; 11]),
            body.as_bytes().to_vec(),
            |upstream| String::from_utf8(upstream.segments().concat()).expect("JSON"),
        )
        .map_err(faults)?;
    Ok((intake.admission, intake.body))
}

fn page() -> Caller {
    Caller::Storefront(Origin::parse("https://shop.example").expect("an origin"))
}

#[test]
fn the_account_learns_what_a_run_costs_and_how_long_it_takes() {
    let (admission, body) = read(&settings(&[]), &page(), &[JSON], "", RUN).expect("a run");
    assert_eq!(
        admission.spec.ticket.account(),
        AccountId::of_key(key().as_str(), Jurisdiction::Global)
    );
    assert_eq!(admission.spec.model, "tryon-v1.6");
    assert_eq!(admission.spec.credits, Credits(1));
    assert_eq!(
        admission.spec.class.0,
        format!("tryon-v1.6/{}", admission.spec.expected_ms / 1_000)
    );
    assert_eq!(admission.spec.body_bytes, body.len() as u64);
    assert!(!admission.spec.is_staff && admission.spec.shop.is_empty());
    assert!(body.contains("iVBORw0KGgo"), "FASHN gets the picture: {body}");
}

#[test]
fn a_run_is_found_again_by_its_key_and_by_all_that_it_asks_for() {
    let keyed = [JSON, (Header::IdempotencyKey, "order-1-of-a-shopper")];
    for (headers, kinds) in [
        (&[JSON][..], vec![DedupKind::Likeness]),
        (&keyed, vec![DedupKind::Key, DedupKind::Likeness]),
    ] {
        let (admission, _) = read(&settings(&[]), &page(), headers, "", RUN).expect("a run");
        let found: Vec<_> = admission.dedup.into_iter().map(|query| query.kind).collect();
        assert_eq!(found, kinds);
    }
}

#[test]
fn staff_may_ask_for_what_shoppers_may_not() {
    let settings = settings(&[("POLICY", r#"{"models":["tryon-max"]}"#)]);
    assert_eq!(read(&settings, &page(), &[JSON], "", RUN).err().as_deref(), Some("model_name"));
    let (admission, _) = read(&settings, &Caller::Staff, &[JSON], "", RUN).expect("a run");
    assert!(admission.spec.is_staff);
}

#[test]
fn terms_that_are_required_are_agreed_to_in_the_header_or_in_the_body() {
    let settings = settings(&[("CONSENT_VERSION", "2026-01")]);
    let in_body = RUN.replacen('{', r#"{"consent":"2026-01","#, 1);
    let header = |version| [JSON, (Header::Consent, version)];
    for (headers, body, is_agreed) in [
        (&[JSON][..], RUN, false),
        (&header("2025-01"), RUN, false),
        (&header("2026-01"), RUN, true),
        (&[JSON], &in_body, true),
    ] {
        let read = read(&settings, &page(), headers, "", body);
        assert_eq!(read.err().as_deref(), (!is_agreed).then_some("consent"));
    }
}

#[test]
fn the_merchant_is_told_what_a_shopper_agreed_to_and_of_staff_nothing() {
    let settings = settings(&[("CONSENT_VERSION", "2026-01")]);
    let hash = "0a".repeat(32);
    let agreed = [JSON, (Header::Consent, "2026-01"), (Header::ConsentText, &*hash)];
    let (admission, _) = read(&settings, &page(), &agreed, "", RUN).expect("a run");
    let told: serde_json::Value =
        serde_json::from_str(&admission.consent.expect("told")).expect("JSON");
    assert_eq!(told["version"], "2026-01");
    assert_eq!(told["text_hash"], *hash);
    assert_eq!(told["run"], admission.spec.ticket.short_hash());
    assert_eq!(told["at_ms"], NOON);
    let sealed = told["receipt"].as_str().expect("a text");
    assert!(receipt::verify(&signer(), sealed).is_some());

    let (admission, _) = read(&settings, &Caller::Staff, &agreed, "", RUN).expect("a run");
    assert_eq!(admission.consent, None);
    let wrong = [JSON, (Header::Consent, "2026-01"), (Header::ConsentText, "words")];
    assert_eq!(read(&settings, &page(), &wrong, "", RUN).err().as_deref(), Some("x-consent-text"));
}

#[test]
fn what_is_wrong_with_the_head_is_told_before_the_body_is_read() {
    let text = [(Header::ContentType, "text/plain")];
    let key = [JSON, (Header::IdempotencyKey, "")];
    for (headers, query, expected) in [
        (&text[..], "", "the content type is neither application/json nor multipart/form-data"),
        (&key, "", "Idempotency-Key"),
        (&[JSON], "webhook_url=https://a.example", "webhook_url"),
    ] {
        let refused = read(&settings(&[]), &page(), headers, query, "{").expect_err("refused");
        assert_eq!(refused, expected);
    }
    assert_eq!(read(&settings(&[]), &page(), &[JSON], "", "{").err().as_deref(), Some("body"));
}

#[test]
fn staff_s_address_travels_with_the_run_and_another_one_is_another_request() {
    let settings = settings(&[
        ("STAFF_WEBHOOK_HOSTS", "hooks.example"),
        ("MERCHANT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("PUBLIC_ORIGIN", "https://gateway.example"),
    ]);
    let key = (Header::IdempotencyKey, "a-key");
    let of = |query: &str| {
        let (admission, body) = read(&settings, &Caller::Staff, &[JSON, key], query, RUN)?;
        assert!(!body.contains("hooks"), "FASHN gets the gateway's own");
        Ok::<_, String>((admission.spec.webhook_url, admission.dedup))
    };
    let (url, dedup) = of("webhook_url=https://hooks.example/a").expect("a run");
    assert_eq!(url.as_deref(), Some("https://hooks.example/a"));
    let (_, other) = of("webhook_url=https://hooks.example/b").expect("a run");
    assert_eq!(dedup[0].name, other[0].name);
    assert_ne!(dedup[0].fingerprint, other[0].fingerprint);
    assert_eq!(of("webhook_url=https://other.example/a"), Err("webhook_url".to_owned()));
    let query = "webhook_url=https://hooks.example/a";
    assert_eq!(
        read(&settings, &page(), &[JSON], query, RUN).map(drop),
        Err("webhook_url".to_owned())
    );
}

const PACKSHOT: &str = r#"{"model_name":"packshot","inputs":{"product_image":"data:image/png;base64,AAAA"},"pollInterval":1}"#;

#[test]
fn staff_pass_on_what_fashn_s_pages_do_not_have_once_its_price_is_set() {
    let set = settings(&[("PASS_THROUGH_CREDITS", "5")]);
    let of = |body: &str| read(&set, &Caller::Staff, &[JSON], "", body);
    let ratio = r#"{"model_name":"tryon-max","inputs":{"model_image":"https://a.example/m.jpg","product_image":"https://a.example/p.jpg","aspect_ratio":"4:5"}}"#;
    for (body, model) in [(PACKSHOT, "packshot"), (ratio, "tryon-max")] {
        let (admission, passed) = of(body).expect("a run");
        assert_eq!((&*passed, &*admission.spec.model), (body, model));
        assert_eq!(admission.spec.credits, Credits(5));
        assert_eq!(admission.spec.class.0, [model, "/passed"].concat());
        assert_eq!(admission.spec.body_bytes, body.len() as u64);
    }
    let (_, passed) = of(&["\u{feff}", PACKSHOT].concat()).expect("a run");
    assert_eq!(passed, PACKSHOT);
    // What the pages have costs what they say.
    let (admission, _) = of(RUN).expect("a run");
    assert_eq!((admission.spec.credits, &*admission.spec.model), (Credits(1), "tryon-v1.6"));
}

#[test]
fn nothing_is_passed_on_for_shoppers_or_without_the_setting() {
    let set = settings(&[("PASS_THROUGH_CREDITS", "5")]);
    for (settings, caller) in [(&set, page()), (&settings(&[]), Caller::Staff)] {
        let refused = read(settings, &caller, &[JSON], "", PACKSHOT).map(drop);
        assert_eq!(refused, Err("model_name".to_owned()));
    }
}

#[test]
fn what_is_passed_on_is_the_same_request_under_one_key_only_where_its_bytes_are() {
    let set = settings(&[("PASS_THROUGH_CREDITS", "5")]);
    let key = (Header::IdempotencyKey, "a-key");
    let print = |body: &str| {
        let (admission, _) = read(&set, &Caller::Staff, &[JSON, key], "", body).expect("a run");
        admission.dedup[0].fingerprint.clone()
    };
    assert_eq!(print(PACKSHOT), print(PACKSHOT));
    assert_ne!(print(PACKSHOT), print(&PACKSHOT.replace("AAAA", "AAAB")));
}
