//! Tells the merchant's backend how a prediction ended: `relay`'s decisions, carried out in the prediction's object.

use std::rc::Rc;

use futures::future::LocalBoxFuture;

use super::desk::{Desk, begin};
use super::gateway::now_ms;
use super::platform::{Asked, Outgoing, Thrown};
use super::shown::Showing;
use crate::app::problem::Problem;
use crate::config::limits;
use crate::notify::merchant_webhook::{self, Delivery, Relay};
use crate::prediction::Record;
use crate::run::view::view;

impl Desk {
    /// The message about a prediction that has just ended, if there is a backend to tell.
    pub fn new_delivery(&self, record: &Record) -> Option<Delivery> {
        let now = now_ms();
        let tells = record.is_over()
            && record.is_alive(now)
            && self.configured().ok()?.settings.relay.is_some();
        tells.then(|| Delivery::first(now))
    }

    /// Sends the message again, if it is time to: written down first.
    pub fn deliver_again(self: &Rc<Self>) -> Asked<()> {
        let now = now_ms();
        if let Some(delivery) = self.delivery()?.filter(|found| found.is_due(now))
            && let Some(record) = self.load()?
        {
            let again = delivery.again(now);
            self.save_delivery(&record, again)?;
            if again.is_some() {
                begin(Rc::clone(self).deliver(record));
            }
        }
        Ok(())
    }

    /// (1) What is shown. (2) Send it, signed. (3) Write down that this is settled; if not, the alarm comes back to it.
    pub fn deliver(self: Rc<Self>, record: Record) -> LocalBoxFuture<'static, Result<(), Problem>> {
        Box::pin(async move {
            let failed = |error: Thrown| Problem::Internal(format!("relay: {error}"));
            let settings = self.configured()?.settings;
            let (Some(relay), Some(origin)) = (&settings.relay, &settings.public_origin) else {
                return Ok(());
            };
            // (1)
            let view = view(record, None);
            let showing = Showing {
                env: &self.env,
                ticket: &self.ticket,
                origin,
                addresses: settings.output_addresses,
                data_urls: false,
            };
            let shown = showing.show(&view).await?;
            let now = now_ms();
            let timestamp = String::from(js_sys::Date::new_0().to_iso_string());
            let status = view.envelope.status.as_str();
            let body = relay::message(status, &timestamp, shown.json.as_bytes());
            // (2)
            let headers = relay.headers(&self.ticket, now / 1_000, &body);
            let answered = post(relay, headers, &body)
                .await
                .map_err(|thrown| Problem::Internal(format!("relay: {thrown}")))?;
            // (3)
            if !relay::is_settled(answered) {
                return Err(Problem::Internal(format!("relay: answered {answered}")));
            }
            // It may have been forgotten meanwhile.
            match self.load().map_err(failed)? {
                Some(record) => self.save_delivery(&record, None).map_err(failed),
                None => Ok(()),
            }
        })
    }
}

async fn post(relay: &Relay, signed: [(&'static str, String); 3], body: &[u8]) -> Asked<u16> {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(signed.iter().map(|(name, value)| (*name, &**value)));
    let sent = Outgoing {
        method: "POST",
        url: &relay.url,
        headers: &headers,
        body: &js_sys::Uint8Array::from(body),
    };
    sent.status(limits::MERCHANT_WEBHOOK_TIMEOUT_MS).await
}
