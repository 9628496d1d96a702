//! `/staff/api/…`: for staff alone. Anyone else is refused before any object is asked.

use std::borrow::Cow;

use crate::app::figures::{self, Wanted};
use crate::app::log::LogEvent;
use crate::app::problem::Problem;
use crate::app::staff::{self, Target};
use crate::config::limits;
use crate::config::log_level::LogLevel;
use crate::http::route::StaffAction;
use crate::worker::routes::body;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::deployment::Deployment;
use crate::worker::runtime::log;
use crate::worker::runtime::platform::now_ms;
use crate::worker::runtime::reply::Reply;

/// `GET /staff/api/account`
pub async fn show(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    gateway.authority().require_staff(&gateway.head, now_ms())?;
    let settings = &gateway.deployment.settings;
    let shop = query(gateway, "shop");
    let keys = staff::accounts(settings, shop.as_deref())?;
    Reply::json(200, &staff::show(gateway, settings, keys).await)
}

/// `GET /staff/api/figures`
pub async fn figures(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    gateway.authority().require_staff(&gateway.head, now_ms())?;
    let settings = &gateway.deployment.settings;
    let (days, shop) = (query(gateway, "days"), query(gateway, "shop"));
    let wanted = Wanted::parse(days.as_deref(), shop.as_deref())?;
    let keys = staff::accounts(settings, shop.as_deref())?;
    Reply::json(200, &figures::show(gateway, settings, keys, wanted).await)
}

/// A field of the query.
fn query<'r>(gateway: &Gateway<'r>, wanted: &str) -> Option<Cow<'r, str>> {
    let mut query = url::form_urlencoded::parse(gateway.head.query.unwrap_or_default().as_bytes());
    query.find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// `POST /staff/api/…`: a body of JSON, or none. Each change is a line in the log.
pub async fn change(gateway: &Gateway<'_>, action: StaffAction) -> Result<Reply, Problem> {
    gateway.authority().require_staff(&gateway.head, now_ms())?;
    let Deployment { settings, signer, .. } = &gateway.deployment;
    let (_reservation, bytes) = body::read(gateway, None, limits::STAFF_BYTES).await?;
    let target = Target::parse(&bytes)?;
    let (changed, line) = staff::change(gateway, settings, signer, action, &target).await?;
    // Whatever LOG_LEVEL says.
    log::write(&LogEvent::Note { place: "staff", text: &line }, LogLevel::Debug);
    Reply::json(200, &changed)
}
