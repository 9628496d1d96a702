//! Runs: one row each, from admission until the row's time is over.
//!
//! `delete_at_ms` is null while anything can still happen to a run. One index over it finds live
//! runs and expired ones; an update of a live run doesn't set it, and so writes no index entry.

use fashn::error::{RuntimeError, RuntimeErrorName};

use crate::account::rows::StorageError;
use crate::run::record::{Charge, Ending, FairQueueKey, Run, RunSpec, State};
use crate::storage::sql::{DecodeError, Row, Value, json, param, params};

table! {
    runs of Run, read by read;
    key (ticket) columns (
        visitor is_staff shop model duration_class credits expected_ms body_bytes webhook_url
        admitted_ms go_ms attempt failures turn_failures turn_round turn_sequence dedup_names
        is_announced is_deleted charged state until_ms give_up_ms not_before_ms carrier retry_ms
        slot_until_ms upstream_id upstream_status since_ms holds_slot polls next_poll_ms
        ended_ms expires_ms error_name error_message output credits_used
    )
    select LIVE "WHERE delete_at_ms IS NULL ORDER BY ticket"
    select ONE "WHERE ticket = ?"
    select EXPIRED "WHERE delete_at_ms <= ? ORDER BY delete_at_ms, ticket LIMIT ?"
    put PUT_LIVE () " WHERE delete_at_ms IS NULL RETURNING 1"
    put PUT_SETTLED (delete_at_ms) ""
    statement DEDUP_NAMES "SELECT dedup_names FROM runs WHERE ticket = ?"
    statement NEXT_EXPIRY
        "SELECT delete_at_ms FROM runs WHERE delete_at_ms > ? ORDER BY delete_at_ms LIMIT 1"
}

/// The parameters of [`PUT_LIVE`].
pub(in crate::storage) fn params(run: &Run) -> Result<Vec<Value>, StorageError> {
    let turn = run.turn;
    let mut params = params![
        run.ticket,
        run.visitor,
        run.is_staff,
        run.shop,
        run.model,
        run.class,
        run.credits,
        run.expected_ms,
        run.body_bytes,
        run.webhook_url,
        run.admitted_ms,
        run.go_ms,
        run.attempt,
        run.failures,
        turn.map(|turn| turn.failures),
        turn.map(|turn| turn.round),
        turn.map(|turn| turn.sequence),
        json(&run.dedup)?,
        run.is_announced,
        run.is_deleted,
        match run.charge {
            Charge::Reserved => None,
            Charge::Settled(credits) => Some(credits),
        },
    ];
    let mut of_state = state_params(&run.state)?;
    // A column that the state doesn't have is null.
    params.extend(TABLE.columns.iter().skip(params.len()).map(|column| {
        let at = of_state.iter().position(|(name, _)| name == column);
        at.map_or(Value::Null, |at| of_state.swap_remove(at).1)
    }));
    Ok(params)
}

fn read(row: &Row<'_>) -> Result<Run, DecodeError> {
    Ok(Run {
        spec: RunSpec {
            ticket: row.get("ticket")?,
            visitor: row.get("visitor")?,
            is_staff: row.flag("is_staff")?,
            shop: row.get("shop")?,
            model: row.get("model")?,
            class: row.get("duration_class")?,
            credits: row.get("credits")?,
            expected_ms: row.get("expected_ms")?,
            body_bytes: row.get("body_bytes")?,
            webhook_url: row.get("webhook_url")?,
            #[cfg(feature = "next-release")]
            note: None,
        },
        admitted_ms: row.get("admitted_ms")?,
        go_ms: row.get("go_ms")?,
        attempt: row.get("attempt")?,
        failures: row.get("failures")?,
        turn: read_turn(row)?,
        dedup: row.json("dedup_names")?,
        is_announced: row.flag("is_announced")?,
        is_deleted: row.flag("is_deleted")?,
        charge: row.get::<Option<_>>("charged")?.map_or(Charge::Reserved, Charge::Settled),
        state: read_state(row)?,
    })
}

fn read_turn(row: &Row<'_>) -> Result<Option<FairQueueKey>, DecodeError> {
    match (row.get("turn_failures")?, row.get("turn_round")?, row.get("turn_sequence")?) {
        (None, None, None) => Ok(None),
        (Some(failures), Some(round), Some(sequence)) => {
            Ok(Some(FairQueueKey { failures, round, sequence }))
        }
        _ => Err(DecodeError::missing("turn_failures")),
    }
}

