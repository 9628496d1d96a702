//! The visitor that a request counts for: a pseudonym that lasts a UTC day, as the budgets do.
//!
//! A shopper's request is counted under the first of these that it has:
//!
//! 1. the customer that a Shopify shop has signed in, out of the verified query;
//! 2. the visitor token that an earlier answer gave (`x-visitor`): it keeps its pseudonym when the
//!    device moves to another network, and the page keeps it in its own storage, so no cookie is
//!    needed;
//! 3. its address, in one of [`BUCKETS`] buckets. The browser's kind and language select it, so
//!    that a request that is sent again before any token came is still the same visitor's. The
//!    token in the answer is for that very bucket.
//!
//! **Throwing tokens away gains nothing.** A token is minted from the address, not from randomness:
//! an address can be that many visitors in a day, however many tokens it collects or drops. With
//! one bucket a whole office, or all customers of a mobile carrier's address, would share one
//! shopper's budget; without a bound an address would have as many budgets as it asks for tokens.
//! An IPv6 address counts by its first 64 bits, as a household has all the others, and the tries of
//! its /56 and its /48 are counted too.
//!
//! ```text
//! day       = days since 1970                                                      4 bytes
//! pseudonym = HMAC-SHA256(secret, "visitor" ‖ 0 ‖ day ‖ kind ‖ …)[..16]
//! mac       = HMAC-SHA256(secret, "token" ‖ 0 ‖ day ‖ pseudonym)[..16]
//! token     = base64url(day ‖ pseudonym ‖ mac)                                     48 characters
//! ```
//!
//! Without the secret neither tells anything of an address or a customer, and tomorrow's can't be
//! linked to today's.

use base64_simd::URL_SAFE_NO_PAD as BASE64URL;
use url::Host;

use crate::auth::caller::Caller;
use crate::auth::ids::{MAC_BYTES, Purpose, Signer, Visitor};
use crate::http::request_head::{Header, RequestHead};

/// Visitors that one address can be in a day.
pub const BUCKETS: u8 = 4;

/// An IPv6 /64 counts as one address.
const IPV6_NETWORK_BYTES: usize = 8;

/// A provider often gives a customer a /56, a company a /48, and each of these has many /64.
const WIDER_NETWORK_BYTES: [usize; 2] = [7, 6];

const DAY_MS: u64 = 24 * 3_600_000;
const DAY_BYTES: usize = 4;

pub struct VisitorIdentity {
    /// The name under which the request is counted.
    pub visitor: Visitor,
    /// The name under which all requests of the address are counted; staff have none.
    pub address: Option<String>,
    /// Names of the wider networks of an IPv6 address, the narrowest first: its /56 and /48.
    pub networks: Vec<Visitor>,
    /// For the answer's `x-visitor`, unless the request had a valid token.
    pub token: Option<String>,
}

/// Tells the visitor of a request. All but the caller is untrusted text.
pub fn identify_visitor(
    head: &RequestHead<'_>,
    caller: &Caller,
    signer: &Signer,
    now_ms: u64,
) -> VisitorIdentity {
    let today = u32::try_from(now_ms / DAY_MS).unwrap_or(u32::MAX).to_be_bytes();
    // The address that Cloudflare saw.
    let connecting = head.header(Header::ConnectingAddress);
    let (customer, address) = match caller {
        Caller::Staff => {
            let visitor = Visitor("staff".to_owned());
            return VisitorIdentity { visitor, address: None, networks: Vec::new(), token: None };
        }
        Caller::Storefront(_) => (None, connecting),
        Caller::Shopify(proxied) => {
            // Through Shopify's proxy the shopper's address is first in the list.
            let forwarded = head.header(Header::ForwardedFor);
            let forwarded = forwarded.and_then(|list| list.split(',').next());
            let customer = proxied.customer.as_deref();
            (customer.map(|customer| (&proxied.shop, customer)), forwarded.or(connecting))
        }
    };
    let network = network(address.unwrap_or_default().trim());
    let pseudonym = |kind: &[u8], text: &[u8]| {
        signer.mac_of(Purpose::Visitor, &[today.as_slice(), kind, &[0], text].concat())
    };
    let known = match customer {
        Some((shop, customer)) => {
            let whole = [shop.as_str(), "\0", customer].concat();
            Some(pseudonym(b"customer", whole.as_bytes()))
        }
        None => head.header(Header::Visitor).and_then(|token| read(token, signer, today)),
    };
    let (counted, token) = known.map_or_else(
        || {
            let device = [Header::UserAgent, Header::AcceptLanguage]
                .map(|header| head.header(header).unwrap_or_default());
            let [number, ..] = pseudonym(b"device", device.join("\0").as_bytes());
            let number = number % BUCKETS;
            let bucket = pseudonym(b"bucket", &[&[number], network.as_slice()].concat());
            (bucket, Some(mint(&bucket, signer, today)))
        },
        |known| (known, None),
    );
    let wider = WIDER_NETWORK_BYTES
        .into_iter()
        .filter_map(|bytes| (network.len() == IPV6_NETWORK_BYTES).then(|| network.get(..bytes))?);
    VisitorIdentity {
        visitor: Visitor(BASE64URL.encode_to_string(counted)),
        address: Some(BASE64URL.encode_to_string(pseudonym(b"address", &network))),
        networks: wider
            .map(|network| Visitor(BASE64URL.encode_to_string(pseudonym(b"network", network))))
            .collect(),
        token,
    }
}

type Pseudonym = [u8; MAC_BYTES];

fn mint(pseudonym: &Pseudonym, signer: &Signer, today: [u8; DAY_BYTES]) -> String {
    let claim = [today.as_slice(), pseudonym].concat();
    let mac = signer.mac_of(Purpose::VisitorToken, &claim);
    BASE64URL.encode_to_string([claim.as_slice(), &mac].concat())
}

fn read(token: &str, signer: &Signer, today: [u8; DAY_BYTES]) -> Option<Pseudonym> {
    let bytes = BASE64URL.decode_to_vec(token).ok()?;
    let (claim, mac) = bytes.split_at_checked(DAY_BYTES + MAC_BYTES)?;
    let pseudonym = claim.strip_prefix(&today)?;
    signer.knows(Purpose::VisitorToken, claim, mac).then(|| pseudonym.try_into().ok())?
}

/// The part of an address that counts. All text that isn't an address counts as one network, so
/// sending such text gains nothing.
fn network(address: &str) -> Vec<u8> {
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
            None => address.octets().into_iter().take(IPV6_NETWORK_BYTES).collect(),
        },
        Ok(Host::Domain(_)) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
