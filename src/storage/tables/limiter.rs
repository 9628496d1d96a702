//! The limiter: one row.

use crate::account::limiter::{Backoff, KnownBalance, Limiter, ReducedConcurrency};
use crate::account::rows::StorageError;
use crate::storage::sql::{Columns, DecodeError, Params, Value};
use crate::storage::tables::{Named, Table, list, parameters, replace};

pub(in crate::storage) const TABLE: Table =
    Table { name: "limiter", key_columns: 1, delete: DELETE };

pub(in crate::storage) const STATEMENTS: &[Named] =
    &[("limiter: one", ONE), ("limiter: put", PUT), ("limiter: delete", DELETE)];

macro_rules! columns {
    ($as:ident) => {
        $as!(
            runs_window statuses_window run_backoff_until_ms run_backoff_times
            status_backoff_until_ms status_backoff_times reduced_slots reduced_until_ms
            reduced_hold_until_ms out_of_credits_until_ms breaker charged balance_total
            balance_mark balance_asked_ms round sequence day durations
        )
    };
}

pub(in crate::storage) const ONE: &str =
    concat!("SELECT id, ", columns!(list), " FROM limiter WHERE id = 1");

pub(in crate::storage) const PUT: &str = concat!(
    "INSERT INTO limiter (id, ",
    columns!(list),
    ") VALUES (1, ",
    columns!(parameters),
    ") ON CONFLICT (id) DO UPDATE SET ",
    columns!(replace)
);

pub(in crate::storage) const DELETE: &str = "DELETE FROM limiter WHERE id = ?";

pub(in crate::storage) fn params(limiter: &Limiter) -> Result<Vec<Value>, StorageError> {
    let reduced = limiter.reduced_concurrency;
    let balance = limiter.balance;
    let params = Params::default()
        .json(&limiter.runs)?
        .json(&limiter.statuses)?
        .integer(limiter.run_backoff.until_ms)?
        .integer(limiter.run_backoff.times)?
        .integer(limiter.status_backoff.until_ms)?
        .integer(limiter.status_backoff.times)?
        .optional_integer(reduced.map(|reduced| reduced.slots))?
        .optional_integer(reduced.map(|reduced| reduced.until_ms))?
        .optional_integer(reduced.map(|reduced| reduced.hold_until_ms))?
        .optional_integer(limiter.out_of_credits_until_ms)?
        .json(&limiter.breaker)?
        .integer(limiter.charged)?
        .optional_integer(balance.map(|balance| balance.total))?
        .optional_integer(balance.map(|balance| balance.mark))?
        .integer(limiter.balance_asked_ms)?
        .integer(limiter.round)?
        .integer(limiter.sequence)?
        .integer(limiter.day)?
        .json(&limiter.durations)?;
    Ok(params.finish())
}

pub(in crate::storage) fn read(values: &[Value]) -> Result<Limiter, DecodeError> {
    let mut columns = Columns::of(values);
    columns.integer::<u64>("id")?;
    Ok(Limiter {
        runs: columns.json("runs_window")?,
        statuses: columns.json("statuses_window")?,
        run_backoff: Backoff {
            until_ms: columns.integer("run_backoff_until_ms")?,
            times: columns.integer("run_backoff_times")?,
        },
        status_backoff: Backoff {
            until_ms: columns.integer("status_backoff_until_ms")?,
            times: columns.integer("status_backoff_times")?,
        },
        reduced_concurrency: read_reduced(&mut columns)?,
        out_of_credits_until_ms: columns.optional_integer("out_of_credits_until_ms")?,
        breaker: columns.json("breaker")?,
        charged: columns.integer("charged")?,
        balance: read_balance(&mut columns)?,
        balance_asked_ms: columns.integer("balance_asked_ms")?,
        round: columns.integer("round")?,
        sequence: columns.integer("sequence")?,
        day: columns.integer("day")?,
        durations: columns.json("durations")?,
    })
}

fn read_reduced(columns: &mut Columns<'_>) -> Result<Option<ReducedConcurrency>, DecodeError> {
    let slots = columns.optional_integer("reduced_slots")?;
    let until_ms = columns.optional_integer("reduced_until_ms")?;
    let hold_until_ms = columns.optional_integer("reduced_hold_until_ms")?;
    match (slots, until_ms, hold_until_ms) {
        (None, None, None) => Ok(None),
        (Some(slots), Some(until_ms), Some(hold_until_ms)) => {
            Ok(Some(ReducedConcurrency { slots, until_ms, hold_until_ms }))
        }
        _ => Err(DecodeError::missing("reduced_slots")),
    }
}

fn read_balance(columns: &mut Columns<'_>) -> Result<Option<KnownBalance>, DecodeError> {
    let total = columns.optional_integer("balance_total")?;
    let mark = columns.optional_integer("balance_mark")?;
    match (total, mark) {
        (None, None) => Ok(None),
        (Some(total), Some(mark)) => Ok(Some(KnownBalance { total, mark })),
        _ => Err(DecodeError::missing("balance_total")),
    }
}
