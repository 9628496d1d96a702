//! The platform: `platform.js`, and single calls that web-sys doesn't know. The `worker` crate's
//! requests and answers cross to JavaScript for each of their parts, its objects can't be called by
//! a method, and all of its bindings are in a bundle whether they are used or not.

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{ReadableStream, Response, WritableStreamDefaultWriter};

use crate::account::rows::StorageError;

#[wasm_bindgen(module = "/src/worker/runtime/platform.js")]
extern "C" {
    /// `head` is the same for many answers.
    pub fn respond(status: u16, head: &str, own: &str, body: &JsValue) -> JsValue;

    #[wasm_bindgen(catch, js_name = readWhole)]
    pub async fn read_whole(request: &JsValue, ms: u32) -> Result<JsValue, JsValue>;

    pub type PieceReader;
    #[wasm_bindgen(constructor)]
    pub fn new(request: &JsValue, ms: Option<u32>) -> PieceReader;
    /// `undefined` at the end.
    #[wasm_bindgen(catch, method)]
    pub async fn next(this: &PieceReader, bytes: u32) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    pub fn keep(this: &PieceReader);
    #[wasm_bindgen(method)]
    pub fn end(this: &PieceReader);
    #[wasm_bindgen(method)]
    pub fn cancel(this: &PieceReader);

    pub fn release(buffer: &ArrayBuffer);

    pub type HeldBody;
    #[wasm_bindgen(constructor)]
    pub fn new(length: u32) -> HeldBody;
    #[wasm_bindgen(method)]
    pub fn push(this: &HeldBody, bytes: &[u8]);
    /// Bytes or a stream.
    #[wasm_bindgen(method)]
    pub fn content(this: &HeldBody) -> JsValue;
    #[wasm_bindgen(method, js_name = isRead)]
    pub fn is_read(this: &HeldBody) -> bool;
    #[wasm_bindgen(method)]
    pub fn release(this: &HeldBody);

    #[wasm_bindgen(catch)]
    pub async fn send(
        method: &str,
        url: &str,
        head: &str,
        body: &JsValue,
    ) -> Result<Response, JsValue>;

    /// `[response, bytes]`
    #[wasm_bindgen(catch)]
    pub async fn exchange(
        method: &str,
        url: &str,
        head: &str,
        body: &JsValue,
        ms: u32,
        bytes_max: u32,
    ) -> Result<Array, JsValue>;

    pub type Stub;
    #[wasm_bindgen(catch)]
    pub fn stub(env: &Env, binding: &str, name: &str, is_eu: bool) -> Result<Stub, JsValue>;
    #[wasm_bindgen(catch, method)]
    pub async fn call(this: &Stub, message: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    pub async fn open(stub: &Stub, message: &str, body: &JsValue) -> Result<Response, JsValue>;

    #[wasm_bindgen(catch)]
    pub fn query(storage: &Storage, statement: &str, params: &str) -> Result<String, JsValue>;
    #[wasm_bindgen(catch)]
    pub fn transact(storage: &Storage, work: &mut dyn FnMut() -> bool) -> Result<(), JsValue>;

    pub type StoredBody;
    #[wasm_bindgen(constructor)]
    pub fn new(storage: &Storage, length: f64) -> StoredBody;
    #[wasm_bindgen(method)]
    pub fn content(this: &StoredBody) -> JsValue;
    #[wasm_bindgen(method, js_name = isRead)]
    pub fn is_read(this: &StoredBody) -> bool;

    /// A promise that is settled from here.
    pub type Deferred;
    pub fn defer() -> Deferred;
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Deferred) -> JsValue;
    pub fn settle(deferred: &Deferred, is_good: bool, value: &JsValue);

    /// This instance of the compiled code is over: all that it promised fails.
    #[wasm_bindgen(js_name = endInstance)]
    pub fn end_instance();

    #[wasm_bindgen(catch, js_name = writePoint)]
    pub fn write_point(env: &Env, binding: &str, json: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = verifyRs256)]
    pub async fn verify_rs256(
        jwk: &str,
        signed: &str,
        signature: Vec<u8>,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = isWithin)]
    pub async fn is_within(env: &Env, binding: &str, key: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = putPiece)]
    pub async fn put_piece(
        env: &Env,
        binding: &str,
        key: &str,
        bytes: Uint8Array,
        ttl_seconds: f64,
    ) -> Result<JsValue, JsValue>;
    /// Its bytes, or `null`.
    #[wasm_bindgen(catch, js_name = getPiece)]
    pub async fn get_piece(env: &Env, binding: &str, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = deletePiece)]
    pub async fn delete_piece(env: &Env, binding: &str, key: &str) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = scheduler)]
    pub async fn wait(ms: f64) -> Result<JsValue, JsValue>;

    /// The bindings, vars and secrets.
    #[derive(Clone)]
    pub type Env;

    /// An object's `ctx`.
    pub type State;
    #[wasm_bindgen(method, getter)]
    pub fn id(this: &State) -> ObjectId;
    #[wasm_bindgen(method, getter)]
    pub fn storage(this: &State) -> Storage;
    #[wasm_bindgen(method)]
    pub fn abort(this: &State, reason: &str);

    pub type ObjectId;
    #[wasm_bindgen(method, getter)]
    pub fn name(this: &ObjectId) -> Option<String>;

    pub type Storage;
    #[wasm_bindgen(method, getter)]
    pub fn sql(this: &Storage) -> SqlStorage;
    /// Texts beside the tables. Reading one makes no table, so an object that has nothing keeps
    /// nothing.
    #[wasm_bindgen(method, getter)]
    pub fn kv(this: &Storage) -> SyncKv;
    /// Not waited for: it belongs to the writes of this turn.
    #[wasm_bindgen(catch, method, js_name = setAlarm)]
    pub fn set_alarm(this: &Storage, at_ms: f64) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, method, js_name = deleteAll)]
    pub async fn delete_all(this: &Storage) -> Result<JsValue, JsValue>;

    pub type SqlStorage;
    #[wasm_bindgen(catch, method, variadic)]
    pub fn exec(this: &SqlStorage, statement: &str, params: &Array) -> Result<JsValue, JsValue>;

    pub type SyncKv;
    #[wasm_bindgen(catch, method)]
    pub fn get(this: &SyncKv, key: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, method)]
    pub fn put(this: &SyncKv, key: &str, text: &str) -> Result<(), JsValue>;

    /// The platform's own pipe: its bytes go out without JavaScript.
    pub type IdentityTransformStream;
    #[wasm_bindgen(constructor)]
    pub fn new() -> IdentityTransformStream;
    #[wasm_bindgen(method, getter)]
    pub fn readable(this: &IdentityTransformStream) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    pub fn writable(this: &IdentityTransformStream) -> Writable;

    pub type Writable;
    #[wasm_bindgen(method, js_name = getWriter)]
    pub fn writer(this: &Writable) -> WritableStreamDefaultWriter;
}

