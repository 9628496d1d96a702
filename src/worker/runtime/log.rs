//! Writes log lines: each level by the console's own method, which the platform's log keeps.

use worker::{console_debug, console_error, console_log, console_warn};

use crate::app::log::LogEvent;
use crate::config::log_level::LogLevel;

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
        LogLevel::Error => console_error!("{line}"),
        LogLevel::Warn => console_warn!("{line}"),
        LogLevel::Info => console_log!("{line}"),
        LogLevel::Debug => console_debug!("{line}"),
    }
}

/// Something that an operator has to know, where the settings can't be asked.
pub fn error(place: &'static str, reason: &str) {
    write(&LogEvent::Failure { place, run: None, reason }, LogLevel::Error);
}
