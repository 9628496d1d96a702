//! Orchestration, written once against ports.

pub mod problem;
