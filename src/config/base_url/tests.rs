use super::*;

#[test]
fn an_address_is_kept_without_its_last_slash() {
    for (given, kept) in [
        (BaseUrl::DEFAULT, "https://api.fashn.ai"),
        ("https://proxy.example/fashn/", "https://proxy.example/fashn"),
        ("http://127.0.0.1:8788/", "http://127.0.0.1:8788"),
    ] {
        let read = BaseUrl::parse(given).map(|url| url.to_string());
        assert_eq!(read.as_deref(), Ok(kept));
    }
}

#[test]
fn the_key_goes_nowhere_in_the_clear_and_to_no_odd_address() {
    for bad in [
        "api.fashn.ai",
        "http://api.fashn.ai",
        "ftp://api.fashn.ai",
        "https://user@api.fashn.ai",
        "https://:word@api.fashn.ai",
        "https://api.fashn.ai?a=b",
        "https://api.fashn.ai#a",
    ] {
        assert!(BaseUrl::parse(bad).is_err(), "{bad}");
    }
}
