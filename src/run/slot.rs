//! A slot that staff free.

use crate::run::record::{Run, State};
use crate::run::times::Now;
use crate::run::transition::Decision;

impl Run {
    /// Its slot is freed, as it would be at its deadline. A send under way counts as one of which
    /// nobody knows the outcome: the run is never sent again.
    pub fn free_slot(&mut self, now: Now<'_>) -> Decision {
        if !self.holds_slot() {
            return Decision::Unchanged;
        }
        let _ = self.lose_track(now);
        match &mut self.state {
            State::Unknown { slot_until_ms } => *slot_until_ms = None,
            State::Running { holds_slot, .. } => *holds_slot = false,
            State::Receiving { .. }
            | State::Queued { .. }
            | State::Sending { .. }
            | State::Ended { .. } => {}
        }
        Decision::Save
    }
}
