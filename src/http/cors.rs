//! CORS: the headers by which a browser lets another origin's page use the gateway. The one origin
//! that matched is echoed, with `Vary`, so that a cache never hands one shop's answer to another's
//! page.

use crate::http::origin::Origin;

/// The request headers that the SDKs and the element send beyond the simple ones, and those that
/// tools for tracing add to each request of a page. The star is for the rest: it is read where no
/// credentials are sent, and covers all but `authorization`.
const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, user-agent, \
     if-none-match, if-range, last-event-id, range, x-visitor, x-consent, \
     x-consent-text, cf-turnstile-response, \
     baggage, sentry-trace, traceparent, tracestate, newrelic, b3, request-id, x-request-id, \
     x-requested-with, x-datadog-origin, x-datadog-parent-id, x-datadog-sampling-priority, \
     x-datadog-tags, x-datadog-trace-id, *, \
     x-stainless-arch, x-stainless-lang, x-stainless-os, x-stainless-package-version, \
     x-stainless-retry-count, x-stainless-runtime, x-stainless-runtime-version, \
     x-stainless-timeout, x-stainless-helper-method";

/// The answer headers that a page may read beyond the simple ones.
const EXPOSED_HEADERS: &str = "x-fashn-credits-used, retry-after, etag, x-should-retry, x-visitor, \
     x-joined, x-consent-receipt, x-request-id, accept-ranges, content-range";

/// Headers of any answer that a page of `origin` may read; `None` is an origin that isn't allowed.
pub fn answer_headers(origin: Option<&Origin>) -> Vec<(&'static str, String)> {
    let mut headers = vec![("vary", "Origin".to_owned())];
    if let Some(origin) = origin {
        headers.push(("access-control-allow-origin", origin.to_string()));
        headers.push(("access-control-expose-headers", EXPOSED_HEADERS.to_owned()));
    }
    headers
}

/// Headers of a refusal that any page may read: a browser would tell a page of another origin, or of
/// a gateway that isn't set up, that it is offline.
pub fn refusal_headers() -> [(&'static str, String); 3] {
    [
        ("vary", "Origin".to_owned()),
        ("access-control-allow-origin", "*".to_owned()),
        ("access-control-expose-headers", EXPOSED_HEADERS.to_owned()),
    ]
}

/// Headers of the answer to a preflight. Any page may send a run, in order to read why it is
/// refused; without an allowed origin nothing else.
pub fn preflight_headers(origin: Option<&Origin>) -> Vec<(&'static str, String)> {
    let (mut headers, methods) = match origin {
        Some(_) => (answer_headers(origin), "GET, POST, DELETE"),
        None => (refusal_headers().to_vec(), "POST"),
    };
    headers.push(("access-control-allow-methods", methods.to_owned()));
    headers.push(("access-control-allow-headers", ALLOWED_HEADERS.to_owned()));
    if origin.is_some() {
        headers.push(("access-control-max-age", "7200".to_owned()));
    }
    headers
}

#[cfg(test)]
mod tests;
