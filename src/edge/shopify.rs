//! `POST /webhooks/shopify/{topic}`: Shopify's mandatory privacy topics.

use super::gateway::Gateway;
use super::incoming::Incoming;
use super::log;
use super::{body, reply::Reply};
use crate::app::problem::Problem;
use crate::auth::shopify::{PrivacyTopic, Unsigned, verify_webhook};
use crate::config::limits;

/// (1) Know the topic. (2) Verify the signature over the body. (3) Do what is asked.
pub async fn receive(
    gateway: &Gateway,
    request: &Incoming<'_>,
    topic: &str,
) -> Result<Reply, Problem> {
    // (1)
    let topic = PrivacyTopic::parse(topic).ok_or(Problem::NotFound)?;
    // (2)
    let secret = gateway
        .settings
        .shopify_secret
        .as_ref()
        .ok_or(Problem::NoProxy)?;
    let header = request.head.header("x-shopify-hmac-sha256");
    let signature = header.ok_or(Problem::NotShopify(Unsigned::Missing(
        "x-shopify-hmac-sha256",
    )))?;
    let bytes = body::read(request, limits::SHOPIFY_WEBHOOK_BYTES)
        .await?
        .to_vec();
    if !verify_webhook(&bytes, signature, secret) {
        return Err(Problem::NotShopify(Unsigned::Signature));
    }
    // (3) No customer and no shop is stored anywhere: a prediction knows its holder by its id alone and is
    // wiped when its time is over. So there is nothing to hand out and nothing left to delete.
    match topic {
        PrivacyTopic::CustomersDataRequest
        | PrivacyTopic::CustomersRedact
        | PrivacyTopic::ShopRedact => {
            log::info("/webhooks/shopify", &format!("{topic:?}"));
        }
    }
    Ok(Reply::empty(200))
}
