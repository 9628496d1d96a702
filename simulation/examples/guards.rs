//! What the checks say without each guard.
use simulation::guards::{Guard, Guards};
use simulation::plan::Plan;
use simulation::play;
use std::collections::BTreeMap;

fn main() {
    let only = std::env::args().nth(1);
    let most: u64 = std::env::args()
        .nth(2)
        .and_then(|text| text.parse().ok())
        .unwrap_or(600);
    for guard in Guard::ALL {
        if only
            .as_ref()
            .is_some_and(|only| *only != format!("{guard:?}") && only != "all")
        {
            continue;
        }
        let mut said: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for seed in 0..most {
            if let Err(violation) = play(&Plan::of(seed), Guards::without(guard)) {
                let what: String = violation
                    .what()
                    .chars()
                    .filter(|c| !c.is_ascii_digit())
                    .take(90)
                    .collect();
                let entry = said.entry(what).or_insert((0, seed));
                entry.0 += 1;
            }
        }
        println!("{guard:?}: {said:#?}");
    }
}
