//! A message to the merchant's backend.

use std::rc::Rc;

use super::ports::Ports;
use super::{broken, done, origin, signer, ticket};
use crate::account::rows::{MessageId, OutboxMessage};
use crate::app::outbox::{Content, Sender, deliver};
use crate::config::merchant_webhook::MerchantWebhook;
use crate::config::settings::OutputAddresses;
use crate::http::hosts::HostPattern;
use crate::run::output::{StoredItem, StoredOutput};
use crate::run::view::View;

const OWN: &str = "https://shop.example/hook";

pub fn sender() -> Sender {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    let mut webhook =
        MerchantWebhook::parse(Some(OWN.to_owned()), secret, None).expect("an address and a key");
    webhook.staff.hosts.extend(HostPattern::parse("hooks.example"));
    Sender { webhook, origin: origin(), addresses: OutputAddresses::Own, signer: Rc::new(signer()) }
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
        url: None,
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

#[test]
fn to_the_address_that_staff_named_goes_fashn_s_own_payload() {
    let url = Some("https://hooks.example/run".to_owned());
    for (content, ticket) in [(shown(), Some(ticket(1))), (Content::Known, None)] {
        let ports = Ports::new();
        ports.merchant.will_answer([Ok(200)]);
        let has_expired = ticket.is_none();
        let message = OutboxMessage { url: url.clone(), ticket, ..message() };
        assert_eq!(done(deliver(&ports, &sender(), &message, content)), None);
        assert_eq!(Some(ports.posted_to.take()), url);
        let sent: serde_json::Value = serde_json::from_str(&sent(&ports)).expect("JSON");
        assert_eq!(sent["status"], "completed");
        assert_eq!(sent["output"].is_null(), has_expired);
        assert_eq!(sent.get("type"), None);
    }
}

#[test]
fn an_address_whose_host_or_setting_is_gone_gets_nothing() {
    let to = |url: Option<&str>, sender: &Sender| {
        let ports = Ports::new();
        let message = OutboxMessage { url: url.map(str::to_owned), ..message() };
        let failure = done(deliver(&ports, sender, &message, shown()));
        assert_eq!((failure.is_some(), ports.posted_to.take()), (true, String::new()));
    };
    to(Some("https://other.example/run"), &sender());
    let mut of_staff = sender();
    of_staff.webhook.url = None;
    to(None, &of_staff);
}
