use super::*;

const NOW: u64 = 1_763_670_000_000;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn the_specification_s_own_example_is_signed_as_it_says() {
    let webhook = |secret: &str, previous: Option<&str>| {
        let url = Some("https://shop.example/hook".into());
        let previous = previous.map(str::to_owned);
        MerchantWebhook::parse(url, secret.into(), previous).expect("reads")
    };
    let sign = |webhook: &MerchantWebhook| {
        let (id, timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        super::sign(webhook, id, timestamp, br#"{"test": 2432232314}"#)
    };
    let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert_eq!(sign(&webhook(SECRET, None)), signature);
    // While it is changed, with both: the current one's stands first.
    let new = "whsec_Nb2LUm9ZpxH0yVcF3kQeWsTgR7dJoAiX";
    let both = sign(&webhook(new, Some(SECRET)));
    let (first, second) = both.split_once(' ').expect("two");
    assert_eq!(first, sign(&webhook(new, None)));
    assert_eq!(second, signature);
}

fn message(event: &str, detail: Option<&str>) -> OutboxMessage {
    OutboxMessage {
        id: MessageId("0123456789abcdef0123456789abcdef".into()),
        ticket: None,
        event: event.into(),
        at_ms: NOW,
        detail: detail.map(str::to_owned),
        tries: 1,
        next_ms: NOW,
        outcome: None,
        url: None,
    }
}

#[test]
fn a_message_is_json_around_its_data() {
    let text = body(&message("prediction.completed", None), br#"{"id":"x"}"#);
    insta::assert_snapshot!(String::from_utf8_lossy(&text), @r#"{"type":"prediction.completed","timestamp":"2025-11-20T20:20:00.000Z","data":{"id":"x"}}"#);
}

#[test]
fn what_is_known_without_a_result_is_how_the_run_ended() {
    for (event, detail, data) in [
        ("prediction.completed", None, r#"{"run":"01234567","status":"completed","output":null}"#),
        ("prediction.time_out", None, r#"{"run":"01234567","status":"time_out","output":null}"#),
        ("alert.breaker", Some(r#"{"is_open":true}"#), r#"{"is_open":true}"#),
    ] {
        let data_of = known(&message(event, detail));
        assert_eq!(data_of, data);
        let text = body(&message(event, detail), data_of.as_bytes());
        serde_json::from_slice::<serde_json::Value>(&text).expect("JSON");
    }
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
