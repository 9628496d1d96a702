//! A request that came in.

use wasm_bindgen::JsValue;

use crate::http::request_head::Head;

/// A request that came in.
pub struct Incoming<'t> {
    /// Its head, as far as it is read.
    pub head: Head<'t>,
    /// The platform's own, whose body may be read once.
    pub platform: JsValue,
}
