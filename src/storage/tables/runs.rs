//! Runs: one row each, from admission until the row's time is over.
//!
//! `delete_at_ms` is null while anything can still happen to a run. One index over it finds live
//! runs and expired ones; an update of a live run doesn't set it, and so writes no index entry.

use fashn::models::Credits;

use crate::account::rows::StorageError;
use crate::auth::ids::{Ticket, Visitor};
use crate::run::record::{Charge, DurationClass, FairQueueKey, Run, State};
use crate::storage::sql::{Columns, DecodeError, Params, Value};
use crate::storage::tables::run_state::StateColumns;
use crate::storage::tables::{Named, Table, list, parameters, replace};

pub(in crate::storage) const TABLE: Table = Table { name: "runs", key_columns: 1, delete: DELETE };

pub(in crate::storage) const STATEMENTS: &[Named] = &[
    ("runs: live", LIVE),
    ("runs: one", ONE),
    ("runs: expired", EXPIRED),
    ("runs: next expiry", NEXT_EXPIRY),
    ("runs: put live", PUT_LIVE),
    ("runs: put settled", PUT_SETTLED),
    ("runs: delete", DELETE),
];

/// All columns but the key and `delete_at_ms`.
macro_rules! columns {
    ($as:ident) => {
        $as!(
            visitor is_staff shop model duration_class credits expected_ms body_bytes admitted_ms
            go_ms attempt failures turn_failures turn_round turn_sequence dedup_names is_announced
            is_deleted charged state until_ms give_up_ms not_before_ms carrier retry_ms
            slot_until_ms upstream_id upstream_status since_ms holds_slot polls next_poll_ms
            ended_ms expires_ms error_name error_message output credits_used
        )
    };
}

pub(in crate::storage) const LIVE: &str = concat!(
    "SELECT ticket, ",
    columns!(list),
    " FROM runs WHERE delete_at_ms IS NULL ORDER BY ticket"
);

pub(in crate::storage) const ONE: &str =
    concat!("SELECT ticket, ", columns!(list), " FROM runs WHERE ticket = ?");

pub(in crate::storage) const EXPIRED: &str = concat!(
    "SELECT ticket, ",
    columns!(list),
    " FROM runs WHERE delete_at_ms <= ? ORDER BY delete_at_ms, ticket LIMIT ?"
);

pub(in crate::storage) const NEXT_EXPIRY: &str =
    "SELECT delete_at_ms FROM runs WHERE delete_at_ms > ? ORDER BY delete_at_ms LIMIT 1";

/// Answers a row if it wrote: a settled run never becomes live again.
pub(in crate::storage) const PUT_LIVE: &str = concat!(
    "INSERT INTO runs (ticket, ",
    columns!(list),
    ") VALUES (?, ",
    columns!(parameters),
    ") ON CONFLICT (ticket) DO UPDATE SET ",
    columns!(replace),
    " WHERE delete_at_ms IS NULL RETURNING 1"
);

pub(in crate::storage) const PUT_SETTLED: &str = concat!(
    "INSERT INTO runs (ticket, ",
    columns!(list),
    ", delete_at_ms) VALUES (?, ",
    columns!(parameters),
    ", ?) ON CONFLICT (ticket) DO UPDATE SET ",
    columns!(replace),
    ", delete_at_ms = excluded.delete_at_ms"
);

pub(in crate::storage) const DELETE: &str = "DELETE FROM runs WHERE ticket = ?";

/// Where the names of deduplication rows stand among the selected columns.
pub(in crate::storage) const DEDUP_NAMES_INDEX: usize = 16;

/// When a run's row may be deleted, in milliseconds since 1970: from its end on if its holder
/// deleted it. None while anything can still happen to it.
pub(in crate::storage) fn delete_at_ms(run: &Run) -> Option<u64> {
    match run.state {
        State::Ended { ended_ms, expires_ms, .. } if run.is_settled() => {
            Some(if run.is_deleted { ended_ms } else { expires_ms })
        }
        State::Receiving { .. }
        | State::Queued { .. }
        | State::Sending { .. }
        | State::Unknown { .. }
        | State::Running { .. }
        | State::Ended { .. } => None,
    }
}

/// What is stored when a settled run would become live again.
pub(in crate::storage) fn settled_is_final() -> StorageError {
    StorageError("a settled run can't become live".into())
}

/// The parameters of [`PUT_LIVE`]; those of [`PUT_SETTLED`] if the run is settled.
pub(in crate::storage) fn params(run: &Run) -> Result<Vec<Value>, StorageError> {
    let turn = run.turn;
    let params = Params::default()
        .text(run.ticket.name())
        .text(&run.visitor.0)
        .flag(run.is_staff)
        .text(&run.shop)
        .text(&run.model)
        .text(&run.class.0)
        .integer(run.credits.0)?
        .integer(run.expected_ms)?
        .integer(run.body_bytes)?
        .integer(run.admitted_ms)?
        .integer(run.go_ms)?
        .integer(run.attempt)?
        .integer(run.failures)?
        .optional_integer(turn.map(|turn| turn.failures))?
        .optional_integer(turn.map(|turn| turn.round))?
        .optional_integer(turn.map(|turn| turn.sequence))?
        .json(&run.dedup)?
        .flag(run.is_announced)
        .flag(run.is_deleted)
        .optional_integer(match run.charge {
            Charge::Reserved => None,
            Charge::Settled(credits) => Some(credits.0),
        })?;
    let params = StateColumns::of(&run.state).write(params)?;
    let params = match delete_at_ms(run) {
        Some(delete_at_ms) => params.integer(delete_at_ms)?,
        None => params,
    };
    Ok(params.finish())
}

pub(in crate::storage) fn read(values: &[Value]) -> Result<Run, DecodeError> {
    let mut columns = Columns::of(values);
    Ok(Run {
        ticket: columns.named::<Ticket>("ticket")?,
        visitor: Visitor(columns.text("visitor")?.to_owned()),
        is_staff: columns.flag("is_staff")?,
        shop: columns.text("shop")?.to_owned(),
        model: columns.text("model")?.to_owned(),
        class: DurationClass(columns.text("duration_class")?.to_owned()),
        credits: Credits(columns.integer("credits")?),
        expected_ms: columns.integer("expected_ms")?,
        body_bytes: columns.integer("body_bytes")?,
        admitted_ms: columns.integer("admitted_ms")?,
        go_ms: columns.integer("go_ms")?,
        attempt: columns.integer("attempt")?,
        failures: columns.integer("failures")?,
        turn: read_turn(&mut columns)?,
        dedup: columns.json("dedup_names")?,
        is_announced: columns.flag("is_announced")?,
        is_deleted: columns.flag("is_deleted")?,
        charge: match columns.optional_integer("charged")? {
            None => Charge::Reserved,
            Some(credits) => Charge::Settled(Credits(credits)),
        },
        state: StateColumns::read(&mut columns)?.into_state()?,
    })
}

fn read_turn(columns: &mut Columns<'_>) -> Result<Option<FairQueueKey>, DecodeError> {
    let failures = columns.optional_integer("turn_failures")?;
    let round = columns.optional_integer("turn_round")?;
    let sequence = columns.optional_integer("turn_sequence")?;
    match (failures, round, sequence) {
        (None, None, None) => Ok(None),
        (Some(failures), Some(round), Some(sequence)) => {
            Ok(Some(FairQueueKey { failures, round, sequence }))
        }
        _ => Err(DecodeError::missing("turn_failures")),
    }
}
