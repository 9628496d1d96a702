use super::*;

#[test]
fn a_host_covers_its_own_name_and_a_star_only_what_is_below_it() {
    for (pattern, host, covers) in [
        ("cdn.shopify.com", "cdn.shopify.com", true),
        ("CDN.Shopify.com", "cdn.shopify.com", true),
        ("cdn.shopify.com", "evil.cdn.shopify.com", false),
        ("cdn.shopify.com", "cdn.shopify.com.evil.example", false),
        ("cdn.shopify.com", "xcdn.shopify.com", false),
        ("cdn.shopify.com", "cdn.shopify.com.", false),
        ("*.shop.example", "img.shop.example", true),
        ("*.shop.example", "a.b.shop.example", true),
        ("*.shop.example", "shop.example", false),
        ("*.shop.example", ".shop.example", false),
        ("*.shop.example", "evilshop.example", false),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example", true),
    ] {
        let pattern = HostPattern::parse(pattern).expect("a host");
        assert_eq!(pattern.covers(host), covers, "{pattern} and {host}");
    }
}

#[test]
fn what_is_no_public_host_name_is_no_host() {
    for text in [
        "",
        "*",
        "*.",
        "*.*.example",
        "shop",
        "localhost",
        "a.local",
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "[::1]",
        "https://shop.example",
        "shop.example/",
        "shop.example:8443",
        "user@shop.example",
        "shop.example?",
        "shop.example#",
        "shop.example.",
        "sh op.example",
        "%73hop.example",
        "münchen.example",
        "a.*.example",
    ] {
        assert_eq!(HostPattern::parse(text), Err(NoHost), "{text}");
    }
}
