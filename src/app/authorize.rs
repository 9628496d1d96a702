//! The way to what costs something, `/v1/run` and `/v1/quote`: the caller, its shop and visitor,
//! and whether it asks too often. The body isn't read before.

use crate::app::ports::{Clock, Guards, Randomness, RateLimit};
use crate::app::problem::Problem;
use crate::auth::authenticate::authenticate;
use crate::auth::caller::{Caller, PageOrigin};
use crate::auth::error::AuthError;
use crate::auth::ids::{Signer, Visitor};
use crate::auth::turnstile::{ChallengeError, Turnstile};
use crate::auth::visitor::{VisitorIdentity, identify_visitor};
use crate::config::settings::Settings;
use crate::config::shops::Shop;
use crate::http::origin::Origin;
use crate::http::request_head::{Header, RequestHead};

/// An authorized request.
pub struct RequestContext<'s> {
    /// The caller.
    pub caller: Caller,
    /// The caller's shop.
    pub shop: &'s Shop,
    /// Under which the run is counted.
    pub visitor: Visitor,
    /// Under which all requests of the network address are counted; staff have none.
    pub address: Option<String>,
    /// For the answer's `x-visitor`.
    pub token: Option<String>,
}

/// What requests are authorized by.
#[derive(Clone, Copy)]
pub struct Authority<'s> {
    /// The settings.
    pub settings: &'s Settings,
    /// Signs visitors' tokens.
    pub signer: &'s Signer,
    /// Where the gateway is reached from outside.
    pub own_origin: &'s Origin,
    /// The page that sent the request.
    pub page: &'s PageOrigin,
}

impl<'s> Authority<'s> {
    /// The caller.
    pub fn caller(&self, head: &RequestHead<'_>, now_ms: u64) -> Result<Caller, AuthError> {
        authenticate(head, self.page, &self.settings.callers, now_ms)
    }

    /// Staff alone pass.
    pub fn require_staff(&self, head: &RequestHead<'_>, now_ms: u64) -> Result<(), AuthError> {
        if self.caller(head, now_ms)?.is_staff() { Ok(()) } else { Err(AuthError::StaffOnly) }
    }

    /// (1) Authenticate. (2) Identify the visitor. (3) Count the request at the rate limits, the
    /// address's first. (4) Where credits are `spent`, require a passed challenge of shoppers.
    ///
    /// # Errors
    /// [`Problem::Auth`], [`Problem::RateLimited`]
    pub async fn authorize(
        &self,
        ports: &(impl Guards + Randomness + Clock),
        head: &RequestHead<'_>,
        spent: bool,
    ) -> Result<RequestContext<'s>, Problem> {
        // (1)
        let now_ms = ports.now_ms();
        let caller = self.caller(head, now_ms)?;
        // (2)
        let VisitorIdentity { visitor, address, token } =
            identify_visitor(head, &caller, self.signer, now_ms);
        if let Some(address) = &address {
            // (3)
            for (limit, key) in [(RateLimit::Address, address), (RateLimit::Visitor, &visitor.0)] {
                if !ports.is_within(limit, key).await {
                    return Err(Problem::RateLimited);
                }
            }
            // (4)
            if let (true, Some(turnstile)) = (spent, &self.settings.turnstile) {
                self.require_challenge(ports, turnstile, head).await?;
            }
        }
        Ok(RequestContext {
            shop: self.settings.shops.of(&caller, self.own_origin),
            caller,
            visitor,
            address,
            token,
        })
    }

    async fn require_challenge(
        &self,
        ports: &(impl Guards + Randomness),
        turnstile: &Turnstile,
        head: &RequestHead<'_>,
    ) -> Result<(), Problem> {
        let token = head.header(Header::TurnstileResponse);
        let key = head.header(Header::IdempotencyKey);
        let challenge = |error: ChallengeError| Problem::Auth(error.into());
        let question =
            turnstile.question(token, key, ports.random()?, self.signer).map_err(challenge)?;
        let answer = ports
            .siteverify(&question)
            .await
            .map_err(|error| challenge(ChallengeError::NoAnswer(error.to_string())))?;
        turnstile.judge(&answer).map_err(challenge)
    }
}
