//! Log lines: JSON, one an event, without ids, tokens, addresses or pictures.

use serde::Serialize;

use crate::worker::runtime::platform::log;

#[derive(Serialize)]
struct Line<'l> {
    level: &'l str,
    place: &'l str,
    reason: &'l str,
}

/// Something that an operator has to know.
pub fn error(place: &str, reason: &str) {
    write(true, "error", place, reason);
}

/// Something worth knowing.
pub fn info(place: &str, reason: &str) {
    write(false, "info", place, reason);
}

fn write(is_error: bool, level: &str, place: &str, reason: &str) {
    let line = Line { level, place, reason };
    log(is_error, &serde_json::to_string(&line).unwrap_or_default());
}
