use super::*;
use proptest::prelude::*;

use crate::auth::ids::{AccountId, Jurisdiction};
use crate::auth::secret::Secret;

fn signer(secret: &str) -> Signer {
    Signer::new(&Secret::new(secret.into())).expect("any key is taken")
}

fn ticket() -> Ticket {
    let account = AccountId::of_key("FASHN_API_KEY", Jurisdiction::Global);
    Ticket::mint(account, 1_763_670_000_123, *b"eleven byte")
}

fn receipt() -> Receipt {
    Receipt::of("2026-11", Some(&"0a".repeat(32)), &ticket())
}

#[test]
fn a_receipt_is_pinned_so_that_a_new_release_recognises_the_old_ones() {
    let signer = signer("0123456789abcdef0123456789abcdef");
    let told = receipt().told(&signer);
    let (fields, sealed) = told.split_once(r#","receipt":"#).expect("both");
    assert_eq!(
        fields,
        [
            r#"{"version":"2026-11","text_hash":""#,
            &"0a".repeat(32),
            r#"","at_ms":1763670000000,"run":"ecad24c9""#,
        ]
        .concat()
    );
    assert!(sealed.ends_with(r#".FhglVGJ-2fcOJI5GLabo5g"}"#), "{sealed}");
    assert_eq!(verify(&signer, &receipt().sealed(&signer)), Some(receipt().json()));
}

#[test]
fn a_receipt_names_the_run_as_the_log_does_and_not_as_its_holder_does() {
    let (signer, receipt) = (signer("secret"), receipt());
    assert_eq!(receipt.run, ticket().short_hash());
    assert_eq!(receipt.at_ms, 1_763_670_000_000);
    let told = receipt.told(&signer);
    assert!(!told.contains(signer.id(&ticket()).as_str()) && !told.contains(&ticket().name()));
}

#[test]
fn what_is_signed_for_another_purpose_is_no_receipt() {
    let signer = signer("secret");
    let json = receipt().json();
    let id = signer.mac_of(Purpose::Id, json.as_bytes());
    let forged = [BASE64URL.encode_to_string(&json), BASE64URL.encode_to_string(id)].join(".");
    assert_eq!(verify(&signer, &forged), None);
    assert_eq!(verify(&signer, signer.id(&ticket()).as_str()), None);
}

#[test]
fn the_secret_before_this_one_is_still_known_and_another_is_not() {
    let (old, new) = (Secret::new("old".into()), signer("new"));
    let sealed = receipt().sealed(&signer("old"));
    assert_eq!(verify(&new, &sealed), None);
    let rotated = new.also_knowing(&old).expect("any key is taken");
    assert_eq!(verify(&rotated, &sealed), Some(receipt().json()));
}

proptest! {
    #[test]
    fn any_version_is_read_back_and_nothing_changed_is(
        version in ".*",
        at in 0_usize..400,
        bit in 0_u8..7,
    ) {
        let signer = signer("secret");
        let sealed = Receipt::of(&version, None, &ticket()).sealed(&signer);
        let read: serde_json::Value =
            serde_json::from_str(&verify(&signer, &sealed).expect("ours")).expect("JSON");
        prop_assert_eq!(&read["version"], &serde_json::Value::String(version));
        let mut bytes = sealed.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let changed = String::from_utf8_lossy(&bytes);
        prop_assert_eq!(verify(&signer, &changed), None);
    }
}

#[test]
fn a_hash_of_words_has_64_small_digits() {
    assert!(is_text_hash(&"0f".repeat(32)));
    for wrong in ["", "0f", &"0F".repeat(32), &"0g".repeat(32), &"0f".repeat(33)] {
        assert!(!is_text_hash(wrong), "{wrong}");
    }
}
