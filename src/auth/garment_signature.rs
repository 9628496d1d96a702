//! Garments that the merchant signed. With `GARMENT_SECRET` set, a shopper's run takes only product pictures that the
//! shop has put on a page itself: the merchant's server, a Liquid template or any backend, writes beside each address
//!
//! ```text
//! garment_signature = hex(HMAC-SHA256(GARMENT_SECRET, "fitting-room/garment:" ‖ address))
//! ```
//!
//! and the page sends it beside `inputs`. The address counts letter by letter as it is sent, before anything is made of it.
//! Nothing is looked up at the shop: the gateway fetches no address.
//!
//! A signature says that the shop shows this picture, to everybody and until its secret is changed, so whoever has seen
//! it may send it. Another shop's secret, or another purpose of the same one, makes another signature.

use fashn::image::{Image, ImageRule, Role};
use subtle::ConstantTimeEq as _;

use crate::auth::caller::Caller;
use crate::auth::secret::Secret;
use crate::auth::shopify::{hex, mac};
use crate::config::limits;
use crate::config::shops::Shop;

/// The default shop's secret; another shop's has a name that begins so.
pub const SECRET: &str = "GARMENT_SECRET";

/// What stands behind a secret's name in that of the one before it.
pub const PREVIOUS: &str = "_PREVIOUS";

/// What stands before the address in what is signed, so that no other signature of the same secret passes for one.
const PURPOSE: &str = "fitting-room/garment:";

/// HMAC-SHA256 in hexadecimal digits.
const SIGNATURE_CHARS: usize = 64;

/// What a shop signs its garments with.
#[derive(Debug)]
pub struct GarmentKeys {
    current: Secret,
    previous: Option<Secret>,
}

impl GarmentKeys {
    /// The secret, and the one before it while pages that it signed are still about.
    #[must_use]
    pub fn new(current: Secret, previous: Option<Secret>) -> Self {
        Self { current, previous }
    }

    /// Whether the shop signed this very address. Compares in constant time; digits may be small or capital.
    #[must_use]
    pub fn signed(&self, address: &str, signature: &str) -> bool {
        if signature.len() != SIGNATURE_CHARS || address.len() > limits::SIGNED_ADDRESS_BYTES_MAX {
            return false;
        }
        let told = signature.to_ascii_lowercase();
        let message = [PURPOSE, address].concat();
        for secret in [Some(&self.current), self.previous.as_ref()] {
            let mac = secret.and_then(|secret| mac(secret, message.as_bytes()));
            if mac.is_some_and(|mac| hex(&mac).as_bytes().ct_eq(told.as_bytes()).into()) {
                return true;
            }
        }
        false
    }
}

/// The keys by which a caller's garments must be signed, if they must: of a shopper, by the shop's choice. Staff choose
/// what they like.
#[must_use]
pub fn required<'s>(caller: &Caller, shop: &'s Shop) -> Option<&'s GarmentKeys> {
    match caller {
        Caller::Staff => None,
        Caller::Storefront(_) | Caller::Shopify(_) => shop.garments.as_deref(),
    }
}

/// The rule for the pictures of a run whose garments must be signed: product pictures by the signature, and then, as all
/// others, by the rule that holds anyway.
pub struct SignedGarments<'r> {
    /// By which keys.
    pub keys: &'r GarmentKeys,
    /// What stood beside the inputs as `garment_signature`.
    pub signature: Option<&'r str>,
    /// The rule that holds anyway.
    pub pictures: &'r dyn ImageRule,
}

impl ImageRule for SignedGarments<'_> {
    fn accept<'a>(&self, role: Role, image: Image<'a>) -> Result<Image<'a>, String> {
        match role {
            Role::Product => self.judge(&image)?,
            // No page of the shop's shows a photograph, a mask or a background before it is sent.
            Role::Person | Role::Reference => {}
        }
        self.pictures.accept(role, image)
    }
}

impl SignedGarments<'_> {
    fn judge(&self, image: &Image<'_>) -> Result<(), &'static str> {
        let Image::Url(address) = image else {
            return Err(
                "must be the address of a picture that the shop has signed, not the picture itself",
            );
        };
        let signature = self.signature.ok_or(
            "must come with the shop's signature: send it as garment_signature, beside inputs",
        )?;
        if self.keys.signed(address, signature) {
            Ok(())
        } else {
            Err(
                "is not the address that garment_signature was made for: sign it exactly as it is sent",
            )
        }
    }
}

#[cfg(test)]
mod tests;
