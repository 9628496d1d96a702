//! FASHN's API as types, for whoever speaks it: the gateway as its client, the sandbox in its place.
//!
//! ```text
//! bytes ─▶ body::Body ─▶ models::Inputs ─▶ JSON again, of known fields only
//!            │               │  reads its fields with fields::Fields, which tells all faults at once
//!            │               └─ models: credits, expected seconds, outputs, knobs for a merchant's policy
//!            └ value::Value: one JSON value, strings borrowed from the body
//!                └ extracted_body::ExtractedBody: the body without its large pictures
//!
//! prediction::Prediction   the envelope of /v1/status and of the webhook; answers are read with fields::Fields, too
//! error, advice            what FASHN may say went wrong, on both levels; what to tell a shopper
//! balance                  the answer of /v1/credits
//! limits                   rate limits, concurrency, retention, webhook retries
//! ```
//!
//! With the feature `schema` the types tell their JSON schemas, for the crate `contract`; no Worker turns it on.
//!
//! Nothing here knows a network, a clock or a platform. The source is FASHN's documentation; each item
//! names its page. Where the pages are silent the looser reading is taken, and the item says so.

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
#[cfg(feature = "schema")]
pub mod schema;
pub mod value;
