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
