//! Log lines: JSON, one an event, without ids, tokens, addresses or pictures.

use serde::Serialize;

use super::platform::log;

#[derive(Serialize)]
struct Line<'l> {
    level: &'l str,
    place: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'l str>,
}

impl Line<'_> {
    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Something that the operator should hear of. `reason` is a problem's private text.
pub fn error(place: &str, reason: &dyn std::fmt::Display) {
    let line = Line {
        level: "error",
        place,
        reason: Some(&reason.to_string()),
        what: None,
    };
    log(true, &line.text());
}

/// Something that is worth knowing.
pub fn info(place: &str, what: &str) {
    let line = Line {
        level: "info",
        place,
        reason: None,
        what: Some(what),
    };
    log(false, &line.text());
}
