//! `GET /v1/shop`.

use crate::app::problem::Problem;
use crate::app::shop::{Openings, UNSET};
use crate::config::limits::SHOP_CACHE_SECONDS;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::reply::Reply;

thread_local! {
    static OPENINGS: Openings = Openings::default();
}

/// Whether the page's shop tries on now, and on what terms.
pub async fn show(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    let authority = gateway.authority();
    let openings = OPENINGS.with(Openings::clone);
    let state = openings.show(gateway, &authority, &gateway.head).await?;
    Ok(Reply::public_json(&serde_json::to_string(&state)?, SHOP_CACHE_SECONDS))
}

/// With settings that can't be read every page may know that its shop is closed: which pages are
/// allowed isn't known either.
pub fn unset() -> Reply {
    let anyone = [("access-control-allow-origin", "*")];
    Reply::public_json(UNSET, SHOP_CACHE_SECONDS).with_headers(anyone)
}
