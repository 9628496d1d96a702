//! The way to what costs something: caller, visitor, rate limits, challenge.

use super::ports::Ports;
use super::settings::settings;
use super::{broken, done, origin, signer, ticket};
use crate::app::authorize::{Authority, require_calm};
use crate::app::ports::RateLimit;
use crate::auth::caller::Caller;
use crate::auth::ids::Visitor;
use crate::config::settings::Settings;
use crate::http::origin::Origin;
use crate::http::request_head::tests::text_with;
use crate::http::request_head::{Header, RequestHead};
use crate::run::dedup::Fingerprint;

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

/// A request's head, with the authority that judges it.
fn judge<T>(
    settings: &Settings,
    headers: &[(Header, &str)],
    f: impl FnOnce(&Authority<'_>, &RequestHead<'_>) -> T,
) -> T {
    let text = text_with("", headers);
    let head = RequestHead::parse(&text);
    let page = settings.shops.page_origin(head.header(Header::Origin), &origin());
    let (signer, own_origin) = (&signer(), &origin());
    f(&Authority { settings, signer, own_origin, page: &page }, &head)
}

/// The caller, the address's name, and whether a token was made; or the private reason.
fn authorize(
    ports: &Ports,
    settings: &Settings,
    headers: &[(Header, &str)],
) -> Result<(Caller, Option<String>, bool), String> {
    judge(settings, headers, |authority, head| {
        let context = done(authority.authorize(ports, head));
        let context = context.map_err(|problem| problem.to_string())?;
        assert_eq!(context.shop.key.as_str(), "FASHN_API_KEY");
        Ok((context.caller, context.address, context.token.is_some()))
    })
}

/// Whether a challenge was asked for, and passed; or the private reason.
fn pass(
    ports: &Ports,
    settings: &Settings,
    headers: &[(Header, &str)],
    caller: &Caller,
) -> Result<bool, String> {
    judge(settings, headers, |authority, head| {
        let challenge = authority.challenge(head, caller).map_err(|error| error.to_string())?;
        let Some(challenge) = challenge else { return Ok(false) };
        let (visitor, run) = (Visitor("visitor".to_owned()), Fingerprint("run".to_owned()));
        let passed = done(authority.require_passed(ports, challenge, head, &visitor, &run));
        passed.map(|()| true).map_err(|problem| problem.to_string())
    })
}

fn shopper() -> Caller {
    Caller::Storefront(Origin::parse("https://shop.example").expect("an origin"))
}

#[test]
fn a_shopper_is_counted_by_address_and_by_visitor() {
    let ports = Ports::new();
    ports.limits.will_answer([true, true]);
    let (caller, address, has_token) = authorize(&ports, &shop(&[]), &[PAGE]).expect("authorized");
    assert_eq!(caller, shopper());
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
        let refused = authorize(&ports, &shop(&[]), &[PAGE]).expect_err("refused");
        assert_eq!(refused, "too many requests of a visitor or an address");
        assert_eq!(ports.limits.asked().len(), calls);
    }
    let authorized = authorize(&Ports::new(), &with_challenge(), &[STAFF]);
    assert_eq!(authorized, Ok((Caller::Staff, None, false)));
}

#[test]
fn a_shopper_must_have_passed_a_challenge_where_one_is_set() {
    for (headers, answer, expected) in [
        (&[CHALLENGE][..], Some(Ok(PASSED.to_vec())), Ok(true)),
        (&[CHALLENGE], Some(Ok(b"{}".to_vec())), Err("says no")),
        (&[CHALLENGE], Some(Err(broken())), Err("gave no answer: broken")),
        (&[], None, Err("no token")),
    ] {
        let ports = Ports::new();
        ports.challenges.will_answer(answer);
        match (pass(&ports, &with_challenge(), headers, &shopper()), expected) {
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{reason}"),
            (passed, expected) => assert_eq!(passed, expected.map_err(str::to_owned)),
        }
    }
    assert_eq!(pass(&Ports::new(), &shop(&[]), &[], &shopper()), Ok(false));
    assert_eq!(pass(&Ports::new(), &with_challenge(), &[], &Caller::Staff), Ok(false));
}

#[test]
fn a_repeat_asks_about_its_challenge_with_the_same_key() {
    let repeat = [CHALLENGE, (Header::IdempotencyKey, "order-1-of-a-shopper")];
    let ports = Ports::new();
    ports.challenges.will_answer([Ok(PASSED.to_vec()), Ok(PASSED.to_vec())]);
    for _ in 0..2 {
        assert_eq!(pass(&ports, &with_challenge(), &repeat, &shopper()), Ok(true));
    }
    let [first, again] = &ports.challenges.asked()[..] else { panic!("asked twice") };
    assert_eq!(first, again);
}

#[test]
fn without_randomness_no_challenge_is_asked_about() {
    let ports = Ports::new();
    ports.has_no_randomness.set(true);
    let refused = pass(&ports, &with_challenge(), &[CHALLENGE], &shopper());
    assert_eq!(refused, Err("overloaded: broken: the connection was cut".to_owned()));
}

#[test]
fn requests_for_one_run_are_counted_by_their_kind_and_its_name() {
    for (kind, is_calm) in [("status", true), ("output", false), ("delete", false)] {
        let ports = Ports::new();
        ports.limits.will_answer([is_calm]);
        assert_eq!(done(require_calm(&ports, kind, &ticket(1))).is_ok(), is_calm);
        let key = format!("{kind}/{}", ticket(1).name());
        assert_eq!(ports.limits.asked(), [(RateLimit::Lookup, key)]);
    }
}

#[test]
fn a_caller_that_is_not_known_is_counted_nowhere() {
    for headers in [&[][..], &[(Header::Origin, "https://elsewhere.example")]] {
        authorize(&Ports::new(), &shop(&[]), headers).expect_err("refused");
    }
}

#[test]
fn what_is_for_staff_refuses_all_others() {
    let settings = shop(&[]);
    for (headers, is_staff) in [(&[STAFF][..], true), (&[PAGE], false), (&[], false)] {
        let passes = judge(&settings, headers, |authority, head| {
            authority.require_staff(head, super::NOON).is_ok()
        });
        assert_eq!(passes, is_staff);
    }
}
