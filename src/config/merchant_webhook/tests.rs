use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn parse(url: &str, secret: &str) -> Result<MerchantWebhook, SettingError> {
    MerchantWebhook::parse(url.into(), secret.into(), None)
}

#[test]
fn it_goes_to_https_or_to_this_machine_with_a_key_that_is_long_enough() {
    for (url, secret, error) in [
        ("https://shop.example/hook?a=b", SECRET, None),
        ("http://127.0.0.1:9/hook", SECRET, None),
        ("http://shop.example/hook", SECRET, Some("MERCHANT_WEBHOOK_URL")),
        ("https://user:word@shop.example/", SECRET, Some("MERCHANT_WEBHOOK_URL")),
        ("shop.example", SECRET, Some("MERCHANT_WEBHOOK_URL")),
        ("https://shop.example/", "whsec_c2hvcnQ=", Some("MERCHANT_WEBHOOK_SECRET")),
        (
            "https://shop.example/",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            Some("MERCHANT_WEBHOOK_SECRET"),
        ),
        ("https://shop.example/", "whsec_%%%", Some("MERCHANT_WEBHOOK_SECRET")),
    ] {
        assert_eq!(parse(url, secret).err().map(|error| error.setting), error, "{url} {secret}");
    }
}

#[test]
fn the_key_does_not_print_itself() {
    let webhook = parse("https://shop.example/hook", SECRET).expect("reads");
    assert!(!format!("{webhook:?}").contains("MfKQ"));
}

#[test]
fn the_previous_key_is_as_strict_and_comes_second() {
    let with = |previous: &str| {
        MerchantWebhook::parse("https://a.example/".into(), SECRET.into(), Some(previous.into()))
    };
    let other = "whsec_Nb2LUm9ZpxH0yVcF3kQeWsTgR7dJoAiX";
    assert_eq!(with(other).expect("reads").keys().count(), 2);
    assert_eq!(parse("https://a.example/", SECRET).expect("reads").keys().count(), 1);
    for short in ["whsec_c2hvcnQ=", "whsec_", "another"] {
        let error = with(short).expect_err("too short");
        assert_eq!(error.setting, "MERCHANT_WEBHOOK_SECRET_PREVIOUS");
    }
}
