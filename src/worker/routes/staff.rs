//! `/staff/api/…`: for staff alone. Anyone else is refused before any object is asked.

use std::borrow::Cow;

use crate::app::brakes;
use crate::app::figures::{self, Wanted};
use crate::app::log::LogEvent;
use crate::app::problem::Problem;
use crate::app::staff::{self, Changed, Target};
use crate::auth::receipt;
use crate::config::limits;
use crate::config::log_level::LogLevel;
use crate::http::route::{Route, StaffAction};
use crate::worker::routes::body;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::deployment::Deployment;
use crate::worker::runtime::log;
use crate::worker::runtime::reply::Reply;

/// `GET /staff/api/account`
pub async fn show(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    let operator = gateway.operator().await?;
    let settings = &gateway.deployment.settings;
    let shop = operator.shop_of(query(gateway, "shop").as_deref())?;
    staff::require_own_account(settings, &operator)?;
    let keys = staff::accounts(settings, shop.as_deref())?;
    Reply::json(200, &staff::show(gateway, settings, keys).await)
}

/// What staff see besides.
pub async fn look(gateway: &Gateway<'_>, route: Route<'_>) -> Result<Reply, Problem> {
    let operator = gateway.operator().await?;
    let settings = &gateway.deployment.settings;
    let shop = operator.shop_of(query(gateway, "shop").as_deref())?;
    let shop = shop.as_deref();
    let shown = match route {
        Route::StaffMe => brakes::me(settings, &operator)?,
        Route::StaffBrakes => brakes::show(gateway, settings, shop).await?,
        Route::StaffAudit => brakes::audit(gateway, settings, shop).await?,
        _ => {
            let wanted = Wanted::parse(query(gateway, "days").as_deref(), shop)?;
            let keys = staff::accounts(settings, shop)?;
            return Reply::json(200, &figures::show(gateway, settings, keys, wanted).await);
        }
    };
    Reply::json(200, &shown)
}

/// `POST /staff/api/brakes`
pub async fn brake(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    let operator = gateway.operator().await?;
    operator.require_owner()?;
    let (_reservation, bytes) = body::read(gateway, None, limits::STAFF_BYTES).await?;
    let change = brakes::Change::parse(&bytes)?;
    let settings = &gateway.deployment.settings;
    let (changed, line) = brakes::change(gateway, settings, &operator, change).await?;
    note(&line);
    Reply::json(200, &Changed { changed })
}

/// `POST /staff/api/runs`
pub async fn run(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    let operator = gateway.operator().await?;
    let (_reservation, bytes) = body::read(gateway, None, limits::STAFF_BYTES).await?;
    let signer = &gateway.deployment.signer;
    let run = staff::run(gateway, signer, &operator, &Target::parse(&bytes)?).await?;
    Reply::json(200, &run)
}

/// `GET /staff/api/receipts?receipt=…`: what it says, if it was signed here.
pub async fn receipt(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    gateway.operator().await?;
    let sealed = query(gateway, "receipt").unwrap_or_default();
    let signer = &gateway.deployment.signer;
    let said = receipt::verify(signer, &sealed).ok_or(Problem::NotFound)?;
    Ok(Reply::of_json(200, &said))
}

/// A change is told whatever `LOG_LEVEL` says.
fn note(line: &str) {
    log::write(&LogEvent::Note { place: "staff", text: line }, LogLevel::Debug);
}

/// A field of the query.
fn query<'r>(gateway: &Gateway<'r>, wanted: &str) -> Option<Cow<'r, str>> {
    let mut query = url::form_urlencoded::parse(gateway.head.query.unwrap_or_default().as_bytes());
    query.find(|(name, _)| name == wanted).map(|(_, value)| value)
}

/// `POST /staff/api/…`: a body of JSON, or none. Each change is a line in the log.
pub async fn change(gateway: &Gateway<'_>, action: StaffAction) -> Result<Reply, Problem> {
    let operator = gateway.operator().await?;
    operator.require_owner()?;
    let Deployment { settings, signer, .. } = &gateway.deployment;
    let (_reservation, bytes) = body::read(gateway, None, limits::STAFF_BYTES).await?;
    let target = Target::parse(&bytes)?;
    let change = staff::change(gateway, settings, signer, &operator, action, &target);
    let (changed, line) = change.await?;
    note(&line);
    Reply::json(200, &changed)
}
