//! FASHN, objects, Workers KV and Cloudflare's guards, as the ports have them.

pub mod fashn;
pub mod guards;
pub mod objects;
pub mod output_store;
