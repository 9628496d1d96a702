//! What FASHN made: which of it is passed on, and how it is kept.

use std::borrow::Cow;

use fashn::image::{DataUrl, Image};
use fashn::prediction::Output;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::auth::ids::{PredictionId, Ticket};
use crate::config::base_url::BaseUrl;
use crate::http::origin::Origin;

/// The outputs of a completed prediction as they are stored: addresses as they are, pictures by
/// reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOutput {
    /// The shape to answer in: `{"images": […]}` rather than a list.
    pub as_images: bool,
    pub items: Vec<StoredItem>,
}

impl StoredOutput {
    /// Pictures of it that are stored in Workers KV: index and number of pieces.
    pub fn kept(&self) -> impl Iterator<Item = (usize, usize)> {
        self.items.iter().enumerate().filter_map(|(index, item)| match item {
            StoredItem::Kept { pieces, .. } => Some((index, *pieces)),
            StoredItem::Url(_) | StoredItem::Expired => None,
        })
    }
}

pub fn own_address(origin: &Origin, id: &PredictionId, index: usize) -> String {
    format!("{origin}/v1/outputs/{}/{index}", id.as_str())
}

/// The key in Workers KV of one piece of one output.
pub fn piece_key(ticket: &Ticket, item: usize, piece: usize) -> String {
    format!("output/{}/{item}/{piece}", ticket.name())
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredItem {
    /// An address of FASHN's.
    Url(String),
    /// A picture with its bytes in Workers KV.
    Kept { media_type: String, byte_len: usize, pieces: usize },
    /// FASHN says that its time is over.
    Expired,
}

/// One output as FASHN sent it, once it is known for what it is.
#[derive(Debug, PartialEq)]
pub enum OutputItem<'a> {
    /// An address of FASHN's.
    Url(&'a str),
    Data(DataUrl<'a>),
    Expired,
    /// An address that isn't FASHN's, or something that is no picture. Not passed on.
    Foreign,
}

/// FASHN's own hosts. Its pages name `cdn.fashn.ai` and, in the webhook's example,
/// `cdn.staging.fashn.ai`.
const FASHN_DOMAIN: &str = "fashn.ai";

/// Knows an output for what it is. An address is FASHN's if its host is in FASHN's domain, or is
/// the one that runs are sent to.
pub fn classify<'a>(item: &'a str, base_url: &BaseUrl) -> OutputItem<'a> {
    if item == Output::EXPIRED {
        return OutputItem::Expired;
    }
    match Image::read(Cow::Borrowed(item)) {
        Ok(Image::Data(data)) if data.is_called_image() => OutputItem::Data(data),
        Ok(Image::Url(_)) if is_fashns(item, base_url) => OutputItem::Url(item),
        Ok(Image::Url(_) | Image::Data(_)) | Err(_) => OutputItem::Foreign,
    }
}

fn is_fashns(address: &str, base_url: &BaseUrl) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    if Origin::of(&url) == base_url.origin {
        return true;
    }
    let host = url.host_str().unwrap_or_default();
    let within = host == FASHN_DOMAIN
        || host.strip_suffix(FASHN_DOMAIN).is_some_and(|front| front.ends_with('.'));
    url.scheme() == "https" && url.port().is_none() && within
}

#[cfg(test)]
mod tests;
