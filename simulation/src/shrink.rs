//! Makes a failing history small enough to be read.

use crate::guards::Guards;
use crate::plan::Plan;
use crate::play;

/// In a smaller plan the Dispatcher's own chance falls otherwise: each is tried with so many seeds.
const SEEDS: u64 = 4;
/// So many histories are played at most.
const PLAYED_MOST: u32 = 20_000;

/// Makes a failing plan smaller while it still fails.
#[must_use]
pub fn shrink(plan: &Plan, guards: &Guards) -> Plan {
    let mut smallest = plan.clone();
    let mut played = 0;
    loop {
        let smaller = smallest.smaller().into_iter().find_map(|plan| {
            (0..SEEDS).find_map(|seed| {
                if played >= PLAYED_MOST {
                    return None;
                }
                played += 1;
                let seed = if seed == 0 { plan.seed } else { seed };
                let plan = Plan {
                    seed,
                    ..plan.clone()
                };
                play(&plan, guards).is_err().then_some(plan)
            })
        });
        match smaller {
            Some(plan) => smallest = plan,
            None => return smallest,
        }
    }
}
