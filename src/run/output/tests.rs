use super::*;
use crate::config::settings::Settings;

fn base_url(text: &str) -> BaseUrl {
    let settings = Settings::read(&|name| match name {
        "FASHN_API_KEY" => Some("key".into()),
        "SIGNING_SECRET" => Some("0123456789abcdef0123456789abcdef".into()),
        "FASHN_BASE_URL" => Some(text.into()),
        _ => None,
    });
    settings.expect("reads").fashn.base_url
}

#[test]
fn fashn_s_addresses_are_passed_on() {
    let sandbox = base_url("http://127.0.0.1:8788");
    for address in [
        "https://cdn.fashn.ai/123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1/output_0.png",
        "https://cdn.staging.fashn.ai/1/output_0.png",
        "http://127.0.0.1:8788/cdn/1/output_0.png",
    ] {
        assert_eq!(classify(address, &sandbox), OutputItem::Url(address), "{address}");
    }
}

#[test]
fn other_addresses_are_not() {
    let fashn = base_url("https://api.fashn.ai");
    for address in [
        "https://evil.example/output_0.png",
        "https://fashn.ai.evil.example/output_0.png",
        "https://notfashn.ai/output_0.png",
        "http://cdn.fashn.ai/output_0.png",
        "https://cdn.fashn.ai@evil.example/output_0.png",
        "https://user@cdn.fashn.ai/output_0.png",
        "https://cdn.fashn.ai:8443/output_0.png",
        "http://127.0.0.1:8788/cdn/1/output_0.png",
        "javascript:alert(1)",
        "data:text/html;base64,PGI+",
        "",
    ] {
        assert_eq!(classify(address, &fashn), OutputItem::Foreign, "{address}");
    }
}

#[test]
fn pictures_in_base64_and_expired_ones_are_known() {
    let fashn = base_url("https://api.fashn.ai");
    assert!(
        matches!(classify("data:image/png;base64,AAAA", &fashn), OutputItem::Data(data) if data.byte_len() == 3)
    );
    assert_eq!(classify("_expired", &fashn), OutputItem::Expired);
}
