//! The account's rows in SQLite: tables, statements, migrations.
//!
//! Nothing here knows Cloudflare: [`sql::Sql`] is all that is asked of a database.

mod proof;
pub mod rows;
pub mod schema;
pub mod sql;
mod tables;
