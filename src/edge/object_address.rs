//! A Durable Object, and what is said to it in bytes: `platform.js`, as Rust sees it.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use worker::Env;

use super::gateway::binding::Objects;
use super::platform::{Asked, heard, settled};

#[wasm_bindgen(module = "/src/edge/platform.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn ask(
        env: &Env,
        objects: Objects,
        name: &str,
        message: &[u8],
        body: &JsValue,
        more_may_follow: bool,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch)]
    fn listen(env: &Env, objects: Objects, name: &str, message: &[u8]) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = callMore)]
    fn call_more(session: &JsValue, message: &[u8], body: &JsValue) -> Promise;

    fn end(session: &JsValue);
}

/// A Durable Object, by its namespace and its own name.
pub struct ObjectAddress {
    pub env: Env,
    pub objects: Objects,
    pub name: String,
}

impl ObjectAddress {
    /// Says something; the answer's bytes.
    pub async fn call(&self, message: &[u8], body: Option<&Uint8Array>) -> Asked<Vec<u8>> {
        Ok(heard(&self.told(message, body, false).await?))
    }

    /// Says something, and keeps a session to say more in: all of it is one request to the object.
    pub async fn begin(
        &self,
        message: &[u8],
        body: Option<&Uint8Array>,
    ) -> Asked<(Vec<u8>, Session)> {
        let told: Array = self.told(message, body, true).await?.unchecked_into();
        Ok((heard(&told.get(0)), Session(told.get(1))))
    }

    async fn told(
        &self,
        message: &[u8],
        body: Option<&Uint8Array>,
        more_may_follow: bool,
    ) -> Asked<JsValue> {
        let (objects, name, body) = (self.objects, &self.name, or_null(body));
        settled(ask(
            &self.env,
            objects,
            name,
            message,
            &body,
            more_may_follow,
        )?)
        .await
    }

    /// Says something; the answer stays open.
    pub async fn listen(&self, message: &[u8]) -> Asked<web_sys::Response> {
        let promise = listen(&self.env, self.objects, &self.name, message)?;
        Ok(settled(promise).await?.unchecked_into())
    }
}

/// A conversation with an object.
pub struct Session(JsValue);

impl Session {
    /// Says more; the answer's bytes.
    pub async fn call(&self, message: &[u8], body: Option<&Uint8Array>) -> Asked<Vec<u8>> {
        let told = settled(call_more(&self.0, message, &or_null(body))).await?;
        Ok(heard(&told))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        end(&self.0);
    }
}

fn or_null(body: Option<&Uint8Array>) -> JsValue {
    body.map_or(JsValue::NULL, JsValue::from)
}
