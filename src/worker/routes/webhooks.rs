//! `POST /webhooks/fashn/{token}`, Shopify's webhooks, and messages about orders.

use crate::app::orders::{self, Format};
use crate::app::problem::Problem;
use crate::app::webhook;
use crate::auth::error::AuthError;
use crate::auth::shopify::{ORDERS_CREATE, PRIVACY_TOPICS, SignatureError, verify_webhook};
use crate::config::limits;
use crate::http::request_head::Header;
use crate::worker::routes::body;
use crate::worker::routes::gateway::Gateway;
use crate::worker::runtime::deployment::Deployment;
use crate::worker::runtime::platform::now_ms;
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

/// `POST /webhooks/orders`: an order, signed by the shop's backend. The body is read first, because
/// the signature is over it.
pub async fn orders(gateway: &Gateway<'_>) -> Result<Reply, Problem> {
    let Deployment { settings, signer, .. } = &gateway.deployment;
    if !settings.shops.all().any(|shop| !shop.orders_secrets.is_empty()) {
        return Err(AuthError::NotSigned.into());
    }
    let (_reservation, bytes) = body::read(gateway, None, limits::ORDER_BYTES).await?;
    let shop = orders::authenticate(settings, &gateway.head, &bytes, now_ms())?;
    orders::count(gateway, settings, signer, shop, (Format::Message, &bytes)).await?;
    Ok(Reply::empty(204))
}

/// `POST /webhooks/shopify/{topic}`: orders, and Shopify's mandatory privacy topics.
///
/// (1) Know the topic. (2) Verify the signature over the body, by a secret of the shop's app.
/// (3) Count an order. For the other topics nothing is left to do: no customer is stored anywhere.
/// A run knows its holder by its id alone, and is deleted when its time is over.
pub async fn shopify(gateway: &Gateway<'_>, topic: &str) -> Result<Reply, Problem> {
    const SIGNATURE: &str = Header::ShopifySignature.name();
    // (1)
    let is_order = topic == ORDERS_CREATE;
    if !is_order && !PRIVACY_TOPICS.contains(&topic) {
        return Err(Problem::NotFound);
    }
    // (2)
    let Deployment { settings, signer, .. } = &gateway.deployment;
    let domain = gateway.head.header(Header::ShopifyShop);
    let secrets = settings.callers.shopify_of(domain)?;
    let header = gateway.head.header(Header::ShopifySignature);
    let signature = header.ok_or(AuthError::NotShopify(SignatureError::Missing(SIGNATURE)))?;
    let most = if is_order { limits::ORDER_BYTES } else { limits::SHOPIFY_WEBHOOK_BYTES };
    let (_reservation, bytes) = body::read(gateway, None, most).await?;
    if !verify_webhook(&bytes, signature, &secrets) {
        return Err(AuthError::NotShopify(SignatureError::Signature).into());
    }
    // (3)
    if is_order {
        let shop = settings.shops.of_domain(domain.unwrap_or_default());
        orders::count(gateway, settings, signer, shop, (Format::Shopify, &bytes)).await?;
    }
    Ok(Reply::empty(200))
}
