//! How long runs took lately, for who wants to know how long the next one will.

use std::collections::{BinaryHeap, VecDeque};

use serde::{Deserialize, Serialize};

use super::event::Lane;

/// The last measured durations, of all runs and of each lane. They belong to the gate's row: lanes are few, and with rows of
/// their own each end wrote one more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    all: Lately,
    lanes: Vec<(Lane, Lately)>,
}

/// The last of them, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Lately(VecDeque<u64>);

impl Durations {
    /// A run of this lane took so long. So many are kept.
    pub(super) fn add(&mut self, lane: &Lane, duration_ms: u64, kept: usize) {
        self.all.add(duration_ms, kept);
        if let Some((_, lately)) = self.lanes.iter_mut().find(|(known, _)| known == lane) {
            lately.add(duration_ms, kept);
        } else {
            let mut lately = Lately::default();
            lately.add(duration_ms, kept);
            self.lanes.push((lane.clone(), lately));
        }
    }

    /// The median of all, if any was measured.
    #[must_use]
    pub fn median_ms(&self) -> Option<u64> {
        self.all.median_ms()
    }

    /// The median of a lane, if any was measured.
    #[must_use]
    pub fn median_of_ms(&self, lane: &Lane) -> Option<u64> {
        let (_, lately) = self.lanes.iter().find(|(known, _)| known == lane)?;
        lately.median_ms()
    }
}

impl Lately {
    fn add(&mut self, duration_ms: u64, kept: usize) {
        self.0.push_back(duration_ms);
        while self.0.len() > kept {
            self.0.pop_front();
        }
    }

    fn median_ms(&self) -> Option<u64> {
        // A heap's sort is a tenth of the slice sort's code, and these are few.
        let durations: BinaryHeap<_> = self.0.iter().copied().collect();
        let sorted = durations.into_sorted_vec();
        sorted.get(sorted.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_has_a_median_of_its_own_and_the_old_is_forgotten() {
        let [quick, slow, other] = ["quick", "slow", "other"].map(|name| Lane(name.into()));
        let mut durations = Durations::default();
        assert_eq!(
            (durations.median_ms(), durations.median_of_ms(&quick)),
            (None, None)
        );
        for (lane, duration_ms) in [(&quick, 7), (&quick, 9), (&slow, 40), (&quick, 8)] {
            durations.add(lane, duration_ms, 3);
        }
        assert_eq!(durations.median_of_ms(&quick), Some(8));
        assert_eq!(durations.median_of_ms(&slow), Some(40));
        assert_eq!(durations.median_of_ms(&other), None);
        assert_eq!(
            durations.median_ms(),
            Some(9),
            "of the last three: 9, 40, 8"
        );
        for duration_ms in [20, 21, 22] {
            durations.add(&quick, duration_ms, 3);
        }
        assert_eq!(durations.median_of_ms(&quick), Some(21));
    }
}
