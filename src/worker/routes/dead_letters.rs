//! `GET /staff/api/dead-letters`, `POST /staff/api/dead-letters/{id}/send`: for staff alone.

use crate::app::dead_letters;
use crate::app::problem::Problem;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::platform::now_ms;
use crate::worker::runtime::reply::Reply;

pub async fn list(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    gateway.authority().require_staff(&gateway.head, now_ms())?;
    Reply::json(200, &dead_letters::list(gateway, &gateway.deployment.settings).await?)
}

pub async fn send(gateway: &Gateway<'_>, id: &str) -> Result<Reply, Problem> {
    gateway.authority().require_staff(&gateway.head, now_ms())?;
    dead_letters::send(gateway, &gateway.deployment.settings, id).await?;
    Ok(Reply::empty(202))
}
