//! Requests of the gateway's own. None follows a redirect; each has a time limit that covers its
//! body.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::worker::runtime::platform::{
    JsError, JsResult, exchange, header_lines, length, send, settled,
};

/// A request of the gateway's own.
pub struct Outgoing<'o> {
    pub method: &'o str,
    pub url: &'o str,
    /// Names and values.
    pub headers: &'o [(&'o str, &'o str)],
    /// Nothing, text, bytes or a stream.
    pub body: &'o JsValue,
}

/// An answer read whole.
pub struct Answered {
    pub status: u16,
    pub headers: AnsweredHeaders,
    pub body: Vec<u8>,
}

/// An answer with its body still on its way.
pub struct Streaming {
    pub status: u16,
    pub headers: AnsweredHeaders,
    /// A stream, or nothing.
    pub body: JsValue,
}

/// The headers of an answer that were asked for.
pub struct AnsweredHeaders {
    names: &'static [&'static str],
    lines: String,
}

impl AnsweredHeaders {
    /// One of those that were asked for, if it came.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|asked| *asked == name)?;
        self.lines.split('\n').nth(at).filter(|line| *line != "\0")
    }
}

impl Outgoing<'_> {
    /// Sends it and reads the answer, of at most so many bytes, within so many milliseconds.
    pub async fn exchange(
        &self,
        ms: u32,
        names: &'static [&'static str],
        bytes_max: usize,
    ) -> JsResult<Answered> {
        let answered = self.answered(ms, names, length(bytes_max)).await?;
        let body = answered.get(2);
        if body.is_undefined() {
            return Err(JsError::new("the answer is over the cap"));
        }
        Ok(Answered {
            status: status(&answered.get(0)),
            headers: AnsweredHeaders {
                names,
                lines: answered.get(1).as_string().unwrap_or_default(),
            },
            body: body.unchecked_into::<Uint8Array>().to_vec(),
        })
    }

    /// Sends it and drops the answer's body.
    pub async fn status(&self, ms: u32) -> JsResult<u16> {
        Ok(status(&self.answered(ms, &[], 0).await?.get(0)))
    }

    async fn answered(&self, ms: u32, names: &[&str], bytes_max: u32) -> JsResult<Array> {
        let promise = exchange(
            self.method,
            self.url,
            &header_text(self.headers.iter().copied()),
            self.body,
            ms,
            &names.join("\n"),
            bytes_max,
        );
        Ok(settled(promise).await?.unchecked_into())
    }

    /// Sends it; the answer's body is passed on unread, and ends with the caller that reads it.
    pub async fn stream(&self, names: &'static [&'static str]) -> JsResult<Streaming> {
        let promise = send(
            self.method,
            self.url,
            &header_text(self.headers.iter().copied()),
            self.body,
            &JsValue::UNDEFINED,
        )?;
        let response: web_sys::Response = settled(promise).await?.unchecked_into();
        Ok(Streaming {
            status: response.status(),
            headers: AnsweredHeaders { names, lines: header_lines(&response, &names.join("\n")) },
            body: response.body().into(),
        })
    }
}

/// Names and values, a line each.
pub fn header_text<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> String {
    let mut text = String::new();
    for (name, value) in headers {
        add_header(&mut text, name, value);
    }
    text
}

/// One more. A value that no header can have is left out: `Headers` would throw.
pub fn add_header(text: &mut String, name: &str, value: &str) {
    let is_valid =
        |letter: char| letter == '\t' || (' '..='\u{ff}').contains(&letter) && letter != '\u{7f}';
    if !value.chars().all(is_valid) {
        return;
    }
    for line in [name, value] {
        text.push_str(line);
        text.push('\n');
    }
}

fn status(value: &JsValue) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an HTTP status has three digits"
    )]
    let status = value.as_f64().unwrap_or_default() as u16;
    status
}
