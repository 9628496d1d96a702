//! Tells the caller of a request: a page of an allowed origin, a Shopify shop's page through its
//! app proxy, or staff.

use crate::auth::access::Access;
use crate::auth::caller::{Caller, PageOrigin};
use crate::auth::error::AuthError;
use crate::auth::roles::{Operator, Proof, Role};
use crate::auth::secret::Secret;
use crate::auth::shopify::{self, ShopDomain};
use crate::http::request_head::{Header, RequestHead};
use crate::http::route::below_proxy;

#[derive(Debug, Clone)]
pub struct CallerSecrets {
    /// The staff token and the previous one. Without any there is no staff.
    pub staff_tokens: Vec<Secret>,
    /// The Shopify app's client secret and the previous one; without any nothing comes through an
    /// app proxy.
    pub shopify: Vec<Secret>,
    /// Those of shops with an app of their own.
    pub shopify_of: Vec<(ShopDomain, Secret)>,
    /// Further staff, for the staff API alone.
    pub roles: Vec<Role>,
    pub access: Option<Access>,
}

impl CallerSecrets {
    /// Compares in constant time.
    pub fn is_staff(&self, token: &str) -> bool {
        self.staff_tokens.iter().any(|secret| secret.matches(token))
    }

    /// The secrets of the app that a shop has installed. What names the shop isn't verified yet:
    /// the signature is, by one of these.
    pub fn shopify_of(&self, domain: Option<&str>) -> Result<Vec<&Secret>, AuthError> {
        let own = self.shopify_of.iter().filter(|(shop, _)| Some(shop.as_str()) == domain);
        let mut secrets: Vec<_> = own.map(|(_, secret)| secret).collect();
        if secrets.is_empty() {
            secrets.extend(&self.shopify);
        }
        if secrets.is_empty() { Err(AuthError::NoProxy) } else { Ok(secrets) }
    }

    pub fn operator_of_token(&self, token: &str) -> Option<Operator> {
        if self.is_staff(token) {
            return Some(Operator::owner());
        }
        self.operator(|proof| matches!(proof, Proof::Token(secret) if secret.matches(token)))
    }

    /// By an address that is verified. Its letters' case doesn't matter.
    pub fn operator_of_email(&self, email: &str) -> Option<Operator> {
        self.operator(
            |proof| matches!(proof, Proof::Email(known) if known.eq_ignore_ascii_case(email)),
        )
    }

    fn operator(&self, is_proved: impl Fn(&Proof) -> bool) -> Option<Operator> {
        let role = self.roles.iter().find(|role| is_proved(&role.proof));
        role.map(|role| role.operator.clone())
    }
}

/// Tells the caller. Shopify's signature counts first, then a bearer token, then the page: a wrong
/// one of these isn't made good by the next. A path below an app proxy's prefix and a `signature`
/// in the query both claim Shopify's signature, and are held to it.
pub fn authenticate(
    head: &RequestHead<'_>,
    page: &PageOrigin,
    secrets: &CallerSecrets,
    now_ms: u64,
) -> Result<Caller, AuthError> {
    let query = head.query.unwrap_or_default();
    let is_proxied = below_proxy(head.path).is_some()
        || url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "signature");
    if is_proxied {
        let mut fields = url::form_urlencoded::parse(query.as_bytes());
        let shop = fields.find(|(name, _)| name == "shop").map(|(_, shop)| shop);
        let secrets = secrets.shopify_of(shop.as_deref())?;
        return Ok(Caller::Shopify(shopify::verify_proxied(query, &secrets, now_ms)?));
    }
    // An SDK's `api_key` comes in it.
    if let Some(authorization) = head.header(Header::Authorization) {
        let is_staff = bearer(authorization).is_some_and(|token| secrets.is_staff(token));
        return if is_staff { Ok(Caller::Staff) } else { Err(AuthError::WrongToken) };
    }
    match page {
        PageOrigin::Allowed(origin) => Ok(Caller::Storefront(origin.clone())),
        PageOrigin::NotAllowed => Err(AuthError::OriginNotAllowed),
        PageOrigin::Absent => Err(AuthError::NoCaller),
    }
}

pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests;
