//! Whether a shop is open: the account's word, for how long it holds, and which callers may ask.

use serde_json::{Value, json};

use super::ports::Ports;
use super::settings::settings;
use super::{done, origin, overloaded, signer};
use crate::account::opening::ClosedReason;
use crate::app::authorize::Authority;
use crate::app::message::{Request, Response};
use crate::app::ports::RateLimit;
use crate::app::shop::{Openings, UNSET};
use crate::config::settings::Settings;
use crate::http::request_head::tests::text_with;
use crate::http::request_head::{Header, RequestHead};
use fashn::models::Credits;

const SHOPS: &str =
    r#"{"north":{"origins":["https://north.example"],"policy":{"models":["tryon-max"]}}}"#;
const PAGE: (Header, &str) = (Header::Origin, "https://shop.example");
const NORTH: (Header, &str) = (Header::Origin, "https://north.example");

fn shops(more: &[(&str, &str)]) -> Settings {
    let both = [("ALLOWED_ORIGINS", "https://shop.example"), ("SHOPS", SHOPS)];
    settings(&[&both, more].concat())
}

/// The answer as JSON, or the private reason.
fn show(
    openings: &Openings,
    ports: &Ports,
    settings: &Settings,
    headers: &[(Header, &str)],
) -> Result<Value, String> {
    let text = text_with("", headers);
    let head = RequestHead::parse(&text);
    let page = settings.shops.page_origin(head.header(Header::Origin), &origin());
    let (signer, own_origin) = (&signer(), &origin());
    let authority = Authority { settings, signer, own_origin, page: &page };
    let state = done(openings.show(ports, &authority, &head)).map_err(|it| it.to_string())?;
    Ok(serde_json::to_value(&state).expect("serialises"))
}

fn answers(ports: &Ports, closed: Option<ClosedReason>) {
    ports.limits.will_answer([true]);
    ports.accounts.will_answer([Ok(Response::Opening(closed))]);
}

#[test]
fn a_page_learns_whether_its_shop_is_open_and_on_what_terms() {
    let settings = shops(&[
        ("CONSENT_VERSION", "2026-11"),
        ("CONSENT_MODE", "ask"),
        ("TURNSTILE_SECRET", "0x0123456789abcdef0123456789abcdef"),
        ("TURNSTILE_SITE_KEY", "0xpublic"),
        ("TURNSTILE_HOSTNAMES", "shop.example"),
    ]);
    let ports = Ports::new();
    answers(&ports, None);
    answers(&ports, Some(ClosedReason::Budget));
    let openings = Openings::default();
    let mut expected = json!({
        "open": true,
        "reason": null,
        "models": ["tryon-v1.6", "tryon-max"],
        "consent_version": "2026-11",
        "consent_mode": "ask",
        "challenge": {"provider": "turnstile", "site_key": "0xpublic", "action": "try-on"},
    });
    assert_eq!(show(&openings, &ports, &settings, &[PAGE]), Ok(expected.clone()));
    expected["open"] = json!(false);
    expected["reason"] = json!("budget");
    expected["models"] = json!(["tryon-max"]);
    assert_eq!(show(&openings, &ports, &settings, &[NORTH]), Ok(expected));
    // As many credits as the cheapest run of each shop costs.
    let asked = ports.accounts.asked();
    let opening = |credits, shop: &str| Request::Opening {
        credits: Credits(credits),
        shop: shop.to_owned(),
        is_signed_in: false,
    };
    assert_eq!(asked, [opening(1, ""), opening(2, "north")]);
    assert!(ports.limits.asked().iter().all(|(limit, _)| *limit == RateLimit::Address));
}

#[test]
fn the_answer_without_settings_has_the_same_fields() {
    let ports = Ports::new();
    answers(&ports, None);
    let state = show(&Openings::default(), &ports, &shops(&[]), &[PAGE]).expect("answered");
    let unset: Value = serde_json::from_str(UNSET).expect("JSON");
    let fields = |value: &Value| value.as_object().expect("an object").keys().cloned().collect();
    let (of_unset, of_state): (Vec<_>, Vec<_>) = (fields(&unset), fields(&state));
    assert_eq!(of_unset, of_state);
    assert_eq!(unset["open"], json!(false));
}

#[test]
fn the_account_is_asked_once_a_second_for_each_shop() {
    let (ports, settings, openings) = (Ports::new(), shops(&[]), Openings::default());
    let is_open =
        |header| show(&openings, &ports, &settings, &[header]).expect("shown")["open"].clone();
    answers(&ports, None);
    assert_eq!(is_open(PAGE), json!(true));
    answers(&ports, Some(ClosedReason::Queue));
    assert_eq!(is_open(NORTH), json!(false));
    for _ in 0..3 {
        ports.later(333);
        assert_eq!((is_open(PAGE), is_open(NORTH)), (json!(true), json!(false)));
    }
    ports.later(1);
    answers(&ports, Some(ClosedReason::Budget));
    assert_eq!(is_open(PAGE), json!(false));
    // A clock that went back doesn't make an answer last.
    ports.now_ms.set(ports.now_ms.get() - 60_000);
    answers(&ports, None);
    assert_eq!(is_open(PAGE), json!(true));
}

#[test]
fn a_page_without_an_origin_is_the_gateway_s_own_and_any_other_asks_nothing() {
    let (ports, settings) = (Ports::new(), shops(&[]));
    answers(&ports, None);
    let own = show(&Openings::default(), &ports, &settings, &[]).expect("answered");
    assert_eq!(own["models"], json!(["tryon-v1.6", "tryon-max"]));
    for (headers, reason) in [
        ([(Header::Origin, "https://evil.example")], "not allowed"),
        ([(Header::Origin, "null")], "not allowed"),
        ([(Header::Authorization, "Bearer a-wrong-token-of-staff")], "token"),
    ] {
        // The ports have no answer: asking one would end the test.
        let refused = show(&Openings::default(), &ports, &settings, &headers);
        let told = refused.expect_err("refused");
        assert!(told.contains(reason), "{told}");
    }
}

#[test]
fn an_address_that_asks_too_often_and_an_account_that_is_overloaded_are_refused_and_not_remembered()
{
    let (ports, settings, openings) = (Ports::new(), shops(&[]), Openings::default());
    ports.limits.will_answer([false]);
    let refused = show(&openings, &ports, &settings, &[PAGE]).expect_err("refused");
    assert_eq!(refused, "too many requests of a visitor or an address");
    ports.limits.will_answer([true, true]);
    ports.accounts.will_answer([Err(overloaded()), Ok(Response::Done)]);
    let refused = show(&openings, &ports, &settings, &[PAGE]).expect_err("refused");
    assert!(refused.starts_with("overloaded"), "{refused}");
    let refused = show(&openings, &ports, &settings, &[PAGE]).expect_err("refused");
    assert!(refused.starts_with("internal"), "{refused}");
}
