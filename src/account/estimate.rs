//! Where a run stands, and how long it will still take.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::account::queue::Readiness;
use crate::account::state::Account;
use crate::run::record::{Run, RunSpec, State};
use crate::run::view::Standing;

/// Places of the queue that are played through; those behind go at the rate of these.
const PLAYED_MAX: usize = 128;

impl Account {
    /// Where a live run stands; none if it is over.
    pub fn standing(&self, run: &Run, now_ms: u64) -> Option<Standing> {
        let since_ms = match run.state {
            State::Receiving { .. } | State::Queued { .. } => {
                let ahead = run.turn.map_or(self.queue.len(), |turn| {
                    self.queue.find_index(&turn).unwrap_or_else(|at| at)
                });
                return Some(self.standing_behind(ahead, run, now_ms));
            }
            State::Sending { .. } | State::Unknown { .. } => run.go_ms,
            State::Running { since_ms, .. } => since_ms,
            State::Ended { .. } => return None,
        };
        let done_ms = since_ms.saturating_add(self.usual_ms(run));
        Some(Standing {
            position: 0,
            wait_seconds: 0,
            // What takes longer than usual will be done any moment.
            eta_seconds: done_ms.saturating_sub(now_ms).div_ceil(1_000).max(1),
        })
    }

    /// How long such a run takes: the median as measured, or FASHN's longest.
    fn usual_ms(&self, spec: &RunSpec) -> u64 {
        let durations = self.limiter.durations.0.get(&spec.class.0);
        durations.and_then(|durations| median(durations.clone())).unwrap_or(spec.expected_ms)
    }

    /// Behind so many others: slots come back as their runs end, the window lets so many go, and
    /// what holds all back holds this one too.
    pub(super) fn standing_behind(&self, ahead: usize, spec: &RunSpec, now_ms: u64) -> Standing {
        let limits = &self.settings.limits;
        let runs = &self.limiter.runs;
        let starts_ms = match self.readiness(now_ms) {
            Readiness::Until(until_ms) => until_ms,
            Readiness::Ready | Readiness::Waiting => now_ms,
        };
        // Once for each class, and not for each of the runs under way.
        let durations = self.limiter.durations.0.iter();
        let medians: Vec<_> =
            durations.filter_map(|(class, all)| Some((class, median(all.clone())?))).collect();
        let usual_ms = |spec: &RunSpec| {
            let median = medians.iter().find(|(class, _)| **class == spec.class.0);
            median.map_or(spec.expected_ms, |(_, median_ms)| *median_ms)
        };
        let holders = self.live.values().filter(|run| run.holds_slot());
        let mut free: BinaryHeap<_> =
            holders.map(|run| Reverse(slot_free_ms(run, usual_ms(run), now_ms))).collect();
        let slots = self.limiter.slots(limits).max(1);
        while (free.len() as u64) < slots {
            free.push(Reverse(starts_ms));
        }
        let own_ms = usual_ms(spec);
        let of_all = self.limiter.durations.0.values().flatten().copied().collect();
        let each_ms = median(of_all).unwrap_or(own_ms);
        let mut room = runs.room(limits.runs, self.sending);
        let mut window_opens_ms = starts_ms;
        let mut goes_ms = starts_ms;
        let played = ahead.min(PLAYED_MAX);
        for _ in 0..=played {
            let Reverse(slot_ms) = free.pop().unwrap_or(Reverse(starts_ms));
            if room == 0 {
                let opens_ms = window_opens_ms.max(runs.opens_ms(limits.runs).unwrap_or(0));
                window_opens_ms = opens_ms.saturating_add(limits.runs.window_ms);
                room = limits.runs.requests.max(1).into();
                goes_ms = goes_ms.max(opens_ms);
            }
            room -= 1;
            goes_ms = goes_ms.max(slot_ms).max(starts_ms);
            free.push(Reverse(goes_ms.saturating_add(each_ms)));
        }
        let played_ms = goes_ms.saturating_sub(now_ms);
        let rest = (ahead - played) as u64;
        let wait_ms = played_ms.saturating_add(played_ms.saturating_mul(rest) / PLAYED_MAX as u64);
        Standing {
            position: ahead as u64 + 1,
            wait_seconds: wait_ms.div_ceil(1_000),
            eta_seconds: wait_ms.saturating_add(own_ms).div_ceil(1_000),
        }
    }
}

/// When a run's slot is freed, as far as it can be estimated, if such a run takes so long.
fn slot_free_ms(run: &Run, usual_ms: u64, now_ms: u64) -> u64 {
    let free_ms = if let State::Unknown { slot_until_ms: Some(until_ms) } = run.state {
        until_ms
    } else {
        run.go_ms.saturating_add(usual_ms)
    };
    free_ms.max(now_ms.saturating_add(1_000))
}

fn median(durations: Vec<u64>) -> Option<u64> {
    let durations = BinaryHeap::from(durations).into_sorted_vec();
    durations.get(durations.len() / 2).copied()
}
