//! The ports of `app/`, each over the simulated world.

pub mod account;
pub mod body;
pub mod worker;
