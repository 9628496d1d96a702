//! Requests of the gateway's own. None follows a redirect.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Response;

use crate::worker::runtime::platform::{JsError, JsResult, exchange, length, send};

/// A request of the gateway's own.
pub struct Outgoing<'o> {
    pub method: &'o str,
    pub url: &'o str,
    /// Names and values.
    pub headers: &'o [(&'o str, &'o str)],
    /// Nothing, text, bytes or a stream.
    pub body: &'o JsValue,
}

impl Outgoing<'_> {
    /// Sends it and reads the answer whole: at most so many bytes, within so many milliseconds.
    pub async fn exchange(&self, ms: u32, bytes_max: usize) -> JsResult<(Response, Vec<u8>)> {
        let (response, bytes) = self.capped(ms, bytes_max).await?;
        let bytes = bytes.ok_or_else(|| JsError::new("the answer is over the cap"))?;
        Ok((response, bytes.to_vec()))
    }

    /// Sends it and drops the answer's body.
    pub async fn status(&self, ms: u32) -> JsResult<u16> {
        Ok(self.capped(ms, 0).await?.0.status())
    }

    async fn capped(&self, ms: u32, most: usize) -> JsResult<(Response, Option<Uint8Array>)> {
        let Self { method, url, body, .. } = self;
        let answered = exchange(method, url, &self.head(), body, ms, length(most)).await?;
        let bytes = answered.get(1);
        let bytes = (!bytes.is_undefined()).then(|| bytes.unchecked_into());
        Ok((answered.get(0).unchecked_into(), bytes))
    }

    /// Sends it; the answer's body is passed on unread, and ends with the caller that reads it.
    pub async fn stream(&self) -> JsResult<Response> {
        Ok(send(self.method, self.url, &self.head(), self.body).await?)
    }

    fn head(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.headers {
            add_header(&mut text, name, value);
        }
        text
    }
}

/// A header of an answer, if it came.
pub fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

/// Adds a name and a value, a line each. A value that no header can have is left out: `Headers`
/// would throw.
pub fn add_header(text: &mut String, name: &str, value: &str) {
    let is_valid =
        |letter: char| letter == '\t' || (' '..='\u{ff}').contains(&letter) && letter != '\u{7f}';
    if value.chars().all(is_valid) {
        for line in [name, value] {
            text.push_str(line);
            text.push('\n');
        }
    }
}
