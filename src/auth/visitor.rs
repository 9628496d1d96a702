//! Who a shopper is, for counting alone: a pseudonym that lasts a UTC day, as the budgets do.
//!
//! A shopper's request is counted under the first of these that it has:
//!
//! 1. the customer that a Shopify shop has signed in, out of the verified query;
//! 2. the visitor token that an earlier answer gave (`x-visitor`): it holds on to its pseudonym wherever the device
//!    moves, and the page keeps it in its own storage, so no cookie is needed;
//! 3. its address, on one of [`SEATS`] seats: which one goes by the browser's kind and language, so that a request that is
//!    sent again before any token came is still the same visitor's. The token in the answer is for that very seat.
//!
//! **Throwing tokens away gains nothing.** A token is minted out of the address that asks, not out of randomness: an
//! address can be that many visitors in a day and no more, however many tokens it collects or drops, and each of them
//! has a visitor's budget. One seat would let a whole office, or everybody behind a mobile carrier's address, share one
//! shopper's budget; without a bound an address would have as many budgets as it asks for tokens. An IPv6 address
//! counts by its first 64 bits, as every household has all the others. What many addresses do is bounded by the shop's
//! day budget.
//!
//! ```text
//! pseudonym = HMAC-SHA256(secret, "visitor" ‖ 0 ‖ day ‖ kind ‖ …)[..16]      day = days since 1970, 4 bytes
//! token     = base64url(day ‖ pseudonym ‖ HMAC-SHA256(secret, "token" ‖ 0 ‖ day ‖ pseudonym)[..16])   48 characters
//! ```
//!
//! Neither says anything of an address or a customer to whoever lacks the secret, and tomorrow's can't be linked to
//! today's.

use std::fmt;

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use url::Host;

use crate::auth::caller::Caller;
use crate::auth::ids::{MAC_BYTES, Purpose, Signer};
use crate::dispatcher::Visitor;

/// The header that carries a visitor token, both ways.
pub const HEADER: &str = "x-visitor";

/// Visitors that one address can be in a day.
pub const SEATS: u8 = 4;

const DAY_MS: u64 = 24 * 3_600_000;
const DAY_BYTES: usize = 4;

/// What of a request tells which visitor it is. Foreign text, all but the caller.
#[derive(Clone, Copy)]
pub struct Traits<'h> {
    /// Who asks.
    pub caller: &'h Caller,
    /// The request's `x-visitor`.
    pub token: Option<&'h str>,
    /// `cf-connecting-ip`: the address that Cloudflare saw.
    pub connecting_address: Option<&'h str>,
    /// `x-forwarded-for`: through Shopify's proxy the shopper's address is first in it.
    pub forwarded_for: Option<&'h str>,
    /// `user-agent`
    pub user_agent: Option<&'h str>,
    /// `accept-language`
    pub language: Option<&'h str>,
}

/// A visitor, and what to tell them.
#[derive(PartialEq, Eq)]
pub struct Greeting {
    /// Under whom the request is counted.
    pub visitor: Visitor,
    /// Under what all requests of the address are counted; staff's are not.
    pub address: Option<String>,
    /// For the answer's `x-visitor`, where the request had no token that still holds.
    pub token: Option<String>,
}

impl fmt::Debug for Greeting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[visitor]")
    }
}

/// Tells which visitor asks.
#[must_use]
pub fn greet(traits: Traits<'_>, signer: &Signer, now_ms: u64) -> Greeting {
    let today = u32::try_from(now_ms / DAY_MS)
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let (customer, address) = match traits.caller {
        Caller::Staff => {
            return Greeting {
                visitor: Visitor("staff".to_owned()),
                address: None,
                token: None,
            };
        }
        Caller::Storefront(_) => (None, traits.connecting_address),
        Caller::Shopify(proxied) => (
            proxied
                .customer
                .as_deref()
                .map(|customer| (proxied.shop.as_str(), customer)),
            traits
                .forwarded_for
                .and_then(|list| list.split(',').next())
                .or(traits.connecting_address),
        ),
    };
    let place = place(address.unwrap_or_default().trim());
    let pseudonym = |kind: &[u8], text: &[u8]| {
        signer.mac_of(
            Purpose::Visitor,
            &[today.as_slice(), kind, &[0], text].concat(),
        )
    };
    let address = Some(name(&pseudonym(b"address", &place)));
    if let Some((shop, customer)) = customer {
        let whole = [shop, "\0", customer].concat();
        return Greeting {
            visitor: Visitor(name(&pseudonym(b"customer", whole.as_bytes()))),
            address,
            token: None,
        };
    }
    if let Some(known) = traits.token.and_then(|token| read(token, signer, today)) {
        return Greeting {
            visitor: Visitor(name(&known)),
            address,
            token: None,
        };
    }
    let device = [
        traits.user_agent.unwrap_or_default(),
        traits.language.unwrap_or_default(),
    ]
    .join("\0");
    let [number, ..] = pseudonym(b"device", device.as_bytes());
    let seat = pseudonym(b"seat", &[&[number % SEATS], place.as_slice()].concat());
    Greeting {
        visitor: Visitor(name(&seat)),
        address,
        token: Some(mint(&seat, signer, today)),
    }
}

