//! FASHN sandbox: a Worker that behaves as FASHN's documentation says FASHN does.
//!
//! ```text
//! POST /v1/run ──▶ Service::submit ──▶ job::Job ──▶ run::Run ──┐
//!                                                              ├─▶ Service::tick, with time
//! GET /v1/status ──▶ Service::status                           │     Effect::Render ──▶ renderer
//! GET /v1/credits ──▶ Service::credits ──▶ account::Account ───┘     Effect::Deliver ──▶ webhook_url
//! ```
//!
//! Everything but `edge` is pure: it takes the time as `now_ms` and has no network. `edge` is the
//! Worker and its one Durable Object, which stores the service and its files and sets the alarm.

pub mod account;
pub mod cdn;
pub mod control;
pub mod fault;
pub mod fault_queue;
pub mod id;
pub mod job;
pub mod journal;
pub mod limits;
pub mod page;
pub mod problem;
pub mod random;
pub mod renderer;
pub mod reply;
pub mod run;
pub mod service;
pub mod settings;
pub mod webhook;

#[cfg(target_arch = "wasm32")]
mod edge;
