//! Seeded histories of shoppers, the gateway and FASHN under one virtual clock, with faults at every step.
//! The Dispatcher and the Predictions are the gateway's own ([`fitting_room::dispatcher`],
//! [`fitting_room::prediction`]); what is modelled is what surrounds them.
//!
//! ```text
//! plan     seed → how many shoppers, which faults how often; and how to shrink a failing one
//! guards   what is taken away, to see that the checks would notice
//! world    the clock, the messages, the storage; the steps that the edge performs
//! gateway  the Worker's and the two objects' steps
//! upstream a model of FASHN
//! book     what always holds, checked after every event
//! ```

mod book;
mod gateway;
pub mod guards;
pub mod plan;
mod upstream;
mod world;

pub use book::{Tally, Violation};
use guards::Guards;
use plan::Plan;
use world::World;

/// Plays one history to its end, when nothing is left to happen.
///
/// # Errors
/// The first thing that should always hold and didn't.
pub fn play(plan: &Plan, guards: &Guards) -> Result<Tally, Violation> {
    World::new(plan, guards).play()
}

/// Makes a failing plan smaller while it still fails: fewer presses, fewer visitors, fewer kinds of faults.
#[must_use]
pub fn shrink(plan: &Plan, guards: &Guards) -> Plan {
    let mut smallest = plan.clone();
    loop {
        let smaller = smallest
            .smaller()
            .into_iter()
            .find(|plan| play(plan, guards).is_err());
        match smaller {
            Some(plan) => smallest = plan,
            None => return smallest,
        }
    }
}
