//! Callers, visitors, signatures, ids.

pub mod caller;
pub mod garment_signature;
pub mod ids;
pub mod secret;
pub mod shopify;
pub mod turnstile;
pub mod visitor;
