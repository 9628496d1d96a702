//! The Dispatcher's memory: its rows, the indexes over them, and which rows an event touched.

use super::event::{Lane, Place, Visitor};
use super::gate::{Gate, Held};
use super::repeat::Repeats;
use super::row::{Phase, Row, RowKey, Run, Turn, VisitorAccount};
use super::sorted::Sorted;
use crate::auth::ids::Ticket;
use crate::dispatcher::DispatcherLimits;

/// Who may go next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatcher {
    pub(super) limits: DispatcherLimits,
    pub(super) gate: Gate,
    pub(super) runs: Sorted<Ticket, Box<Run>>,
    pub(super) visitors: Sorted<Visitor, VisitorAccount>,
    /// What later runs may repeat.
    pub(super) repeats: Repeats,
    /// Who waits, in order.
    pub(super) queue: Sorted<Turn, Ticket>,
    /// When each run must be looked after.
    pub(super) due: Sorted<(u64, Ticket), ()>,
    /// Runs that hold a slot.
    pub(super) taken: usize,
    /// Of those, the ones that nobody said were sent.
    pub(super) permitted: usize,
    /// Runs that have a status call of their own.
    pub(super) status_calls: usize,
    /// Which rows are to be written beside the gate, sorted; few, and each once.
    pub(super) touched: Vec<RowKey>,
    /// Something changed that is to be written now.
    pub(super) changed: bool,
    /// What may have been given before it woke up is counted.
    pub(super) is_awake: bool,
}

impl Dispatcher {
    /// One that knows of nothing.
    #[must_use]
    pub fn new(limits: DispatcherLimits) -> Self {
        Self {
            limits,
            gate: Gate::default(),
            runs: Sorted::default(),
            visitors: Sorted::default(),
            repeats: Repeats::default(),
            queue: Sorted::default(),
            due: Sorted::default(),
            taken: 0,
            permitted: 0,
            status_calls: 0,
            touched: Vec::new(),
            changed: false,
            is_awake: true,
        }
    }

    /// One as it was stored. Limits that changed meanwhile hold from now on.
    #[must_use]
    pub fn restore(limits: DispatcherLimits, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut restored = Self::new(limits);
        for row in rows {
            match row {
                Row::Gate(gate) => restored.gate = *gate,
                Row::Run(ticket, run) => restored.keep(ticket, run),
                Row::Visitor(visitor, stored) => {
                    // Who waits is counted from the runs.
                    let waiting = restored.visitor(&visitor).waiting;
                    restored
                        .visitors
                        .insert(visitor, VisitorAccount { waiting, ..stored });
                }
                Row::Repeat(name, remembered) => restored.repeats.put(name, remembered),
            }
        }
        restored.is_awake = false;
        restored
    }

    /// The one row of all that is counted in all.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Every run that it knows of.
    pub fn runs(&self) -> impl Iterator<Item = (&Ticket, &Run)> {
        self.runs.iter().map(|(ticket, run)| (ticket, &**run))
    }

    /// Every visitor that it knows of.
    pub fn visitors(&self) -> impl Iterator<Item = (&Visitor, &VisitorAccount)> {
        self.visitors
            .iter()
            .map(|(visitor, known)| (visitor, known))
    }

