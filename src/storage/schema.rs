//! Tables and migrations.
//!
//! A release and the one before it read and write the same database at once, so a later migration
//! only adds: tables, indexes, and columns that are nullable or have a default. A new text for
//! `state` or another enumeration is first read by one release and written by the next.

use crate::account::rows::StorageError;
use crate::storage::sql::{Sql, Value, params};
use crate::storage::tables::Named;

/// One step forward: statements that run in one transaction.
pub type Migration = &'static [&'static str];

const CREATE_VERSIONS: &str = "\
    CREATE TABLE IF NOT EXISTS schema_version (
        version INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL
    ) STRICT";

const VERSIONS: &str = "SELECT version FROM schema_version WHERE version > 0 ORDER BY version";

const PUT_VERSION: &str = "INSERT INTO schema_version (version, at_ms) VALUES (?, ?)";

pub(in crate::storage) const STATEMENTS: &[Named] =
    &[("schema_version: all", VERSIONS), ("schema_version: put", PUT_VERSION)];

/// All migrations; the first makes version 1.
pub const MIGRATIONS: &[Migration] = &[
    FIRST,
    #[cfg(feature = "next-release")]
    &["ALTER TABLE runs ADD COLUMN note TEXT"],
];

const FIRST: Migration = &[
    // Times are in milliseconds since 1970. `delete_at_ms` is null while anything can still happen
    // to the run; `charged` while its credits are reserved.
    "CREATE TABLE runs (
        ticket TEXT NOT NULL PRIMARY KEY,
        visitor TEXT NOT NULL,
        is_staff INTEGER NOT NULL,
        shop TEXT NOT NULL,
        model TEXT NOT NULL,
        duration_class TEXT NOT NULL,
        credits INTEGER NOT NULL,
        expected_ms INTEGER NOT NULL,
        body_bytes INTEGER NOT NULL,
        admitted_ms INTEGER NOT NULL,
        go_ms INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        failures INTEGER NOT NULL,
        turn_failures INTEGER,
        turn_round INTEGER,
        turn_sequence INTEGER,
        dedup_names TEXT NOT NULL,
        is_announced INTEGER NOT NULL,
        is_deleted INTEGER NOT NULL,
        charged INTEGER,
        state TEXT NOT NULL,
        until_ms INTEGER,
        give_up_ms INTEGER,
        not_before_ms INTEGER,
        carrier TEXT,
        retry_ms INTEGER,
        slot_until_ms INTEGER,
        upstream_id TEXT,
        upstream_status TEXT,
        since_ms INTEGER,
        holds_slot INTEGER,
        polls INTEGER,
        next_poll_ms INTEGER,
        ended_ms INTEGER,
        expires_ms INTEGER,
        error_name TEXT,
        error_message TEXT,
        output TEXT,
        credits_used INTEGER,
        delete_at_ms INTEGER,
        webhook_url TEXT
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX runs_by_delete_at ON runs (delete_at_ms)",
    "CREATE TABLE dedup (
        name TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        ticket TEXT NOT NULL
    ) STRICT, WITHOUT ROWID",
    // Days are counted from 1970 (UTC).
    "CREATE TABLE visitors (
        day INTEGER NOT NULL,
        visitor TEXT NOT NULL,
        committed INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        PRIMARY KEY (day, visitor)
    ) STRICT, WITHOUT ROWID",
    // Windows, breaker, durations and alerts are JSON.
    "CREATE TABLE limiter (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        runs_window TEXT NOT NULL,
        statuses_window TEXT NOT NULL,
        run_backoff_until_ms INTEGER NOT NULL,
        run_backoff_times INTEGER NOT NULL,
        status_backoff_until_ms INTEGER NOT NULL,
        status_backoff_times INTEGER NOT NULL,
        reduced_slots INTEGER,
        reduced_until_ms INTEGER,
        reduced_hold_until_ms INTEGER,
        out_of_credits_until_ms INTEGER,
        breaker TEXT NOT NULL,
        charged INTEGER NOT NULL,
        balance_total INTEGER,
        balance_mark INTEGER,
        balance_asked_ms INTEGER NOT NULL,
        round INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        day INTEGER NOT NULL,
        durations TEXT NOT NULL,
        alerts TEXT NOT NULL
    ) STRICT",
    // `waits` and `durations` count runs by their times: one number a bucket, as JSON.
    "CREATE TABLE figures (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        model TEXT NOT NULL,
        completed INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        timed_out INTEGER NOT NULL,
        joined INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        wait_ms INTEGER NOT NULL,
        run_ms INTEGER NOT NULL,
        waits TEXT NOT NULL,
        durations TEXT NOT NULL,
        PRIMARY KEY (day, shop, model)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE failures (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        model TEXT NOT NULL,
        name TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (day, shop, model, name)
    ) STRICT, WITHOUT ROWID",
    // A number that is null leaves the setting; the share is in percent.
    "CREATE TABLE brakes (
        shop TEXT NOT NULL PRIMARY KEY,
        is_paused INTEGER NOT NULL,
        day_credits INTEGER,
        month_credits INTEGER,
        pacing INTEGER NOT NULL,
        signed_in_share INTEGER NOT NULL,
        signed_in_only INTEGER NOT NULL,
        guest_day_tries INTEGER,
        signed_in_day_tries INTEGER
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        by TEXT NOT NULL,
        shop TEXT NOT NULL,
        change TEXT NOT NULL
    ) STRICT",
    // Counts of a shop's pages. `product` is empty for those without a name, or one too many.
    "CREATE TABLE products (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        product TEXT NOT NULL,
        impressions INTEGER NOT NULL,
        opens INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        results INTEGER NOT NULL,
        carts INTEGER NOT NULL,
        PRIMARY KEY (day, shop, product)
    ) STRICT, WITHOUT ROWID",
    // Visitors of a holdout are counted in the row without a currency.
    "CREATE TABLE orders (
        day INTEGER NOT NULL,
        shop TEXT NOT NULL,
        mark TEXT NOT NULL,
        currency TEXT NOT NULL,
        visitors INTEGER NOT NULL,
        orders INTEGER NOT NULL,
        lines INTEGER NOT NULL,
        amount_minor INTEGER NOT NULL,
        PRIMARY KEY (day, shop, mark, currency)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE orders_seen (
        name TEXT NOT NULL PRIMARY KEY,
        day INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX orders_seen_by_day ON orders_seen (day)",
    // `ticket` is null once the run's result has expired. `detail` is JSON.
    "CREATE TABLE outbox (
        id TEXT NOT NULL PRIMARY KEY,
        ticket TEXT,
        event TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        detail TEXT,
        tries INTEGER NOT NULL,
        next_ms INTEGER NOT NULL,
        outcome TEXT,
        url TEXT
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX outbox_by_next ON outbox (next_ms)",
    "CREATE TABLE dead_letters (
        id TEXT NOT NULL PRIMARY KEY,
        event TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        detail TEXT,
        tries INTEGER NOT NULL,
        outcome TEXT,
        dead_ms INTEGER NOT NULL,
        url TEXT
    ) STRICT, WITHOUT ROWID",
    "CREATE INDEX dead_letters_by_dead ON dead_letters (dead_ms)",
    "CREATE TABLE quarantine (
        at_ms INTEGER NOT NULL,
        table_name TEXT NOT NULL,
        key TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (at_ms, table_name, key)
    ) STRICT, WITHOUT ROWID",
];

