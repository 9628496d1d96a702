//! The account's rows on SQLite: equal to those in memory, read by the next release, never read whole.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it can't go on, in what several tests share, too"
)]

mod arbitrary;
mod equality;
mod figures;
mod files;
mod growth;
mod migrations;
mod plans;
mod quarantine;
mod samples;
mod trip;
