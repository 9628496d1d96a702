use super::*;

#[test]
fn origins_are_read_as_browsers_write_them() {
    for (given, read) in [
        ("https://shop.example", "https://shop.example"),
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        (" http://localhost:3000 ", "http://localhost:3000"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
    ] {
        assert_eq!(Origin::parse(given).map(|origin| origin.0), Ok(read.to_owned()), "{given}");
    }
}

proptest::proptest! {
    #[test]
    fn what_is_taken_as_it_stands_is_what_the_parser_of_urls_makes_of_it(
        host in "([a-z0-9-]{0,3}|xn--[a-z0-9]{1,4}|0x[0-9a-f]{1,2}|[0-9]{1,3}|[A-Z]{1,2})(\\.([a-z0-9-]{0,3}|0x[0-9a-f]{0,2}|[0-9]{1,3})){0,4}[:/]?",
    ) {
        let text = format!("https://{host}");
        if let Some(origin) = Origin::plain(&text) {
            let url = Url::parse(&text).expect("an address");
            proptest::prop_assert_eq!(&origin, &Origin::of(&url));
            proptest::prop_assert_eq!(origin.0, text);
        }
    }
}

#[test]
fn what_is_no_origin_is_refused_with_the_reason() {
    for (given, why) in [
        ("shop.example", "is not an origin"),
        // Browsers send it in punycode, and so it must be written.
        ("https://münchen.example", "is not an origin"),
        ("null", "is not an origin"),
        ("*", "is not an origin"),
        ("ftp://shop.example", "must begin with https://"),
        ("http://shop.example", "must begin with https:// (http://"),
        ("https://shop.example/page", "must be scheme, host and port alone"),
        ("https://user@shop.example", "must be scheme, host and port alone"),
        ("https://shop.example?a", "must be scheme, host and port alone"),
    ] {
        let error = Origin::parse(given).expect_err("no origin");
        assert!(error.starts_with(why), "{given}: {error}");
    }
}

#[test]
fn a_star_stands_for_one_label_or_more_of_https_at_the_usual_port() {
    let pattern = OriginPattern::parse("https://*.Shop.Example").expect("a pattern");
    assert_eq!(pattern.to_string(), "https://*.shop.example");
    for (origin, covered) in [
        ("https://www.shop.example", true),
        ("https://a.b.shop.example", true),
        ("https://WWW.shop.example:443", true),
        ("https://shop.example", false),
        ("https://evilshop.example", false),
        ("https://www.shop.example:8443", false),
        ("https://www.shop.example.evil.example", false),
        ("https://www.shop.example.", false),
        ("http://shop.example.localhost", false),
    ] {
        let origin = Origin::parse(origin).expect("an origin");
        assert_eq!(pattern.covers(&origin), covered, "{origin}");
    }
}

#[test]
fn a_star_before_a_name_that_strangers_share_or_elsewhere_is_refused() {
    for text in [
        "https://*",
        "https://*.",
        "https://*.com",
        "https://*.co.uk",
        "https://*.COM.au",
        "https://*.myshopify.com",
        "https://*.workers.dev",
        "https://*.localhost",
        "https://*.*.shop.example",
        "https://*.shop.example:8443",
        "https://*.shop.example/",
        "https://*.user@shop.example",
        "https://www.*.example",
        "https://a*.shop.example",
    ] {
        let error = OriginPattern::parse(text).expect_err("no pattern");
        assert!(error.ends_with("after the star, as https://*.shop.example"), "{text}: {error}");
    }
}

#[test]
fn two_patterns_meet_where_there_is_an_origin_of_both() {
    for (one, other, meet) in [
        ("https://a.example", "https://a.example", true),
        ("https://a.example", "https://b.example", false),
        ("https://*.a.example", "https://x.a.example", true),
        ("https://*.a.example", "https://a.example", false),
        ("https://*.a.example", "https://*.a.example", true),
        ("https://*.a.example", "https://*.x.a.example", true),
        ("https://*.a.example", "https://*.xa.example", false),
    ] {
        let read = |text| OriginPattern::parse(text).expect("a pattern");
        assert_eq!(read(one).meets(&read(other)), meet, "{one} {other}");
        assert_eq!(read(other).meets(&read(one)), meet, "{other} {one}");
    }
}
