mod account;
mod privacy;
mod reference;
mod shops;

use super::*;

const GOOD: [(&str, &str); 2] =
    [("FASHN_API_KEY", "fa-key"), ("SIGNING_SECRET", "0123456789abcdef0123456789abcdef")];

/// Settings that are good, and these beside or instead of them.
pub(in crate::config) fn read(more: &[(&str, &str)]) -> Result<Settings, Vec<SettingError>> {
    let all: Vec<_> =
        GOOD.iter().chain(more).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Settings::read(&|name| {
        all.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
    })
}

/// All that is wrong, in words.
pub(in crate::config) fn sentences(more: &[(&str, &str)]) -> Vec<String> {
    let errors = read(more).expect_err("it should not read");
    errors.iter().map(ToString::to_string).collect()
}

/// The names of the settings that are wrong.
fn wrong(more: &[(&str, &str)]) -> Vec<&'static str> {
    read(more).expect_err("it should not read").into_iter().map(|error| error.setting).collect()
}

#[test]
fn a_key_and_a_signing_secret_are_enough() {
    let settings = read(&[]).expect("reads");
    assert_eq!(settings.fashn.base_url.to_string(), "https://api.fashn.ai");
    assert_eq!(settings.result_ttl_seconds, 3_600);
    assert!(settings.callers.staff_tokens.is_empty());
    assert!(settings.shops.default.origins.is_empty());
}

