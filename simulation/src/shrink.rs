//! Makes a failing history small enough to be read.

use crate::guards::Guards;
use crate::plan::Plan;
use crate::play;

/// In a smaller plan chance falls otherwise: each is tried with so many other seeds.
const SEEDS: u64 = 4;
/// Of so few submissions with so many, also of the submissions themselves.
const FEW: (usize, u64) = (4, 64);
/// So many histories are played at most.
const PLAYED_MAX: u32 = 20_000;

/// Makes a failing plan smaller while it still fails in the same words.
pub fn shrink(plan: &Plan, guards: Guards) -> Plan {
    let Err(violation) = play(plan, guards) else {
        return plan.clone();
    };
    let says = first_words(violation.what());
    let mut smallest = plan.clone();
    let mut played = 0;
    loop {
        let smaller = smaller(&smallest).into_iter().find_map(|plan| {
            let is_few = plan.submissions.len() <= FEW.0;
            let seeds = if is_few { FEW.1 } else { SEEDS };
            (0..=seeds).find_map(|seed| {
                if played >= PLAYED_MAX {
                    return None;
                }
                played += 1;
                let plan = match seed {
                    0 => plan.clone(),
                    seed => reseeded(&plan, seed, is_few),
                };
                let fails = play(&plan, guards)
                    .is_err_and(|violation| first_words(violation.what()) == says);
                fails.then_some(plan)
            })
        });
        match smaller {
            Some(plan) => smallest = plan,
            None => return smallest,
        }
    }
}

/// The numbers in a sentence change from plan to plan.
fn first_words(what: &str) -> String {
    what.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn reseeded(plan: &Plan, seed: u64, presses_too: bool) -> Plan {
    let mut other = plan.clone();
    other.seed = seed;
    if presses_too {
        for submission in &mut other.submissions {
            submission.seed = submission.seed.wrapping_add(seed);
        }
    }
    other
}

/// Smaller plans to try, the boldest first: without some of the submissions, without a kind of
/// fault, a bad time or a reset, in less time.
fn smaller(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut push = |change: &dyn Fn(&mut Plan)| {
        let mut smaller = plan.clone();
        change(&mut smaller);
        if smaller != *plan {
            plans.push(smaller);
        }
    };
    push(&|plan| plan.events_min = 0);
    push(&|plan| plan.resets_ms.clear());
    let count = plan.submissions.len();
    let mut chunk = count / 2;
    while chunk > 0 {
        for from in (0..count).step_by(chunk) {
            push(&|plan| {
                let until = (from + chunk).min(plan.submissions.len());
                plan.submissions.drain(from..until);
            });
        }
        chunk /= 2;
    }
    for index in 0..plan.faults.len() {
        push(&|plan| {
            plan.faults.remove(index);
        });
    }
    for index in 0..plan.spells.len() {
        push(&|plan| {
            plan.spells.remove(index);
        });
    }
    for index in 0..plan.resets_ms.len() {
        push(&|plan| {
            plan.resets_ms.remove(index);
        });
    }
    push(&|plan| plan.has_merchant = false);
    push(&|plan| {
        for submission in &mut plan.submissions {
            submission.after_ms /= 2;
        }
    });
    plans
}
