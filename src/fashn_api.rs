//! What FASHN's answers mean.

pub mod error;
pub mod response;
