use super::*;

const NOW: u64 = 1_763_670_000_000;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn the_specification_s_own_example_is_signed_as_it_says() {
    let webhook = MerchantWebhook::parse("https://shop.example/hook".into(), SECRET.into());
    let webhook = webhook.expect("reads");
    let parts: [&[u8]; 1] = [b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}"];
    assert_eq!(
        sign(&webhook, &parts),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
}

#[test]
fn a_message_is_json_with_the_envelope_in_it() {
    let text = message("completed", "2026-11-21T12:00:00.000Z", br#"{"id":"x"}"#);
    insta::assert_snapshot!(String::from_utf8_lossy(&text), @r#"{"type":"prediction.completed","timestamp":"2026-11-21T12:00:00.000Z","data":{"id":"x"}}"#);
}

#[test]
fn attempts_come_ever_later_and_end() {
    let mut delivery = Delivery::first(NOW);
    let mut pauses = vec![delivery.next_ms - NOW];
    assert!(!delivery.is_due(delivery.next_ms - 1) && delivery.is_due(delivery.next_ms));
    while let Some(next) = delivery.again(delivery.next_ms) {
        pauses.push(next.next_ms - delivery.next_ms);
        delivery = next;
    }
    assert_eq!(
        pauses,
        [
            5_000, 20_000, 80_000, 320_000, 1_280_000, 5_120_000, 14_400_000, 14_400_000
        ]
    );
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
