//! Why a request isn't let through.

use thiserror::Error;

use crate::auth::access::AccessError;
use crate::auth::shopify::SignatureError;
use crate::auth::turnstile::ChallengeError;

/// The caller isn't known, or may not do this.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthError {
    #[error("no caller: neither an Origin header nor a bearer token")]
    NoCaller,
    #[error("the bearer token is not the staff token")]
    WrongToken,
    #[error("for staff only")]
    StaffOnly,
    #[error("Cloudflare Access: {0}")]
    Access(AccessError),
    /// Access knows the person, and no role has the address.
    #[error("no role has this email address")]
    NoRole,
    #[error("for owners only")]
    OwnersOnly,
    #[error("of another shop")]
    OtherShop,
    /// What belongs to an account that several shops share.
    #[error("of an account that other shops share")]
    SharedAccount,
    /// A request below an app proxy's prefix, and no Shopify app is set up.
    #[error("SHOPIFY_SECRET is not set")]
    NoProxy,
    /// A request below an app proxy's prefix, or a webhook, that Shopify didn't sign.
    #[error("not signed by Shopify: {0}")]
    NotShopify(#[from] SignatureError),
    /// An order that no shop's secret signed, or that is stale.
    #[error("not signed with a secret for orders, or too long ago")]
    NotSigned,
    #[error("the origin is not allowed")]
    OriginNotAllowed,
    /// The merchant requires a challenge, and it wasn't passed.
    #[error("challenge: {0}")]
    Challenge(#[from] ChallengeError),
}
