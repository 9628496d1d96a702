//! `GET /v1/credits`, for staff: FASHN's balance of the default shop's key.

use std::cell::Cell;

use fashn::balance::CreditsBalance;

use super::fashn_client::FashnClient;
use super::gateway::{Gateway, now_ms};
use super::incoming::Incoming;
use super::reply::Reply;
use crate::app::problem::Problem;
use crate::auth::caller::Caller;
use crate::config::limits;
use crate::config::shops::KeyName;

thread_local! {
    /// The last answer and when it came. A page that is reloaded asks FASHN once; it decides nothing.
    static LAST: Cell<Option<(u64, CreditsBalance)>> = const { Cell::new(None) };
}

/// (1) Staff only. (2) The balance, at most some seconds old.
pub async fn show(gateway: &Gateway, request: &Incoming<'_>) -> Result<Reply, Problem> {
    // (1)
    match gateway.caller(&request.head)? {
        Caller::Staff => {}
        Caller::Storefront(_) | Caller::Shopify(_) => return Err(Problem::StaffOnly),
    }
    // (2)
    let now = now_ms();
    let balance = match LAST.get() {
        Some((at, balance)) if now.saturating_sub(at) < limits::CREDITS_CACHE_MS => balance,
        _ => {
            let balance = FashnClient::new(&gateway.settings.fashn, &KeyName::default())?
                .credits()
                .await?;
            LAST.set(Some((now, balance)));
            balance
        }
    };
    Reply::json(200, &balance)
}
