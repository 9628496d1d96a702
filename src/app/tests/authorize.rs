//! The way to what costs something: caller, visitor, rate limits, challenge.

use super::ports::Ports;
use super::settings::settings;
use super::{broken, done, origin, signer};
use crate::app::authorize::Authority;
use crate::app::ports::RateLimit;
use crate::auth::caller::Caller;
use crate::config::settings::Settings;
use crate::http::origin::Origin;
use crate::http::request_head::tests::text_with;
use crate::http::request_head::{Header, RequestHead};

const PAGE: (Header, &str) = (Header::Origin, "https://shop.example");
const STAFF: (Header, &str) =
    (Header::Authorization, "Bearer staff-token-of-the-merchant-0123456789");
const CHALLENGE: (Header, &str) = (Header::TurnstileResponse, "a token");
const PASSED: &[u8] = br#"{"success":true,"hostname":"shop.example","action":"try-on"}"#;

fn shop(more: &[(&str, &str)]) -> Settings {
    let all = [
        &[
            ("ALLOWED_ORIGINS", "https://shop.example"),
            ("STAFF_TOKEN", "staff-token-of-the-merchant-0123456789"),
        ],
        more,
    ];
    settings(&all.concat())
}

fn with_challenge() -> Settings {
    let secret = "0x0123456789abcdef0123456789abcdef";
    shop(&[("TURNSTILE_SECRET", secret), ("TURNSTILE_HOSTNAMES", "shop.example")])
}

/// The caller, the address's name, and whether a token was made; or the private reason.
fn authorize(
    ports: &Ports,
    settings: &Settings,
    headers: &[(Header, &str)],
    spent: bool,
) -> Result<(Caller, Option<String>, bool), String> {
    let text = text_with("", headers);
    let head = RequestHead::parse(&text);
    let page = settings.shops.page_origin(head.header(Header::Origin), &origin());
    let authority = Authority { settings, signer: &signer(), own_origin: &origin(), page: &page };
    let context = done(authority.authorize(ports, &head, spent));
    let context = context.map_err(|problem| problem.to_string())?;
    assert_eq!(context.shop.key.as_str(), "FASHN_API_KEY");
    Ok((context.caller, context.address, context.token.is_some()))
}

#[test]
fn a_shopper_is_counted_by_address_and_by_visitor() {
    let ports = Ports::new();
    ports.limits.will_answer([true, true]);
    let (caller, address, has_token) =
        authorize(&ports, &shop(&[]), &[PAGE], true).expect("authorized");
    assert_eq!(caller, Caller::Storefront(Origin::parse("https://shop.example").expect("one")));
    assert!(has_token);
    let asked = ports.limits.asked();
    assert_eq!(asked[0], (RateLimit::Address, address.expect("counted")));
    assert_eq!(asked[1].0, RateLimit::Visitor);
}

#[test]
fn either_rate_limit_ends_it_and_staff_have_none() {
    for (within, calls) in [(vec![false], 1), (vec![true, false], 2)] {
        let ports = Ports::new();
        ports.limits.will_answer(within);
        let refused = authorize(&ports, &shop(&[]), &[PAGE], true).expect_err("refused");
        assert_eq!(refused, "too many requests of a visitor or an address");
        assert_eq!(ports.limits.asked().len(), calls);
    }
    let authorized = authorize(&Ports::new(), &with_challenge(), &[STAFF], true);
    assert_eq!(authorized, Ok((Caller::Staff, None, false)));
}

#[test]
fn a_challenge_is_required_where_credits_are_spent() {
    for (spent, headers, answer, expected) in [
        (false, &[PAGE][..], None, Ok(())),
        (true, &[PAGE, CHALLENGE], Some(Ok(PASSED.to_vec())), Ok(())),
        (true, &[PAGE, CHALLENGE], Some(Ok(b"{}".to_vec())), Err("says no")),
        (true, &[PAGE, CHALLENGE], Some(Err(broken())), Err("gave no answer: broken")),
        (true, &[PAGE], None, Err("token")),
    ] {
        let ports = Ports::new();
        ports.limits.will_answer([true, true]);
        ports.challenges.will_answer(answer);
        match (authorize(&ports, &with_challenge(), headers, spent), expected) {
            (Ok(_), Ok(())) => {}
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{reason}"),
            (authorized, _) => panic!("{authorized:?}"),
        }
    }
}

#[test]
fn without_randomness_no_challenge_is_asked_about() {
    let ports = Ports::new();
    ports.limits.will_answer([true, true]);
    ports.has_no_randomness.set(true);
    let refused = authorize(&ports, &with_challenge(), &[PAGE, CHALLENGE], true);
    assert_eq!(refused, Err("overloaded: broken: the connection was cut".to_owned()));
}

#[test]
fn a_caller_that_is_not_known_is_counted_nowhere() {
    for headers in [&[][..], &[(Header::Origin, "https://elsewhere.example")]] {
        authorize(&Ports::new(), &shop(&[]), headers, false).expect_err("refused");
    }
}

#[test]
fn what_is_for_staff_refuses_all_others() {
    let settings = shop(&[]);
    for (headers, is_staff) in [(&[STAFF][..], true), (&[PAGE], false), (&[], false)] {
        let text = text_with("", headers);
        let head = RequestHead::parse(&text);
        let page = settings.shops.page_origin(head.header(Header::Origin), &origin());
        let (signer, own_origin) = (&signer(), &origin());
        let authority = Authority { settings: &settings, signer, own_origin, page: &page };
        assert_eq!(authority.require_staff(&head, super::NOON).is_ok(), is_staff);
    }
}
