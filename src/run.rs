//! One run's life, from receiving and queued to expired.

pub mod output;
pub mod view;
