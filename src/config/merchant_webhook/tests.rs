use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn parse(url: &str, secret: &str) -> Result<MerchantWebhook, SettingError> {
    MerchantWebhook::parse(Some(url.into()), secret.into(), None)
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
        let url = Some("https://a.example/".into());
        MerchantWebhook::parse(url, SECRET.into(), Some(previous.into()))
    };
    let other = "whsec_Nb2LUm9ZpxH0yVcF3kQeWsTgR7dJoAiX";
    assert_eq!(with(other).expect("reads").secrets().count(), 2);
    assert_eq!(parse("https://a.example/", SECRET).expect("reads").secrets().count(), 1);
    for short in ["whsec_c2hvcnQ=", "whsec_", "another"] {
        let error = with(short).expect_err("too short");
        assert_eq!(error.setting, "MERCHANT_WEBHOOK_SECRET_PREVIOUS");
    }
}

#[test]
fn an_address_of_staff_is_on_an_allowed_host_and_nowhere_else() {
    let hosts = ["hooks.example", "*.batch.example"].map(HostPattern::parse);
    let hosts: Vec<_> = hosts.into_iter().map(|host| host.expect("a host")).collect();
    let staff = StaffAddresses { hosts, is_local: false };
    for url in
        ["https://hooks.example/a?b=c", "https://HOOKS.example", "https://a.b.batch.example/"]
    {
        assert!(staff.parse(url).is_ok(), "{url}");
    }
    let long = ["https://hooks.example/", &"a".repeat(2_048)].concat();
    for url in [
        "http://hooks.example/",
        "https://hooks.example:8443/",
        "https://user@hooks.example/",
        "https://hooks.example@evil.example/",
        "https://hooks.example.evil.example/",
        "https://evil.example/?hooks.example",
        "https://batch.example/",
        "https://evilbatch.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "http://127.0.0.1:9/",
        "http://localhost/",
        "https://169.254.169.254/",
        "ftp://hooks.example/",
        "hooks.example",
        "",
        &long,
    ] {
        assert!(staff.parse(url).is_err(), "{url}");
    }
}

#[test]
fn this_machine_is_an_address_of_staff_only_where_fashn_is_there_too() {
    let hosts = vec![HostPattern::parse("hooks.example").expect("a host")];
    let (local, remote) = (StaffAddresses { hosts, is_local: true }, StaffAddresses::default());
    assert!(local.parse("http://127.0.0.1:9/hook").is_ok());
    assert!(local.parse("http://user@127.0.0.1:9/hook").is_err());
    assert!(local.parse("http://hooks.example/").is_err());
    let message = remote.parse("https://hooks.example/").expect_err("no host is allowed");
    assert!(message.contains("STAFF_WEBHOOK_HOSTS"), "{message}");
}
