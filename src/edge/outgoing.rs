//! Requests that the gateway makes. No redirect is followed: what a request carries is for its address alone.
//!
//! Not by `worker`'s `RequestInit`, which brings the writing of every option of Cloudflare's image resizing along.

use wasm_bindgen::JsValue;
use worker::{Headers, Method, Request, Result};

/// A request to be sent.
pub fn request(
    method: &Method,
    url: &str,
    headers: &Headers,
    body: Option<&JsValue>,
) -> Result<Request> {
    let init = web_sys::RequestInit::new();
    init.set_method(method.as_ref());
    init.set_headers(&headers.0);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    if let Some(body) = body {
        init.set_body(body);
    }
    Ok(web_sys::Request::new_with_str_and_init(url, &init)?.into())
}
