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
fn without_an_allowed_origin_nothing_is_allowed() {
    assert_eq!(preflight_headers(None), [("vary", "Origin".to_owned())]);
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
            | Header::Origin
            // Set by Cloudflare, and by Shopify's servers.
            | Header::ConnectingAddress
            | Header::ForwardedFor
            | Header::ShopifySignature => assert!(!is_allowed, "{header:?}"),
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
            | Header::Visitor => assert!(is_allowed, "{header:?}"),
        }
    }
}
