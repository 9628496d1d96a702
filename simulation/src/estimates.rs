//! How far what people were told of their wait is off.

use std::collections::BTreeMap;

use fitting_room::app::status::StatusReply;
use fitting_room::auth::ids::Ticket;

/// What was told of runs that aren't over, and how far it was off for those that completed.
#[derive(Debug, Default)]
pub struct Estimates {
    /// When each was to be done, in milliseconds of true time.
    told_ms: BTreeMap<Ticket, Vec<u64>>,
    /// Milliseconds between that and the end, either way.
    pub errors_ms: Vec<u64>,
}

impl Estimates {
    /// A lookup is answered.
    pub fn told<S>(&mut self, ticket: Ticket, reply: &StatusReply<S>, now_ms: u64) {
        if let StatusReply::Shown(json, _) = reply
            && let Some(seconds) = eta_seconds(json)
        {
            self.told_ms.entry(ticket).or_default().push(now_ms + seconds * 1_000);
        }
    }

    /// A run completed.
    pub fn completed(&mut self, ticket: Ticket, now_ms: u64) {
        let told = self.told_ms.remove(&ticket).unwrap_or_default();
        self.errors_ms.extend(told.into_iter().map(|done_ms| done_ms.abs_diff(now_ms)));
    }
}

fn eta_seconds(json: &str) -> Option<u64> {
    let (_, rest) = json.split_once(r#""eta_seconds":"#)?;
    let end = rest.find(|digit: char| !digit.is_ascii_digit())?;
    rest.get(..end)?.parse().ok()
}
