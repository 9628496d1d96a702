//! The environment → typed configuration, or every fault at once.

pub mod backoff;
pub mod limits;
pub mod policy;
pub mod settings;
pub mod shops;
