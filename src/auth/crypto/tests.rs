use super::*;

#[test]
fn the_second_case_of_rfc_4231_is_reproduced() {
    let mac = mac(&Secret::new("Jefe".into()), b"what do ya want for nothing?");
    assert_eq!(
        hex(&mac.expect("any key is taken")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}
