//! Orchestration, written once against [`ports`]: `worker/` runs it in workerd, `simulation/` under
//! faults in virtual time, host tests step by step.

pub mod account;
pub mod authorize;
pub mod body;
pub mod brakes;
pub mod confirm;
pub mod dead_letters;
pub mod events;
pub mod figures;
pub mod intake;
pub mod log;
pub mod message;
pub mod metrics;
pub mod operator;
pub mod orders;
pub mod outbox;
pub mod ports;
pub mod problem;
pub mod readiness;
pub mod render;
pub mod send;
pub mod settings;
pub mod shop;
pub mod staff;
pub mod status;
pub mod submit;
pub mod subscribers;
pub mod webhook;

#[cfg(test)]
mod tests;
