//! The object's end of an answer that stays open: what is written here arrives at whoever listens.
//!
//! The platform's own pipe is used rather than the `worker` crate's streams: its bytes go out without JavaScript, and it
//! costs the bundle nothing.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::reply::{Body, Reply};
use super::task::{awaited, spawn};
use crate::config::limits;

#[wasm_bindgen]
extern "C" {
    type IdentityTransformStream;
    #[wasm_bindgen(constructor)]
    fn new() -> IdentityTransformStream;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> Writable;

    type Writable;
    #[wasm_bindgen(method, js_name = getWriter)]
    fn writer(this: &Writable) -> Writer;

    type Writer;
    #[wasm_bindgen(method)]
    fn write(this: &Writer, chunk: &Uint8Array) -> Promise;
    #[wasm_bindgen(method)]
    fn close(this: &Writer) -> Promise;
    #[wasm_bindgen(method)]
    fn abort(this: &Writer) -> Promise;

    #[wasm_bindgen(js_namespace = scheduler)]
    fn wait(ms: f64) -> Promise;
}

/// The object's end. Dropped, it ends the answer once what was written is read.
pub struct Ear {
    writer: Writer,
    unread: Rc<Cell<u32>>,
}

/// More than anybody can leave unread: its listener is gone.
const GONE: u32 = u32::MAX;

impl Ear {
    /// An ear, and the answer that it speaks into.
    pub fn open() -> (Self, JsValue) {
        let pipe = IdentityTransformStream::new();
        let ear = Self {
            writer: pipe.writable().writer(),
            unread: Rc::new(Cell::new(0)),
        };
        let answer = Reply::body(200, Body::Stream(pipe.readable()));
        (ear, answer.into_response(false))
    }

    /// Says something. Nobody waits until it is heard.
    pub fn say(&self, chunk: &Uint8Array) {
        if self.is_lost() {
            return;
        }
        self.unread.set(self.unread.get() + 1);
        let unread = Rc::clone(&self.unread);
        let written = self.writer.write(chunk);
        spawn(async move {
            match awaited(&written).await {
                Ok(_) => unread.set(unread.get().saturating_sub(1)),
                Err(_) => unread.set(GONE),
            }
        });
    }

    /// Its listener is gone, or doesn't read.
    pub fn is_lost(&self) -> bool {
        self.unread.get() > limits::LISTENER_UNREAD_MAX
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let ended = if self.is_lost() {
            self.writer.abort()
        } else {
            self.writer.close()
        };
        // Whether anybody was left to hear it doesn't matter.
        spawn(async move {
            let _ = awaited(&ended).await;
        });
    }
}

/// Waits so many milliseconds.
pub async fn pause(ms: u64) {
    let ms = u32::try_from(ms).unwrap_or(u32::MAX);
    let _ = awaited(&wait(f64::from(ms))).await;
}
