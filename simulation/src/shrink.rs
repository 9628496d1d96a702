//! Makes a failing history small enough to be read.

use crate::guards::Guards;
use crate::plan::Plan;
use crate::play;

/// In a smaller plan chance falls otherwise: each is tried with so many other seeds.
const SEEDS: u64 = 4;
/// Of so few presses with so many, also of the presses themselves.
const FEW: (usize, u64) = (4, 64);
/// So many histories are played at most.
const PLAYED_MOST: u32 = 20_000;

/// Makes a failing plan smaller while it still fails.
#[must_use]
pub fn shrink(plan: &Plan, guards: &Guards) -> Plan {
    let mut smallest = plan.clone();
    let mut played = 0;
    loop {
        let smaller = smallest.smaller().into_iter().find_map(|plan| {
            let few = plan.presses.len() <= FEW.0;
            let seeds = if few { FEW.1 } else { SEEDS };
            (0..=seeds).find_map(|seed| {
                if played >= PLAYED_MOST {
                    return None;
                }
                played += 1;
                let plan = match seed {
                    0 => plan.clone(),
                    seed => reseeded(&plan, seed, few),
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

fn reseeded(plan: &Plan, seed: u64, presses_too: bool) -> Plan {
    let mut other = plan.clone();
    other.seed = seed;
    if presses_too {
        for press in &mut other.presses {
            press.seed = press.seed.wrapping_add(seed);
        }
    }
    other
}
