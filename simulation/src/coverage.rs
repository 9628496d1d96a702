//! Which crashes were played: each call of a port, on each trip, before and after it took effect.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// What a task does, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trip {
    /// A Worker submits a run.
    WorkerSubmit,
    /// A Worker passes FASHN's webhook on.
    WorkerWebhook,
    /// A Worker looks a run up.
    WorkerLook,
    /// A Worker deletes a run.
    WorkerDelete,
    /// The cron trigger touches the account.
    WorkerTouch,
    /// The account is asked to admit a run.
    AccountSubmit,
    /// The account hears that a body is stored.
    AccountStored,
    /// The account hears that a body is not stored.
    AccountNotStored,
    /// The account hears what became of a send.
    AccountSent,
    /// The account hears a webhook.
    AccountWebhook,
    /// The account shows a run.
    AccountLook,
    /// The account deletes a run.
    AccountDelete,
    /// The account is touched.
    AccountTouch,
    /// The account's alarm.
    AccountAlarm,
    /// What the account does after it answered.
    AccountWork,
    /// A body is uploaded.
    BodyPut,
    /// A body is told to send.
    BodySend,
    /// A body is told to delete itself.
    BodyDrop,
    /// A body's alarm.
    BodyAlarm,
    /// A body is sent, or reports.
    BodyWork,
}

/// A call of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Port {
    /// `Accounts::ask`
    Ask,
    /// `Bodies::tell`
    Tell,
    /// `BodyStore::put`
    Put,
    /// `Clock::sleep`
    Sleep,
    /// `FashnRuns::run`
    Run,
    /// `FashnReads::status`
    Status,
    /// `FashnReads::credits`
    Credits,
    /// `OutputStore::put`
    OutputPut,
    /// `OutputStore::delete`
    OutputDelete,
    /// `MerchantBackend::post`
    Post,
    /// `Storage::transact`
    Transact,
    /// `Storage::read`
    Read,
    /// `Storage::set_alarm`
    SetAlarm,
    /// `BodyStorage::state`
    State,
    /// `BodyStorage::put_state`
    PutState,
    /// `BodyStorage::set_alarm`
    BodyAlarm,
    /// `BodyStorage::delete_all`
    DeleteAll,
}

/// On which side of a call's effect the crash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// It took no effect.
    Before,
    /// It took effect, and its caller never hears of it.
    After,
}

/// The ports that each trip calls, all of which have to be crashed at.
const CELLS: [(Trip, &[Port]); 20] = [
    (Trip::WorkerSubmit, &[Port::Ask, Port::Put, Port::Sleep, Port::Run]),
    (Trip::WorkerWebhook, &[Port::Ask]),
    (Trip::WorkerLook, &[Port::Ask]),
    (Trip::WorkerDelete, &[Port::Ask]),
    (Trip::WorkerTouch, &[Port::Ask]),
    (Trip::AccountSubmit, &[Port::Transact, Port::SetAlarm]),
    (Trip::AccountStored, &[Port::Transact, Port::SetAlarm]),
    (Trip::AccountNotStored, &[Port::Transact, Port::SetAlarm]),
    (Trip::AccountSent, &[Port::Transact, Port::SetAlarm]),
    (Trip::AccountWebhook, &[Port::Status, Port::OutputPut, Port::Transact, Port::SetAlarm]),
    (Trip::AccountLook, &[Port::Read, Port::Transact, Port::SetAlarm]),
    (Trip::AccountDelete, &[Port::Transact, Port::SetAlarm]),
    (Trip::AccountTouch, &[Port::Transact, Port::SetAlarm]),
    (Trip::AccountAlarm, &[Port::Transact, Port::SetAlarm]),
    (
        Trip::AccountWork,
        &[
            Port::Tell,
            Port::Status,
            Port::Credits,
            Port::OutputPut,
            Port::OutputDelete,
            Port::Post,
            Port::Transact,
            Port::Read,
            Port::SetAlarm,
        ],
    ),
    (Trip::BodyPut, &[Port::State, Port::PutState, Port::BodyAlarm]),
    (Trip::BodySend, &[Port::State, Port::PutState, Port::BodyAlarm]),
    (Trip::BodyDrop, &[Port::DeleteAll]),
    (Trip::BodyAlarm, &[Port::State, Port::PutState, Port::BodyAlarm, Port::DeleteAll]),
    (
        Trip::BodyWork,
        &[
            Port::Ask,
            Port::Sleep,
            Port::Run,
            Port::State,
            Port::PutState,
            Port::BodyAlarm,
            Port::DeleteAll,
        ],
    ),
];

/// How often a call was made, and crashed at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    calls: u64,
    before: u64,
    after: u64,
}

/// The table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    cells: BTreeMap<(Trip, Port), Cell>,
}

impl Coverage {
    /// A call is made.
    pub fn call(&mut self, trip: Trip, port: Port) {
        self.cells.entry((trip, port)).or_default().calls += 1;
    }

    /// Its caller crashes there.
    pub fn crash(&mut self, trip: Trip, port: Port, when: When) {
        let cell = self.cells.entry((trip, port)).or_default();
        match when {
            When::Before => cell.before += 1,
            When::After => cell.after += 1,
        }
    }

    /// Counts another history's.
    pub fn add(&mut self, other: &Self) {
        for (key, more) in &other.cells {
            let cell = self.cells.entry(*key).or_default();
            cell.calls += more.calls;
            cell.before += more.before;
            cell.after += more.after;
        }
    }

    /// Calls without a crash on one of their sides, and calls that are not expected.
    pub fn empty_cells(&self) -> Vec<String> {
        let expected = CELLS.iter().flat_map(|(trip, ports)| {
            let cell = |port: &Port| (*trip, *port);
            ports.iter().map(cell).collect::<Vec<_>>()
        });
        let expected: Vec<_> = expected.collect();
        let mut empty = Vec::new();
        for (trip, port) in &expected {
            let cell = self.cells.get(&(*trip, *port)).copied().unwrap_or_default();
            if cell.before == 0 {
                empty.push(format!("{trip:?} × {port:?}, before"));
            }
            if cell.after == 0 {
                empty.push(format!("{trip:?} × {port:?}, after"));
            }
        }
        for cell in self.cells.keys().filter(|cell| !expected.contains(cell)) {
            empty.push(format!("{:?} × {:?} is not expected", cell.0, cell.1));
        }
        empty
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<17} {:<13} {:>12} {:>10} {:>10}",
            "trip", "port", "calls", "before", "after"
        )?;
        for ((trip, port), cell) in &self.cells {
            let mut line = String::new();
            write!(line, "{:<17} {:<13}", format!("{trip:?}"), format!("{port:?}"))?;
            writeln!(out, "{line} {:>12} {:>10} {:>10}", cell.calls, cell.before, cell.after)?;
        }
        Ok(())
    }
}
