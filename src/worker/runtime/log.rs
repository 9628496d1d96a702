//! Log lines: JSON, one an event, without ids, tokens, addresses or pictures.

use worker::{console_error, console_log};

/// Something that an operator has to know.
pub fn error(place: &str, reason: &str) {
    console_error!("{}", line("error", place, reason));
}

/// Something worth knowing.
pub fn info(place: &str, reason: &str) {
    console_log!("{}", line("info", place, reason));
}

fn line(level: &str, place: &str, reason: &str) -> serde_json::Value {
    serde_json::json!({ "level": level, "place": place, "reason": reason })
}
