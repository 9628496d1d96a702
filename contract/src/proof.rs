//! What a shop's pages and orders tell.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

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

/// A paid order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderMessage {
    #[serde(rename = "type")]
    pub event: OrderEvent,
    pub data: Order,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub enum OrderEvent {
    #[serde(rename = "order.paid")]
    Paid,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Order {
    #[schema(schema_with = order_name)]
    pub order: String,
    /// Its ISO 4217 code: `EUR`.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
    #[schema(max_items = 500)]
    pub lines: Vec<OrderLine>,
}

/// A line of an order. Those without `try_on` aren't counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderLine {
    /// The line's property `_try_on`: a result's id, or the group of a holdout, `shown` or `held`.
    #[schema(required = false)]
    pub try_on: Option<String>,
    #[schema(schema_with = product_id, required = false)]
    pub product_id: Option<String>,
    #[schema(required = false)]
    pub quantity: Option<u64>,
    #[schema(schema_with = amount, required = false)]
    pub amount: Option<String>,
}

fn order_name() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Integer]))
        .description(Some(
            "What is this order's alone: a hash of its number, or a whole number. It is counted once.",
        ))
        .min_length(Some(1))
        .minimum(Some(0))
        .maximum(Some(usize::MAX))
        .build()
}

fn product_id() -> Object {
    let types = [Type::String, Type::Integer, Type::Null];
    ObjectBuilder::new().schema_type(SchemaType::from_iter(types)).build()
}

fn amount() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Number, Type::Null]))
        .description(Some(
            "What was paid for the whole line: a decimal number that isn't negative, or a text of \
             one as `39.90`. A line with `try_on` needs it.",
        ))
        .build()
}

/// Counts an order in which something was tried on.
///
/// The shop's backend sends it, signed by the Standard Webhooks specification with the shop's
/// `ORDERS_WEBHOOK_SECRET`, which tells the shop. A repeat changes nothing.
#[utoipa::path(
    post,
    path = "/webhooks/orders",
    operation_id = "order",
    tag = "backend",
    params(
        ("webhook-id" = String, Header, description = "The message's own."),
        ("webhook-timestamp" = u64, Header, description = "Seconds since 1970: at most five minutes off."),
        ("webhook-signature" = String, Header, description = "`v1,` and an HMAC-SHA256 in base64 over `{webhook-id}.{webhook-timestamp}.{body}`. Several stand with spaces between."),
    ),
    request_body(content((OrderMessage = "application/json"))),
    responses(
        (status = 204, description = "It is counted, was counted before, or has no line of the element's."),
        (status = 400, description = "`errors` has the path of what is wrong. Nothing is counted.", body = Problem),
        (status = 401, description = "No shop's secret has signed it, or its time is too far off.", body = Problem),
        (status = 413, description = "The body is over the limit.", body = Problem),
        (status = 503, description = "The account could not be asked. Send it again.", body = Problem,
            headers(("retry-after" = u32, description = "Seconds to wait."))),
    ),
    security(()),
)]
pub fn order() {}
