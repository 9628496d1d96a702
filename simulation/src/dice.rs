//! Chance, by lot: each press has its own, so that a history without some of its presses is the same
//! for the others.

use fastrand::Rng;

use crate::fault::Fault;
use crate::plan::Plan;

/// Which chance decides: 0 is the platform's own, the others are the presses', from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lot(pub usize);

/// All of them.
pub struct Dice {
    lots: Vec<Rng>,
    rates: [u16; Fault::ALL.len()],
}

impl Dice {
    /// Those of a history.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut lots = vec![Rng::with_seed(plan.seed ^ 0x5eed)];
        lots.extend(plan.presses.iter().map(|press| Rng::with_seed(press.seed)));
        let mut rates = [0; Fault::ALL.len()];
        for (fault, rate) in &plan.faults {
            if let Some(place) = rates.get_mut(*fault as usize) {
                *place = *rate;
            }
        }
        Self { lots, rates }
    }

    /// One more press.
    pub fn add_lot(&mut self, seed: u64) -> Lot {
        self.lots.push(Rng::with_seed(seed));
        Lot(self.lots.len() - 1)
    }

    /// A number from one up to another, the last included.
    pub fn between(&mut self, lot: Lot, min: u64, max: u64) -> u64 {
        match self.lots.get_mut(lot.0) {
            Some(rng) => rng.u64(min..=max.max(min)),
            None => min,
        }
    }

    /// Whether a fault happens on this occasion; while troubles come together, ten times as often.
    /// The lot is drawn whatever the rate, so that a history is the same without a fault that it
    /// didn't meet.
    pub fn falls(&mut self, lot: Lot, fault: Fault, is_burst: bool) -> bool {
        let rate = self.rates.get(fault as usize).copied().unwrap_or(0);
        let rate = u64::from(rate) * if is_burst { 10 } else { 1 };
        self.between(lot, 0, 999) < rate.min(700)
    }
}
