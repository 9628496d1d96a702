//! One run's life, from receiving and queued to deleted, and what is shown of it.

pub mod dedup;
pub mod output;
pub mod record;
mod slot;
pub mod times;
pub mod transition;
pub mod view;
