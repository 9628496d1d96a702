//! The environment → typed configuration, or every fault at once.

pub mod backoff;
pub mod base_url;
pub mod error;
pub mod limits;
pub mod log_level;
pub mod merchant_webhook;
pub mod policy;
pub mod reader;
pub mod roles;
pub mod settings;
pub mod shops;
pub mod table;
