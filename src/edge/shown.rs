//! A prediction as its holder sees it, in JSON: for an answer, for an event of a stream, for the merchant's backend.

use serde::Serialize;
use worker::Env;

use fashn::prediction::Output;

use super::kept_output;
use crate::app::problem::Problem;
use crate::auth::ids::Ticket;
use crate::http::origin::Origin;
use crate::notify::subscription::Tag;
use crate::run::output::{OutputAddresses, StoredItem, StoredOutput, own_address};
use crate::run::view::{Envelope, View};

/// What is shown.
pub struct Shown {
    pub json: String,
    /// What names it.
    pub tag: Tag,
}

/// To whom.
pub struct Showing<'s> {
    pub env: &'s Env,
    pub ticket: &'s Ticket,
    /// Where this Worker is reached from outside.
    pub origin: &'s Origin,
    pub addresses: OutputAddresses,
    /// Pictures that are kept here are in it, rather than their addresses.
    pub data_urls: bool,
}

#[derive(Serialize)]
struct Body<'v> {
    #[serde(flatten)]
    envelope: &'v Envelope,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output>,
}

impl Showing<'_> {
    /// (1) Fetch the pictures that are kept here. (2) Write.
    pub async fn show(&self, view: &View) -> Result<Shown, Problem> {
        let envelope = &view.envelope;
        // (1)
        let mut expired = 0;
        let output = match &view.output {
            Some(stored) => Some(self.output(envelope, stored, &mut expired).await?),
            None => None,
        };
        // (2)
        let json = serde_json::to_string(&Body { envelope, output })
            .map_err(|error| Problem::Internal(format!("answer does not serialise: {error}")))?;
        let tag = Tag::of(envelope, expired);
        Ok(Shown { json, tag })
    }

    async fn output(
        &self,
        envelope: &Envelope,
        stored: &StoredOutput,
        expired: &mut usize,
    ) -> Result<Output, Problem> {
        let mut items = Vec::with_capacity(stored.items.len());
        for (index, item) in stored.items.iter().enumerate() {
            let shown = match item {
                StoredItem::Url(url) => Some(match self.addresses {
                    OutputAddresses::Fashn => url.clone(),
                    OutputAddresses::Own => own_address(self.origin, &envelope.id, index),
                }),
                StoredItem::Expired => None,
                StoredItem::Kept { .. } if !self.data_urls => {
                    Some(own_address(self.origin, &envelope.id, index))
                }
                StoredItem::Kept {
                    media_type,
                    byte_len,
                    pieces,
                } => kept_output::load(self.env, self.ticket, index, *pieces, *byte_len)
                    .await?
                    .map(|bytes| data_url(media_type, &bytes)),
            };
            *expired += usize::from(shown.is_none());
            items.push(shown.unwrap_or_else(|| Output::EXPIRED.to_owned()));
        }
        Ok(if stored.as_images {
            Output::Images { images: items }
        } else {
            Output::List(items)
        })
    }
}

fn data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut text = ["data:", media_type, ";base64,"].concat();
    base64_simd::STANDARD.encode_append(bytes, &mut text);
    text
}
