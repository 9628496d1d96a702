use super::*;
use crate::http::request_head::Header;

#[test]
fn the_origin_that_matched_is_echoed_and_no_other() {
    let shop = Origin::parse("https://shop.example").expect("an origin");
    let headers = answer_headers(Some(&shop));
    assert!(headers.contains(&("access-control-allow-origin", "https://shop.example".to_owned())));
    assert!(headers.contains(&("vary", "Origin".to_owned())));
}

#[test]
fn a_page_of_another_origin_may_send_a_run_to_read_its_refusal_and_nothing_else() {
    let headers = preflight_headers(None);
    let value =
        |wanted| headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| &**value);
    assert_eq!(value("access-control-allow-origin"), Some("*"));
    assert_eq!(value("access-control-allow-methods"), Some("POST"));
    assert_eq!(answer_headers(None), [("vary", "Origin".to_owned())]);
}

#[test]
fn a_page_may_send_what_its_tracing_adds() {
    let allowed: Vec<_> = ALLOWED_HEADERS.split(", ").collect();
    for header in ["baggage", "sentry-trace", "traceparent", "newrelic", "tracestate", "b3", "*"] {
        assert!(allowed.contains(&header), "{header}");
    }
}

#[test]
fn a_page_may_send_each_header_that_the_gateway_reads_from_pages() {
    let allowed: Vec<_> = ALLOWED_HEADERS.split(", ").collect();
    for header in Header::ALL {
        let is_allowed = allowed.contains(&header.name());
        match header {
            // Simple ones, or set by the browser itself.
            Header::Accept
            | Header::AcceptLanguage
            | Header::ContentLength
            // No page's fetch compresses; a server may.
            | Header::ContentEncoding
            | Header::Origin
            // Set by Cloudflare, and by Shopify's servers.
            | Header::ConnectingAddress
            | Header::AccessAssertion
            | Header::ForwardedFor
            | Header::ShopifySignature
            | Header::ShopifyShop
            // Set by a shop's backend.
            | Header::WebhookId
            | Header::WebhookSignature
            | Header::WebhookTimestamp => assert!(!is_allowed, "{header:?}"),
            Header::Authorization
            | Header::TurnstileResponse
            | Header::ContentType
            | Header::IdempotencyKey
            | Header::IfNoneMatch
            | Header::IfRange
            | Header::LastEventId
            | Header::Range
            | Header::UserAgent
            | Header::Consent
            | Header::ConsentText
            | Header::Visitor => assert!(is_allowed, "{header:?}"),
        }
    }
}
