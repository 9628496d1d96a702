//! The gateway's contract, `openapi.json`, from FASHN's types and a few of the gateway's own.
//!
//! ```text
//! routes    what can be called: one function a route, whose attribute is its operation
//! proof     the same for what pages and orders tell, with their bodies
//! schemas   the gateway's own bodies: run request by model, problem, status, quote, health
//! examples  a request of FASHN's documentation for every model
//! document  all of it as one document, with the defaults that the types know
//! ```
//!
//! `cargo run -p contract` writes the file; a test fails when the one that is committed differs.

pub mod document;
pub mod examples;
pub mod proof;
pub mod routes;
pub mod schemas;
