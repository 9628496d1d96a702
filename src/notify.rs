//! Status listeners and merchant webhooks.

pub mod merchant_webhook;
pub mod subscription;
