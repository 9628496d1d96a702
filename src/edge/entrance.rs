//! The entrance of what costs something, `/v1/run` and `/v1/quote`: who asks, whose shopper and which visitor
//! that is, and whether they ask too often. Nobody has read a byte of the body by then.

use worker::Env;

use super::gateway::{Gateway, binding, now_ms};
use super::incoming::Incoming;
use super::platform::{is_bound, limit, settled};
use super::turnstile;
use crate::app::problem::Problem;
use crate::auth::caller::Caller;
use crate::auth::visitor::{self, Traits};
use crate::config::shops::Shop;
use crate::dispatcher::Visitor;
use crate::http::route::Route;

/// Who was let in.
pub struct Guest<'g> {
    pub caller: Caller,
    /// Whose caller that is.
    pub shop: &'g Shop,
    /// Under whom the run is counted.
    pub visitor: Visitor,
    /// For the answer's `x-visitor`.
    pub token: Option<String>,
}

/// (1) Know the caller. (2) Know the visitor. (3) Ask the rate limits that are bound, the address's first. (4) For what
/// is spent, ask whether the challenge was passed.
pub async fn open<'g>(
    gateway: &'g Gateway,
    request: &Incoming<'_>,
    route: Route<'_>,
) -> Result<Guest<'g>, Problem> {
    // (1)
    let head = &request.head;
    let caller = gateway.caller(head)?;
    // (2)
    let greeting = visitor::greet(
        Traits {
            caller: &caller,
            token: head.header(visitor::HEADER),
            connecting_address: head.header("cf-connecting-ip"),
            forwarded_for: head.header("x-forwarded-for"),
            user_agent: head.header("user-agent"),
            language: head.header("accept-language"),
        },
        &gateway.signer,
        now_ms(),
    );
    // (3)
    if let Some(address) = &greeting.address {
        within(&gateway.env, binding::ADDRESS_RATE, address).await?;
        within(&gateway.env, binding::VISITOR_RATE, &greeting.visitor.0).await?;
        // (4)
        if let (Route::Run, Some(required)) = (route, &gateway.settings.turnstile) {
            turnstile::pass(gateway, required, head).await?;
        }
    }
    Ok(Guest {
        shop: gateway.settings.shops.of(&caller, &gateway.own_origin),
        caller,
        visitor: greeting.visitor,
        token: greeting.token,
    })
}

/// Counts one request of `key` at a rate-limit binding. One that isn't bound limits nothing: the Dispatcher's exact
/// counts hold all the same.
async fn within(env: &Env, name: &str, key: &str) -> Result<(), Problem> {
    if !is_bound(env, name) {
        return Ok(());
    }
    match settled(limit(env, name, key)).await {
        Ok(is_within) if is_within.is_truthy() => Ok(()),
        Ok(_) => Err(Problem::TooOften),
        Err(thrown) => Err(Problem::Internal(format!("binding {name}: {thrown}"))),
    }
}
