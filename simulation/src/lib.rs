//! Seeded histories of shoppers, the gateway and FASHN under one virtual clock, with faults at
//! every call of a port. What is played is `fitting_room::app` itself: submit, send, body, account,
//! confirm and outbox run here over ports of this crate. There is no second copy of any step.
//!
//! | module | what |
//! |---|---|
//! | `plan` | seed → what is submitted when, which faults how often, which bad times |
//! | `fault` | what can go wrong |
//! | `guards` | what is taken away, to see that the checks would notice |
//! | `executor` | tasks in virtual time, in the order of a seed, dropped at any call of a port |
//! | `world` | the parts on one clock |
//! | `network` | messages: late, lost, twice, out of order |
//! | `account_object`, `body_object`, `alarm` | objects: reset, their storage and alarms kept |
//! | `ports` | `app/`'s ports over the world |
//! | `people`, `webhooks` | the requests that reach a Worker |
//! | `fashn`, `outside` | a model of FASHN, and the calls that leave the gateway |
//! | `invariants`, `liveness`, `judge` | what always holds |
//! | `estimates` | how far what people were told of their wait is off |
//! | `coverage`, `tally`, `story`, `shrink` | what was met, and how it is told |

mod account_object;
mod alarm;
mod body_object;
pub mod coverage;
pub mod difference;
mod estimates;
mod executor;
mod fashn;
pub mod fault;
pub mod guards;
mod invariants;
mod judge;
mod liveness;
mod network;
mod outside;
mod people;
pub mod plan;
mod ports;
mod randomness;
pub mod shrink;
mod store;
mod story;
pub mod tally;
mod webhooks;
mod world;

use account_object::AccountObject;
use guards::Guards;
pub use invariants::Violation;
use plan::Plan;
use store::Store;
use story::Story;
use tally::Tally;
use world::World;

/// Plays one history to its end, when everything is over and deleted.
///
/// # Errors
/// The first thing that should always hold and didn't.
pub fn play(plan: &Plan, guards: Guards) -> Result<Tally, Violation> {
    let account = AccountObject::new(Store::memory());
    let world = World::new(plan, guards, account, Story::default())?;
    let played = world.play();
    world.clear();
    played
}

/// The same with the shipped statements, on SQLite.
///
/// # Errors
/// See [`play`].
pub fn play_on_sqlite(plan: &Plan, guards: Guards) -> Result<Tally, Violation> {
    let store = Store::sqlite().map_err(|error| Violation::new(0, error.to_string()))?;
    let world = World::new(plan, guards, AccountObject::new(store), Story::default())?;
    let played = world.play();
    world.clear();
    played
}

/// Plays one history, and says how far what people were told of their wait was off: milliseconds
/// between the estimated end of a run and its end, of each lookup while the run wasn't over.
///
/// # Errors
/// See [`play`].
pub fn estimate_errors_ms(plan: &Plan) -> Result<Vec<u64>, Violation> {
    let account = AccountObject::new(Store::memory());
    let world = World::new(plan, Guards::default(), account, Story::default())?;
    let played = world.play();
    let errors_ms = world.estimates.take().errors_ms;
    world.clear();
    played.map(|_| errors_ms)
}

/// A history in words, and how it ends.
pub fn tell(plan: &Plan, guards: Guards) -> String {
    let account = AccountObject::new(Store::memory());
    match World::new(plan, guards, account, Story::told()) {
        Ok(world) => {
            let played = world.play();
            let story = world.story.take();
            world.clear();
            let end = match played {
                Ok(_) => "everything holds".to_owned(),
                Err(violation) => violation.to_string(),
            };
            format!("{story}{end}\n")
        }
        Err(violation) => violation.to_string(),
    }
}
