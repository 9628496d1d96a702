//! FASHN, objects and Workers KV, as the ports have them.

pub mod fashn;
pub mod objects;
mod output_store;
pub mod ports;
