//! FASHN on your desk.
#[cfg(target_arch = "wasm32")]
mod edge;