/// What JavaScript threw.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct JsError {
    pub timed_out: bool,
    /// An object sheds load.
    pub overloaded: bool,
    text: String,
}

pub type JsResult<T> = Result<T, JsError>;

impl JsError {
    pub fn new(text: impl Into<String>) -> Self {
        Self { timed_out: false, overloaded: false, text: text.into() }
    }
}

impl From<JsError> for JsValue {
    fn from(error: JsError) -> Self {
        js_sys::Error::new(&error.text).into()
    }
}

impl From<StorageError> for JsError {
    fn from(error: StorageError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<JsValue> for StorageError {
    fn from(thrown: JsValue) -> Self {
        Self(JsError::from(thrown).text)
    }
}

impl From<serde_json::Error> for JsError {
    fn from(error: serde_json::Error) -> Self {
        Self::new(format!("no JSON of the expected form: {error}"))
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

/// Milliseconds since 1970.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the platform's clock is past 1970 and far from the end of u64"
)]
pub fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// A number as JavaScript counts bytes and times: exact below 2^53.
#[expect(clippy::cast_precision_loss, reason = "times and lengths are far below 2^53")]
pub fn number(value: u64) -> f64 {
    value as f64
}

/// The platform's timers and typed arrays take 32 bits; bodies are far below 4 GiB.
pub fn length(value: impl TryInto<u32>) -> u32 {
    value.try_into().unwrap_or(u32::MAX)
}
