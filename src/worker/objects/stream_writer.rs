//! The account's end of an answer that stays open.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Uint8Array;
use js_sys::futures::spawn_local;
use wasm_bindgen::JsValue;
use web_sys::WritableStreamDefaultWriter;

use crate::app::ports::StreamWriter;
use crate::config::limits;
use crate::worker::runtime::platform::IdentityTransformStream;

/// The writing end of the platform's own pipe.
pub struct PipeWriter {
    writer: WritableStreamDefaultWriter,
    unread: Rc<Cell<u32>>,
}

/// More than any reader can leave unread: this one has left.
const GONE: u32 = u32::MAX;

impl PipeWriter {
    /// A writer, and the stream that its reader gets.
    pub fn open() -> (Self, JsValue) {
        let pipe = IdentityTransformStream::new();
        let writer = pipe.writable().writer();
        (Self { writer, unread: Rc::default() }, pipe.readable().into())
    }
}

impl StreamWriter for PipeWriter {
    fn write(&self, bytes: &[u8]) {
        if self.is_lost() {
            return;
        }
        self.unread.set(self.unread.get() + 1);
        let unread = Rc::clone(&self.unread);
        let written = self.writer.write_with_chunk(&Uint8Array::from(bytes));
        spawn_local(async move {
            match written.await {
                Ok(_) => unread.set(unread.get().saturating_sub(1)),
                Err(_) => unread.set(GONE),
            }
        });
    }

    fn is_lost(&self) -> bool {
        self.unread.get() > limits::LISTENER_UNREAD_MAX
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        let ended = if self.is_lost() { self.writer.abort() } else { self.writer.close() };
        // It fails where the reader has left, and nothing is left to do then.
        spawn_local(async move {
            let _ = ended.await;
        });
    }
}
