//! FASHN's API as types. The gateway uses them as a client, the sandbox as a server.
//!
//! ```text
//! bytes ─▶ body::Body ─▶ models::Inputs ─▶ JSON again, of known fields only
//!            │               │  read with fields::Fields, which reports all errors at once
//!            │               └─ credits, expected seconds, outputs, what a policy may set
//!            └ value::Value: one JSON value, strings borrowed from the body
//!                └ extracted_body::ExtractedBody: the body without its large pictures
//!
//! prediction     the envelope of /v1/status and of the webhook
//! error, advice  FASHN's errors on both levels, and sentences about them for a shopper
//! balance        the answer of /v1/credits
//! response       what an answer means to a client: done, refused, or of unknown outcome
//! limits         rate limits, concurrency, retention, webhook retries
//! ```
//!
//! With the feature `schema` the types have JSON schemas, for the crate `contract`; no Worker turns
//! the feature on.
//!
//! Nothing here knows a network, a clock or a platform. The source is FASHN's documentation; each
//! item names its page. Where the pages are silent the looser reading is taken, and the item says
//! so.

pub mod advice;
pub mod balance;
pub mod body;
pub mod choice;
pub mod error;
pub mod extracted_body;
pub mod fields;
pub mod image;
pub mod limits;
pub mod models;
pub mod prediction;
pub mod response;
#[cfg(feature = "schema")]
pub mod schema;
pub mod value;
