//! Messages to the merchant's backend that aren't delivered yet.

use crate::account::rows::{OutboxMessage, StorageError};
use crate::auth::ids::Ticket;
use crate::storage::sql::{Columns, DecodeError, Params, Value};
use crate::storage::tables::{Named, Table};

pub(in crate::storage) const TABLE: Table =
    Table { name: "outbox", key_columns: 1, delete: DELETE };

pub(in crate::storage) const STATEMENTS: &[Named] = &[
    ("outbox: due", DUE),
    ("outbox: one", ONE),
    ("outbox: next", NEXT),
    ("outbox: put", PUT),
    ("outbox: delete", DELETE),
];

pub(in crate::storage) const DUE: &str = "\
    SELECT ticket, tries, next_ms FROM outbox WHERE next_ms <= ? \
    ORDER BY next_ms, ticket LIMIT ?";

pub(in crate::storage) const ONE: &str =
    "SELECT ticket, tries, next_ms FROM outbox WHERE ticket = ?";

pub(in crate::storage) const NEXT: &str =
    "SELECT next_ms FROM outbox WHERE next_ms > ? ORDER BY next_ms LIMIT 1";

pub(in crate::storage) const PUT: &str = "\
    INSERT INTO outbox (ticket, tries, next_ms) VALUES (?, ?, ?) \
    ON CONFLICT (ticket) DO UPDATE SET tries = excluded.tries, next_ms = excluded.next_ms";

pub(in crate::storage) const DELETE: &str = "DELETE FROM outbox WHERE ticket = ?";

pub(in crate::storage) fn params(message: &OutboxMessage) -> Result<Vec<Value>, StorageError> {
    let params = Params::default()
        .text(message.ticket.name())
        .integer(message.tries)?
        .integer(message.next_ms)?;
    Ok(params.finish())
}

pub(in crate::storage) fn read(values: &[Value]) -> Result<OutboxMessage, DecodeError> {
    let mut columns = Columns::of(values);
    Ok(OutboxMessage {
        ticket: columns.named::<Ticket>("ticket")?,
        tries: columns.integer("tries")?,
        next_ms: columns.integer("next_ms")?,
    })
}
