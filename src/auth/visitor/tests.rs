use super::*;
use crate::auth::ids::{AccountId, Ticket};
use crate::auth::secret::Secret;
use crate::auth::shopify::{Proxied, ShopDomain};
use crate::http::origin::Origin;
use crate::http::request_head::tests::text_with;
use proptest::prelude::*;
use std::collections::BTreeSet;

const NOON: u64 = 1_763_726_400_000;
const MIDNIGHT: u64 = NOON + 12 * 3_600_000;

fn signer(secret: &str) -> Signer {
    Signer::new(&Secret::new(secret.into())).expect("any key is taken")
}

fn page() -> Caller {
    Caller::Storefront(Origin::parse("https://shop.example").expect("an origin"))
}

fn shop(customer: Option<&str>) -> Caller {
    Caller::Shopify(Proxied {
        shop: ShopDomain::parse("a.myshopify.com").expect("a shop"),
        customer: customer.map(str::to_owned),
    })
}

/// The visitor of a request with these headers.
fn identify(
    caller: &Caller,
    headers: &[(Header, &str)],
    signer: &Signer,
    now_ms: u64,
) -> VisitorIdentity {
    let text = text_with("", headers);
    identify_visitor(&RequestHead::parse(&text), caller, signer, now_ms)
}

/// The visitor of a browser's request from this address.
fn identify_at(
    caller: &Caller,
    token: Option<&str>,
    address: &str,
    signer: &Signer,
    now_ms: u64,
) -> VisitorIdentity {
    let mut headers = vec![(Header::ConnectingAddress, address), (Header::UserAgent, "a browser")];
    headers.extend(token.map(|token| (Header::Visitor, token)));
    identify(caller, &headers, signer, now_ms)
}

#[test]
fn a_token_is_pinned_and_holds_on_to_its_visitor_at_another_address() {
    let signer = signer("secret");
    let page = page();
    let first = identify_at(&page, None, "203.0.113.7", &signer, NOON);
    let token = first.token.expect("a token");
    insta::assert_snapshot!(token, @"AABPvYCl3ZUhsrvLu-Q0ojO3GcTLQvSde85_V6rmBn8ZHVkC");
    let again = identify_at(&page, Some(&token), "198.51.100.1", &signer, NOON);
    assert_eq!(again.visitor, first.visitor);
    assert_eq!(again.token, None);
    assert_ne!(again.address, first.address);
}

#[test]
fn an_address_is_as_many_visitors_as_it_has_buckets_whatever_it_throws_away() {
    let signer = signer("secret");
    let page = page();
    let met: BTreeSet<_> = (0..200)
        .map(|number| {
            let kind = format!("browser {number}");
            let headers = [(Header::ConnectingAddress, "203.0.113.7"), (Header::UserAgent, &kind)];
            identify(&page, &headers, &signer, NOON).visitor
        })
        .collect();
    assert_eq!(met.len(), usize::from(BUCKETS));
    for address in ["203.0.113.7 ", "::ffff:203.0.113.7", "::ffff:cb00:7107"] {
        let other = identify_at(&page, None, address, &signer, NOON);
        assert!(met.contains(&other.visitor), "{address}");
    }
}

#[test]
fn an_ipv6_household_is_one_address() {
    let signer = signer("secret");
    let page = page();
    let at = |address| identify_at(&page, None, address, &signer, NOON).address;
    assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
}

#[test]
fn an_ipv6_address_counts_for_its_56_and_its_48_too() {
    let signer = signer("secret");
    let page = page();
    let at = |address| identify_at(&page, None, address, &signer, NOON).networks;
    let [of_56, of_48] = <[_; 2]>::try_from(at("2001:db8:1:200::1")).expect("two");
    assert_eq!(at("2001:db8:1:2ff::9"), [of_56.clone(), of_48.clone()]);
    assert_eq!(at("2001:db8:1:300::1")[1], of_48);
    assert_ne!(at("2001:db8:1:300::1")[0], of_56);
    assert_ne!(at("2001:db8:2:200::1")[1], of_48);
    for address in ["203.0.113.7", "::ffff:203.0.113.7", "nonsense"] {
        assert_eq!(at(address), [], "{address}");
    }
}

