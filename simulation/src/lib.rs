//! Seeded histories of shoppers, the gateway and FASHN under one virtual clock, with faults at every step.
//! The Dispatcher, the Predictions and the signer are the gateway's own ([`fitting_room::dispatcher`],
//! [`fitting_room::prediction`], [`fitting_room::auth::ids`]); what is modelled is what surrounds them.
//!
//! ```text
//! plan               seed → who presses the button when, which faults how often; smaller plans
//! fault              what can go wrong
//! guards             what is taken away, to see that the checks would notice
//! shard              several Dispatchers for one key, each with its share
//! world              the clock, what is under way, what is stored
//! clock              true time, and the gateway's clock, which may jump
//! post               messages, in the order of their arrival
//! worker             the Worker's steps
//! dispatcher_object  the Dispatcher object's
//! prediction_object  the Prediction object's
//! calls              FASHN's side of each call
//! upstream           a model of FASHN
//! book, ledger       what always holds
//! tally              what was met
//! shrink             makes a failing history small
//! sale               how much of FASHN's rate several Dispatchers use
//! ```

mod book;
mod calls;
mod clock;
mod dispatcher_object;
pub mod fault;
pub mod guards;
mod ledger;
pub mod plan;
mod post;
mod prediction_object;
pub mod sale;
mod shard;
mod shrink;
mod tally;
mod upstream;
mod worker;
mod world;

pub use book::Violation;
pub use shrink::shrink;
pub use tally::Tally;

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
