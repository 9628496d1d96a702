//! `POST /webhooks/fashn/{token}`, and Shopify's privacy webhooks.

use crate::app::problem::Problem;
use crate::app::webhook;
use crate::auth::error::AuthError;
use crate::auth::shopify::{PRIVACY_TOPICS, SignatureError, verify_webhook};
use crate::config::limits;
use crate::http::request_head::Header;
use crate::worker::routes::body;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::reply::Reply;

/// (1) A token that was not minted here costs nothing. (2) The account confirms what FASHN says.
pub async fn fashn(gateway: &Gateway<'_>, token: &str) -> Result<Reply, Problem> {
    // (1)
    let signer = &gateway.deployment.signer;
    let send = signer.verify_webhook_token(token).ok_or(Problem::NotFound)?;
    gateway.run.set(Some(send.0));
    // (2)
    let (_reservation, bytes) = body::read(gateway, None, limits::WEBHOOK_BYTES).await?;
    webhook::receive(gateway, send, bytes).await?;
    Ok(Reply::empty(204))
}

/// `POST /webhooks/shopify/{topic}`: Shopify's mandatory privacy topics.
///
/// (1) Know the topic. (2) Verify the signature over the body. (3) Nothing is left to do: no
/// customer and no shop is stored anywhere. A run knows its holder by its id alone, and is deleted
/// when its time is over.
pub async fn shopify(gateway: &Gateway<'_>, topic: &str) -> Result<Reply, Problem> {
    const SIGNATURE: &str = Header::ShopifySignature.name();
    // (1)
    if !PRIVACY_TOPICS.contains(&topic) {
        return Err(Problem::NotFound);
    }
    // (2)
    let callers = &gateway.deployment.settings.callers;
    let secret = callers.shopify.as_ref().ok_or(AuthError::NoProxy)?;
    let header = gateway.head.header(Header::ShopifySignature);
    let signature = header.ok_or(AuthError::NotShopify(SignatureError::Missing(SIGNATURE)))?;
    let (_reservation, bytes) = body::read(gateway, None, limits::SHOPIFY_WEBHOOK_BYTES).await?;
    if !verify_webhook(&bytes, signature, secret) {
        return Err(AuthError::NotShopify(SignatureError::Signature).into());
    }
    // (3)
    Ok(Reply::empty(200))
}
