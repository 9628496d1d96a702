//! The account's rows on SQLite: equal to those in memory, read by the next release, never read whole.

mod arbitrary;
mod equality;
mod files;
mod growth;
mod migrations;
mod plans;
mod quarantine;
mod samples;
mod trip;
