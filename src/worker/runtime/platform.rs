//! What the gateway asks of the platform: `platform.js`, as Rust sees it.
//!
//! The `worker` crate's requests, answers and headers are as good, but cross to JavaScript for each
//! part of them, and its objects can't be called by a method.

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use crate::account::rows::StorageError;

#[wasm_bindgen(module = "/src/worker/runtime/platform.js")]
extern "C" {
    /// An answer without a body, or with a stream.
    pub fn respond(status: u16, head: &str, own: &str, body: &JsValue) -> JsValue;

    /// An answer with this text.
    #[wasm_bindgen(js_name = respond)]
    pub fn respond_text(status: u16, head: &str, own: &str, text: &str) -> JsValue;

    /// An answer with these bytes.
    #[wasm_bindgen(js_name = respondBytes)]
    pub fn respond_bytes(status: u16, head: &str, own: &str, bytes: &[u8]) -> JsValue;

    /// The whole body of a small request.
    #[wasm_bindgen(js_name = readWhole)]
    pub fn read_whole(request: &JsValue, ms: u32) -> Promise;

    /// A body, piece by piece.
    pub type PieceReader;

    #[wasm_bindgen(constructor)]
    pub fn new(body: &JsValue, ms: Option<u32>) -> PieceReader;

    /// The next piece; `undefined` at the end.
    #[wasm_bindgen(method)]
    pub fn next(this: &PieceReader, bytes: u32) -> Promise;

    #[wasm_bindgen(method)]
    pub fn end(this: &PieceReader);

    #[wasm_bindgen(method)]
    pub fn cancel(this: &PieceReader);

    pub fn release(buffer: &ArrayBuffer);

    /// The promise of a `Response`.
    #[wasm_bindgen(catch)]
    pub fn send(
        method: &str,
        url: &str,
        head: &str,
        body: &JsValue,
        signal: &JsValue,
    ) -> Result<Promise, JsValue>;

    /// The promise of `[status, header lines, bytes]`.
    pub fn exchange(
        method: &str,
        url: &str,
        head: &str,
        body: &JsValue,
        ms: u32,
        names: &str,
        bytes_max: u32,
    ) -> Promise;

    #[wasm_bindgen(js_name = headerLines)]
    pub fn header_lines(response: &JsValue, names: &str) -> String;

    /// The promise of an object's answer.
    #[wasm_bindgen(catch)]
    pub fn ask(
        env: &Env,
        binding: &str,
        name: &str,
        is_eu: bool,
        message: &str,
    ) -> Result<Promise, JsValue>;

    /// The promise of a `Response`.
    #[wasm_bindgen(catch)]
    pub fn request(
        env: &Env,
        binding: &str,
        name: &str,
        is_eu: bool,
        message: &str,
        body: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = nameOf)]
    pub fn name_of(state: &JsValue) -> Option<String>;

    pub fn abort(state: &JsValue, reason: &str);

    #[wasm_bindgen(catch, js_name = sqlExec)]
    pub fn sql_exec(state: &JsValue, statement: &str, params: &str) -> Result<String, JsValue>;

    #[wasm_bindgen(catch)]
    pub fn transact(state: &JsValue, work: &mut dyn FnMut() -> bool) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = getText)]
    pub fn get_text(state: &JsValue, key: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(catch, js_name = putText)]
    pub fn put_text(state: &JsValue, key: &str, text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = setAlarm)]
    pub fn set_alarm(state: &JsValue, at_ms: f64) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = deleteAll)]
    pub fn delete_all(state: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = makePieces)]
    pub fn make_pieces(state: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = putPiece)]
    pub fn put_piece(state: &JsValue, n: u32, bytes: &Uint8Array) -> Result<(), JsValue>;

    /// A stored body on its way out.
    pub type StoredBody;

    #[wasm_bindgen(constructor)]
    pub fn new(state: &JsValue, length: f64) -> StoredBody;

    #[wasm_bindgen(method)]
    pub fn stream(this: &StoredBody) -> JsValue;

    #[wasm_bindgen(method, js_name = isRead)]
    pub fn is_read(this: &StoredBody) -> bool;

    /// A promise that is settled from here.
    pub type Deferred;

    pub fn defer() -> Deferred;

    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Deferred) -> JsValue;

    pub fn settle(deferred: &Deferred, is_good: bool, value: &JsValue);

    /// The promise of a flag.
    #[wasm_bindgen(js_name = isWithin)]
    pub fn is_within(env: &Env, binding: &str, key: &str) -> Promise;

    #[wasm_bindgen(catch, js_name = kvPut)]
    pub fn kv_put(
        kv: &JsValue,
        key: &str,
        bytes: &[u8],
        ttl_seconds: f64,
    ) -> Result<Promise, JsValue>;

    /// The promise of an `ArrayBuffer` or null.
    #[wasm_bindgen(catch, js_name = kvGet)]
    pub fn kv_get(kv: &JsValue, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = kvDelete)]
    pub fn kv_delete(kv: &JsValue, key: &str) -> Result<Promise, JsValue>;

    pub fn log(is_error: bool, line: &str);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = scheduler)]
    pub fn wait(ms: f64) -> Promise;

    /// The platform's own pipe: its bytes go out without JavaScript.
    pub type IdentityTransformStream;
    #[wasm_bindgen(constructor)]
    pub fn new() -> IdentityTransformStream;
    #[wasm_bindgen(method, getter)]
    pub fn readable(this: &IdentityTransformStream) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub fn writable(this: &IdentityTransformStream) -> Writable;

    pub type Writable;
    #[wasm_bindgen(method, js_name = getWriter)]
    pub fn writer(this: &Writable) -> Writer;

    pub type Writer;
    #[wasm_bindgen(method)]
    pub fn write(this: &Writer, chunk: &Uint8Array) -> Promise;
    #[wasm_bindgen(method)]
    pub fn close(this: &Writer) -> Promise;
    #[wasm_bindgen(method)]
    pub fn abort(this: &Writer) -> Promise;
}

