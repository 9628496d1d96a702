//! What a history is made of, and how a failing one is made smaller.

use std::fmt;

use fastrand::Rng;
use fitting_room::config::limits::DispatcherLimits;

use crate::fault::Fault;

/// Fewer events than this are no history: another press is played.
pub const EVENTS_LEAST: u64 = 200;

/// One history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Decides what isn't said below: when the Dispatcher itself crashes, how late its alarms are.
    pub seed: u64,
    /// Who presses the button, and when.
    pub presses: Vec<Press>,
    /// When the gateway's clock jumps.
    pub jumps: Vec<Jump>,
    /// It is pressed again until so many events were played.
    pub events_least: u64,
    /// A run takes at most this long, in milliseconds.
    pub run_most_ms: u64,
    /// What FASHN's account has.
    pub balance: u64,
    /// How often each fault happens, in thousandths of its occasions.
    pub faults: Vec<(Fault, u16)>,
    /// What the Dispatcher keeps to.
    pub limits: DispatcherLimits,
    /// So many Dispatchers have a share of them each.
    pub shards: u32,
}

/// A shopper presses the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Press {
    /// How long after the last, in milliseconds.
    pub after_ms: u64,
    /// Who.
    pub visitor: u32,
    /// What they want to see on themselves. Wanted again, there may be a picture of it.
    pub garment: u32,
    /// Decides all that happens to this run, whatever becomes of the others: so a history can lose some of its presses
    /// and still be the same.
    pub seed: u64,
}

/// The gateway's clock jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// When, in milliseconds since the history began.
    pub at_ms: u64,
    /// By how much.
    pub by_ms: i64,
}

/// So many that most presses want something new.
const GARMENTS: u32 = 100;
/// The clock may jump for so long: by then most is over.
const JUMPS_MS: u64 = 1_200_000;

