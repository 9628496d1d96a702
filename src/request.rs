//! One run request, validated.

pub mod fingerprint;
pub mod hosts;
pub mod images;
pub mod parse;
pub mod upstream_body;
