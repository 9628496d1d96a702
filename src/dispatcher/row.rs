//! What the Dispatcher stores, row by row. An event touches the gate and a handful of others.

use fashn::models::Credits;
use serde::{Deserialize, Serialize};

use super::event::{Attempt, Lane, Reins, Visitor};
use super::gate::Gate;
use super::repeat::{Remembered, RepeatName};
use crate::auth::ids::Ticket;

/// Where a row is stored. As JSON it is the row's primary key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKey {
    /// The one row of all that is counted in all.
    Gate,
    /// A run.
    Run(Ticket),
    /// A visitor.
    Visitor(Visitor),
    /// A run that others may repeat.
    Repeat(RepeatName),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// See [`Gate`].
    Gate(Box<Gate>),
    /// See [`Run`].
    Run(Ticket, Run),
    /// See [`VisitorAccount`].
    Visitor(Visitor, VisitorAccount),
    /// See [`Remembered`].
    Repeat(RepeatName, Remembered),
}

impl RowKey {
    /// The key as storage has it.
    #[must_use]
    pub fn name(&self) -> String {
        let (kind, name) = match self {
            Self::Gate => return "gate".to_owned(),
            Self::Run(ticket) => ("run/", &ticket.name()),
            Self::Visitor(visitor) => ("visitor/", &visitor.0),
            Self::Repeat(name) => ("repeat/", &name.0),
        };
        [kind, name].concat()
    }
}

impl Row {
    /// Where it is stored.
    #[must_use]
    pub fn key(&self) -> RowKey {
        match self {
            Self::Gate(_) => RowKey::Gate,
            Self::Run(ticket, _) => RowKey::Run(*ticket),
            Self::Visitor(visitor, _) => RowKey::Visitor(visitor.clone()),
            Self::Repeat(name, _) => RowKey::Repeat(name.clone()),
        }
    }
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// Insert or replace.
    Put(Row),
    /// Delete.
    Delete(RowKey),
}

/// A run that was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Whose.
    pub visitor: Visitor,
    /// What takes as long.
    pub lane: Lane,
    /// What is reserved for it.
    pub reserved: Credits,
    /// The UTC day that it is reserved on.
    pub day: u64,
    /// How long it should take, in milliseconds.
    pub expected_ms: u64,
    /// When it was let in.
    pub admitted_ms: u64,
    /// Which time it is being sent, or was last; 0 before the first.
    pub attempt: Attempt,
    /// How often FASHN answered it with its own 500.
    pub server_errors: u32,
    /// Its place between the visitors, once it has waited.
    pub turn: Option<Turn>,
    /// When it is given up if it waits.
    pub give_up_ms: u64,
    /// What later runs may find it by.
    pub repeats: Vec<RepeatName>,
    /// Another request was answered with its id before it was known to be taken.
    pub shared: bool,
    /// How much it does without asking.
    pub reins: Reins,
    /// Where it stands.
    pub phase: Phase,
}

/// A place in the queue: the smallest goes first. `round` counts a visitor's runs against the others'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Turn {
    /// Each visitor has one run in a round.
    pub round: u64,
    /// Within a round, first come first served.
    pub sequence: u64,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It waits.
    Queued,
    /// It may be sent, and nobody said that it was. It holds a slot.
    Permitted {
        /// When the permit is told again.
        redeliver_ms: u64,
        /// How often it was told.
        told: u32,
        /// When it is taken back.
        lease_ms: u64,
    },
    /// It was sent. It holds a slot.
    InFlight {
        /// Since when.
        since_ms: u64,
        /// When the slot is taken back.
        lease_ms: u64,
    },
    /// It was given up and FASHN's word is missing: no slot, its credits still reserved.
    Adrift {
        /// When it is forgotten; by then its day is over.
        until_ms: u64,
    },
    /// It is over and paid.
    Settled {
        /// When it is forgotten.
        until_ms: u64,
    },
}

