//! `POST /v1/events`.

use crate::app::events;
use crate::app::problem::Problem;
use crate::config::limits;
use crate::worker::routes::body;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::reply::Reply;

/// Counts what a page's buttons were used for. A beacon has whichever content type it may.
pub async fn count(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    let destination = events::admit(gateway, &gateway.authority(), &gateway.head).await?;
    let (_reservation, bytes) = body::read(gateway, None, limits::EVENTS_BYTES).await?;
    events::count(gateway, destination, &bytes).await?;
    Ok(Reply::empty(204))
}
