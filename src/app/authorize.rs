//! The way to what costs something, `/v1/run` and `/v1/quote`: the caller, its shop and visitor,
//! and whether it asks too often. The body isn't read before.

use crate::app::ports::{Guards, RateLimit, Runtime};
use crate::app::problem::Problem;
use crate::auth::authenticate::authenticate;
use crate::auth::caller::{Caller, PageOrigin};
use crate::auth::error::AuthError;
use crate::auth::ids::{Signer, Ticket, Visitor};
use crate::auth::turnstile::{ChallengeError, Turnstile, token};
use crate::auth::visitor::{VisitorIdentity, identify_visitor};
use crate::config::settings::Settings;
use crate::config::shops::Shop;
use crate::http::origin::Origin;
use crate::http::request_head::{Header, RequestHead};
use crate::run::dedup::Fingerprint;

pub struct RequestContext<'s> {
    pub caller: Caller,
    pub shop: &'s Shop,
    /// Under which the run is counted.
    pub visitor: Visitor,
    /// Under which all requests of the network address are counted; staff have none.
    pub address: Option<String>,
    /// The wider networks that an IPv6 address is in, the narrowest first.
    pub networks: Vec<Visitor>,
    pub token: Option<String>,
}

#[derive(Clone, Copy)]
pub struct Authority<'s> {
    pub settings: &'s Settings,
    pub signer: &'s Signer,
    /// Where the gateway is reached from outside.
    pub own_origin: &'s Origin,
    pub page: &'s PageOrigin,
}

impl<'s> Authority<'s> {
    pub fn caller(&self, head: &RequestHead<'_>, now_ms: u64) -> Result<Caller, AuthError> {
        authenticate(head, self.page, &self.settings.callers, now_ms)
    }

    /// The caller and shop of a page that only looks. Without an `Origin` header it is one of the
    /// gateway's own, as browsers send none with a GET of the same origin.
    pub fn visited(
        &self,
        head: &RequestHead<'_>,
        now_ms: u64,
    ) -> Result<(Caller, &'s Shop), AuthError> {
        let caller = match self.caller(head, now_ms) {
            Err(AuthError::NoCaller) => Caller::Storefront(self.own_origin.clone()),
            told => told?,
        };
        let shop = self.settings.shops.of(&caller, self.own_origin);
        Ok((caller, shop))
    }

    pub fn require_staff(&self, head: &RequestHead<'_>, now_ms: u64) -> Result<(), AuthError> {
        if self.caller(head, now_ms)?.is_staff() { Ok(()) } else { Err(AuthError::StaffOnly) }
    }

    /// (1) Authenticate. (2) Identify the visitor. (3) Count the request at the rate limits, the
    /// address's first.
    pub async fn authorize(
        &self,
        ports: &(impl Guards + Runtime),
        head: &RequestHead<'_>,
    ) -> Result<RequestContext<'s>, Problem> {
        // (1)
        let now_ms = ports.now_ms();
        let caller = self.caller(head, now_ms)?;
        // (2)
        let VisitorIdentity { visitor, address, networks, token } =
            identify_visitor(head, &caller, self.signer, now_ms);
        if let Some(address) = &address {
            // (3)
            require_within(ports, RateLimit::Address, address).await?;
            require_within(ports, RateLimit::Visitor, &visitor.0).await?;
        }
        Ok(RequestContext {
            shop: self.settings.shops.of(&caller, self.own_origin),
            caller,
            visitor,
            address,
            networks,
            token,
        })
    }

    /// The challenge that this caller must have passed, if any, and the token that should prove it.
    /// Without a token nothing of the body is read.
    pub fn challenge<'h>(
        &self,
        head: &RequestHead<'h>,
        caller: &Caller,
    ) -> Result<Option<(&'s Turnstile, &'h str)>, AuthError> {
        let turnstile = self.settings.turnstile.as_ref().filter(|_| !caller.is_staff());
        let token = |turnstile| Ok((turnstile, token(head.header(Header::TurnstileResponse))?));
        turnstile.map(token).transpose()
    }

    /// Asks Cloudflare once the run is known to be valid: the token is good for this run alone.
    pub async fn require_passed(
        &self,
        ports: &impl Guards,
        (turnstile, token): (&Turnstile, &str),
        head: &RequestHead<'_>,
        visitor: &Visitor,
        fingerprint: &Fingerprint,
    ) -> Result<(), Problem> {
        let key = head.header(Header::IdempotencyKey);
        let repeat = key.map(|key| [&*visitor.0, key, &*fingerprint.0]);
        let question = turnstile.question(token, repeat, ports.random()?, self.signer);
        let challenge = |error: ChallengeError| Problem::Auth(error.into());
        let answer = ports
            .siteverify(&question)
            .await
            .map_err(|error| challenge(ChallengeError::NoAnswer(error.to_string())))?;
        turnstile.judge(&answer).map_err(challenge)
    }
}

/// Counts a request at a rate limit.
pub(super) async fn require_within(
    ports: &impl Guards,
    limit: RateLimit,
    key: &str,
) -> Result<(), Problem> {
    if ports.is_within(limit, key).await { Ok(()) } else { Err(Problem::RateLimited) }
}

/// Requests for one run, from wherever they come, don't wear its account out. Each kind (`status`,
/// `output`, `delete`) is counted by itself: a page that polls shows its pictures all the same.
pub async fn require_calm(
    ports: &impl Guards,
    kind: &'static str,
    ticket: &Ticket,
) -> Result<(), Problem> {
    require_within(ports, RateLimit::Lookup, &[kind, &ticket.name()].join("/")).await
}
