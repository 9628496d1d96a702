//! What histories met.

use std::collections::BTreeMap;

use crate::fault::Fault;

/// What a history met, or many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Things that happened to a part of the gateway or to FASHN. An alarm that was set anew is none.
    pub events: u64,
    /// Ids handed out.
    pub accepted: u64,
    /// Runs refused at admission.
    pub refused: u64,
    /// Requests that were answered with an earlier run.
    pub repeated: u64,
    /// Runs that waited.
    pub queued: u64,
    /// Predictions that completed.
    pub completed: u64,
    /// Predictions that failed.
    pub failed: u64,
    /// Predictions that were given up or forgotten before their end.
    pub timed_out: u64,
    /// Predictions that were to be forgotten.
    pub forgotten: u64,
    /// Runs that FASHN took.
    pub sent: u64,
    /// Webhooks that came before the answer of `/v1/run`.
    pub reordered: u64,
    /// Runs at FASHN that an evicted Dispatcher knew of and had not written.
    pub unwritten: u64,
    /// Status calls that needed no permit.
    pub unpermitted: u64,
    /// Each fault met.
    pub faults: BTreeMap<Fault, u64>,
}

impl Tally {
    /// Adds another history's.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.repeated += other.repeated;
        self.queued += other.queued;
        self.completed += other.completed;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.forgotten += other.forgotten;
        self.sent += other.sent;
        self.reordered += other.reordered;
        self.unwritten += other.unwritten;
        self.unpermitted += other.unpermitted;
        for (fault, times) in &other.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
    }

    /// Faults that were never met: of these it proves nothing.
    pub fn unmet(&self) -> impl Iterator<Item = Fault> {
        Fault::ALL
            .into_iter()
            .filter(|fault| !self.faults.contains_key(fault))
    }
}