type Pseudonym = [u8; MAC_BYTES];

fn name(pseudonym: &Pseudonym) -> String {
    BASE64URL.encode_to_string(pseudonym)
}

fn mint(pseudonym: &Pseudonym, signer: &Signer, today: [u8; DAY_BYTES]) -> String {
    let claim = [today.as_slice(), pseudonym].concat();
    let mac = signer.mac_of(Purpose::VisitorToken, &claim);
    BASE64URL.encode_to_string([claim.as_slice(), &mac].concat())
}

fn read(token: &str, signer: &Signer, today: [u8; DAY_BYTES]) -> Option<Pseudonym> {
    const BYTES: usize = DAY_BYTES + MAC_BYTES + MAC_BYTES;
    let bytes = BASE64URL.decode_to_vec(token).ok()?;
    let bytes: [u8; BYTES] = bytes.try_into().ok()?;
    let (claim, mac) = bytes.split_at(DAY_BYTES + MAC_BYTES);
    let (day, pseudonym) = claim.split_at(DAY_BYTES);
    if day != today || !signer.knows(Purpose::VisitorToken, claim, mac) {
        return None;
    }
    pseudonym.try_into().ok()
}

/// What of an address counts. Text that is no address counts as one place: nobody gains by it.
fn place(address: &str) -> Vec<u8> {
    // The URL parser reads it, as it is in the bundle anyway.
    let host = if !address.is_ascii() {
        return Vec::new();
    } else if address.contains(':') {
        Host::parse(&["[", address, "]"].concat())
    } else {
        Host::parse(address)
    };
    match host {
        Ok(Host::Ipv4(address)) => address.octets().to_vec(),
        Ok(Host::Ipv6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.octets().to_vec(),
            None => address.octets().into_iter().take(8).collect(),
        },
        Ok(Host::Domain(_)) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::secret::Secret;
    use crate::auth::shopify::{Proxied, ShopDomain};
    use crate::http::origin::Origin;
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

    fn from<'h>(caller: &'h Caller, token: Option<&'h str>, address: &'h str) -> Traits<'h> {
        Traits {
            caller,
            token,
            connecting_address: Some(address),
            forwarded_for: None,
            user_agent: Some("a browser"),
            language: None,
        }
    }

    #[test]
    fn a_token_is_pinned_and_holds_on_to_its_visitor_at_another_address() {
        let signer = signer("secret");
        let page = page();
        let first = greet(from(&page, None, "203.0.113.7"), &signer, NOON);
        let token = first.token.expect("a token");
        insta::assert_snapshot!(token, @"AABPvbWoi6dp5PR_ndJrK49_ekd2rh-0hdg8pT37_0x9eqW8");
        let again = greet(from(&page, Some(&token), "198.51.100.1"), &signer, NOON);
        assert_eq!(again.visitor, first.visitor);
        assert_eq!(again.token, None);
        assert_ne!(again.address, first.address);
    }

    #[test]
    fn an_address_is_as_many_visitors_as_it_has_seats_whatever_it_throws_away() {
        let signer = signer("secret");
        let page = page();
        let met: BTreeSet<_> = (0..200)
            .map(|number| {
                let kind = format!("browser {number}");
                let traits = Traits {
                    user_agent: Some(&kind),
                    ..from(&page, None, "203.0.113.7")
                };
                greet(traits, &signer, NOON).visitor
            })
            .collect();
        assert_eq!(met.len(), usize::from(SEATS));
        for address in ["203.0.113.7 ", "::ffff:203.0.113.7", "::ffff:cb00:7107"] {
            let other = greet(from(&page, None, address), &signer, NOON);
            assert!(met.contains(&other.visitor), "{address}");
        }
    }

    #[test]
    fn an_ipv6_household_is_one_address() {
        let signer = signer("secret");
        let page = page();
        let at = |address| greet(from(&page, None, address), &signer, NOON).address;
        assert_eq!(
            at("2001:db8:1:2::1"),
            at("2001:db8:1:2:ffff:ffff:ffff:ffff")
        );
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
    }

    #[test]
    fn what_is_no_address_is_one_place() {
        let signer = signer("secret");
        let page = page();
        let at = |address| greet(from(&page, None, address), &signer, NOON).visitor;
        for nonsense in ["x", "203.0.113.7.8", "203.0.113.7:80", "'; drop"] {
            assert_eq!(at(""), at(nonsense), "{nonsense}");
        }
    }

    #[test]
    fn a_token_that_is_forged_or_yesterday_s_counts_as_none() {
        let signer = signer("secret");
        let page = page();
        let greeted = greet(from(&page, None, "203.0.113.7"), &signer, NOON);
        let token = greeted.token.expect("a token");
        let elsewhere =
            |token: &str, now_ms| greet(from(&page, Some(token), "192.0.2.1"), &signer, now_ms);
        assert!(elsewhere(&token, MIDNIGHT - 1).token.is_none());
        assert!(elsewhere(&token, MIDNIGHT).token.is_some());
        assert!(elsewhere("", NOON).token.is_some());
        let id = signer.id(&crate::auth::ids::Ticket::mint(NOON, [1; 12]));
        assert!(elsewhere(id.as_str(), NOON).token.is_some());
        let other = greet(
            from(&page, Some(&token), "192.0.2.1"),
            &self::signer("other"),
            NOON,
        );
        assert!(other.token.is_some());
    }

    #[test]
    fn after_the_secret_was_changed_the_previous_one_s_tokens_still_hold() {
        let page = page();
        let old = greet(from(&page, None, "203.0.113.7"), &signer("old"), NOON);
        let rotated = signer("new")
            .also_knowing(&Secret::new("old".into()))
            .expect("a key");
        let token = old.token.expect("a token");
        let now = greet(from(&page, Some(&token), "192.0.2.1"), &rotated, NOON);
        assert_eq!((now.visitor, now.token), (old.visitor, None));
    }

    #[test]
    fn a_signed_in_customer_is_one_visitor_wherever_they_are() {
        let signer = signer("secret");
        let (one, other, nobody) = (shop(Some("1")), shop(Some("2")), shop(None));
        let who = |caller, address| greet(from(caller, None, address), &signer, NOON);
        assert_eq!(
            who(&one, "203.0.113.7").visitor,
            who(&one, "192.0.2.1").visitor
        );
        assert_ne!(
            who(&one, "203.0.113.7").visitor,
            who(&other, "203.0.113.7").visitor
        );
        assert_eq!(who(&one, "203.0.113.7").token, None);
        assert!(who(&nobody, "203.0.113.7").token.is_some());
    }

    #[test]
    fn behind_shopify_s_proxy_the_shopper_s_address_is_the_forwarded_one_and_elsewhere_it_says_nothing()
     {
        let signer = signer("secret");
        let greeted = |caller: &Caller, forwarded_for| {
            let traits = Traits {
                caller,
                token: None,
                connecting_address: Some("192.0.2.1"),
                forwarded_for,
                user_agent: None,
                language: None,
            };
            greet(traits, &signer, NOON).address
        };
        let (page, shop) = (page(), shop(None));
        assert_ne!(
            greeted(&shop, Some("203.0.113.7, 192.0.2.9")),
            greeted(&shop, None)
        );
        assert_eq!(
            greeted(&shop, Some("203.0.113.7, 192.0.2.9")),
            greeted(&shop, Some("203.0.113.7"))
        );
        assert_eq!(greeted(&page, Some("203.0.113.7")), greeted(&page, None));
    }

    #[test]
    fn staff_are_one_visitor_and_get_no_token() {
        let greeted = greet(
            from(&Caller::Staff, None, "203.0.113.7"),
            &signer("secret"),
            NOON,
        );
        assert_eq!(greeted.visitor, Visitor("staff".into()));
        assert_eq!((greeted.address, greeted.token), (None, None));
    }

    proptest! {
        #[test]
        fn one_changed_character_is_a_forgery(at in 0_usize..48, to in "[A-Za-z0-9_-]") {
            let (signer, page) = (signer("secret"), page());
            let token = greet(from(&page, None, "203.0.113.7"), &signer, NOON).token.expect("a token");
            let mut forged = token.clone();
            forged.replace_range(at..=at, &to);
            prop_assume!(forged != token);
            prop_assert!(greet(from(&page, Some(&forged), "192.0.2.1"), &signer, NOON).token.is_some());
        }

        #[test]
        fn no_text_breaks_it(token in ".*", address in ".*") {
            let page = page();
            prop_assert!(greet(from(&page, Some(&token), &address), &signer("secret"), NOON).token.is_some());
        }
    }
}
