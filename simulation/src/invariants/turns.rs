//! Runs go in turn.

use fitting_room::account::rows::Write;
use fitting_room::auth::ids::Ticket;
use fitting_room::run::record::State;

use super::{Invariants, Seen};

impl Invariants {
    /// A run that leaves the queue goes before none that should have gone.
    pub(super) fn judge_goes(&mut self, writes: &[Write], seen: &Seen<'_>) {
        for write in writes {
            let Write::PutRun(run) = write else {
                continue;
            };
            if !matches!(run.state, State::Sending { .. }) || run.go_ms != seen.clock_ms {
                continue;
            }
            let Some(track) = self.tracks.get(&run.ticket) else {
                continue;
            };
            let person = track.person;
            let half = (self.limits.slots / 2).max(1) as usize;
            let slots_of = |person| {
                let tracks = self.tracks.values();
                let held = tracks.filter(|track| {
                    track.person == person && !track.is_gone && track.run.holds_slot()
                });
                held.count()
            };
            let waiting = self.queued.iter().filter_map(|ticket| {
                let track = self.tracks.get(ticket)?;
                let State::Queued { not_before_ms, .. } = track.run.state else {
                    return None;
                };
                // One that came into the queue with this very event was not there before.
                let may_go = not_before_ms <= seen.clock_ms && !writes_run(writes, *ticket);
                (may_go && track.person != person && slots_of(track.person) < half).then_some(track)
            });
            // The one that FASHN failed least has most reason to complain.
            if let Some(other) = waiting.min_by_key(|track| track.run.failures) {
                let (other, other_failures) = (other.person, other.run.failures);
                if slots_of(person) > half {
                    return self.fail(seen.now_ms, || {
                        format!(
                            "person {person} holds more than half of the slots while person {other} waits"
                        )
                    });
                }
                if run.failures > 0 && other_failures == 0 {
                    return self.fail(seen.now_ms, || {
                        format!(
                            "a run that FASHN failed goes before one of person {other} that it never failed"
                        )
                    });
                }
            }
        }
    }
}

fn writes_run(writes: &[Write], ticket: Ticket) -> bool {
    writes.iter().any(|write| match write {
        Write::PutRun(run) => run.ticket == ticket,
        _ => false,
    })
}