impl Run {
    /// A status call of its own, which it may make at any time.
    #[must_use]
    pub fn has_status_call(&self) -> bool {
        let is_out = match self.phase {
            Phase::Permitted { .. } | Phase::InFlight { .. } => true,
            Phase::Queued | Phase::Adrift { .. } | Phase::Settled { .. } => false,
        };
        is_out && self.reins == Reins::Loose
    }

    /// When the run must be looked after.
    #[must_use]
    pub fn due_ms(&self) -> u64 {
        match self.phase {
            Phase::Queued => self.give_up_ms,
            Phase::Permitted {
                redeliver_ms,
                lease_ms,
                ..
            } => redeliver_ms.min(lease_ms),
            Phase::InFlight { lease_ms, .. } => lease_ms,
            Phase::Adrift { until_ms } | Phase::Settled { until_ms } => until_ms,
        }
    }

    /// Its Prediction was written: somebody said so much of it. Before its first sending was told of, its writer may
    /// still be about to, or gone.
    #[must_use]
    pub fn is_surely_written(&self) -> bool {
        match self.phase {
            Phase::Queued => self.attempt > 0,
            Phase::Permitted { .. } => self.attempt > 1,
            Phase::InFlight { .. } | Phase::Adrift { .. } | Phase::Settled { .. } => true,
        }
    }

    /// It takes one of FASHN's slots.
    #[must_use]
    pub fn holds_slot(&self) -> bool {
        match self.phase {
            Phase::Permitted { .. } | Phase::InFlight { .. } => true,
            Phase::Queued | Phase::Adrift { .. } | Phase::Settled { .. } => false,
        }
    }

    /// Its credits are reserved.
    #[must_use]
    pub fn holds_credits(&self) -> bool {
        match self.phase {
            Phase::Queued
            | Phase::Permitted { .. }
            | Phase::InFlight { .. }
            | Phase::Adrift { .. } => true,
            Phase::Settled { .. } => false,
        }
    }
}

/// A visitor's credits of a day, and their turn. Kept while it says anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorAccount {
    /// Which day, counted from 1970.
    pub day: u64,
    /// What is gone of that day's budget, reserved or charged: a run that is charged what was reserved changes nothing here.
    pub committed: u64,
    /// The round of their last place in the queue.
    pub last_round: u64,
    /// How many of their runs wait.
    pub waiting: u32,
}

impl VisitorAccount {
    /// What is gone of the budget of this day.
    #[must_use]
    pub fn committed_on(&self, day: u64) -> u64 {
        if day == self.day { self.committed } else { 0 }
    }

    pub(super) fn reserve(&mut self, day: u64, credits: Credits) {
        // A clock that went back begins no day anew.
        if day > self.day {
            (self.day, self.committed) = (day, 0);
        }
        self.committed = self.committed.saturating_add(u64::from(credits.0));
    }

    /// Charges less or more than what was reserved on `day`; nothing if that day is over.
    pub(super) fn settle(&mut self, day: u64, reserved: Credits, charged: Credits) {
        if day == self.day {
            let others = self.committed.saturating_sub(u64::from(reserved.0));
            self.committed = others.saturating_add(u64::from(charged.0));
        }
    }
}

/// Credits of one UTC day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Days since 1970.
    pub day: u64,
    /// Reserved.
    pub reserved: u64,
    /// Charged by FASHN.
    pub spent: u64,
}

impl Account {
    /// Begins the day if it is a new one. A clock that went back begins none.
    pub fn begin(&mut self, day: u64) {
        if day > self.day {
            *self = Self {
                day,
                ..Self::default()
            };
        }
    }

    /// What is gone of the day's budget.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.reserved.saturating_add(self.spent)
    }

    pub(super) fn reserve(&mut self, credits: Credits) {
        self.reserved = self.reserved.saturating_add(u64::from(credits.0));
    }

    /// Settles what was reserved on `day`; nothing if that day is over.
    pub(super) fn settle(&mut self, day: u64, reserved: Credits, charged: Credits) {
        if day == self.day {
            self.reserved = self.reserved.saturating_sub(u64::from(reserved.0));
            self.spent = self.spent.saturating_add(u64::from(charged.0));
        }
    }
}
