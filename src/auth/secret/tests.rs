use super::*;

#[test]
fn a_secret_does_not_print_itself() {
    assert_eq!(format!("{:?}", Secret::new("hush".into())), "[secret]");
}

#[test]
fn only_the_very_secret_matches() {
    let secret = Secret::new("correct horse".into());
    assert!(secret.matches("correct horse"));
    for wrong in ["", "correct", "correct horse ", "Correct horse"] {
        assert!(!secret.matches(wrong), "{wrong:?} matched");
    }
}

#[test]
fn a_key_that_is_repeated_is_struck_out_wherever_it_stands() {
    for (answer, struck) in [
        ("", ""),
        ("no", "no"),
        ("fa-key", "******"),
        (r#"{"message":"bad fa-key, fa-key!"}"#, r#"{"message":"bad ******, ******!"}"#),
        ("fa-kefa-keyfa-key", "fa-ke************"),
    ] {
        let mut bytes = answer.as_bytes().to_vec();
        Secret::new("fa-key".into()).strike_out(&mut bytes);
        assert_eq!(String::from_utf8_lossy(&bytes), struck);
    }
}