/// What JavaScript threw.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct JsError {
    /// A time limit passed.
    pub timed_out: bool,
    /// An object sheds load.
    pub overloaded: bool,
    text: String,
}

/// What comes of asking.
pub type JsResult<T> = Result<T, JsError>;

impl JsError {
    pub fn new(text: &str) -> Self {
        Self { timed_out: false, overloaded: false, text: text.to_owned() }
    }
}

impl From<JsError> for JsValue {
    fn from(error: JsError) -> Self {
        js_sys::Error::new(&error.text).into()
    }
}

impl From<StorageError> for JsError {
    fn from(error: StorageError) -> Self {
        Self::new(&error.to_string())
    }
}

impl From<serde_json::Error> for JsError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(&format!("a message is no JSON: {error}"))
    }
}

impl From<JsValue> for JsError {
    fn from(thrown: JsValue) -> Self {
        let field = |name: &str| js_sys::Reflect::get(&thrown, &name.into()).ok();
        let text = |name: &str| field(name).and_then(|value| value.as_string());
        Self {
            timed_out: text("name").is_some_and(|name| name == "TimeoutError"),
            overloaded: field("overloaded").is_some_and(|value| value.is_truthy()),
            text: text("message").or_else(|| thrown.as_string()).unwrap_or_default(),
        }
    }
}

/// Waits for a promise.
pub async fn settled(promise: Promise) -> JsResult<JsValue> {
    Ok(promise.await?)
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the platform's clock is past 1970 and far from the end of u64"
    )]
    let now_ms = js_sys::Date::now() as u64;
    now_ms
}

/// Waits so many milliseconds.
pub async fn sleep(ms: u64) {
    // The platform's timers take 32 bits.
    let ms = u32::try_from(ms).unwrap_or(u32::MAX);
    let _ = settled(wait(f64::from(ms))).await;
}

/// A number as JavaScript counts bytes and times: exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "times and lengths are far below 2^53")]
pub fn number(value: u64) -> f64 {
    value as f64
}

/// A length as JavaScript's typed arrays have it. Bodies are far below 4 GiB.
pub fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Random bytes.
pub fn random<const N: usize>() -> JsResult<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| JsError::new(&format!("no randomness: {error}")))?;
    Ok(bytes)
}
