//! Sends the merchant's backend a message about a run's end. The account writes each attempt down
//! before it is made, so a message arrives at least once.

use std::rc::Rc;

use crate::app::message::Shown;
use crate::app::ports::{AccountPorts, CallError};
use crate::app::render::StatusRenderer;
use crate::auth::ids::{Signer, Ticket};
use crate::config::merchant_webhook::MerchantWebhook;
use crate::config::settings::OutputAddresses;
use crate::http::origin::Origin;
use crate::notify::merchant_webhook::{headers, is_settled, message, timestamp};
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

/// Whether the backend took the message, or wants no more.
pub async fn deliver(
    ports: &impl AccountPorts,
    sender: &Sender,
    ticket: Ticket,
    view: View,
) -> bool {
    let failure = match post(ports, sender, ticket, view).await {
        Ok(status) if is_settled(status) => return true,
        Ok(status) => format!("answered {status}"),
        Err(error) => error.to_string(),
    };
    ports.run_error("merchant webhook", &ticket, &failure);
    false
}

/// (1) Render what is shown. (2) Post it, signed; answers the HTTP status.
async fn post(
    ports: &impl AccountPorts,
    sender: &Sender,
    ticket: Ticket,
    view: View,
) -> Result<u16, CallError> {
    // (1)
    let Sender { webhook, origin, addresses, signer } = sender;
    let status_renderer =
        StatusRenderer { id: &signer.id(&ticket), origin, addresses: *addresses, data_urls: false };
    let rendered = status_renderer.render(ports, &ticket, &Shown { view, standing: None }).await?;
    let now_ms = ports.now_ms();
    let status = rendered.envelope.status.as_str();
    let body = message(status, &timestamp(now_ms), rendered.json.as_bytes());
    // (2)
    ports.post(&headers(webhook, &ticket, now_ms / 1_000, &body), &body).await
}
