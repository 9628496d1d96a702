use super::*;

fn required() -> Turnstile {
    Turnstile {
        site_key: None,
        secret: Secret::new("the-widget-s-secret".into()),
        hostnames: vec!["shop.example".into(), "www.shop.example".into()],
        action: "try-on".into(),
    }
}

fn question(repeat: Option<[&str; 3]>) -> String {
    let signer = Signer::new(&Secret::new("secret".into())).expect("a key");
    required().question("0.a+b/c=", repeat, [7; 16], &signer)
}

#[test]
fn the_question_is_siteverify_s_form() {
    insta::assert_snapshot!(question(None), @"secret=the-widget-s-secret&response=0.a%2Bb%2Fc%3D&idempotency_key=07070707-0707-8707-8707-070707070707");
}

#[test]
fn a_repeat_asks_with_the_same_key_and_a_replay_with_another() {
    let repeat = ["ann", "key 1", "shirt"];
    let first = question(Some(repeat));
    assert_eq!(first, question(Some(repeat)));
    let others = [["bob", "key 1", "shirt"], ["ann", "key 2", "shirt"], ["ann", "key 1", "skirt"]];
    for other in others {
        assert_ne!(first, question(Some(other)), "{other:?}");
    }
    assert_ne!(first, question(None));
}

#[test]
fn what_can_be_no_token_is_not_asked_about() {
    for header in [None, Some(""), Some(&*"x".repeat(2_049))] {
        assert_eq!(token(header), Err(ChallengeError::NoToken));
    }
    assert_eq!(token(Some("0.a+b/c=")), Ok("0.a+b/c="));
}

#[test]
fn only_a_success_on_the_shop_s_page_for_this_action_is_a_pass() {
    let judge = |answer: &str| required().judge(answer.as_bytes());
    for answer in [
        r#"{"success":true,"hostname":"shop.example","action":"try-on"}"#,
        r#"{"success":true,"error-codes":[],"challenge_ts":"2026-01-01","hostname":"www.shop.example","action":"try-on","cdata":""}"#,
    ] {
        assert_eq!(judge(answer), Ok(()), "{answer}");
    }
    for (answer, why) in [
        (r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#, ChallengeError::Refused),
        (
            r#"{"success":"true","hostname":"shop.example","action":"try-on"}"#,
            ChallengeError::Refused,
        ),
        (r#"{"success":1,"hostname":"shop.example","action":"try-on"}"#, ChallengeError::Refused),
        (
            r#"{"success":true,"success":true,"hostname":"shop.example","action":"try-on"}"#,
            ChallengeError::Refused,
        ),
        (r#"{"hostname":"shop.example","action":"try-on"}"#, ChallengeError::Refused),
        (
            r#"{"success":true,"hostname":"evil.example","action":"try-on"}"#,
            ChallengeError::Hostname,
        ),
        (
            r#"{"success":true,"hostname":"x.shop.example","action":"try-on"}"#,
            ChallengeError::Hostname,
        ),
        (r#"{"success":true,"action":"try-on"}"#, ChallengeError::Hostname),
        (r#"{"success":true,"hostname":"shop.example","action":"login"}"#, ChallengeError::Action),
        (r#"{"success":true,"hostname":"shop.example"}"#, ChallengeError::Action),
        (r"[]", ChallengeError::NoAnswer("not an object".into())),
        ("<html>", ChallengeError::NoAnswer("not an object".into())),
        ("", ChallengeError::NoAnswer("not an object".into())),
    ] {
        assert_eq!(judge(answer), Err(why), "{answer}");
    }
}
