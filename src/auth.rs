//! Callers and how they prove themselves, visitors, signatures, ids.

pub mod access;
pub mod authenticate;
pub mod caller;
pub mod crypto;
pub mod error;
pub mod garment_signature;
pub mod ids;
pub mod receipt;
pub mod roles;
pub mod secret;
pub mod shopify;
pub mod standard_webhooks;
pub mod turnstile;
pub mod visitor;
