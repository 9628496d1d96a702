//! Deduplication: a request that repeats an earlier one is answered with the earlier run, and
//! nothing is spent.

use serde::{Deserialize, Serialize};

use crate::auth::ids::Ticket;

/// What a run is found by: a MAC over a caller's key, or over a visitor and all that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DedupName(pub String);

/// What is the same in two equal requests, and in no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DedupKind {
    /// The same `Idempotency-Key`.
    Key,
    /// The same visitor asks for the same.
    Likeness,
}

/// How a request may be a repeat of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DedupQuery {
    pub name: DedupName,
    pub kind: DedupKind,
    pub fingerprint: Fingerprint,
}

/// A row: the run that a name points to. It is deleted with the run's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dedup {
    pub name: DedupName,
    pub kind: DedupKind,
    pub fingerprint: Fingerprint,
    pub ticket: Ticket,
}
