//! Deduplication rows. Each is deleted with its run, so that none needs a time of its own.

use crate::auth::ids::Ticket;
use crate::run::dedup::{Dedup, DedupKind, DedupName, Fingerprint};
use crate::storage::sql::{Columns, DecodeError, Params, Value};
use crate::storage::tables::{Named, Table};

pub(in crate::storage) const TABLE: Table = Table { name: "dedup", key_columns: 1, delete: DELETE };

pub(in crate::storage) const STATEMENTS: &[Named] =
    &[("dedup: one", ONE), ("dedup: put", PUT), ("dedup: delete", DELETE)];

pub(in crate::storage) const ONE: &str =
    "SELECT name, kind, fingerprint, ticket FROM dedup WHERE name = ?";

pub(in crate::storage) const PUT: &str = "\
    INSERT INTO dedup (name, kind, fingerprint, ticket) VALUES (?, ?, ?, ?) \
    ON CONFLICT (name) DO UPDATE SET \
    kind = excluded.kind, fingerprint = excluded.fingerprint, ticket = excluded.ticket";

pub(in crate::storage) const DELETE: &str = "DELETE FROM dedup WHERE name = ?";

const KEY: &str = "key";
const LIKENESS: &str = "likeness";

pub(in crate::storage) fn params(dedup: &Dedup) -> Vec<Value> {
    Params::default()
        .text(&dedup.name.0)
        .text(match dedup.kind {
            DedupKind::Key => KEY,
            DedupKind::Likeness => LIKENESS,
        })
        .text(&dedup.fingerprint.0)
        .text(dedup.ticket.name())
        .finish()
}

pub(in crate::storage) fn read(values: &[Value]) -> Result<Dedup, DecodeError> {
    let mut columns = Columns::of(values);
    Ok(Dedup {
        name: DedupName(columns.text("name")?.to_owned()),
        kind: match columns.text("kind")? {
            KEY => DedupKind::Key,
            LIKENESS => DedupKind::Likeness,
            _ => return Err(DecodeError::unknown("kind")),
        },
        fingerprint: Fingerprint(columns.text("fingerprint")?.to_owned()),
        ticket: columns.named::<Ticket>("ticket")?,
    })
}
