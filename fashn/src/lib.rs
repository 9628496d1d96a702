//! FASHN's API as types, for whoever speaks it: the gateway as its client, the sandbox in its place.
//!
//! ```text
//! bytes ─▶ body::Body ─▶ models::Inputs ─▶ JSON again, of known fields only
//!            │               │  reads its fields with fields::Fields, which tells all faults at once
//!            │               └─ price: what the run costs in credits
//!            └ value::Value: one JSON value, strings borrowed from the body
//!
//! prediction::Prediction   the envelope of /v1/status and of the webhook
//! error                    what FASHN may say went wrong, on both levels
//! ```
//!
//! Nothing here knows a network, a clock or a platform. The source is FASHN's documentation; each item
//! names its page. Where the pages are silent the looser reading is taken, and the item says so.

pub mod body;
pub mod choice;
pub mod error;
pub mod fields;
pub mod image;
pub mod models;
pub mod prediction;
pub mod value;
