//! Tells the caller of a request: a page of an allowed origin, a Shopify shop's page through its
//! app proxy, or staff.

use crate::auth::caller::{Caller, PageOrigin};
use crate::auth::error::AuthError;
use crate::auth::secret::Secret;
use crate::auth::shopify;
use crate::http::request_head::{Header, RequestHead};
use crate::http::route::below_proxy;

/// Secrets by which callers prove themselves.
#[derive(Debug, Clone)]
pub struct CallerSecrets {
    /// The staff token and the previous one. Without any there is no staff.
    pub staff_tokens: Vec<Secret>,
    /// The Shopify app's client secret; without it nothing comes through an app proxy.
    pub shopify: Option<Secret>,
}

impl CallerSecrets {
    /// Compares with each token in constant time.
    pub fn is_staff(&self, token: &str) -> bool {
        self.staff_tokens.iter().any(|secret| secret.matches(token))
    }
}

/// The parts of a request that tell its caller.
#[derive(Clone, Copy)]
pub struct Credentials<'h> {
    /// The page; browsers name it on every POST and on every request to another origin.
    pub page: &'h PageOrigin,
    /// The query, if the request claims to come through a Shopify app proxy.
    pub proxied_query: Option<&'h str>,
    /// `Authorization`; an SDK's `api_key` comes in it.
    pub authorization: Option<&'h str>,
}

impl<'h> Credentials<'h> {
    /// Reads a request's head. A path below an app proxy's prefix and a `signature` in the query
    /// both claim Shopify's signature, and are held to it.
    pub fn of(head: &RequestHead<'h>, page: &'h PageOrigin) -> Self {
        let query = head.query.unwrap_or_default();
        let is_proxied = below_proxy(head.path).is_some()
            || url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "signature");
        Self {
            page,
            proxied_query: is_proxied.then_some(query),
            authorization: head.header(Header::Authorization),
        }
    }
}

/// Tells the caller. Shopify's signature counts first, then a bearer token, then the page: a wrong
/// one of these isn't made good by the next.
///
/// # Errors
/// Why the request has no caller.
pub fn authenticate(
    credentials: Credentials<'_>,
    secrets: &CallerSecrets,
    now_ms: u64,
) -> Result<Caller, AuthError> {
    if let Some(query) = credentials.proxied_query {
        let secret = secrets.shopify.as_ref().ok_or(AuthError::NoProxy)?;
        let proxied = shopify::verify_proxied(query, secret, now_ms)?;
        return Ok(Caller::Shopify(proxied));
    }
    if let Some(authorization) = credentials.authorization {
        let token = bearer(authorization).ok_or(AuthError::WrongToken)?;
        return if secrets.is_staff(token) {
            Ok(Caller::Staff)
        } else {
            Err(AuthError::WrongToken)
        };
    }
    match credentials.page {
        PageOrigin::Allowed(origin) => Ok(Caller::Storefront(origin.clone())),
        PageOrigin::NotAllowed => Err(AuthError::OriginNotAllowed),
        PageOrigin::Absent => Err(AuthError::NoCaller),
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests;
