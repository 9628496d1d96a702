//! What can be called. Each function stands for a route; its attribute is the operation.

use fashn::balance::CreditsBalance;
use fashn::prediction::Accepted;
use utoipa::IntoResponses;

use crate::schemas::{
    BrakesChange, Bytes, ConsentReceipt, DeadLetters, Live, Prediction, Problem, Quote, Ready,
    RunForm, RunRequest, Shop, StaffAccounts, StaffAudit, StaffBrakes, StaffChanged, StaffFigures,
    StaffMe, StaffRun, StaffRunId, StaffTarget,
};

/// Who may not ask.
#[derive(IntoResponses)]
pub enum NotYou {
    /// Neither a page of an allowed origin nor the staff token.
    #[response(status = 401)]
    Nobody(Problem),
    /// A page of an origin that the merchant hasn't allowed, or a challenge that wasn't passed.
    #[response(status = 403)]
    ForeignOrigin(Problem),
}

/// An id that isn't held, for any reason.
#[derive(IntoResponses)]
pub enum NotThere {
    /// The id is forged, unknown or expired; they can't be told apart.
    #[response(status = 404)]
    NotFound(Problem),
}

/// A body that can't be taken.
#[derive(IntoResponses)]
pub enum BadBody {
    /// Fields are wrong: `errors` has all of them. Nothing was spent.
    #[response(status = 400)]
    BadRequest(Problem),
    /// The body is over the limit.
    #[response(status = 413)]
    TooLarge(Problem),
    /// The body is neither JSON nor a form with files, or it is compressed.
    #[response(status = 415)]
    MediaType(Problem),
}

/// FASHN, or the way to it.
#[derive(IntoResponses)]
pub enum Upstream {
    /// FASHN could not be reached, or a setting is wrong by its answer. With `x-should-retry: false` when a run may exist all the same.
    #[response(status = 502)]
    BadGateway(Problem),
    /// The service is not set up, or has no room: come back after `Retry-After`.
    #[response(status = 503)]
    Unavailable(Problem),
    /// FASHN did not answer in time. With `x-should-retry: false` when a run may exist all the same.
    #[response(status = 504)]
    Timeout(Problem),
}

/// Starts a run.
///
/// FASHN's request and FASHN's answer: its SDKs work against it.
#[utoipa::path(
    post,
    path = "/v1/run",
    operation_id = "run",
    tag = "runs",
    params(
        ("webhook_url" = Option<String>, Query,
            description = "Where the end of the run is told, as FASHN's page \"Webhooks\" has it and signed: of staff alone, on a host of `STAFF_WEBHOOK_HOSTS`."),
        ("Idempotency-Key" = Option<String>, Header,
            description = "1 to 255 characters. A repeat with the same key and body gets the same id, for a day."),
        ("x-visitor" = Option<String>, Header, description = "The visitor token of an earlier answer: what a shopper is counted by, for a day."),
        ("x-consent" = Option<String>, Header, description = "What the shopper has agreed to, where the merchant requires it; `consent` in the body says the same."),
        ("x-consent-text" = Option<String>, Header, description = "SHA-256 of the words that the shopper saw, in 64 small hexadecimal digits: the receipt has it."),
        ("cf-turnstile-response" = Option<String>, Header, description = "A Turnstile token, where the merchant requires a challenge of shoppers."),
    ),
    request_body(content((RunRequest = "application/json"), (RunForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "The run is accepted; poll its status.", body = Accepted,
            headers(
                ("x-visitor" = String, description = "A visitor token to send with the next request, if this one had none that holds."),
                ("x-joined" = String, description = "`true` where the id is that of an earlier run: the same `Idempotency-Key`, or the same request of the same visitor."),
                ("x-consent-receipt" = String, description = "Where `CONSENT_VERSION` is set, what a shopper has agreed to: base64url of JSON (`version`, `text_hash`, `at_ms`, `run`), a dot, and base64url of its HMAC."),
            )),
        BadBody,
        NotYou,
        (status = 409, description = "The same request is still under way: send it again in a second.", body = Problem,
            headers(("retry-after" = u32, description = "Seconds to wait."))),
        (status = 422, description = "The `Idempotency-Key` came with another request before.", body = Problem),
        (status = 429, description = "Too many runs wait, or no credits: `error` says which.", body = Problem,
            headers(
                ("retry-after" = u32, description = "Seconds to wait."),
                ("x-should-retry" = String, description = "`false` where a retry can't help."),
            )),
        Upstream,
    ),
    security(("staff" = []), ()),
)]
pub fn run() {}

