//! Fitting Room: a Cloudflare Worker between a storefront's "Try it on" button and FASHN's API. The
//! key stays on the server; the browser sees its own result, for a while.
//!
//! | layer | modules | |
//! |---|---|---|
//! | 4 | `worker` | the only code that knows Cloudflare; compiled for wasm32 alone |
//! | 3 | [`app`], [`storage`] | orchestration over ports, written once; the tables |
//! | 2 | [`request`], [`run`], [`account`], [`notify`] | decisions: pure functions |
//! | 1 | [`config`], [`auth`], [`http`], crate [`fashn`] | types, wire shapes |
//!
//! A module imports from its own layer and from those below it; `tests/layering.rs` holds the rule.
//! `docs/architecture.md` follows a run, a webhook and a lookup through the files.

pub mod account;
pub mod app;
pub mod auth;
pub mod config;
pub mod http;
pub mod notify;
pub mod request;
pub mod run;
pub mod storage;

#[cfg(target_arch = "wasm32")]
mod worker;

// `sqlite-host/src/memory.rs` is compiled into unit tests, too.
#[cfg(test)]
extern crate self as fitting_room;
