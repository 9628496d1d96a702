//! FASHN's service: every account, run and fault, and what each request and each moment does to
//! them. Pure: the edge brings requests and the time, stores what changed and carries out effects.

mod envelope;
mod faults;
mod query;
mod state;
mod submit;
#[cfg(test)]
mod tests;
mod tick;

pub use envelope::{ReadOutput, cdn_url};
pub use state::{Counters, Effect, Service};
pub use submit::{RunCall, Submitted};