/// Tells where a run stands.
///
/// At once; with `wait` at the next news; with `Accept: text/event-stream` at each change, as an event whose data is the
/// prediction and whose id is its `ETag`, until it is over.
#[utoipa::path(
    get,
    path = "/v1/status/{id}",
    operation_id = "status",
    tag = "runs",
    params(
        ("id" = String, Path, description = "The id that `/v1/run` gave. Whoever has it may ask."),
        ("wait" = Option<u32>, Query, minimum = 1, maximum = 25,
            description = "Answer at the next news (another state or place in the queue), after so many seconds at the latest."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the caller has."),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen, of a stream that broke."),
    ),
    responses(
        (status = 200, description = "The prediction; a stream of it to whoever accepts one, unless too many listen.",
            content((Prediction = "application/json"), (String = "text/event-stream")),
            headers(
                ("x-fashn-credits-used" = u32, description = "What a completed run cost."),
                ("etag" = String, description = "Names what is shown."),
                ("retry-after" = u32, description = "Seconds, of a run that isn't over, for those who don't wait."),
            )),
        (status = 204, description = "It is over, and the last event was seen."),
        (status = 304, description = "The caller has what is shown."),
        (status = 400, description = "`wait` is no number of seconds from 1 to 25.", body = Problem),
        NotYou,
        NotThere,
        Upstream,
    ),
    security(("staff" = []), ()),
)]
pub fn status() {}

/// Forgets a prediction: inputs, output and record.
#[utoipa::path(
    delete,
    path = "/v1/status/{id}",
    operation_id = "forget",
    tag = "runs",
    params(("id" = String, Path, description = "The id that `/v1/run` gave.")),
    responses((status = 204, description = "It is gone."), NotYou, NotThere),
    security(("staff" = []), ()),
)]
pub fn forget() {}

/// The picture or the video itself.
#[utoipa::path(
    get,
    path = "/v1/outputs/{id}/{n}",
    operation_id = "output",
    tag = "runs",
    params(
        ("id" = String, Path, description = "The id that `/v1/run` gave."),
        ("n" = u32, Path, description = "Which of the outputs, from 0."),
        ("Range" = Option<String>, Header, description = "A part of a video."),
    ),
    responses(
        (status = 200, description = "All of it.",
            content((Bytes = "image/png"), (Bytes = "image/jpeg"), (Bytes = "video/mp4"))),
        (status = 206, description = "The part that was asked for.",
            content((Bytes = "image/png"), (Bytes = "image/jpeg"), (Bytes = "video/mp4"))),
        (status = 416, description = "There is no such part."),
        NotYou,
        NotThere,
        Upstream,
    ),
    security(("staff" = []), ()),
)]
pub fn output() {}

/// Tells what a run would cost. Nothing is spent.
#[utoipa::path(
    post,
    path = "/v1/quote",
    operation_id = "quote",
    tag = "runs",
    params(
        ("x-visitor" = Option<String>, Header, description = "The visitor token of an earlier answer: what a shopper is counted by, for a day."),
        ("x-consent" = Option<String>, Header, description = "What the shopper has agreed to, where the merchant requires it; `consent` in the body says the same."),
        ("x-consent-text" = Option<String>, Header, description = "SHA-256 of the words that the shopper saw, in 64 small hexadecimal digits: the receipt has it."),
    ),
    request_body(content((RunRequest = "application/json"), (RunForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "The price, and how long it takes.", body = Quote),
        BadBody,
        NotYou,
        (status = 429, description = "A visitor, or everybody at one address, asks too often.", body = Problem,
            headers(("retry-after" = u32, description = "Seconds to wait."))),
        Upstream,
    ),
    security(("staff" = []), ()),
)]
pub fn quote() {}

/// FASHN's balance, at most a few seconds old.
#[utoipa::path(
    get,
    path = "/v1/credits",
    operation_id = "credits",
    tag = "staff",
    responses(
        (status = 200, description = "The balance.", body = CreditsBalance),
        (status = 401, description = "No staff token, or a wrong one; a page of the shop is not enough.", body = Problem),
        (status = 403, description = "A page of an origin that the merchant hasn't allowed.", body = Problem),
        (status = 429, description = "FASHN is asked too often.", body = Problem),
        Upstream,
    ),
    security(("staff" = [])),
)]
pub fn credits() {}

