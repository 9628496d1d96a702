//! What histories met.

use std::collections::BTreeMap;
use std::fmt;

use crate::coverage::Coverage;
use crate::fault::Fault;
use crate::plan::{Kind, Trouble};

/// Counts, over one history or many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steps of the executor.
    pub events: u64,
    /// Ids that were handed out.
    pub announced: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Requests that were answered with an earlier run.
    pub joined: u64,
    /// Runs that waited.
    pub queued: u64,
    /// Sends that arrived at FASHN.
    pub sent: u64,
    /// Runs that FASHN took.
    pub taken: u64,
    /// Runs that ended with a picture.
    pub completed: u64,
    /// Runs that failed or were canceled.
    pub failed: u64,
    /// Runs that timed out.
    pub timed_out: u64,
    /// Runs that their holders deleted.
    pub deleted: u64,
    /// Sends of which nobody knew the outcome.
    pub unknown: u64,
    /// Runs that were heard of again after their deadline.
    pub late: u64,
    /// Times that memory was compared to the tables.
    pub compared: u64,
    /// Faults, how often each.
    pub faults: BTreeMap<Fault, u64>,
    /// Bad times, how often each.
    pub troubles: BTreeMap<Trouble, u64>,
    /// Histories, by what they are about.
    pub kinds: BTreeMap<Kind, u64>,
    /// The longest time in milliseconds for which an honest run waited while FASHN was free.
    pub idle_max_ms: BTreeMap<Kind, u64>,
    /// The longest time in milliseconds between a webhook and the status call that confirms it.
    pub confirm_max_ms: u64,
    /// Crashes.
    pub coverage: Coverage,
}

impl Tally {
    /// A fault happened.
    pub fn meet(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// Counts another history's.
    pub fn add(&mut self, other: &Self) {
        for (own, more) in [
            (&mut self.events, other.events),
            (&mut self.announced, other.announced),
            (&mut self.refused, other.refused),
            (&mut self.joined, other.joined),
            (&mut self.queued, other.queued),
            (&mut self.sent, other.sent),
            (&mut self.taken, other.taken),
            (&mut self.completed, other.completed),
            (&mut self.failed, other.failed),
            (&mut self.timed_out, other.timed_out),
            (&mut self.deleted, other.deleted),
            (&mut self.unknown, other.unknown),
            (&mut self.late, other.late),
            (&mut self.compared, other.compared),
        ] {
            *own += more;
        }
        add(&mut self.faults, &other.faults);
        add(&mut self.troubles, &other.troubles);
        add(&mut self.kinds, &other.kinds);
        for (kind, idle_ms) in &other.idle_max_ms {
            let own = self.idle_max_ms.entry(*kind).or_default();
            *own = (*own).max(*idle_ms);
        }
        self.confirm_max_ms = self.confirm_max_ms.max(other.confirm_max_ms);
        self.coverage.add(&other.coverage);
    }

    /// What never happened, so that nothing is proved of it.
    pub fn unmet(&self) -> Vec<String> {
        let faults = Fault::ALL.iter().filter(|fault| !self.faults.contains_key(fault));
        let troubles = Trouble::ALL.iter().filter(|trouble| !self.troubles.contains_key(trouble));
        let kinds = Kind::ALL.iter().filter(|kind| !self.kinds.contains_key(kind));
        faults
            .map(|fault| format!("{fault:?}"))
            .chain(troubles.map(|trouble| format!("{trouble:?}")))
            .chain(kinds.map(|kind| format!("{kind:?}")))
            .chain(self.coverage.empty_cells())
            .collect()
    }
}

fn add<K: Copy + Ord>(own: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (key, count) in more {
        *own.entry(*key).or_default() += count;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} ids handed out: none lost, none paid twice, no limit passed",
            self.announced
        )?;
        writeln!(
            out,
            "{} requests refused, {} answered with an earlier run, {} runs waited, {} taken by FASHN",
            self.refused, self.joined, self.queued, self.taken
        )?;
        writeln!(
            out,
            "{} completed, {} failed, {} timed out, {} deleted by their holders, {} heard of after \
             their deadline, {} sends of unknown outcome",
            self.completed, self.failed, self.timed_out, self.deleted, self.late, self.unknown
        )?;
        writeln!(out, "memory was compared to the tables {} times", self.compared)?;
        writeln!(
            out,
            "histories, and the longest time for which an honest run waited while FASHN had room:"
        )?;
        for (kind, count) in &self.kinds {
            let idle_ms = self.idle_max_ms.get(kind).copied().unwrap_or(0);
            writeln!(out, "  {kind:?} {count}, {idle_ms} ms")?;
        }
        writeln!(out, "faults:")?;
        for (fault, times) in &self.faults {
            writeln!(out, "  {fault:?} {times}")?;
        }
        writeln!(out, "bad times:")?;
        for (trouble, times) in &self.troubles {
            writeln!(out, "  {trouble:?} {times}")?;
        }
        writeln!(out, "crashes played:")?;
        write!(out, "{}", self.coverage)
    }
}
