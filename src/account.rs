//! Which run goes next: one account for each FASHN key. What is known + event + now → writes, an
//! answer, effects and the next alarm. Pure; `app::account` runs it in a transaction.

pub mod admission;
mod admit;
mod alerts;
mod apply;
pub mod brakes;
pub mod breaker;
pub mod budget;
mod confirm;
pub mod estimate;
pub mod event;
pub mod limiter;
mod messages;
pub mod notice;
pub mod opening;
pub mod places;
pub mod proof;
mod queue;
pub mod report;
pub mod rows;
mod send;
mod settle;
pub mod staff;
pub mod state;
mod sweep;
mod upkeep;
pub mod window;

#[cfg(test)]
pub(crate) mod tests;
