//! What the gateway asks of the platform: `platform.js`, as Rust sees it.
//!
//! The `worker` crate's requests, answers and headers are as good, but cross to JavaScript for each part of them; its objects
//! can't be called by a method.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

use super::task::awaited;

#[wasm_bindgen(module = "/src/edge/platform.js")]
extern "C" {
    /// An answer without a body, or with a stream.
    pub fn respond(status: u16, head: &str, own: &str, body: &JsValue) -> JsValue;

    /// An answer with this text.
    #[wasm_bindgen(js_name = respond)]
    pub fn respond_text(status: u16, head: &str, own: &str, text: &str) -> JsValue;

    /// An answer with these bytes.
    #[wasm_bindgen(js_name = respondBytes)]
    pub fn respond_bytes(status: u16, head: &str, own: &str, bytes: &[u8]) -> JsValue;

    #[wasm_bindgen(js_name = bodyOf)]
    fn body_of(request: &JsValue, most_bytes: u32, declared_bytes: Option<u32>, ms: u32)
    -> Promise;

    /// Gives the memory of some bytes back. Nobody reads them any more.
    #[wasm_bindgen(js_name = letGo)]
    pub fn let_go(bytes: &Uint8Array);

    fn send(method: &str, url: &str, head: &str, body: &JsValue) -> Promise;

    fn exchange(
        method: &str,
        url: &str,
        head: &str,
        body: &JsValue,
        ms: u32,
        names: &str,
        most_bytes: u32,
    ) -> Promise;

    #[wasm_bindgen(js_name = headerLines)]
    fn header_lines(response: &JsValue, names: &str) -> String;

    /// Bytes as they are said to an object, and as it answers.
    pub fn said(bytes: &[u8]) -> JsValue;

    /// The bytes that were said.
    pub fn heard(told: &JsValue) -> Vec<u8>;

    /// Calls back, with the number, whether it came to something good, and with what; or that nothing will ever come.
    #[wasm_bindgen(js_name = whenSettled)]
    pub fn when_settled(
        promise: &Promise,
        number: u32,
        call: &Closure<dyn Fn(u32, bool, JsValue)>,
        leave: &Closure<dyn Fn(u32)>,
    );

    /// A promise that is kept from here.
    pub type Deferred;

    /// One.
    pub fn defer() -> Deferred;

    /// What is handed out.
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Deferred) -> JsValue;

    /// Keeps the promise, or breaks it.
    pub fn settle(deferred: &Deferred, is_good: bool, value: &JsValue);

    /// Whether a binding is there.
    #[wasm_bindgen(js_name = isBound)]
    pub fn is_bound(env: &Env, binding: &str) -> bool;

    /// Counts one request at a rate limit; the promise says whether it is within.
    pub fn limit(env: &Env, binding: &str, key: &str) -> Promise;

    /// Puts bytes into Workers KV.
    #[wasm_bindgen(catch)]
    pub fn keep(
        env: &Env,
        binding: &str,
        key: &str,
        bytes: &[u8],
        ttl_seconds: f64,
    ) -> Result<Promise, JsValue>;

    /// An `ArrayBuffer` from there, or null.
    #[wasm_bindgen(catch)]
    pub fn kept(env: &Env, binding: &str, key: &str) -> Result<Promise, JsValue>;

    /// Deletes it there.
    #[wasm_bindgen(catch)]
    pub fn forget(env: &Env, binding: &str, key: &str) -> Result<Promise, JsValue>;

    /// A line for the operator.
    pub fn log(is_error: bool, line: &str);

    /// The storage of an object's state.
    #[wasm_bindgen(js_name = storageOf)]
    pub fn storage_of(state: &JsValue) -> JsValue;

    /// The name by which an object was asked for.
    #[wasm_bindgen(js_name = nameOf)]
    pub fn name_of(state: &JsValue) -> Option<String>;

    #[wasm_bindgen(catch)]
    pub fn wipe(storage: &JsValue) -> Result<Promise, JsValue>;

    /// Forgets it: nobody is left to whom it was promised.
    #[wasm_bindgen(js_name = dropPromise)]
    pub fn drop_promise(deferred: &Deferred);

    #[wasm_bindgen(catch, js_name = kvGet)]
    pub fn kv_get(storage: &JsValue, key: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = kvValues)]
    pub fn kv_values(storage: &JsValue, prefix: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = kvHasNoOther)]
    pub fn kv_has_no_other(storage: &JsValue, prefix: &str, key: &str) -> Result<bool, JsValue>;

    #[wasm_bindgen(catch, js_name = kvPut)]
    pub fn kv_put(storage: &JsValue, key: &str, bytes: &[u8]) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = kvPutBytes)]
    pub fn kv_put_bytes(storage: &JsValue, key: &str, bytes: &Uint8Array) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = kvDelete)]
    pub fn kv_delete(storage: &JsValue, key: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = setAlarm)]
    pub fn set_alarm(storage: &JsValue, at_ms: Option<f64>) -> Result<(), JsValue>;
}

