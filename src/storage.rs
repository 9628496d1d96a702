//! The account's rows in SQLite: tables, statements, and the same rows in memory for the
//! simulation.
//!
//! Nothing here knows Cloudflare: [`sql::Sql`] is all that is asked of a database.

pub mod memory;
pub mod rows;
pub mod schema;
pub mod sql;
mod tables;
