//! The only table of URLs: (method, path) → [`Route`].

/// The routes. Ids and tokens are still untrusted text here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'p> {
    /// `POST /v1/run`
    Run,
    /// `POST /v1/quote`
    Quote,
    /// `GET /v1/credits`
    Credits,
    /// `GET /v1/status/{id}`
    Status {
        /// As the caller sent it.
        id: &'p str,
    },
    /// `DELETE /v1/status/{id}`
    Forget {
        /// As the caller sent it.
        id: &'p str,
    },
    /// `GET /v1/outputs/{id}/{n}`
    Output {
        /// As the caller sent it.
        id: &'p str,
        /// Which one, as the caller sent it.
        n: &'p str,
    },
    /// `POST /webhooks/fashn/{token}`
    FashnWebhook {
        /// As the caller sent it.
        token: &'p str,
    },
    /// `POST /webhooks/shopify/{topic}`
    ShopifyWebhook {
        /// As the caller sent it.
        topic: &'p str,
    },
    /// `GET /healthz`
    Health,
    /// `GET /readyz`
    Ready,
    /// `OPTIONS` of a storefront route: a browser's preflight.
    Preflight,
}

/// Why a request has no route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoute {
    /// The path is none of ours.
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

/// Finds the route.
///
/// # Errors
/// The path is unknown, or it does not take this method.
pub fn route<'p>(method: &str, path: &'p str) -> Result<Route<'p>, NoRoute> {
    let methods: &[(&str, Route<'p>)] = &match path {
        "/v1/run" => [("POST", Route::Run), PREFLIGHT],
        "/v1/quote" => [("POST", Route::Quote), PREFLIGHT],
        "/v1/credits" => [("GET", Route::Credits), PREFLIGHT],
        "/healthz" => [("GET", Route::Health), ("HEAD", Route::Health)],
        "/readyz" => [("GET", Route::Ready), ("HEAD", Route::Ready)],
        _ => return below(method, path),
    };
    by_method(method, methods)
}

/// Routes with an id or a token in their path.
fn below<'p>(method: &str, path: &'p str) -> Result<Route<'p>, NoRoute> {
    if let Some([id]) = segments(path, "/v1/status/") {
        return by_method(
            method,
            &[
                ("GET", Route::Status { id }),
                ("HEAD", Route::Status { id }),
                ("DELETE", Route::Forget { id }),
                PREFLIGHT,
            ],
        );
    }
    if let Some([id, n]) = segments(path, "/v1/outputs/") {
        let output = Route::Output { id, n };
        return by_method(method, &[("GET", output), ("HEAD", output), PREFLIGHT]);
    }
    if let Some([token]) = segments(path, "/webhooks/fashn/") {
        return by_method(method, &[("POST", Route::FashnWebhook { token })]);
    }
    if let Some([topic]) = segments(path, "/webhooks/shopify/") {
        return by_method(method, &[("POST", Route::ShopifyWebhook { topic })]);
    }
    Err(NoRoute::UnknownPath)
}

const PREFLIGHT: (&str, Route<'static>) = ("OPTIONS", Route::Preflight);

fn by_method<'p>(method: &str, methods: &[(&str, Route<'p>)]) -> Result<Route<'p>, NoRoute> {
    let found = methods.iter().find(|(allowed, _)| *allowed == method);
    found.map(|(_, route)| *route).ok_or_else(|| {
        let names: Vec<_> = methods.iter().map(|(name, _)| *name).collect();
        NoRoute::WrongMethod(names.join(", "))
    })
}

/// The path segments after a prefix, if there are just so many and none is empty.
fn segments<'p, const N: usize>(path: &'p str, prefix: &str) -> Option<[&'p str; N]> {
    let segments: Vec<_> = path.strip_prefix(prefix)?.split('/').collect();
    let segments: [&str; N] = segments.try_into().ok()?;
    segments.iter().all(|segment| !segment.is_empty()).then_some(segments)
}

#[cfg(test)]
mod tests;
