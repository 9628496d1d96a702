//! FASHN, objects, Workers KV and Cloudflare's guards, as the ports have them.

pub mod fashn;
pub mod guards;
pub mod objects;
mod output_store;
pub mod ports;