/// Tells whether a shop tries on now, and on what terms.
///
/// The shop is the page's, by its origin or by the shop that Shopify's proxy has signed; without either, the gateway's own.
/// A page asks before it asks a shopper for a photograph.
#[utoipa::path(
    get,
    path = "/v1/shop",
    operation_id = "shop",
    tag = "runs",
    responses(
        (status = 200, description = "What holds now; a cache may keep it for 30 seconds, apart for each origin.", body = Shop,
            headers(("cache-control" = String, description = "`public, max-age=30`"))),
        NotYou,
        (status = 429, description = "The account is asked too often from one address.", body = Problem,
            headers(("retry-after" = u32, description = "Seconds to wait."))),
        (status = 503, description = "The account could not be asked.", body = Problem),
    ),
    security(()),
)]
pub fn shop() {}

/// Why staff's routes refuse.
#[derive(IntoResponses)]
pub enum NotStaff {
    /// No staff token, or a wrong one, and no assertion of Cloudflare Access that holds; a page of the shop is not enough.
    #[response(status = 401)]
    NoToken(Problem),
    /// The role may not do this: a viewer changes nothing, and a role of one shop sees no other. Or a page's origin isn't
    /// allowed.
    #[response(status = 403)]
    ForeignOrigin(Problem),
}

