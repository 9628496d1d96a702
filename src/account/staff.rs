//! What staff may change in an account.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::event::Tx;
use crate::account::rows::{AuditEntry, MessageId, Result, Rows, VisitorDay, Write};
use crate::account::state::{Account, DAY_MS};
use crate::auth::ids::Ticket;
use crate::run::record::{Charge, Run, State};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffChange {
    /// Runs go again, before FASHN has shown that it works.
    CloseBreaker,
    /// A run gives its slot back. What FASHN makes of it is shown all the same.
    FreeSlot(Ticket),
    ClearQuarantine,
    /// The visitor of this run has its day's credits and tries again.
    ResetVisitor(Ticket),
    /// A message that the merchant's backend never took is tried again.
    SendAgain(MessageId),
}

impl StaffChange {
    /// As the list of changes has it. A run's id opens its picture, so it isn't there.
    fn text(&self) -> String {
        let text = match self {
            Self::CloseBreaker => "breaker: closed",
            Self::FreeSlot(_) => "slot: freed",
            Self::ClearQuarantine => "quarantine: cleared",
            Self::ResetVisitor(_) => "visitor_day: reset",
            Self::SendAgain(MessageId(id)) => return ["message: sent again, ", id].concat(),
        };
        text.to_owned()
    }
}

/// A change with the name of the role that makes it, and the shop that it is listed with. One that
/// is about a run is listed with the run's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedChange {
    pub change: StaffChange,
    pub by: String,
    pub shop: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffOutcome {
    Changed,
    /// There was nothing to change.
    Unchanged,
    /// There is no such run or message.
    NotFound,
}

impl StaffOutcome {
    pub fn of(is_changed: bool) -> Self {
        if is_changed { Self::Changed } else { Self::Unchanged }
    }
}

impl Account {
    /// A run as staff see it: no picture, address or visitor; null if there is none.
    pub fn run_shown(&self, rows: &dyn Rows, ticket: Ticket) -> Result<Value> {
        let Some(run) = self.find(rows, ticket)?.filter(|run| !run.is_deleted) else {
            return Ok(Value::Null);
        };
        let status;
        let (state, ended) = match &run.state {
            State::Receiving { .. } => ("receiving", None),
            State::Queued { .. } => ("queued", None),
            State::Sending { .. } => ("sending", None),
            State::Unknown { .. } => ("unknown", None),
            State::Running { .. } => ("running", None),
            State::Ended { ending, ended_ms, expires_ms, .. } => {
                status = ending.status();
                (status.as_str(), Some((ending.failure(), *ended_ms, *expires_ms)))
            }
        };
        let credits = match run.charge {
            Charge::Reserved => run.credits,
            Charge::Settled(credits) => credits,
        };
        let (error, ended_ms, expires_ms) =
            ended.map_or((None, None, None), |it| (it.0, Some(it.1), Some(it.2)));
        Ok(json!({
            "shop": run.shop,
            "model": run.model,
            "state": state,
            "admitted_ms": run.admitted_ms,
            "ended_ms": ended_ms,
            "attempt": run.attempt,
            "failures": run.failures,
            "credits": credits.0,
            "error": error,
            "expires_ms": expires_ms,
        }))
    }

    /// What was changed is written down, too.
    pub fn staff_change(
        &mut self,
        tx: &mut Tx<'_>,
        SignedChange { change, by, mut shop }: SignedChange,
    ) -> Result<StaffOutcome> {
        let text = change.text();
        let is_changed = match change {
            StaffChange::CloseBreaker => {
                let before = std::mem::take(&mut self.limiter.breaker);
                before != self.limiter.breaker
            }
            StaffChange::FreeSlot(ticket) => {
                let Some(run) = self.find(tx.rows, ticket)? else {
                    return Ok(StaffOutcome::NotFound);
                };
                if run.is_sending() {
                    self.note_send(tx.now_ms);
                    self.limiter.breaker.probe_lost(ticket, tx.now_ms);
                }
                self.step(tx, ticket, Run::free_slot)?;
                shop.clone_from(&run.shop);
                run.holds_slot()
            }
            StaffChange::ClearQuarantine => {
                self.drop_lost_bodies(tx)?;
                tx.writes.push(Write::ClearQuarantine);
                !tx.rows.quarantine(1)?.is_empty()
            }
            StaffChange::ResetVisitor(ticket) => {
                let Some(run) = self.find(tx.rows, ticket)? else {
                    return Ok(StaffOutcome::NotFound);
                };
                let day = self.limiter.day;
                let Some(before) = tx.rows.visitor(day, &run.visitor)? else {
                    return Ok(StaffOutcome::Unchanged);
                };
                // What is reserved is settled later, and has to be there then.
                let own = self.live.values().filter(|live| live.visitor == run.visitor);
                let of_day = own.filter(|live| live.admitted_ms / DAY_MS == day && !live.is_staff);
                let committed =
                    of_day.fold(0, |sum: u64, live| sum.saturating_add(live.reserved()));
                let after = VisitorDay { committed, attempts: 0 };
                let is_changed = before != after;
                tx.writes.push(Write::PutVisitor(day, run.visitor.clone(), after));
                shop.clone_from(&run.shop);
                is_changed
            }
            StaffChange::SendAgain(id) => {
                if !self.send_again(tx, &id)? {
                    return Ok(StaffOutcome::NotFound);
                }
                true
            }
        };
        if is_changed {
            let entry = AuditEntry { at_ms: tx.now_ms, by, shop, change: text };
            tx.writes.push(Write::AddAudit(entry));
        }
        Ok(StaffOutcome::of(is_changed))
    }
}
