//! What FASHN's answers mean.

pub mod response;
