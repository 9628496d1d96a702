use super::*;

const NOW: u64 = 1_763_670_000_000;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn the_specification_s_own_example_is_signed_as_it_says() {
    let webhook = MerchantWebhook::parse("https://shop.example/hook".into(), SECRET.into());
    let webhook = webhook.expect("reads");
    let parts: [&[u8]; 1] = [b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"];
    assert_eq!(sign(&webhook, &parts), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_message_is_json_with_the_envelope_in_it() {
    let text = message("completed", "2026-11-21T12:00:00.000Z", br#"{"id":"x"}"#);
    insta::assert_snapshot!(String::from_utf8_lossy(&text), @r#"{"type":"prediction.completed","timestamp":"2026-11-21T12:00:00.000Z","data":{"id":"x"}}"#);
}

#[test]
fn a_time_is_written_as_rfc_3339_has_it() {
    for (ms, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (NOW, "2025-11-20T20:20:00.000Z"),
        (1_798_761_599_001, "2026-12-31T23:59:59.001Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ] {
        assert_eq!(timestamp(ms), text, "{ms}");
    }
}

#[test]
fn success_and_gone_end_the_delivery_and_nothing_else_does() {
    for (status, settled) in [
        (200, true),
        (204, true),
        (410, true),
        (301, false),
        (400, false),
        (429, false),
        (503, false),
    ] {
        assert_eq!(is_settled(status), settled, "{status}");
    }
}
