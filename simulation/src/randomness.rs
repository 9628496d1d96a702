//! Random numbers, in streams: each submission has its own, so that a history without some of its
//! submissions is the same for the others.

use fastrand::Rng;

use crate::fault::Fault;
use crate::plan::Plan;

/// Which stream: 0 is the platform's own, the others are the submissions', from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RandomStream(pub usize);

/// All of them.
pub struct Randomness {
    streams: Vec<Rng>,
    rates: [u16; Fault::ALL.len()],
}

impl Randomness {
    /// Those of a history.
    pub fn of(plan: &Plan) -> Self {
        let mut streams = vec![Rng::with_seed(plan.seed ^ 0x5eed)];
        streams.extend(plan.submissions.iter().map(|submission| Rng::with_seed(submission.seed)));
        let mut rates = [0; Fault::ALL.len()];
        for (fault, rate) in &plan.faults {
            if let Some(own) = rates.get_mut(*fault as usize) {
                *own = *rate;
            }
        }
        Self { streams, rates }
    }

    /// One more submission.
    pub fn add_stream(&mut self, seed: u64) -> RandomStream {
        self.streams.push(Rng::with_seed(seed));
        RandomStream(self.streams.len() - 1)
    }

    /// A number from one up to another, the last included.
    pub fn between(&mut self, stream: RandomStream, min: u64, max: u64) -> u64 {
        match self.streams.get_mut(stream.0) {
            Some(rng) => rng.u64(min..=max.max(min)),
            None => min,
        }
    }

    /// Whether a fault happens on this occasion; while troubles come together, ten times as often.
    /// A number is drawn whatever the rate, so that a history is the same without a fault that it
    /// didn't meet.
    pub fn happens(&mut self, stream: RandomStream, fault: Fault, is_burst: bool) -> bool {
        let rate = self.rates.get(fault as usize).copied().unwrap_or(0);
        let rate = u64::from(rate) * if is_burst { 10 } else { 1 };
        self.between(stream, 0, 999) < rate.min(700)
    }
}
