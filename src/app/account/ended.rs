//! Settled runs as lookups show them, in memory.

use std::cell::RefCell;

use crate::account::rows::Write;
use crate::app::message::Shown;
use crate::auth::ids::Ticket;
use crate::run::view::View;

/// Runs that are remembered at most, of at most a few kB each.
const RUNS_MAX: usize = 256;

/// The runs that were last settled or looked up. It follows each write, so it shows what the rows
/// have: no other process writes them. A shopper looks a run up when it has just settled, and that
/// lookup costs a tenth less so, a repeated one a fifth.
#[derive(Debug, Default)]
pub struct EndedRuns(RefCell<Vec<(Ticket, Shown)>>);

impl EndedRuns {
    pub fn get(&self, ticket: &Ticket) -> Option<Shown> {
        let runs = self.0.borrow();
        runs.iter().rev().find(|(one, _)| one == ticket).map(|(_, shown)| shown.clone())
    }

    /// One of them, to be compared to its row.
    pub fn nth(&self, n: usize) -> Option<(Ticket, Shown)> {
        let runs = self.0.borrow();
        runs.get(n.checked_rem(runs.len())?).cloned()
    }

    /// The oldest makes way.
    pub fn remember(&self, ticket: Ticket, shown: Shown) {
        let mut runs = self.0.borrow_mut();
        if runs.len() >= RUNS_MAX {
            runs.remove(0);
        }
        runs.push((ticket, shown));
    }

    /// A write that changes a run is about to be stored.
    pub fn follow(&self, write: &Write) {
        match write {
            Write::PutRun(run) => {
                self.forget(run.ticket);
                if run.is_settled() && !run.is_deleted {
                    self.remember(run.ticket, Shown { view: View::of(run), standing: None });
                }
            }
            Write::DeleteRun(ticket) => self.forget(*ticket),
            // The other rows aren't shown.
            _ => {}
        }
    }

    /// What was to be stored may not have been.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    fn forget(&self, ticket: Ticket) {
        self.0.borrow_mut().retain(|(one, _)| *one != ticket);
    }
}
