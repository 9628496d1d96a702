//! Garments that the merchant signed. With `GARMENT_SECRET` set, a shopper's run takes only product
//! pictures that the shop has put on a page itself: the merchant's server, a Liquid template or any
//! backend, writes beside each address
//!
//! ```text
//! garment_signature = hex(HMAC-SHA256(GARMENT_SECRET, "fitting-room/garment:" ‖ address))
//! ```
//!
//! and the page sends it beside `inputs`. The address counts letter by letter as it is sent, before
//! anything is made of it. A signature says that the shop shows this picture, to all visitors and
//! until its secret is changed, so any of them may send it.

use fashn::image::{Image, ImageRule, Role};

use crate::auth::crypto::is_mac;
use crate::auth::secret::Secret;

/// The name of the default shop's secret; another shop's begins so.
pub const SECRET: &str = "GARMENT_SECRET";

/// The end of the name of a previous secret.
pub const PREVIOUS: &str = "_PREVIOUS";

/// The longest address with a signature that is checked: each server should take that (RFC 9110,
/// 4.1). A text of megabytes isn't hashed to find that it isn't signed.
const ADDRESS_BYTES_MAX: usize = 8_000;

/// The secrets with which a shop signs its garments: the previous one while pages that it signed
/// are still shown.
#[derive(Debug)]
pub struct GarmentKeys {
    pub current: Secret,
    pub previous: Option<Secret>,
}

impl GarmentKeys {
    /// Whether the shop signed this very address. Compares in constant time; digits may be small or
    /// capital.
    pub fn is_signed(&self, address: &str, signature: &str) -> bool {
        // HMAC-SHA256 in hexadecimal digits.
        if signature.len() != 64 || address.len() > ADDRESS_BYTES_MAX {
            return false;
        }
        let given = signature.to_ascii_lowercase();
        // The purpose comes first, so that no other signature of the same secret passes for one.
        let message = ["fitting-room/garment:", address].concat();
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .any(|secret| is_mac(&given, secret, message.as_bytes()))
    }
}

/// The rule for pictures where garments must be signed: product pictures are judged by
/// the signature first, and then, as all others, by the usual rule.
pub struct SignedGarments<'r> {
    pub keys: &'r GarmentKeys,
    /// The request's `garment_signature`.
    pub signature: Option<&'r str>,
    pub pictures: &'r dyn ImageRule,
}

impl ImageRule for SignedGarments<'_> {
    fn accept<'a>(&self, role: Role, image: Image<'a>) -> Result<Image<'a>, String> {
        match role {
            Role::Product => self.judge(&image)?,
            // A photograph, a mask or a background is on no page of the shop's.
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
        if self.keys.is_signed(address, signature) {
            return Ok(());
        }
        Err("is not the address that garment_signature was made for: sign it exactly as it is sent")
    }
}

#[cfg(test)]
mod tests;
