//! FASHN on your desk: a Worker that behaves as FASHN's documentation says FASHN does.
//!
//! ```text
//! POST /v1/run ─▶ desk::Desk::submit ─▶ order::Order ─▶ run::Run ─┐ time passes: Desk::tick
//!                     │  faults meet it                           ├─▶ Effect::Make ─▶ studio ─▶ outputs
//! GET /v1/status ─▶ Desk::status ◀── envelope ────────────────────┤
//! GET /v1/credits ─▶ Desk::credits ◀── account::Account ──────────└─▶ Effect::Deliver ─▶ webhook_url
//! ```
//!
//! Everything but `edge` is pure: it has the time as `now_ms` and no network. `edge` is the Worker and its one
//! Durable Object, which keeps the desk, its pictures and its alarm.

pub mod account;
pub mod answer;
pub mod cdn;
pub mod control;
pub mod desk;
pub mod faults;
pub mod id;
pub mod journal;
pub mod limits;
pub mod order;
pub mod page;
pub mod picture;
pub mod problem;
pub mod random;
pub mod run;
pub mod settings;
pub mod studio;
pub mod video;
pub mod webhook;

#[cfg(target_arch = "wasm32")]
mod edge;
