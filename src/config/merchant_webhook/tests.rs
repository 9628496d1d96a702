use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn parse(url: &str, secret: &str) -> Result<MerchantWebhook, MerchantWebhookError> {
    MerchantWebhook::parse(url.into(), secret.into())
}

#[test]
fn it_goes_to_https_or_to_this_machine_with_a_key_that_is_long_enough() {
    use MerchantWebhookError::{Secret, Url};
    for (url, secret, error) in [
        ("https://shop.example/hook?a=b", SECRET, None),
        ("http://127.0.0.1:9/hook", SECRET, None),
        ("http://shop.example/hook", SECRET, Some(Url)),
        ("https://user:word@shop.example/", SECRET, Some(Url)),
        ("shop.example", SECRET, Some(Url)),
        ("https://shop.example/", "whsec_c2hvcnQ=", Some(Secret)),
        ("https://shop.example/", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Some(Secret)),
        ("https://shop.example/", "whsec_%%%", Some(Secret)),
    ] {
        assert_eq!(parse(url, secret).err(), error, "{url} {secret}");
    }
}

#[test]
fn the_key_does_not_print_itself() {
    let webhook = parse("https://shop.example/hook", SECRET).expect("reads");
    assert!(!format!("{webhook:?}").contains("MfKQ"));
}
