//! A run in JSON: for an answer, for an event of a stream, for the merchant's backend.

use fashn::prediction::Output;
use serde::Serialize;

use crate::app::message::Shown;
use crate::app::ports::{CallError, OutputStore};
use crate::auth::ids::{PredictionId, Ticket};
use crate::config::settings::OutputAddresses;
use crate::http::etag::ETag;
use crate::http::origin::Origin;
use crate::run::output::{StoredItem, StoredOutput, own_address};
use crate::run::view::Envelope;

pub struct Rendered {
    /// FASHN's envelope.
    pub json: String,
    /// Names what is shown.
    pub tag: ETag,
    /// What is shown, without its outputs.
    pub envelope: Envelope,
}

/// Renders runs for one audience.
pub struct StatusRenderer<'s> {
    pub id: &'s PredictionId,
    /// Where the gateway is reached from outside.
    pub origin: &'s Origin,
    pub addresses: OutputAddresses,
    /// Pictures that are stored here are part of the JSON, rather than their addresses.
    pub data_urls: bool,
}

#[derive(Serialize)]
struct Body<'v> {
    #[serde(flatten)]
    envelope: &'v Envelope,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output>,
}

impl StatusRenderer<'_> {
    /// (1) Fetch the pictures that are stored here. (2) Write.
    pub async fn render(
        &self,
        ports: &impl OutputStore,
        ticket: &Ticket,
        shown: &Shown,
    ) -> Result<Rendered, CallError> {
        let envelope = Envelope::of(self.id.clone(), &shown.view, shown.standing);
        // (1)
        let mut expired = 0;
        let output = match &shown.view.output {
            Some(stored) => {
                let output = self.output(ports, ticket, stored, &mut expired);
                Some(output.await?)
            }
            None => None,
        };
        // (2)
        let body = Body { envelope: &envelope, output };
        let json = serde_json::to_string(&body)
            .map_err(|error| CallError::Broken(format!("a status does not serialise: {error}")))?;
        let tag = envelope.tag(expired);
        Ok(Rendered { json, tag, envelope })
    }

    async fn output(
        &self,
        ports: &impl OutputStore,
        ticket: &Ticket,
        stored: &StoredOutput,
        expired: &mut usize,
    ) -> Result<Output, CallError> {
        let mut items = Vec::with_capacity(stored.items.len());
        for (index, item) in stored.items.iter().enumerate() {
            let shown = match item {
                StoredItem::Url(url) => Some(match self.addresses {
                    OutputAddresses::Fashn => url.clone(),
                    OutputAddresses::Own => own_address(self.origin, self.id, index),
                }),
                StoredItem::Expired => None,
                StoredItem::Kept { .. } if !self.data_urls => {
                    Some(own_address(self.origin, self.id, index))
                }
                StoredItem::Kept { media_type, byte_len, pieces } => {
                    let bytes = ports.get(ticket, index, *pieces, *byte_len).await?;
                    bytes.map(|bytes| data_url(media_type, &bytes))
                }
            };
            *expired += usize::from(shown.is_none());
            items.push(shown.unwrap_or_else(|| Output::EXPIRED.to_owned()));
        }
        Ok(if stored.as_images { Output::Images { images: items } } else { Output::List(items) })
    }
}

fn data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut text = ["data:", media_type, ";base64,"].concat();
    base64_simd::STANDARD.encode_append(bytes, &mut text);
    text
}
