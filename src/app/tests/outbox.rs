//! A message to the merchant's backend.

use std::rc::Rc;

use super::ports::Ports;
use super::{broken, done, origin, signer, ticket};
use crate::account::rows::{MessageId, OutboxMessage};
use crate::app::outbox::{Content, Sender, deliver};
use crate::config::merchant_webhook::MerchantWebhook;
use crate::config::settings::OutputAddresses;
use crate::run::output::{StoredItem, StoredOutput};
use crate::run::view::View;

pub fn sender() -> Sender {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    Sender {
        webhook: MerchantWebhook::parse("https://shop.example/hook".to_owned(), secret, None)
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

fn message() -> OutboxMessage {
    OutboxMessage {
        id: MessageId::of_run(&ticket(1)),
        ticket: Some(ticket(1)),
        event: "prediction.completed".to_owned(),
        at_ms: super::NOON,
        detail: None,
        tries: 1,
        next_ms: super::NOON,
        outcome: None,
    }
}

fn shown() -> Content {
    Content::Shown(ticket(1), Box::new(view()))
}

/// The only message that was sent.
fn sent(ports: &Ports) -> String {
    let mut sent = ports.merchant.asked();
    assert_eq!(sent.len(), 1);
    sent.pop().unwrap_or_default()
}

#[test]
fn the_backend_takes_it_or_wants_no_more_or_gets_it_again() {
    for (answer, failure, logged) in [
        (Ok(200), None, 0),
        (Ok(204), None, 0),
        (Ok(410), None, 0),
        (Ok(301), Some("it was answered with 301"), 0),
        (Ok(500), Some("it was answered with 500"), 0),
        (Err(broken()), Some("there was no answer"), 1),
    ] {
        let ports = Ports::new();
        ports.merchant.will_answer([answer]);
        let delivered = done(deliver(&ports, &sender(), &message(), shown()));
        assert_eq!(delivered.as_deref(), failure);
        assert_eq!(ports.logged(), vec!["merchant webhook"; logged]);
    }
}

#[test]
fn it_has_the_status_with_addresses_rather_than_pictures() {
    let ports = Ports::new();
    ports.merchant.will_answer([Ok(200)]);
    done(deliver(&ports, &sender(), &message(), shown()));
    let id = signer().id(&ticket(1));
    assert_eq!(
        sent(&ports),
        format!(
            "{{\"type\":\"prediction.completed\",\"timestamp\":\"2025-11-20T12:00:00.000Z\",\"data\":\
             {{\"id\":\"{id}\",\"status\":\"completed\",\"error\":null,\"expires_at\":1763643600,\
             \"output\":[\"https://gateway.example/v1/outputs/{id}/0\"]}}}}",
            id = id.as_str()
        )
    );
}

#[test]
fn after_the_result_has_expired_it_says_how_the_run_ended_and_no_more() {
    let ports = Ports::new();
    ports.merchant.will_answer([Ok(200)]);
    let expired = OutboxMessage { ticket: None, ..message() };
    done(deliver(&ports, &sender(), &expired, Content::Known));
    let run = ticket(1).short_hash();
    assert_eq!(
        sent(&ports),
        format!(
            "{{\"type\":\"prediction.completed\",\"timestamp\":\"2025-11-20T12:00:00.000Z\",\"data\":\
             {{\"run\":\"{run}\",\"status\":\"completed\",\"output\":null}}}}"
        )
    );
}
