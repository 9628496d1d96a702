//! A message to the merchant's backend.

use std::rc::Rc;

use super::ports::Ports;
use super::{broken, done, origin, signer, ticket};
use crate::app::outbox::{Sender, deliver};
use crate::config::merchant_webhook::MerchantWebhook;
use crate::config::settings::OutputAddresses;
use crate::run::output::{StoredItem, StoredOutput};
use crate::run::view::View;

pub fn sender() -> Sender {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    Sender {
        webhook: MerchantWebhook::parse("https://shop.example/hook".to_owned(), secret)
            .expect("an address and a key"),
        origin: origin(),
        addresses: OutputAddresses::Own,
        signer: Rc::new(signer()),
    }
}

/// A completed run with one picture that is stored here.
fn view() -> View {
    let kept = StoredItem::Kept { media_type: "image/png".to_owned(), byte_len: 8, pieces: 1 };
    View {
        status: fashn::prediction::Status::Completed,
        error: None,
        expires_ms: Some(super::NOON + 3_600_000),
        output: Some(StoredOutput { as_images: false, items: vec![kept] }),
        credits_used: None,
    }
}

#[test]
fn the_backend_takes_it_or_wants_no_more_or_gets_it_again() {
    for (answer, is_settled, logged) in [
        (Ok(200), true, 0),
        (Ok(204), true, 0),
        (Ok(410), true, 0),
        (Ok(301), false, 1),
        (Ok(500), false, 1),
        (Err(broken()), false, 1),
    ] {
        let ports = Ports::new();
        ports.merchant.will_answer([answer]);
        assert_eq!(done(deliver(&ports, &sender(), ticket(1), view())), is_settled);
        assert_eq!(ports.logged(), vec!["merchant webhook"; logged]);
    }
}

#[test]
fn it_has_the_status_with_addresses_rather_than_pictures() {
    let ports = Ports::new();
    ports.merchant.will_answer([Ok(200)]);
    done(deliver(&ports, &sender(), ticket(1), view()));
    let id = signer().id(&ticket(1));
    assert_eq!(
        ports.merchant.asked(),
        [format!(
            "{{\"type\":\"prediction.completed\",\"timestamp\":\"2025-11-20T12:00:00.000Z\",\"data\":\
             {{\"id\":\"{id}\",\"status\":\"completed\",\"error\":null,\"expires_at\":1763643600,\
             \"output\":[\"https://gateway.example/v1/outputs/{id}/0\"]}}}}",
            id = id.as_str()
        )]
    );
}
