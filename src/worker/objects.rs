//! The two classes of objects: accounts, and bodies that wait.

pub mod account;
pub mod body;
mod stream_writer;
