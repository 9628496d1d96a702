use super::*;
use proptest::prelude::*;

fn signer(secret: &str) -> Signer {
    Signer::new(&Secret::new(secret.into())).expect("any key is taken")
}

fn account() -> AccountId {
    AccountId::of_key("FASHN_API_KEY", Jurisdiction::Global)
}

fn ticket(random: [u8; 11]) -> Ticket {
    Ticket::mint(account(), 1_000, random)
}

#[test]
fn an_id_is_pinned_so_that_a_new_release_recognises_the_old_ones() {
    let ticket = Ticket::mint(account(), 1_763_670_000_123, *b"eleven byte");
    let signer = signer("0123456789abcdef0123456789abcdef");
    assert_eq!(signer.id(&ticket).as_str(), "aR938ACDrFsSZWxldmVuIGJ5dGVrVZNMRF9kadf5KxX3yB9R");
    assert_eq!(
        signer.webhook_token(&ticket, 7).reveal(),
        "aR938ACDrFsSZWxldmVuIGJ5dGUAB79NthgMm8PQHoaBwZy-c10"
    );
    assert_eq!(ticket.name(), "aR938ACDrFsSZWxldmVuIGJ5dGU");
    assert_eq!(ticket.account().object_name(), "83ac5b12");
}

#[test]
fn a_ticket_names_its_account_and_jurisdiction() {
    for jurisdiction in [Jurisdiction::Global, Jurisdiction::Eu] {
        let north = AccountId::of_key("FASHN_API_KEY_NORTH", jurisdiction);
        assert_eq!(Ticket::mint(north, 0, [9; 11]).account(), north);
        assert_ne!(north.object_name(), account().object_name());
    }
}

#[test]
fn a_token_is_no_id_and_an_id_is_no_token() {
    let signer = signer("secret");
    let ticket = ticket([7; 11]);
    let token = signer.webhook_token(&ticket, 1);
    assert_eq!(signer.verify_id(token.reveal()), None);
    assert_eq!(signer.verify_webhook_token(signer.id(&ticket).as_str()), None);
}

#[test]
fn another_secret_recognises_nothing_of_it() {
    let id = signer("other").id(&ticket([7; 11]));
    assert_eq!(signer("one").verify_id(id.as_str()), None);
}

#[test]
fn after_a_rotation_the_previous_secret_s_ids_and_tokens_are_still_recognised() {
    let ticket = ticket([7; 11]);
    let old = signer("old");
    let rotated = signer("new").also_knowing(&Secret::new("old".into())).expect("any key is taken");
    assert_eq!(rotated.verify_id(old.id(&ticket).as_str()), Some(ticket));
    let token = old.webhook_token(&ticket, 3);
    assert_eq!(rotated.verify_webhook_token(token.reveal()), Some((ticket, 3)));
    assert_eq!(rotated.verify_id(token.reveal()), None);
    assert_eq!(rotated.id(&ticket), signer("new").id(&ticket));
    assert_eq!(rotated.verify_id(signer("older").id(&ticket).as_str()), None);
}

proptest! {
    #[test]
    fn what_was_minted_is_recognised(now_ms in 0_u64..4_000_000_000_000, random: [u8; 11], attempt: u16) {
        let signer = signer("secret");
        let ticket = Ticket::mint(account(), now_ms, random);
        prop_assert_eq!(signer.verify_id(signer.id(&ticket).as_str()), Some(ticket));
        let token = signer.webhook_token(&ticket, attempt);
        prop_assert_eq!(signer.verify_webhook_token(token.reveal()), Some((ticket, attempt)));
        prop_assert_eq!(&ticket.0[..4], &u32::try_from(now_ms / 1_000).expect("fits").to_be_bytes());
        prop_assert_eq!(ticket.account(), account());
    }

    #[test]
    fn one_changed_character_is_a_forgery(random: [u8; 11], at in 0_usize..48, to in "[A-Za-z0-9_-]") {
        let signer = signer("secret");
        let id = signer.id(&ticket(random)).0;
        let mut forged = id.clone();
        forged.replace_range(at..=at, &to);
        prop_assume!(forged != id);
        prop_assert_eq!(signer.verify_id(&forged), None);
    }

    #[test]
    fn no_text_breaks_it(text in ".*") {
        prop_assert_eq!(signer("secret").verify_id(&text), None);
        prop_assert_eq!(signer("secret").verify_webhook_token(&text), None);
    }
}
