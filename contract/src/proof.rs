//! What a shop's pages and orders tell.

use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::NotYou;
use crate::schemas::Problem;

/// A page's events. It names no visitor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Events {
    #[schema(max_items = 32)]
    pub events: Vec<PageEvent>,
}

/// What a button was used for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageEvent {
    pub name: PageEventName,
    /// The product's id.
    #[schema(required = false, max_length = 64)]
    pub product: Option<String>,
    /// The visitor's group, where the shop has a holdout.
    #[schema(required = false)]
    pub group: Option<Group>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageEventName {
    /// The button came into view.
    Impression,
    Open,
    Try,
    Result,
    Cart,
    /// Once a day for a visitor of a holdout.
    Visitor,
}

/// The groups of a holdout.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Shown,
    Held,
}

/// Counts what a page's buttons were used for.
///
/// A page sends it as a beacon, of whichever content type. It names no visitor and sets nothing.
#[utoipa::path(
    post,
    path = "/v1/events",
    operation_id = "events",
    tag = "runs",
    request_body(content((Events = "application/json"), (Events = "text/plain")),
        description = "At most 8 kB."),
    responses(
        (status = 204, description = "They are counted."),
        (status = 400, description = "An event is wrong: `errors` has its path. None is counted.", body = Problem),
        NotYou,
        (status = 413, description = "The body is over the limit.", body = Problem),
        (status = 429, description = "One address counts too often.", body = Problem,
            headers(("retry-after" = u32, description = "Seconds to wait."))),
        (status = 503, description = "The account could not be asked.", body = Problem),
    ),
    security(()),
)]
pub fn events() {}
