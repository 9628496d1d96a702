//! When an alarm goes off.

use wasm_bindgen::JsValue;
use worker::ScheduledTime;

/// A moment in milliseconds since 1970. A number would be taken for an offset, so it goes as a date.
pub fn at(at_ms: u64) -> ScheduledTime {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 are exact in f64 for 285,000 years"
    )]
    let millis = JsValue::from_f64(at_ms as f64);
    ScheduledTime::new(js_sys::Date::new(&millis))
}