#[test]
fn what_is_no_address_is_one_place() {
    let signer = signer("secret");
    let page = page();
    let at = |address| identify_at(&page, None, address, &signer, NOON).visitor;
    for nonsense in ["x", "203.0.113.7.8", "203.0.113.7:80", "'; drop"] {
        assert_eq!(at(""), at(nonsense), "{nonsense}");
    }
}

#[test]
fn a_token_that_is_forged_or_yesterday_s_counts_as_none() {
    let signer = signer("secret");
    let page = page();
    let identified = identify_at(&page, None, "203.0.113.7", &signer, NOON);
    let token = identified.token.expect("a token");
    let elsewhere =
        |token: &str, now_ms| identify_at(&page, Some(token), "192.0.2.1", &signer, now_ms);
    assert!(elsewhere(&token, MIDNIGHT - 1).token.is_none());
    assert!(elsewhere(&token, MIDNIGHT).token.is_some());
    assert!(elsewhere("", NOON).token.is_some());
    let id = signer.id(&Ticket::mint(AccountId::default(), NOON, [1; 11]));
    assert!(elsewhere(id.as_str(), NOON).token.is_some());
    let other = identify_at(&page, Some(&token), "192.0.2.1", &self::signer("other"), NOON);
    assert!(other.token.is_some());
}

#[test]
fn after_the_secret_was_changed_the_previous_one_s_tokens_still_hold() {
    let page = page();
    let old = identify_at(&page, None, "203.0.113.7", &signer("old"), NOON);
    let rotated = signer("new").also_knowing(&Secret::new("old".into())).expect("a key");
    let token = old.token.expect("a token");
    let now = identify_at(&page, Some(&token), "192.0.2.1", &rotated, NOON);
    assert_eq!((now.visitor, now.token), (old.visitor, None));
}

#[test]
fn a_signed_in_customer_is_one_visitor_wherever_they_are() {
    let signer = signer("secret");
    let (one, other, nobody) = (shop(Some("1")), shop(Some("2")), shop(None));
    let of = |caller, address| identify_at(caller, None, address, &signer, NOON);
    assert_eq!(of(&one, "203.0.113.7").visitor, of(&one, "192.0.2.1").visitor);
    assert_ne!(of(&one, "203.0.113.7").visitor, of(&other, "203.0.113.7").visitor);
    assert_eq!(of(&one, "203.0.113.7").token, None);
    assert!(of(&nobody, "203.0.113.7").token.is_some());
}

#[test]
fn behind_shopify_s_proxy_the_shopper_s_address_is_the_forwarded_one_and_elsewhere_it_says_nothing()
{
    let signer = signer("secret");
    let identified = |caller: &Caller, forwarded_for: Option<&str>| {
        let mut headers = vec![(Header::ConnectingAddress, "192.0.2.1")];
        headers.extend(forwarded_for.map(|list| (Header::ForwardedFor, list)));
        identify(caller, &headers, &signer, NOON).address
    };
    let (page, shop) = (page(), shop(None));
    assert_ne!(identified(&shop, Some("203.0.113.7, 192.0.2.9")), identified(&shop, None));
    assert_eq!(
        identified(&shop, Some("203.0.113.7, 192.0.2.9")),
        identified(&shop, Some("203.0.113.7"))
    );
    assert_eq!(identified(&page, Some("203.0.113.7")), identified(&page, None));
}

#[test]
fn staff_are_one_visitor_and_get_no_token() {
    let identified = identify_at(&Caller::Staff, None, "203.0.113.7", &signer("secret"), NOON);
    assert_eq!(identified.visitor, Visitor("staff".into()));
    assert_eq!((identified.address, identified.token), (None, None));
}

proptest! {
    #[test]
    fn one_changed_character_is_a_forgery(at in 0_usize..48, to in "[A-Za-z0-9_-]") {
        let (signer, page) = (signer("secret"), page());
        let token = identify_at(&page, None, "203.0.113.7", &signer, NOON).token.expect("a token");
        let mut forged = token.clone();
        forged.replace_range(at..=at, &to);
        prop_assume!(forged != token);
        prop_assert!(identify_at(&page, Some(&forged), "192.0.2.1", &signer, NOON).token.is_some());
    }

    #[test]
    fn no_text_breaks_it(token in ".*", address in ".*") {
        let page = page();
        prop_assert!(identify_at(&page, Some(&token), &address, &signer("secret"), NOON).token.is_some());
    }
}
