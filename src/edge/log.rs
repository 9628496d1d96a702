//! Log lines: JSON, one an event, without ids, tokens, addresses or pictures.

use worker::{console_error, console_log};

/// Something that the operator should hear of. `reason` is a problem's private text.
pub fn error(place: &str, reason: &impl std::fmt::Display) {
    console_error!(
        "{}",
        serde_json::json!({ "level": "error", "place": place, "reason": reason.to_string() })
    );
}

/// Something that is worth knowing.
pub fn info(place: &str, what: &str) {
    console_log!(
        "{}",
        serde_json::json!({ "level": "info", "place": place, "what": what })
    );
}
