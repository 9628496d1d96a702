//! The parts of a request and of an answer that any HTTP service has.

pub mod body_budget;
pub mod cors;
pub mod etag;
pub mod hosts;
pub mod multipart;
pub mod origin;
pub mod picture_type;
pub mod request_head;
pub mod request_id;
pub mod route;
