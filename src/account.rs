//! A stand-in of the account's types for this branch: take `heart`'s.

pub mod admission;
pub mod dedup;
