//! The only table of URLs: (method, path) → [`Route`].

/// The routes. Ids and tokens are still untrusted text here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'p> {
    Run,
    Quote,
    Credits,
    /// Whether a shop tries on now.
    Shop,
    /// `POST /v1/events`
    Events,
    Status {
        id: &'p str,
    },
    /// `DELETE /v1/status/{id}`
    Forget {
        id: &'p str,
    },
    Output {
        id: &'p str,
        n: &'p str,
    },
    FashnWebhook {
        token: &'p str,
    },
    /// `POST /webhooks/orders`
    Orders,
    ShopifyWebhook {
        topic: &'p str,
    },
    /// `GET /staff/api/account`
    StaffAccount,
    /// `GET /staff/api/figures`
    StaffFigures,
    /// `GET /staff/api/me`
    StaffMe,
    /// `GET /staff/api/brakes`
    StaffBrakes,
    /// `POST /staff/api/brakes`
    StaffBrake,
    /// `GET /staff/api/audit`
    StaffAudit,
    /// `GET /staff/api/receipts`
    StaffReceipt,
    /// `POST /staff/api/runs`: the id stands in no address.
    StaffRun,
    /// `POST /staff/api/…`
    Staff(StaffAction),
    DeadLetters,
    /// `POST /staff/api/dead-letters/{id}/send`
    SendDeadLetter {
        id: &'p str,
    },
    Health,
    Ready,
    /// `OPTIONS` of a storefront route.
    Preflight,
}

impl Route<'_> {
    /// What its path looks like, for the log.
    pub fn pattern(&self) -> &'static str {
        match self {
            Self::Run => "/v1/run",
            Self::Quote => "/v1/quote",
            Self::Credits => "/v1/credits",
            Self::Shop => "/v1/shop",
            Self::Events => "/v1/events",
            Self::Status { .. } | Self::Forget { .. } => "/v1/status/{id}",
            Self::Output { .. } => "/v1/outputs/{id}/{n}",
            Self::FashnWebhook { .. } => "/webhooks/fashn/{token}",
            Self::Orders => "/webhooks/orders",
            Self::ShopifyWebhook { .. } => "/webhooks/shopify/{topic}",
            Self::StaffAccount => "/staff/api/account",
            Self::StaffFigures => "/staff/api/figures",
            Self::StaffMe => "/staff/api/me",
            Self::StaffBrakes | Self::StaffBrake => "/staff/api/brakes",
            Self::StaffAudit => "/staff/api/audit",
            Self::StaffReceipt => "/staff/api/receipts",
            Self::StaffRun => "/staff/api/runs",
            Self::Staff(StaffAction::CloseBreaker) => "/staff/api/breaker/close",
            Self::Staff(StaffAction::FreeSlot) => "/staff/api/slots/free",
            Self::Staff(StaffAction::ClearQuarantine) => "/staff/api/quarantine/clear",
            Self::Staff(StaffAction::ResetVisitor) => "/staff/api/visitors/reset",
            Self::DeadLetters => "/staff/api/dead-letters",
            Self::SendDeadLetter { .. } => "/staff/api/dead-letters/{id}/send",
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Preflight => "preflight",
        }
    }
}

/// What staff change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffAction {
    CloseBreaker,
    FreeSlot,
    ClearQuarantine,
    ResetVisitor,
}

/// Why a request has no route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoute {
    UnknownPath,
    /// The path is ours, the method isn't; these are allowed.
    WrongMethod(String),
}

/// The path without the prefix that a Shopify app proxy may leave on it: `/apps/try-on/v1/run` →
/// `/v1/run`.
pub fn below_proxy(path: &str) -> Option<&str> {
    let (_, rest) = path.strip_prefix("/apps/")?.split_once('/')?;
    let start = path.len() - rest.len() - 1;
    path.get(start..).filter(|rest| rest.starts_with("/v1/"))
}

pub fn route<'p>(method: &str, path: &'p str) -> Result<Route<'p>, NoRoute> {
    const PREFLIGHT: (&str, Route<'static>) = ("OPTIONS", Route::Preflight);
    let path = path.strip_prefix('/').ok_or(NoRoute::UnknownPath)?;
    let segments: Vec<_> = path.split('/').collect();
    if segments.contains(&"") {
        return Err(NoRoute::UnknownPath);
    }
    let methods: &[(&str, Route<'p>)] = match *segments {
        ["v1", "run"] => &[("POST", Route::Run), PREFLIGHT],
        ["v1", "quote"] => &[("POST", Route::Quote), PREFLIGHT],
        ["v1", "credits"] => &[("GET", Route::Credits), ("HEAD", Route::Credits), PREFLIGHT],
        ["v1", "shop"] => &[("GET", Route::Shop), ("HEAD", Route::Shop), PREFLIGHT],
        ["v1", "events"] => &[("POST", Route::Events), PREFLIGHT],
        ["v1", "status", id] => &[
            ("GET", Route::Status { id }),
            ("HEAD", Route::Status { id }),
            ("DELETE", Route::Forget { id }),
            PREFLIGHT,
        ],
        ["v1", "outputs", id, n] => {
            &[("GET", Route::Output { id, n }), ("HEAD", Route::Output { id, n }), PREFLIGHT]
        }
        ["webhooks", "fashn", token] => &[("POST", Route::FashnWebhook { token })],
        ["webhooks", "orders"] => &[("POST", Route::Orders)],
        ["webhooks", "shopify", topic] => &[("POST", Route::ShopifyWebhook { topic })],
        ["staff", "api", "account"] => &[("GET", Route::StaffAccount)],
        ["staff", "api", "me"] => &[("GET", Route::StaffMe)],
        ["staff", "api", "brakes"] => &[("GET", Route::StaffBrakes), ("POST", Route::StaffBrake)],
        ["staff", "api", "audit"] => &[("GET", Route::StaffAudit)],
        ["staff", "api", "receipts"] => &[("GET", Route::StaffReceipt)],
        ["staff", "api", "runs"] => &[("POST", Route::StaffRun)],
        ["staff", "api", "figures"] => &[("GET", Route::StaffFigures)],
        ["staff", "api", "breaker", "close"] => {
            &[("POST", Route::Staff(StaffAction::CloseBreaker))]
        }
        ["staff", "api", "slots", "free"] => &[("POST", Route::Staff(StaffAction::FreeSlot))],
        ["staff", "api", "quarantine", "clear"] => {
            &[("POST", Route::Staff(StaffAction::ClearQuarantine))]
        }
        ["staff", "api", "visitors", "reset"] => {
            &[("POST", Route::Staff(StaffAction::ResetVisitor))]
        }
        ["staff", "api", "dead-letters"] => &[("GET", Route::DeadLetters)],
        ["staff", "api", "dead-letters", id, "send"] => &[("POST", Route::SendDeadLetter { id })],
        ["healthz"] => &[("GET", Route::Health), ("HEAD", Route::Health)],
        ["readyz"] => &[("GET", Route::Ready), ("HEAD", Route::Ready)],
        _ => return Err(NoRoute::UnknownPath),
    };
    let found = methods.iter().find(|(allowed, _)| *allowed == method);
    found.map(|(_, route)| *route).ok_or_else(|| {
        let names: Vec<_> = methods.iter().map(|(name, _)| *name).collect();
        NoRoute::WrongMethod(names.join(", "))
    })
}

#[cfg(test)]
mod tests;
