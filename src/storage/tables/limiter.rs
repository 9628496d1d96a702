//! The limiter: one row, its id 1.

use crate::account::limiter::{Backoff, KnownBalance, Limiter, ReducedConcurrency};
use crate::account::rows::StorageError;
use crate::storage::sql::{DecodeError, Row, Value, json, params};

table! {
    limiter of Limiter, read by read;
    key (id) columns (
        runs_window statuses_window run_backoff_until_ms run_backoff_times
        status_backoff_until_ms status_backoff_times reduced_slots reduced_until_ms
        reduced_hold_until_ms out_of_credits_until_ms breaker charged balance_total
        balance_mark balance_asked_ms round sequence day durations alerts
    )
    select ONE "WHERE id = 1"
    put PUT () ""
}

pub(in crate::storage) fn params(limiter: &Limiter) -> Result<Vec<Value>, StorageError> {
    let (reduced, balance) = (limiter.reduced_concurrency, limiter.balance);
    Ok(params![
        1,
        json(&limiter.runs)?,
        json(&limiter.statuses)?,
        limiter.run_backoff.until_ms,
        limiter.run_backoff.times,
        limiter.status_backoff.until_ms,
        limiter.status_backoff.times,
        reduced.map(|reduced| reduced.slots),
        reduced.map(|reduced| reduced.until_ms),
        reduced.map(|reduced| reduced.hold_until_ms),
        limiter.out_of_credits_until_ms,
        json(&limiter.breaker)?,
        limiter.charged,
        balance.map(|balance| balance.total),
        balance.map(|balance| balance.mark),
        limiter.balance_asked_ms,
        limiter.round,
        limiter.sequence,
        limiter.day,
        json(&limiter.durations)?,
        json(&limiter.alerts)?,
    ])
}

fn read(row: &Row<'_>) -> Result<Limiter, DecodeError> {
    Ok(Limiter {
        runs: row.json("runs_window")?,
        statuses: row.json("statuses_window")?,
        run_backoff: Backoff {
            until_ms: row.get("run_backoff_until_ms")?,
            times: row.get("run_backoff_times")?,
        },
        status_backoff: Backoff {
            until_ms: row.get("status_backoff_until_ms")?,
            times: row.get("status_backoff_times")?,
        },
        reduced_concurrency: read_reduced(row)?,
        out_of_credits_until_ms: row.get("out_of_credits_until_ms")?,
        breaker: row.json("breaker")?,
        charged: row.get("charged")?,
        balance: match (row.get("balance_total")?, row.get("balance_mark")?) {
            (None, None) => None,
            (Some(total), Some(mark)) => Some(KnownBalance { total, mark }),
            _ => return Err(DecodeError::missing("balance_total")),
        },
        balance_asked_ms: row.get("balance_asked_ms")?,
        round: row.get("round")?,
        sequence: row.get("sequence")?,
        day: row.get("day")?,
        durations: row.json("durations")?,
        alerts: row.json("alerts")?,
    })
}

fn read_reduced(row: &Row<'_>) -> Result<Option<ReducedConcurrency>, DecodeError> {
    let hold_until_ms = row.get("reduced_hold_until_ms")?;
    match (row.get("reduced_slots")?, row.get("reduced_until_ms")?, hold_until_ms) {
        (None, None, None) => Ok(None),
        (Some(slots), Some(until_ms), Some(hold_until_ms)) => {
            Ok(Some(ReducedConcurrency { slots, until_ms, hold_until_ms }))
        }
        _ => Err(DecodeError::missing("reduced_slots")),
    }
}