#[test]
fn all_faults_are_reported_at_once() {
    let settings = [
        ("FASHN_API_KEY", " "),
        ("SIGNING_SECRET", "short"),
        ("SIGNING_SECRET_PREVIOUS", "short"),
        ("STAFF_TOKEN", "short"),
        ("STAFF_TOKEN_PREVIOUS", "short"),
        ("ALLOWED_ORIGINS", "https://good.example, http://bad.example"),
        ("POLICY", r#"{"models":["tryon-v9"]}"#),
        ("GARMENT_SECRET_PREVIOUS", "short"),
        ("GARMENT_SECRET", "short"),
        ("FASHN_TIMEOUT_SECONDS", "26"),
        ("FASHN_BASE_URL", "http://api.fashn.ai"),
        ("PRODUCT_HOSTS", "cdn.example https://cdn.example"),
        ("SHOPPER_PICTURE_HOSTS", "data:"),
        ("TURNSTILE_SECRET", "short"),
        ("STAFF_WEBHOOK_HOSTS", "127.0.0.1"),
        ("OUTPUT_ADDRESSES", "both"),
        ("PUBLIC_ORIGIN", "gateway.example"),
        ("JURISDICTION", "fedramp"),
        ("MAX_BODY_BYTES", "lots"),
        ("RESULT_TTL_SECONDS", "5"),
        ("DEADLINE_SECONDS", "-1"),
        ("VISITOR_DAY_ATTEMPTS", "0"),
        ("BODIES_BYTES", "8589934593"),
    ];
    let names: Vec<_> = settings.iter().map(|(name, _)| *name).collect();
    assert_eq!(wrong(&settings), names);
}

#[test]
fn an_error_never_repeats_a_secret() {
    let errors =
        read(&[("STAFF_TOKEN", "hunter2"), ("SIGNING_SECRET", "hunter2")]).expect_err("too short");
    assert!(!format!("{errors:?}").contains("hunter2"));
}

#[test]
fn origins_come_with_commas_spaces_or_lines_between() {
    let settings =
        read(&[("ALLOWED_ORIGINS", "https://a.example,https://b.example\nhttps://*.c.example")])
            .expect("reads");
    let origins = &settings.shops.default.origins;
    let origins: Vec<_> = origins.iter().map(ToString::to_string).collect();
    assert_eq!(origins, ["https://a.example", "https://b.example", "https://*.c.example"]);
}

#[test]
fn pictures_come_from_shopify_s_hosts_unless_the_merchant_names_others() {
    let hosts = |settings: &Settings| {
        let hosts = &settings.pictures.product_hosts;
        let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
        names.join(" ")
    };
    let settings = read(&[]).expect("reads");
    assert_eq!(hosts(&settings), "cdn.shopify.com");
    assert!(!settings.pictures.product_data);
    assert!(settings.pictures.photo_hosts.is_empty());
    let settings = read(&[("PRODUCT_HOSTS", "*.shop.example, data:")]).expect("reads");
    assert_eq!(hosts(&settings), "*.shop.example");
    assert!(settings.pictures.product_data);
}

#[test]
fn garments_need_no_signature_until_there_is_a_secret_and_the_one_before_it_alone_opens_nothing() {
    let secret = "0123456789abcdef0123456789abcdef";
    let garments =
        |set: &[(&str, &str)]| read(set).expect("reads").shops.default.garments.is_some();
    let (current, previous) = (("GARMENT_SECRET", secret), ("GARMENT_SECRET_PREVIOUS", secret));
    assert!(!garments(&[]));
    assert!(garments(&[current]) && garments(&[current, previous]));
    assert_eq!(wrong(&[previous]), ["GARMENT_SECRET"]);
}

#[test]
fn a_challenge_needs_its_secret_and_its_hosts() {
    assert!(read(&[]).expect("reads").turnstile.is_none());
    let secret = ("TURNSTILE_SECRET", "0x4AAAAAAA-secret");
    let hosts = ("TURNSTILE_HOSTNAMES", "shop.example, www.shop.example");
    let turnstile = read(&[secret, hosts]).expect("reads").turnstile;
    let turnstile = turnstile.expect("a challenge");
    assert_eq!(turnstile.hostnames, ["shop.example", "www.shop.example"]);
    assert_eq!(turnstile.action, "try-on");
    // Half of it would be a challenge that lets everybody pass, or nobody.
    assert_eq!(wrong(&[secret]), ["TURNSTILE_HOSTNAMES"]);
    let site_key = ("TURNSTILE_SITE_KEY", "0x4AAAAAAA-public");
    let with_widget = read(&[secret, hosts, site_key]).expect("reads").turnstile;
    assert_eq!(with_widget.expect("a challenge").site_key.as_deref(), Some(site_key.1));
    for half in [site_key, hosts, ("TURNSTILE_ACTION", "try-on")] {
        assert_eq!(wrong(&[half]), ["TURNSTILE_SECRET"]);
    }
}

#[test]
fn merchant_webhooks_need_an_address_a_secret_and_the_gateway_s_own_origin() {
    let url = ("MERCHANT_WEBHOOK_URL", "https://shop.example/hook");
    let secret = ("MERCHANT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let origin = ("PUBLIC_ORIGIN", "https://try.example");
    assert!(read(&[]).expect("reads").merchant_webhook.is_none());
    let settings = read(&[url, secret, origin]).expect("reads");
    let webhook = settings.merchant_webhook.expect("a webhook");
    assert_eq!(webhook.url.as_deref(), Some("https://shop.example/hook"));
    let hosts = ("STAFF_WEBHOOK_HOSTS", "hooks.example *.batch.example");
    let webhook = read(&[hosts, secret, origin]).expect("reads").merchant_webhook;
    let webhook = webhook.expect("one for staff alone");
    assert_eq!((webhook.url, webhook.staff.hosts.len()), (None, 2));
    assert!(!webhook.staff.is_local);
    let local = ("FASHN_BASE_URL", "http://127.0.0.1:8788");
    let webhook = read(&[hosts, secret, origin, local]).expect("reads").merchant_webhook;
    assert!(webhook.expect("one on this machine").staff.is_local);
    for (set, names) in [
        (vec![url, origin], ["MERCHANT_WEBHOOK_SECRET"]),
        (vec![secret, origin], ["MERCHANT_WEBHOOK_URL"]),
        (vec![url, secret], ["PUBLIC_ORIGIN"]),
        (vec![hosts, origin], ["MERCHANT_WEBHOOK_SECRET"]),
        (vec![hosts, secret], ["PUBLIC_ORIGIN"]),
        (vec![("STAFF_WEBHOOK_HOSTS", "127.0.0.1"), url, secret, origin], ["STAFF_WEBHOOK_HOSTS"]),
        (vec![url, ("MERCHANT_WEBHOOK_SECRET", "whsec_"), origin], ["MERCHANT_WEBHOOK_SECRET"]),
        (
            vec![("MERCHANT_WEBHOOK_URL", "http://shop.example"), secret, origin],
            ["MERCHANT_WEBHOOK_URL"],
        ),
    ] {
        assert_eq!(wrong(&set), names, "{set:?}");
    }
}

#[test]
fn data_live_anywhere_unless_the_operator_chooses_the_european_union() {
    for (value, jurisdiction) in
        [("", Jurisdiction::Global), ("none", Jurisdiction::Global), ("eu", Jurisdiction::Eu)]
    {
        let settings = read(&[("JURISDICTION", value)]).expect("reads");
        assert_eq!(settings.jurisdiction, jurisdiction, "{value}");
    }
}

#[test]
fn the_sandbox_on_this_machine_may_be_plain_http() {
    let settings = read(&[("FASHN_BASE_URL", "http://127.0.0.1:8788/")]).expect("reads");
    assert_eq!(settings.fashn.base_url.to_string(), "http://127.0.0.1:8788");
}
