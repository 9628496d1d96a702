//! The environment → typed configuration, or every fault at once.

pub mod backoff;
pub mod base_url;
pub mod error;
pub mod limits;
pub mod merchant_webhook;
pub mod output_addresses;
pub mod pictures;
pub mod policy;
pub mod settings;
pub mod shops;
