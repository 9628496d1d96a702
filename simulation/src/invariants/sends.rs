//! Sends as they arrive at FASHN.

use fitting_room::auth::ids::{Attempt, Ticket};

use super::Invariants;

impl Invariants {
    /// A send arrives at FASHN.
    pub fn sent(&mut self, ticket: Ticket, attempt: Attempt, now_ms: u64) {
        let what = match self.tracks.get_mut(&ticket) {
            None => Some("was sent before it was written"),
            Some(track) if track.run.attempt < attempt => Some("was sent before it was written"),
            Some(track) => {
                let is_unsure = track.sends.values().any(|is_sure| !is_sure);
                match track.sends.insert(attempt, false) {
                    Some(_) => Some("was sent twice with one permission"),
                    None if is_unsure => {
                        Some("was sent again, and nobody knows what became of the last send")
                    }
                    None => None,
                }
            }
        };
        if let Some(what) = what {
            self.fail(now_ms, || format!("a run {what}"));
        }
        self.liveness.sent(now_ms);
    }

    /// FASHN answered a send: it surely doesn't have it, or perhaps.
    pub fn told_of_send(&mut self, ticket: Ticket, is_sure: bool) {
        if let Some(track) = self.tracks.get_mut(&ticket)
            && let Some(mut last) = track.sends.last_entry()
        {
            last.insert(is_sure);
        }
    }

    /// FASHN takes a run.
    pub fn taken(&mut self, ticket: Ticket, now_ms: u64) {
        let is_twice = self.tracks.get_mut(&ticket).is_some_and(|track| {
            track.taken += 1;
            track.taken > 1 + track.lies
        });
        if is_twice {
            self.fail(now_ms, || "a run is paid twice".to_owned());
        }
    }

    /// FASHN took a run and says that it didn't.
    pub fn lied_about(&mut self, ticket: Ticket) {
        if let Some(track) = self.tracks.get_mut(&ticket) {
            track.lies += 1;
        }
    }
}
