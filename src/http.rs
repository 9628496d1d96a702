//! What a request and an answer are made of.

pub mod body_budget;
pub mod cors;
pub mod multipart;
pub mod origin;
pub mod request_head;
pub mod route;