/// What was thrown over there.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Thrown {
    /// A time limit was over.
    pub timed_out: bool,
    text: String,
}

/// What comes of asking.
pub type Asked<T> = Result<T, Thrown>;

impl Thrown {
    /// Thrown here.
    pub fn new(text: &str) -> Self {
        Self {
            timed_out: false,
            text: text.to_owned(),
        }
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        js_sys::Error::new(&thrown.text).into()
    }
}

impl From<JsValue> for Thrown {
    fn from(thrown: JsValue) -> Self {
        let text = |name: &str| {
            js_sys::Reflect::get(&thrown, &name.into())
                .ok()
                .and_then(|value| value.as_string())
        };
        Self {
            timed_out: text("name").is_some_and(|name| name == "TimeoutError"),
            text: text("message")
                .or_else(|| thrown.as_string())
                .unwrap_or_default(),
        }
    }
}

/// Waits for a promise.
pub async fn settled(promise: Promise) -> Asked<JsValue> {
    let waiting = awaited(&promise);
    // Held from here it would never be known to be lost.
    drop(promise);
    Ok(waiting.await?)
}

/// A request's body, as far as it was read.
pub enum BodyRead {
    Whole(Uint8Array),
    /// It is over the cap.
    TooLarge,
    /// It took too long.
    TooLate,
}

/// Reads a request's body, at most so many bytes and so long.
pub async fn read_body(
    request: &JsValue,
    most_bytes: usize,
    declared_bytes: Option<usize>,
    ms: u64,
) -> Asked<BodyRead> {
    let declared = declared_bytes.map(offset);
    let read = settled(body_of(request, offset(most_bytes), declared, millis(ms))).await?;
    Ok(match read.as_string().as_deref() {
        None => BodyRead::Whole(read.unchecked_into()),
        Some("large") => BodyRead::TooLarge,
        Some(_) => BodyRead::TooLate,
    })
}

/// A request of the gateway's own.
pub struct Outgoing<'o> {
    pub method: &'static str,
    pub url: &'o str,
    /// Names and values.
    pub headers: &'o [(&'o str, &'o str)],
    /// Nothing, text or bytes.
    pub body: &'o JsValue,
}

/// An answer read whole.
pub struct Answered {
    pub status: u16,
    pub headers: AnsweredHeaders,
    pub body: Vec<u8>,
}

/// An answer whose body is still on its way.
pub struct Streaming {
    pub status: u16,
    pub headers: AnsweredHeaders,
    /// A stream, or nothing.
    pub body: JsValue,
}

/// What was asked for of an answer's headers.
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
        most_bytes: usize,
    ) -> Asked<Answered> {
        let told = self.told(ms, names, most_bytes).await?;
        let body = told.get(2);
        if body.is_undefined() {
            return Err(Thrown::new("the answer is over the cap"));
        }
        Ok(Answered {
            status: status(&told.get(0)),
            headers: AnsweredHeaders {
                names,
                lines: told.get(1).as_string().unwrap_or_default(),
            },
            body: body.unchecked_into::<Uint8Array>().to_vec(),
        })
    }

    /// Sends it and hears how it was taken, within so many milliseconds.
    pub async fn status(&self, ms: u32) -> Asked<u16> {
        Ok(status(&self.told(ms, &[], 0).await?.get(0)))
    }

    async fn told(&self, ms: u32, names: &[&str], most_bytes: usize) -> Asked<Array> {
        let promise = exchange(
            self.method,
            self.url,
            &head_text(self.headers.iter().copied()),
            self.body,
            ms,
            &names.join("\n"),
            offset(most_bytes),
        );
        Ok(settled(promise).await?.unchecked_into())
    }
    /// Sends it; the answer's body is passed on unread.
    pub async fn stream(&self, names: &'static [&'static str]) -> Asked<Streaming> {
        let promise = send(
            self.method,
            self.url,
            &head_text(self.headers.iter().copied()),
            self.body,
        );
        let response: web_sys::Response = settled(promise).await?.unchecked_into();
        Ok(Streaming {
            status: response.status(),
            headers: AnsweredHeaders {
                names,
                lines: header_lines(&response, &names.join("\n")),
            },
            body: response.body().into(),
        })
    }
}

/// Reads an answer to its end, whatever is in it.
pub async fn drain(answer: &web_sys::Response) {
    if let Ok(read) = answer.array_buffer() {
        let _ = settled(read.unchecked_into()).await;
    }
}

/// Names and values, a line each.
pub fn head_text<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> String {
    let mut text = String::new();
    for (name, value) in headers {
        add_header(&mut text, name, value);
    }
    text
}

/// One more. A value with a line's end would be two headers; none of ours has one.
pub fn add_header(text: &mut String, name: &str, value: &str) {
    if value.contains('\n') {
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

fn millis(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// A number of bytes as JavaScript counts them. Bodies are far below 4 GiB: `limits::BODY_BYTES`.
pub fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