    /// A run, to be changed and [`put`](Self::put) back.
    pub(super) fn run(&self, ticket: Ticket) -> Option<Run> {
        self.runs.get(&ticket).map(|run| (**run).clone())
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How many hold a slot.
    #[must_use]
    pub fn slots_taken(&self) -> usize {
        self.taken
    }

    /// The gate, to be changed.
    pub(super) fn gate_mut(&mut self) -> (&mut Gate, &DispatcherLimits) {
        self.changed = true;
        (&mut self.gate, &self.limits)
    }

    /// Notes that a row is to be written.
    pub(super) fn touch(&mut self, key: RowKey) {
        self.changed = true;
        if let Err(at) = self.touched.binary_search(&key) {
            self.touched.insert(at, key);
        }
    }

    /// Stores a run.
    pub(super) fn put(&mut self, ticket: Ticket, run: Run) {
        self.keep(ticket, run);
        self.touch(RowKey::Run(ticket));
    }

    /// Keeps a run in memory, and the indexes right. What is stored of it stays as it is.
    pub(super) fn keep(&mut self, ticket: Ticket, run: Run) {
        self.unindex(ticket);
        self.due.insert((run.due_ms(), ticket), ());
        self.taken += usize::from(run.holds_slot());
        self.permitted += usize::from(matches!(run.phase, Phase::Permitted { .. }));
        self.status_calls += usize::from(run.has_status_call());
        if run.phase == Phase::Queued
            && let Some(turn) = run.turn
        {
            self.queue.insert(turn, ticket);
            let mut known = self.visitor(&run.visitor);
            known.waiting += 1;
            self.visitors.insert(run.visitor.clone(), known);
        }
        self.runs.insert(ticket, Box::new(run));
    }

    pub(super) fn forget(&mut self, ticket: Ticket) {
        self.unindex(ticket);
        self.touch(RowKey::Run(ticket));
        self.runs.remove(&ticket);
    }

    /// On a new day forgets visitors of another day, some at each event.
    pub(super) fn sweep_visitors(&mut self) {
        let day = self.gate.account.day;
        if self.gate.swept_day == day {
            return;
        }
        let nobody_waits = self.queue.is_empty();
        let stale: Vec<_> = self
            .visitors
            .iter()
            .filter(|(_, known)| {
                let in_turn = nobody_waits || known.last_round < self.gate.round;
                known.waiting == 0 && known.day < day && in_turn
            })
            .map(|(visitor, _)| visitor.clone())
            .take(self.limits.overdue_per_event)
            .collect();
        if stale.len() < self.limits.overdue_per_event {
            self.gate.swept_day = day;
        }
        for visitor in stale {
            self.visitors.remove(&visitor);
            self.touch(RowKey::Visitor(visitor));
        }
    }

    fn unindex(&mut self, ticket: Ticket) {
        let Some(run) = self.runs.get(&ticket) else {
            return;
        };
        self.due.remove(&(run.due_ms(), ticket));
        self.taken -= usize::from(run.holds_slot());
        self.permitted -= usize::from(matches!(run.phase, Phase::Permitted { .. }));
        self.status_calls -= usize::from(run.has_status_call());
        if run.phase == Phase::Queued
            && let Some(turn) = run.turn
        {
            self.queue.remove(&turn);
            if let Some(known) = self.visitors.get_mut(&run.visitor) {
                known.waiting = known.waiting.saturating_sub(1);
            }
        }
    }

    /// What is known of a visitor.
    fn visitor(&self, visitor: &Visitor) -> VisitorAccount {
        self.visitors.get(visitor).cloned().unwrap_or_default()
    }

    pub(super) fn with_visitor(
        &mut self,
        visitor: &Visitor,
        change: impl FnOnce(&mut VisitorAccount),
    ) {
        let mut known = self.visitor(visitor);
        change(&mut known);
        self.visitors.insert(visitor.clone(), known);
        self.touch(RowKey::Visitor(visitor.clone()));
    }

    /// Notes how long a run took, for its lane and for all.
    pub(super) fn measure(&mut self, lane: &Lane, duration_ms: u64) {
        let (gate, limits) = self.gate_mut();
        gate.durations.add(lane, duration_ms, limits.durations_kept);
    }

    /// Where a run stands that isn't over.
    pub(super) fn standing(&self, ticket: Ticket, now_ms: u64) -> Option<Place> {
        let run = self.runs.get(&ticket)?;
        let since_ms = match run.phase {
            Phase::Queued => return self.place_of(ticket, now_ms),
            _ => self.since_ms(run)?,
        };
        let done_ms = since_ms.saturating_add(self.usual_ms(&run.lane, run.expected_ms));
        Some(Place {
            position: 0,
            wait_seconds: 0,
            // What takes longer than usual will be done any moment.
            eta_seconds: done_ms.saturating_sub(now_ms).div_ceil(1_000).max(1),
            give_up_ms: run.due_ms(),
        })
    }

    /// Since when FASHN has a run, or may have it: without word of its sending, since its permit.
    pub(super) fn since_ms(&self, run: &Run) -> Option<u64> {
        match run.phase {
            Phase::Permitted { lease_ms, .. } => {
                Some(lease_ms.saturating_sub(self.limits.lease_ms))
            }
            Phase::InFlight { since_ms, .. } => Some(since_ms),
            Phase::Queued | Phase::Adrift { .. } | Phase::Settled { .. } => None,
        }
    }

    /// How long a run of this lane takes: as measured, or as FASHN says.
    fn usual_ms(&self, lane: &Lane, expected_ms: u64) -> u64 {
        self.gate
            .durations
            .median_of_ms(lane)
            .unwrap_or(expected_ms)
    }

    /// Where a run waits.
    pub(super) fn place_of(&self, ticket: Ticket, now_ms: u64) -> Option<Place> {
        let run = self.runs.get(&ticket)?;
        let turn = run.turn.filter(|_| run.phase == Phase::Queued)?;
        let ahead = self.queue.rank(&turn)?;
        Some(self.place_at(ahead, &run.lane, run.expected_ms, run.give_up_ms, now_ms))
    }

    /// A place behind so many others: whichever of slots and window lets fewer in, then its own time.
    pub(super) fn place_at(
        &self,
        ahead: usize,
        lane: &Lane,
        expected_ms: u64,
        give_up_ms: u64,
        now_ms: u64,
    ) -> Place {
        let own_ms = self.usual_ms(lane, expected_ms);
        let each_ms = self.gate.durations.median_ms().unwrap_or(expected_ms);
        let slots = u64::from(self.limits.slots.max(1));
        let before = (ahead as u64)
            .saturating_add(self.taken as u64)
            .saturating_add(1)
            .saturating_sub(slots);
        let by_slots_ms = before.saturating_mul(each_ms) / slots;
        let by_window_ms = (ahead as u64).saturating_mul(self.limits.runs.window_ms)
            / u64::from(self.limits.runs.requests.max(1));
        let held_ms = match self
            .gate
            .held(&self.limits, self.taken, self.permitted, now_ms)
        {
            Held::Until(until_ms) => until_ms.saturating_sub(now_ms),
            Held::Free | Held::ByEvent => 0,
        };
        let wait_ms = by_slots_ms.max(by_window_ms).saturating_add(held_ms);
        Place {
            position: ahead as u64 + 1,
            wait_seconds: wait_ms.div_ceil(1_000),
            eta_seconds: wait_ms.saturating_add(own_ms).div_ceil(1_000),
            give_up_ms,
        }
    }
}