/// Columns and their values: the state's name, and what it has.
macro_rules! state {
    ($state:expr $(, $column:ident)* $(,)?) => {
        ["state", $(stringify!($column)),*]
            .into_iter()
            .zip(params![$state, $($column),*])
            .collect::<StateParams>()
    };
}

type StateParams = Vec<(&'static str, Value)>;

fn state_params(state: &State) -> Result<StateParams, StorageError> {
    Ok(match state {
        State::Receiving { until_ms } => state!("receiving", until_ms),
        State::Queued { give_up_ms, not_before_ms } => state!("queued", give_up_ms, not_before_ms),
        State::Sending { carrier, until_ms, retry_ms } => {
            state!("sending", carrier, until_ms, retry_ms)
        }
        State::Unknown { slot_until_ms } => state!("unknown", slot_until_ms),
        State::Running {
            upstream: upstream_id,
            status: upstream_status,
            since_ms,
            holds_slot,
            polls,
            next_poll_ms,
        } => {
            state!(
                "running",
                upstream_id,
                upstream_status,
                since_ms,
                holds_slot,
                polls,
                next_poll_ms
            )
        }
        State::Ended { ending, upstream: upstream_id, ended_ms, expires_ms } => {
            let error = match ending {
                Ending::Completed { .. } => None,
                Ending::Failed(error) => Some(error),
                Ending::Canceled(error) | Ending::TimeOut(error) => error.as_ref(),
            };
            let error_name = &error.map(|error| &error.name);
            let error_message = &error.map(|error| &error.message);
            let mut params = state!(
                ending.status(),
                upstream_id,
                ended_ms,
                expires_ms,
                error_name,
                error_message,
            );
            if let Ending::Completed { output, credits_used } = ending {
                params.push(("output", json(output)?));
                params.push(("credits_used", param(credits_used)?));
            }
            params
        }
    })
}

fn read_state(row: &Row<'_>) -> Result<State, DecodeError> {
    Ok(match row.get("state")? {
        "receiving" => State::Receiving { until_ms: row.get("until_ms")? },
        "queued" => State::Queued {
            give_up_ms: row.get("give_up_ms")?,
            not_before_ms: row.get("not_before_ms")?,
        },
        "sending" => State::Sending {
            carrier: row.get("carrier")?,
            until_ms: row.get("until_ms")?,
            retry_ms: row.get("retry_ms")?,
        },
        "unknown" => State::Unknown { slot_until_ms: row.get("slot_until_ms")? },
        "running" => State::Running {
            upstream: row.get("upstream_id")?,
            status: row.get("upstream_status")?,
            since_ms: row.get("since_ms")?,
            holds_slot: row.flag("holds_slot")?,
            polls: row.get("polls")?,
            next_poll_ms: row.get("next_poll_ms")?,
        },
        state => State::Ended {
            ending: read_ending(row, state)?,
            upstream: row.get("upstream_id")?,
            ended_ms: row.get("ended_ms")?,
            expires_ms: row.get("expires_ms")?,
        },
    })
}

fn read_ending(row: &Row<'_>, state: &str) -> Result<Ending, DecodeError> {
    Ok(match state {
        "completed" => Ending::Completed {
            output: row.json("output")?,
            credits_used: row.get("credits_used")?,
        },
        "failed" => Ending::Failed(read_error(row)?.ok_or(DecodeError::missing("error_name"))?),
        "canceled" => Ending::Canceled(read_error(row)?),
        "time_out" => Ending::TimeOut(read_error(row)?),
        _ => return Err(DecodeError::unknown("state")),
    })
}

/// What a lookup of a settled run shows: a few of its columns, none if its holder deleted it. It
/// takes a third of the CPU of a whole row.
pub(in crate::storage) mod shown {
    use super::read_ending;
    use crate::run::view::View;
    use crate::storage::sql::{DecodeError, Row};

    table! {
        runs of Option<View>, read by read;
        key (ticket) columns (
            is_deleted state expires_ms error_name error_message output credits_used
        )
        select ENDED "WHERE ticket = ? AND delete_at_ms IS NOT NULL"
    }

    fn read(row: &Row<'_>) -> Result<Option<View>, DecodeError> {
        if row.flag("is_deleted")? {
            return Ok(None);
        }
        let ending = read_ending(row, row.get("state")?)?;
        Ok(Some(View::ended(ending, row.get("expires_ms")?)))
    }
}

fn read_error(row: &Row<'_>) -> Result<Option<RuntimeError>, DecodeError> {
    let name: Option<RuntimeErrorName> = row.get("error_name")?;
    let message: Option<String> = row.get("error_message")?;
    Ok(name.map(|name| RuntimeError { name, message: message.unwrap_or_default() }))
}
