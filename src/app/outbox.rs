//! Sends the merchant's backend, or the address that staff named, a message about a run's end. The
//! account writes each attempt down before it is made, so a message arrives at least once.

use std::rc::Rc;

use crate::account::rows::OutboxMessage;
use crate::app::message::Shown;
use crate::app::ports::{AccountPorts, CallError};
use crate::app::render::StatusRenderer;
use crate::auth::ids::{Signer, Ticket};
use crate::config::merchant_webhook::MerchantWebhook;
use crate::config::settings::OutputAddresses;
use crate::http::origin::Origin;
use crate::notify::merchant_webhook::{body, headers, is_settled, known};
use crate::run::view::View;

/// The merchant's backend, and what a message is made with.
pub struct Sender {
    /// Where messages go, and the key that signs them.
    pub webhook: MerchantWebhook,
    /// Where the gateway is reached from outside.
    pub origin: Origin,
    pub addresses: OutputAddresses,
    /// Signs ids.
    pub signer: Rc<Signer>,
}

/// What a message says.
pub enum Content {
    /// What the run's holder sees.
    Shown(Ticket, Box<View>),
    /// What the message itself knows: the run's result has expired, or it is about no run.
    Known,
}

/// Sends a message; why it has to be sent again, unless the backend took it or wants no more.
pub async fn deliver(
    ports: &impl AccountPorts,
    sender: &Sender,
    message: &OutboxMessage,
    content: Content,
) -> Option<String> {
    match post(ports, sender, message, content).await {
        Ok(status) if is_settled(status) => None,
        Ok(status) => Some(format!("it was answered with {status}")),
        Err(error) => {
            ports.error("merchant webhook", &error.to_string());
            Some("there was no answer".to_owned())
        }
    }
}

/// (1) Render what is shown. (2) Post it, signed; answers the HTTP status.
async fn post(
    ports: &impl AccountPorts,
    sender: &Sender,
    message: &OutboxMessage,
    content: Content,
) -> Result<u16, CallError> {
    // (1)
    let Sender { webhook, origin, addresses, signer } = sender;
    let data = match content {
        Content::Shown(ticket, view) => {
            let id = &signer.id(&ticket);
            let renderer = StatusRenderer { id, origin, addresses: *addresses, data_urls: false };
            let shown = Shown { view: *view, standing: None };
            renderer.render(ports, &ticket, &shown).await?.json
        }
        Content::Known => known(message),
    };
    let (url, body) = match (&message.url, &webhook.url) {
        // FASHN's own payload. The hosts may be others since it was admitted.
        (Some(url), _) if webhook.staff.parse(url).is_ok() => (url, data.into_bytes()),
        (None, Some(own)) => (own, body(message, data.as_bytes())),
        _ => return Err(CallError::Broken("its address isn't set any more".to_owned())),
    };
    // (2)
    ports.post(url, &headers(webhook, &message.id, ports.now_ms() / 1_000, &body), &body).await
}