/// Shows accounts: queue, slots, windows, breaker, back-offs, quarantine, budgets, balance.
#[utoipa::path(
    get,
    path = "/staff/api/account",
    operation_id = "staffAccount",
    tag = "staff",
    params(("shop" = Option<String>, Query, description = "A shop of `SHOPS`: the account of its key alone.")),
    responses(
        (status = 200, description = "The accounts.", body = StaffAccounts),
        (status = 400, description = "There is no such shop.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_account() {}

/// Shows what was counted by day, shop and model: one list for each kind of row.
///
/// Days are counted from 1970 (UTC). `wait` and `run` count completed runs by how long they waited and ran, by `bounds_ms`.
#[utoipa::path(
    get,
    path = "/staff/api/figures",
    operation_id = "staffFigures",
    tag = "staff",
    params(
        ("days" = Option<u32>, Query, minimum = 1, maximum = 400, description = "So many days, today included: 90 without it."),
        ("shop" = Option<String>, Query, description = "One shop of `SHOPS`; the default shop's name is empty. All of them without it."),
    ),
    responses(
        (status = 200, description = "The figures. An account that doesn't answer has an `error`.", body = StaffFigures),
        (status = 400, description = "There is no such shop, or `days` is no such number.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_figures() {}

/// Tells the caller's role, its shops, and the settings that bound brakes.
#[utoipa::path(
    get,
    path = "/staff/api/me",
    operation_id = "staffMe",
    tag = "staff",
    responses((status = 200, description = "The caller.", body = StaffMe), NotStaff),
    security(("staff" = [])),
)]
pub fn staff_me() {}

/// Tells what a receipt of a shopper's consent says, if this gateway signed it.
#[utoipa::path(
    get,
    path = "/staff/api/receipts",
    operation_id = "staffReceipt",
    tag = "staff",
    params(("receipt" = String, Query, description = "As the header `x-consent-receipt` had it, or the merchant's message.")),
    responses(
        (status = 200, description = "It was signed here, and says this.", body = ConsentReceipt),
        (status = 404, description = "It wasn't signed here.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_receipt() {}

/// Shows the brakes of shops, and what each shop has spent.
#[utoipa::path(
    get,
    path = "/staff/api/brakes",
    operation_id = "staffBrakes",
    tag = "staff",
    params(("shop" = Option<String>, Query, description = "One shop of `SHOPS`; the default shop's name is empty. All of them without it.")),
    responses(
        (status = 200, description = "The brakes; those of an account that doesn't answer are left out.", body = StaffBrakes),
        (status = 400, description = "There is no such shop.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_brakes() {}

/// Sets brakes of a shop. One that is left out stays, null takes one away.
#[utoipa::path(
    post,
    path = "/staff/api/brakes",
    operation_id = "staffBrake",
    tag = "staff",
    request_body(content((BrakesChange = "application/json"))),
    responses(
        (status = 200, description = "They are set.", body = StaffChanged),
        (status = 400, description = "A number is above its setting, or there is no such shop or brake: `errors` has all of them.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_brake() {}

/// Lists what staff changed, the newest first: at most 1,000.
#[utoipa::path(
    get,
    path = "/staff/api/audit",
    operation_id = "staffAudit",
    tag = "staff",
    params(("shop" = Option<String>, Query, description = "One shop of `SHOPS`; the default shop's name is empty. All of them without it.")),
    responses(
        (status = 200, description = "The changes; those of an account that doesn't answer are left out.", body = StaffAudit),
        (status = 400, description = "There is no such shop.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_audit() {}

/// Shows a run by its id: no picture, address or visitor.
#[utoipa::path(
    post,
    path = "/staff/api/runs",
    operation_id = "staffRun",
    tag = "staff",
    request_body(content((StaffRunId = "application/json"))),
    responses(
        (status = 200, description = "The run.", body = StaffRun),
        (status = 400, description = "`id` is missing.", body = Problem),
        NotStaff,
        NotThere,
    ),
    security(("staff" = [])),
)]
pub fn staff_run() {}

/// Closes the breaker: runs go again, before FASHN has shown that it works.
#[utoipa::path(
    post,
    path = "/staff/api/breaker/close",
    operation_id = "staffCloseBreaker",
    tag = "staff",
    request_body(content((StaffTarget = "application/json"))),
    responses(
        (status = 200, description = "It is closed.", body = StaffChanged),
        (status = 400, description = "There is no such shop.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_close_breaker() {}

/// Frees the slot of a run. What FASHN makes of the run is shown all the same.
#[utoipa::path(
    post,
    path = "/staff/api/slots/free",
    operation_id = "staffFreeSlot",
    tag = "staff",
    request_body(content((StaffRunId = "application/json"))),
    responses(
        (status = 200, description = "It holds no slot.", body = StaffChanged),
        (status = 400, description = "`id` is missing.", body = Problem),
        NotStaff,
        NotThere,
    ),
    security(("staff" = [])),
)]
pub fn staff_free_slot() {}

/// Empties the list of rows that could not be understood.
#[utoipa::path(
    post,
    path = "/staff/api/quarantine/clear",
    operation_id = "staffClearQuarantine",
    tag = "staff",
    request_body(content((StaffTarget = "application/json"))),
    responses(
        (status = 200, description = "It is empty.", body = StaffChanged),
        (status = 400, description = "There is no such shop.", body = Problem),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_clear_quarantine() {}

/// Gives the visitor of a run its day's credits and tries again.
#[utoipa::path(
    post,
    path = "/staff/api/visitors/reset",
    operation_id = "staffResetVisitor",
    tag = "staff",
    request_body(content((StaffRunId = "application/json"))),
    responses(
        (status = 200, description = "The visitor's day begins anew.", body = StaffChanged),
        (status = 400, description = "`id` is missing.", body = Problem),
        NotStaff,
        NotThere,
    ),
    security(("staff" = [])),
)]
pub fn staff_reset_visitor() {}

/// Lists messages that the merchant's backend never took.
#[utoipa::path(
    get,
    path = "/staff/api/dead-letters",
    operation_id = "staffDeadLetters",
    tag = "staff",
    responses(
        (status = 200, description = "Those of all accounts, of each the earliest first.", body = DeadLetters),
        NotStaff,
    ),
    security(("staff" = [])),
)]
pub fn staff_dead_letters() {}

/// Sends one of them again.
#[utoipa::path(
    post,
    path = "/staff/api/dead-letters/{id}/send",
    operation_id = "staffSendDeadLetter",
    tag = "staff",
    params(("id" = String, Path, description = "As the list names it.")),
    responses(
        (status = 202, description = "It is sent again."),
        NotStaff,
        NotThere,
    ),
    security(("staff" = [])),
)]
pub fn staff_send_dead_letter() {}

/// The Worker runs.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "health",
    responses((status = 200, description = "It does.", body = Live)),
    security(()),
)]
pub fn healthz() {}

/// The Worker can work: settings, bindings, and accounts that answer. At most 10 seconds old.
///
/// Everyone sees whether it can; staff see why not.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "readyz",
    tag = "health",
    responses(
        (status = 200, description = "It can.", body = Ready),
        (status = 503, description = "It can't; staff see why.", body = Ready),
    ),
    security(("staff" = []), ()),
)]
pub fn readyz() {}
