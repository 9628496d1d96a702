use super::*;
use crate::http::request_head::tests::text_with;

const NOW_MS: u64 = 1_763_670_000_000;
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OTHER: &str = "whsec_YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=";
const BODY: &[u8] = br#"{"type":"order.paid"}"#;

fn signature(secret: &str, id: &str, seconds: &str, body: &[u8]) -> String {
    let key = key(&Secret::new(secret.into())).expect("a key");
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    let mac = [id.as_bytes(), b".", seconds.as_bytes(), b".", body]
        .into_iter()
        .fold(mac, hmac::Mac::chain_update);
    ["v1,", &BASE64.encode_to_string(mac.finalize().into_bytes())].concat()
}

fn is_by(secret: &str, id: &str, seconds: &str, signatures: &str, body: &[u8]) -> bool {
    let headers = [
        (Header::WebhookId, id),
        (Header::WebhookTimestamp, seconds),
        (Header::WebhookSignature, signatures),
    ];
    let text = text_with("", &headers);
    Signed::read(&RequestHead::parse(&text), NOW_MS)
        .is_some_and(|signed| signed.is_by(&Secret::new(secret.into()), body))
}

#[test]
fn the_vector_of_the_specification_passes() {
    let headers = [
        (Header::WebhookId, "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        (Header::WebhookTimestamp, "1614265330"),
        (Header::WebhookSignature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let text = text_with("", &headers);
    let signed = Signed::read(&RequestHead::parse(&text), 1_614_265_330_000).expect("is fresh");
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
    assert!(signed.is_by(&secret, br#"{"test": 2432232314}"#));
    assert!(!signed.is_by(&secret, br#"{"test": 2432232315}"#));
}

#[test]
fn one_of_several_signatures_is_enough() {
    let (now, good) = ("1763670000", signature(SECRET, "ord_1", "1763670000", BODY));
    let other = signature(OTHER, "ord_1", now, BODY);
    for (signatures, is_signed) in [
        (good.clone(), true),
        ([&*other, " ", &good].concat(), true),
        ([&*good, " v2,abc"].concat(), true),
        (other, false),
        (good.replace("v1,", "v2,"), false),
        (good.replace("v1,", ""), false),
        (String::new(), false),
        ("v1,".to_owned(), false),
    ] {
        assert_eq!(is_by(SECRET, "ord_1", now, &signatures, BODY), is_signed, "{signatures}");
    }
}

#[test]
fn id_time_and_body_are_signed_and_the_time_is_near() {
    let sign = |seconds: &str| signature(SECRET, "ord_1", seconds, BODY);
    assert!(is_by(SECRET, "ord_1", "1763670300", &sign("1763670300"), BODY));
    assert!(!is_by(SECRET, "ord_1", "1763670301", &sign("1763670301"), BODY));
    assert!(is_by(SECRET, "ord_1", "1763669700", &sign("1763669700"), BODY));
    assert!(!is_by(SECRET, "ord_1", "1763669699", &sign("1763669699"), BODY));
    assert!(!is_by(SECRET, "ord_1", "soon", &sign("soon"), BODY));
    let good = sign("1763670000");
    assert!(!is_by(SECRET, "ord_2", "1763670000", &good, BODY));
    assert!(!is_by(SECRET, "ord_1", "1763670001", &good, BODY));
    assert!(!is_by(SECRET, "ord_1", "1763670000", &good, b"{}"));
    assert!(!is_by("no key", "ord_1", "1763670000", &good, BODY));
}

#[test]
fn a_header_that_is_missing_is_no_signature() {
    let good = signature(SECRET, "ord_1", "1763670000", BODY);
    let all = [
        (Header::WebhookId, "ord_1"),
        (Header::WebhookTimestamp, "1763670000"),
        (Header::WebhookSignature, &*good),
    ];
    for missing in all {
        let rest: Vec<_> = all.into_iter().filter(|header| *header != missing).collect();
        let text = text_with("", &rest);
        assert!(Signed::read(&RequestHead::parse(&text), NOW_MS).is_none(), "{missing:?}");
    }
}