/// Brings a database to the last version. One of a later release stays as it is, and so does one
/// after an error.
pub fn migrate<S: Sql>(sql: &S, now_ms: u64) -> Result<(), StorageError> {
    migrate_by(sql, MIGRATIONS, now_ms)
}

/// [`migrate`] by other migrations, for tests of what a later release does.
pub fn migrate_by<S: Sql>(
    sql: &S,
    migrations: &[Migration],
    now_ms: u64,
) -> Result<(), StorageError> {
    sql.transaction(|| {
        sql.exec(CREATE_VERSIONS, &[])?;
        let done = sql.exec(VERSIONS, &[])?;
        for (version, migration) in (1_u64..).zip(migrations) {
            if done.iter().any(|row| row.first().and_then(Value::as_u64) == Some(version)) {
                continue;
            }
            for statement in *migration {
                if let Err(error) = sql.exec(statement, &[])
                    && !is_there_already(&error)
                {
                    return Err(error);
                }
            }
            sql.exec(PUT_VERSION, &params![version, now_ms])?;
        }
        Ok(())
    })
}

/// A migration only adds, so it is repeated without harm where its row was lost.
fn is_there_already(StorageError(reason): &StorageError) -> bool {
    reason.contains("already exists") || reason.contains("duplicate column name")
}

/// The last migration that this database has.
pub(in crate::storage) fn version<S: Sql>(sql: &S) -> Result<u64, StorageError> {
    let rows = sql.exec(VERSIONS, &[])?;
    let versions = rows.iter().filter_map(|row| row.first()?.as_u64());
    Ok(versions.max().unwrap_or(0))
}
