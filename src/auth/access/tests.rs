use super::*;

const NOW_MS: u64 = 1_763_670_000_000;
const NOW: u64 = NOW_MS / 1_000;
const TEAM: &str = "https://team.cloudflareaccess.com";

fn access() -> Access {
    Access { team: TEAM.to_owned(), audience: "ours".to_owned() }
}

fn encoded(value: &Value) -> String {
    BASE64URL.encode_to_string(value.to_string())
}

fn claims() -> Value {
    json!({"iss": TEAM, "aud": ["other", "ours"], "exp": NOW + 60, "email": "ana@shop.example"})
}

fn jwt(header: &Value, claims: &Value) -> String {
    [encoded(header), encoded(claims), BASE64URL.encode_to_string("signature")].join(".")
}

fn header() -> Value {
    json!({"alg": "RS256", "kid": "one", "typ": "JWT"})
}

#[test]
fn a_jwt_is_read_by_its_parts() {
    let text = jwt(&header(), &claims());
    let read = Assertion::parse(&text).expect("reads");
    assert_eq!((&*read.key_id, &*read.signature), ("one", &b"signature"[..]));
    assert!(text.starts_with(read.signed) && read.signed.contains('.'));
    assert_eq!(read.judge(&access(), NOW_MS), Ok("ana@shop.example"));
}

#[test]
fn what_is_no_such_jwt_is_not_read() {
    let (head, body) = (encoded(&header()), encoded(&claims()));
    for text in [
        String::new(),
        "..".to_owned(),
        head.clone(),
        [&*head, &*body].join("."),
        [&*head, &*body, "%"].join("."),
        ["%", &*body, "c2ln"].join("."),
        [&*head, "bm8", "c2ln"].join("."),
        jwt(&json!([]), &claims()),
        jwt(&json!({"alg": "none", "kid": "one"}), &claims()),
        jwt(&json!({"alg": "HS256", "kid": "one"}), &claims()),
        jwt(&json!({"alg": "RS256"}), &claims()),
        jwt(&json!({"alg": "RS256", "kid": 7}), &claims()),
        jwt(&json!({"alg": "RS256", "kid": "one", "crit": ["exp"]}), &claims()),
        jwt(&header(), &json!("text")),
    ] {
        assert!(Assertion::parse(&text).is_none(), "{text}");
    }
}

#[test]
fn each_claim_is_judged() {
    for (name, value, expected) in [
        ("iss", json!("https://other.cloudflareaccess.com"), AccessError::Issuer),
        ("iss", json!(null), AccessError::Issuer),
        ("iss", json!([TEAM]), AccessError::Issuer),
        ("aud", json!(["other"]), AccessError::Audience),
        ("aud", json!("other"), AccessError::Audience),
        ("aud", json!(null), AccessError::Audience),
        ("exp", json!(NOW), AccessError::Expired),
        ("exp", json!(null), AccessError::Expired),
        ("exp", json!("tomorrow"), AccessError::Expired),
        ("nbf", json!(NOW + 61), AccessError::Early),
        ("nbf", json!("soon"), AccessError::Early),
        ("email", json!(null), AccessError::NoEmail),
        ("email", json!(""), AccessError::NoEmail),
    ] {
        let mut claims = claims();
        claims[name] = value;
        let text = jwt(&header(), &claims);
        let read = Assertion::parse(&text).expect("reads");
        assert_eq!(read.judge(&access(), NOW_MS), Err(expected), "{claims}");
    }
    for (name, value) in [("aud", json!("ours")), ("nbf", json!(NOW + 60))] {
        let mut claims = claims();
        claims[name] = value;
        let text = jwt(&header(), &claims);
        assert!(Assertion::parse(&text).expect("reads").judge(&access(), NOW_MS).is_ok());
    }
}

#[test]
fn keys_hold_for_an_hour_and_are_asked_for_once_a_minute() {
    let mut keys = KeySet::default();
    assert_eq!(keys.find("one", NOW_MS), Err(AccessError::NoKeys));
    assert!(keys.may_ask(NOW_MS));
    assert!(!keys.may_ask(NOW_MS + 59_999), "it didn't answer");
    assert!(keys.may_ask(NOW_MS + 60_000));
    let answer = json!({"keys": [{"kid": "one", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]});
    keys.tell(answer.to_string().as_bytes(), NOW_MS);
    let found = keys.find("one", NOW_MS + 3_599_999).expect("is there");
    let found: Value = serde_json::from_str(&found).expect("is JSON");
    assert_eq!(found, json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256"}));
    assert_eq!(keys.find("two", NOW_MS), Err(AccessError::Key));
    for broken in ["", "{}", r#"{"keys":7}"#] {
        keys.tell(broken.as_bytes(), NOW_MS + 1_000);
        assert!(keys.find("one", NOW_MS).is_ok());
    }
    assert_eq!(keys.find("one", NOW_MS + 3_600_000), Err(AccessError::NoKeys));
}
