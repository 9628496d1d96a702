//! `GET /staff/api/dead-letters`, `POST /staff/api/dead-letters/{id}/send`: for staff alone.

use crate::app::problem::Problem;
use crate::app::{dead_letters, staff};
use crate::auth::roles::Operator;
use crate::config::shops::KeyName;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::reply::Reply;

pub async fn list(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    let operator = gateway.operator().await?;
    let keys = keys(gateway, &operator)?;
    Reply::json(200, &dead_letters::list(gateway, &gateway.deployment.settings, keys).await)
}

pub async fn send(gateway: &Gateway<'_>, id: &str) -> Result<Reply, Problem> {
    let operator = gateway.operator().await?;
    operator.require_owner()?;
    let keys = keys(gateway, &operator)?;
    dead_letters::send(gateway, &gateway.deployment.settings, &operator, keys, id).await?;
    Ok(Reply::empty(202))
}

/// The keys of the accounts that an operator may see.
fn keys<'g>(gateway: &'g Gateway<'_>, operator: &Operator) -> Result<Vec<&'g KeyName>, Problem> {
    let settings = &gateway.deployment.settings;
    staff::require_own_account(settings, operator)?;
    staff::accounts(settings, operator.shop.as_deref())
}
