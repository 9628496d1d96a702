//! Sends the merchant's backend a message about a run's end. The account writes each attempt down
//! before it is made, so a message arrives at least once.

use crate::app::message::Shown;
use crate::app::ports::{Clock, Log, MerchantBackend, OutputStore};
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
    /// Which addresses of outputs are shown.
    pub addresses: OutputAddresses,
    /// Signs ids.
    pub signer: std::rc::Rc<Signer>,
}

/// (1) Render what is shown. (2) Post it, signed. Answers whether the backend took it, or wants no
/// more.
pub async fn deliver(
    ports: &(impl MerchantBackend + OutputStore + Clock + Log),
    sender: &Sender,
    ticket: &Ticket,
    view: &View,
) -> bool {
    // (1)
    let status_renderer = StatusRenderer {
        id: &sender.signer.id(ticket),
        origin: &sender.origin,
        addresses: sender.addresses,
        data_urls: false,
    };
    let shown = Shown { view: view.clone(), standing: None };
    let rendered = match status_renderer.render(ports, ticket, &shown).await {
        Ok(rendered) => rendered,
        Err(error) => {
            ports.error("merchant webhook", &error.to_string());
            return false;
        }
    };
    let now_ms = ports.now_ms();
    let status = rendered.envelope.status.as_str();
    let body = message(status, &timestamp(now_ms), rendered.json.as_bytes());
    // (2)
    let headers = headers(&sender.webhook, ticket, now_ms / 1_000, &body);
    match ports.post(&headers, &body).await {
        Ok(status) if is_settled(status) => true,
        Ok(status) => {
            ports.error("merchant webhook", &format!("answered {status}"));
            false
        }
        Err(error) => {
            ports.error("merchant webhook", &error.to_string());
            false
        }
    }
}
