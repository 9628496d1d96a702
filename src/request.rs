//! One run request, validated.

pub mod error;
pub mod fingerprint;
pub mod images;
pub mod jpeg;
pub mod json_body;
pub mod parse;
pub mod pass_through;
pub mod upstream_body;
