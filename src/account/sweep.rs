//! Rows that no run's end deletes: past their age, of earlier days, without a run. A few in one
//! event, so that none is long.

use crate::account::event::{Effect, Tx};
use crate::account::rows::{BODIES, QuarantineEntry, Result, Write};
use crate::account::state::{Account, Sweep};
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::run::dedup::DedupName;

impl Account {
    /// The daily look, besides what each event looks after: rows that nothing points to, and `Body`
    /// objects that may not know that they aren't wanted.
    pub fn look_daily(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.sweep = Sweep { dedup_after: Some(DedupName::default()), ..Sweep::begin(true) };
        self.drop_lost_bodies(tx)
    }

    /// Tells `Body` objects of which something went wrong to delete themselves.
    pub(super) fn drop_lost_bodies(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        for entry in tx.rows.quarantine(limits::BODIES_TOLD_DAILY)? {
            let is_body = entry.table == BODIES;
            let is_run = entry.table == "runs";
            let Ok(ticket) = Ticket::try_from(entry.key.clone()) else { continue };
            if (is_body || is_run) && !self.live.contains_key(&ticket) {
                tx.effects.push(Effect::DropBody(ticket));
                // If it isn't reached once more, it gets another entry.
                if is_body {
                    tx.writes.push(Write::DeleteQuarantine(entry));
                }
            }
        }
        Ok(())
    }

    /// A `Body` object was not reached: the daily look tells it again to delete itself.
    pub fn body_not_dropped(&mut self, tx: &mut Tx<'_>, ticket: Ticket) {
        note_body(tx, ticket, "it was not reached to be deleted");
    }

    pub(super) fn sweep(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let day = self.limiter.day;
        if std::mem::take(&mut self.sweep.aged) {
            tx.writes.push(Write::DeleteAged { day, now_ms: tx.now_ms });
        }
        if self.sweep.visitors {
            self.sweep.visitors = tx.rows.has_visitors_before(day)?;
            if self.sweep.visitors {
                tx.writes.push(Write::DeleteVisitorsBefore(day));
            }
        }
        let Some(after) = self.sweep.dedup_after.take() else { return Ok(()) };
        let rows = tx.rows.dedup_after(&after, limits::DEDUP_SWEPT_AT_ONCE)?;
        if rows.len() == limits::DEDUP_SWEPT_AT_ONCE {
            self.sweep.dedup_after = rows.last().map(|dedup| dedup.name.clone());
        }
        for dedup in rows {
            if self.find(tx.rows, dedup.ticket)?.is_none() {
                tx.writes.push(Write::DeleteDedup(dedup.name));
            }
        }
        Ok(())
    }
}

/// Notes for the operator that something is wrong with a `Body` object.
pub(super) fn note_body(tx: &mut Tx<'_>, ticket: Ticket, reason: &str) {
    tx.writes.push(Write::PutQuarantine(QuarantineEntry {
        at_ms: tx.now_ms,
        table: BODIES.to_owned(),
        key: ticket.name(),
        reason: reason.to_owned(),
    }));
}
