//! Writes log lines: each level by the console's own method, which the platform's log keeps.

use wasm_bindgen::handler::set_on_abort;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::app::log::LogEvent;
use crate::config::log_level::LogLevel;
use crate::worker::runtime::platform::end_instance;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn console_warn(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn console_log(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = debug)]
    fn console_debug(line: &str);
}

/// Writes an event's line unless its level is beyond `most`. It is called from many places, and is
/// in the bundle once.
#[inline(never)]
pub fn write(event: &LogEvent<'_>, most: LogLevel) {
    let level = event.level();
    if level > most {
        return;
    }
    let line = event.line();
    match level {
        LogLevel::Error => console_error(&line),
        LogLevel::Warn => console_warn(&line),
        LogLevel::Info => console_log(&line),
        LogLevel::Debug => console_debug(&line),
    }
}

/// Something that an operator has to know, where the settings can't be asked.
pub fn error(place: &'static str, reason: &str) {
    write(&LogEvent::Failure { place, run: None, reason }, LogLevel::Error);
}

/// A panic has a line with its place in the code, without its text, which may have what a caller
/// sent. The trap after it ends the instance, and so does any other, wherever it is met.
#[wasm_bindgen(start, private)]
fn start() {
    set_on_abort(end_instance);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        error("panic", place.as_deref().unwrap_or_default());
    }));
}
