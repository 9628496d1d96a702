//! The only table of URLs: (method, path) → [`Route`].

/// What is asked for. Ids and tokens are still foreign text here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'p> {
    /// `POST /v1/run`
    Run,
    /// `GET /v1/status/{id}`
    Status {
        /// As the caller sent it.
        id: &'p str,
    },
    /// `POST /webhooks/fashn/{token}`
    FashnWebhook {
        /// As the caller sent it.
        token: &'p str,
    },
    /// `GET /healthz`
    Health,
    /// `GET /readyz`
    Ready,
    /// `OPTIONS` of a storefront route: a browser asks whether it may ask.
    Preflight,
}

/// Why a request has no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoute {
    /// The path is none of ours.
    UnknownPath,
    /// The path is ours, the method isn't; these are allowed.
    WrongMethod(&'static str),
}

/// Finds the route.
///
/// # Errors
/// The path is unknown, or it does not take this method.
pub fn route<'p>(method: &str, path: &'p str) -> Result<Route<'p>, NoRoute> {
    let (route, methods) = match path {
        "/v1/run" => (Route::Run, "POST, OPTIONS"),
        "/healthz" => (Route::Health, "GET, HEAD"),
        "/readyz" => (Route::Ready, "GET, HEAD"),
        _ => {
            if let Some(id) = segment(path, "/v1/status/") {
                (Route::Status { id }, "GET, OPTIONS")
            } else if let Some(token) = segment(path, "/webhooks/fashn/") {
                (Route::FashnWebhook { token }, "POST")
            } else {
                return Err(NoRoute::UnknownPath);
            }
        }
    };
    if !methods.split(", ").any(|allowed| allowed == method) {
        return Err(NoRoute::WrongMethod(methods));
    }
    Ok(if method == "OPTIONS" {
        Route::Preflight
    } else {
        route
    })
}

/// The one path segment after a prefix.
fn segment<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix)
        .filter(|rest| !rest.is_empty() && !rest.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_by_its_method_and_path() {
        for (method, path, found) in [
            ("POST", "/v1/run", Ok(Route::Run)),
            ("OPTIONS", "/v1/run", Ok(Route::Preflight)),
            ("GET", "/v1/run", Err(NoRoute::WrongMethod("POST, OPTIONS"))),
            ("GET", "/v1/status/abc", Ok(Route::Status { id: "abc" })),
            ("OPTIONS", "/v1/status/abc", Ok(Route::Preflight)),
            (
                "POST",
                "/v1/status/abc",
                Err(NoRoute::WrongMethod("GET, OPTIONS")),
            ),
            ("GET", "/v1/status/", Err(NoRoute::UnknownPath)),
            ("GET", "/v1/status/a/b", Err(NoRoute::UnknownPath)),
            (
                "POST",
                "/webhooks/fashn/tok",
                Ok(Route::FashnWebhook { token: "tok" }),
            ),
            (
                "GET",
                "/webhooks/fashn/tok",
                Err(NoRoute::WrongMethod("POST")),
            ),
            (
                "OPTIONS",
                "/webhooks/fashn/tok",
                Err(NoRoute::WrongMethod("POST")),
            ),
            ("GET", "/healthz", Ok(Route::Health)),
            ("HEAD", "/readyz", Ok(Route::Ready)),
            ("GET", "/v1", Err(NoRoute::UnknownPath)),
            ("GET", "/V1/RUN", Err(NoRoute::UnknownPath)),
        ] {
            assert_eq!(route(method, path), found, "{method} {path}");
        }
    }
}