impl Plan {
    /// The history of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        // Now and then a sale: many at once, so that windows and queue are full.
        let sale = rng.u32(..20) == 0;
        let mut faults = Vec::new();
        for fault in Fault::ALL {
            let rates = fault.rates();
            // Many histories have few kinds of faults, so that each is met alone too.
            let rate = rates.get(rng.usize(..rates.len())).copied().unwrap_or(0);
            if rng.u32(..3) > 0 && rate > 0 {
                faults.push((fault, rate));
            }
        }
        let mut limits = DispatcherLimits::default();
        let short_of_credits = rng.u32(..4) == 0;
        let poor = rng.u32(..10) == 0;
        if short_of_credits {
            limits.day_credits = rng.u32(10..60);
            limits.visitor_credits = rng.u32(4..20);
        } else {
            limits.day_credits = 2_000;
            limits.visitor_credits = 400;
        }
        limits.queue_most = if rng.u32(..4) == 0 { 8 } else { 1_000 };
        let (presses, gap_ms) = if sale {
            (rng.u32(100..120), rng.u64(1..100))
        } else {
            (rng.u32(30..60), rng.u64(1..3_000))
        };
        let visitors = rng.u32(1..9);
        let jumps = match faults.iter().find(|(fault, _)| *fault == Fault::ClockJump) {
            Some((_, rate)) => rng.u32(1..u32::from(*rate) + 2),
            None => 0,
        };
        Self {
            seed,
            presses: (0..presses)
                .map(|_| Press {
                    after_ms: rng.u64(0..gap_ms * 2),
                    // The first of them is in a hurry.
                    visitor: rng.u32(0..visitors) * u32::from(rng.bool()),
                    garment: rng.u32(0..GARMENTS),
                    seed: rng.u64(..),
                })
                .collect(),
            jumps: (0..jumps)
                .map(|_| Jump {
                    // Mostly early, when much is under way.
                    at_ms: rng.u64(..JUMPS_MS) >> rng.u32(0..5),
                    by_ms: rng.i64(-120_000..120_000),
                })
                .collect(),
            events_least: EVENTS_LEAST,
            run_most_ms: if sale {
                rng.u64(1_000..4_000)
            } else {
                rng.u64(2_000..60_000)
            },
            balance: if poor { rng.u64(0..40) } else { 100_000 },
            faults,
            limits,
            shards: 1,
        }
    }

    /// The history of a seed for a key that so many Dispatchers look after. Its limits are small and seldom divide evenly, so that
    /// each is met.
    #[must_use]
    pub fn sharded(seed: u64, shards: u32) -> Self {
        let mut plan = Self::of(seed);
        let mut rng = Rng::with_seed(seed ^ 0x05a4_d5ed);
        plan.limits.slots = rng.u32(shards..shards * 4);
        plan.limits.runs.requests = rng.u32(shards * 2..shards * 10);
        plan.limits.statuses.requests = rng.u32(shards * 4..shards * 12);
        // Many, so that none is without.
        for press in &mut plan.presses {
            press.visitor += 100 * rng.u32(..shards * 2);
        }
        plan.shards = shards;
        plan
    }

    /// From the first press to the last, in milliseconds.
    #[must_use]
    pub fn span_ms(&self) -> u64 {
        self.presses.iter().map(|press| press.after_ms).sum()
    }

    /// Smaller plans to try, the boldest first: without some of the presses, without one visitor's, without a kind of
    /// fault, in less time.
    #[must_use]
    pub fn smaller(&self) -> Vec<Self> {
        let mut plans = Vec::new();
        if self.events_least > 0 {
            plans.push(Self {
                events_least: 0,
                ..self.clone()
            });
        }
        let count = self.presses.len();
        let mut chunk = count / 2;
        while chunk > 0 {
            for from in (0..count).step_by(chunk) {
                plans.push(self.with_presses(|at, _| at < from || at >= from + chunk));
            }
            chunk /= 2;
        }
        let mut visitors: Vec<_> = self.presses.iter().map(|press| press.visitor).collect();
        visitors.sort_unstable();
        visitors.dedup();
        if visitors.len() > 1 {
            for visitor in visitors {
                plans.push(self.with_presses(|_, press| press.visitor != visitor));
            }
        }
        for (index, _) in self.jumps.iter().enumerate() {
            let mut fewer = self.clone();
            fewer.jumps.remove(index);
            plans.push(fewer);
        }
        for (index, _) in self.faults.iter().enumerate() {
            let mut fewer = self.clone();
            fewer.faults.remove(index);
            plans.push(fewer);
        }
        if self.span_ms() > 0 {
            let mut sooner = self.clone();
            for press in &mut sooner.presses {
                press.after_ms /= 2;
            }
            plans.push(sooner);
        }
        if self.run_most_ms > 1_000 {
            plans.push(Self {
                run_most_ms: (self.run_most_ms / 2).max(1_000),
                ..self.clone()
            });
        }
        plans
    }

    fn with_presses(&self, mut kept: impl FnMut(usize, &Press) -> bool) -> Self {
        let mut fewer = self.clone();
        let mut at = 0;
        fewer.presses.retain(|press| {
            at += 1;
            kept(at - 1, press)
        });
        fewer
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "seed {}, {} Dispatchers, {} presses in {} ms, runs of at most {} ms, {} credits at FASHN, {} a day, {} a visitor",
            self.seed,
            self.shards,
            self.presses.len(),
            self.span_ms(),
            self.run_most_ms,
            self.balance,
            self.limits.day_credits,
            self.limits.visitor_credits,
        )?;
        let mut at_ms = 0;
        for press in &self.presses {
            at_ms += press.after_ms;
            writeln!(
                out,
                "  at {at_ms} ms visitor {} garment {}",
                press.visitor, press.garment
            )?;
        }
        for Jump { at_ms, by_ms } in &self.jumps {
            writeln!(out, "  at {at_ms} ms the clock jumps by {by_ms} ms")?;
        }
        for (fault, rate) in &self.faults {
            writeln!(out, "  {fault:?} in {rate} of 1000")?;
        }
        Ok(())
    }
}
