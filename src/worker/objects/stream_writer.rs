//! The account's end of an answer that stays open.

use wasm_bindgen::JsValue;

use crate::app::subscribers::StreamWriter;
use crate::config::limits;
use crate::worker::runtime::platform::Pipe;

/// The writing end of the platform's own pipe.
pub struct PipeWriter(Pipe);

impl PipeWriter {
    /// A writer, and the stream that its reader gets.
    pub fn open() -> (Self, JsValue) {
        let pipe = Pipe::new();
        let readable = pipe.readable();
        (Self(pipe), readable)
    }
}

impl StreamWriter for PipeWriter {
    fn write(&self, bytes: &[u8]) {
        if !self.is_lost() {
            self.0.write(bytes);
        }
    }

    fn is_lost(&self) -> bool {
        self.0.unread() > f64::from(limits::LISTENER_UNREAD_MAX)
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.0.end(self.is_lost());
    }
}
