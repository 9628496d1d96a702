//! The platform, as the layers above see it.

pub mod deployment;
pub mod log;
pub mod outgoing;
pub mod platform;
pub mod reply;
pub mod sql;
pub mod task;
