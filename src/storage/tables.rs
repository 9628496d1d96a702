//! The statements of each table, and how its rows are read.

use crate::storage::sql::{DecodeError, Row};

/// A statement and its name, for tests of every statement.
pub(super) type Named = (&'static str, &'static str);

/// What reading a table's rows takes. Each query selects all of its columns, the key's first.
pub(super) struct Table<T> {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    pub key_columns: usize,
    /// Deletes the row of a key.
    pub delete: &'static str,
    pub read: fn(&Row<'_>) -> Result<T, DecodeError>,
}

/// Texts with another between them: `"a, b, c"`.
macro_rules! joined {
    ($between:literal; $first:expr $(, $rest:expr)* $(,)?) => {
        concat!($first $(, $between, $rest)*)
    };
}

/// Groups of columns as they stand in `SELECT` and `INSERT`; as parameters; as `DO UPDATE SET` and
/// `WHERE` have them; and as names.
macro_rules! columns {
    (list $(($($column:ident)*))+) => { joined!(", "; $($(stringify!($column),)*)+) };
    (params $(($($column:ident)*))+) => { joined!(", "; $($(columns!(param $column),)*)+) };
    (param $column:ident) => { "?" };
    (replaced $(($($column:ident)*))+) => {
        joined!(", "; $($(concat!(stringify!($column), " = excluded.", stringify!($column)),)*)+)
    };
    (equal ($($column:ident)+)) => { joined!(" AND "; $(concat!(stringify!($column), " = ?"),)+) };
    (names $(($($column:ident)*))+) => { [$($(stringify!($column),)*)+] };
}

/// A table out of its columns: `TABLE`, `DELETE`, and `STATEMENTS`, which lists all of them.
///
/// `select` adds what follows `FROM`. `put` inserts a row, or replaces all but its key; it may have
/// more columns, and adds what follows.
macro_rules! table {
    (
        $table:ident of $row:ty, read by $read:path;
        key $key:tt columns $columns:tt
        $(select $select:ident $rest:literal)*
        $(put $put:ident $more:tt $end:literal)*
        $(statement $other:ident $text:expr)*
    ) => {
        pub(in crate::storage) const TABLE: crate::storage::tables::Table<$row> =
            crate::storage::tables::Table {
                name: stringify!($table),
                columns: &columns!(names $key $columns),
                key_columns: columns!(names $key).len(),
                delete: DELETE,
                read: $read,
            };

        pub(in crate::storage) const DELETE: &str =
            concat!("DELETE FROM ", stringify!($table), " WHERE ", columns!(equal $key));

        $(pub(in crate::storage) const $select: &str = concat!(
            "SELECT ", columns!(list $key $columns), " FROM ", stringify!($table), " ", $rest
        );)*

        $(pub(in crate::storage) const $put: &str = concat!(
            "INSERT INTO ", stringify!($table), " (", columns!(list $key $columns $more),
            ") VALUES (", columns!(params $key $columns $more),
            ") ON CONFLICT (", columns!(list $key),
            ") DO UPDATE SET ", columns!(replaced $columns $more), $end
        );)*

        $(pub(in crate::storage) const $other: &str = $text;)*

        pub(in crate::storage) const STATEMENTS: &[crate::storage::tables::Named] = &[
            $((concat!(stringify!($table), ": ", stringify!($select)), $select),)*
            $((concat!(stringify!($table), ": ", stringify!($put)), $put),)*
            $((concat!(stringify!($table), ": ", stringify!($other)), $other),)*
            (concat!(stringify!($table), ": DELETE"), DELETE),
        ];
    };
}

/// A sum that stays an integer, whatever the row had.
macro_rules! sum {
    ($column:ident) => {
        concat!(
            stringify!($column),
            " = min(",
            stringify!($column),
            " + excluded.",
            stringify!($column),
            ", 9007199254740991)"
        )
    };
}

pub(super) mod limiter;
pub(super) mod proof;
pub(super) mod runs;

/// Deduplication rows. Each is deleted with its run, so that none needs a time of its own.
pub(super) mod dedup {
    use crate::run::dedup::Dedup;
    use crate::storage::sql::{DecodeError, Row};

    table! {
        dedup of Dedup, read by read;
        key (name) columns (kind fingerprint ticket)
        select ONE "WHERE name = ?"
        select AFTER "WHERE name > ? ORDER BY name LIMIT ?"
        put PUT () ""
    }

    fn read(row: &Row<'_>) -> Result<Dedup, DecodeError> {
        Ok(Dedup {
            name: row.get("name")?,
            kind: row.get("kind")?,
            fingerprint: row.get("fingerprint")?,
            ticket: row.get("ticket")?,
        })
    }
}

/// Daily figures of each shop and model, of which a deployment has a few.
pub(super) mod figures {
    use crate::storage::sql::{DecodeError, Row};

    table! {
        figures of (u64, String, u64), read by read_credits;
        key (day shop model)
        columns (completed failed timed_out joined credits wait_ms run_ms waits durations)
        select CREDITS "WHERE day >= ? AND day <= ?"
        statement TIMES
            "SELECT waits, durations FROM figures WHERE day = ? AND shop = ? AND model = ?"
        statement OF_DAYS "SELECT day, shop, model, completed, failed, timed_out, joined, credits, \
            waits, durations FROM figures WHERE day >= ? AND day <= ? AND (?3 IS NULL OR shop = ?3) \
            ORDER BY day, shop, model LIMIT 50000"
        statement ADD concat!(
            "INSERT INTO figures (day, shop, model, completed, failed, timed_out, joined, credits, \
             wait_ms, run_ms, waits, durations) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (day, shop, model) DO UPDATE SET ",
            sum!(completed), ", ", sum!(failed), ", ", sum!(timed_out), ", ", sum!(joined), ", ",
            sum!(credits), ", ", sum!(wait_ms), ", ", sum!(run_ms),
            ", waits = excluded.waits, durations = excluded.durations"
        )
        statement DELETE_BEFORE "DELETE FROM figures WHERE day < ?"
        statement DELETE_AFTER "DELETE FROM figures WHERE day > ?"
    }

    fn read_credits(row: &Row<'_>) -> Result<(u64, String, u64), DecodeError> {
        Ok((row.get("day")?, row.get("shop")?, row.get("credits")?))
    }

    /// Why runs failed.
    pub(in crate::storage) mod failures {
        use crate::storage::tables::Named;

        pub(in crate::storage) const NAMES: &str =
            "SELECT name FROM failures WHERE day = ? AND shop = ? AND model = ?";
        pub(in crate::storage) const OF_DAYS: &str = "SELECT day, shop, model, name, count \
            FROM failures WHERE day >= ? AND day <= ? AND (?3 IS NULL OR shop = ?3) \
            ORDER BY day, shop, model, name LIMIT 50000";
        pub(in crate::storage) const ADD: &str = concat!(
            "INSERT INTO failures (day, shop, model, name, count) VALUES (?, ?, ?, ?, 1) \
             ON CONFLICT (day, shop, model, name) DO UPDATE SET ",
            sum!(count)
        );
        pub(in crate::storage) const DELETE_BEFORE: &str = "DELETE FROM failures WHERE day < ?";
        pub(in crate::storage) const DELETE_AFTER: &str = "DELETE FROM failures WHERE day > ?";

        pub(in crate::storage) const STATEMENTS: &[Named] = &[
            ("failures: NAMES", NAMES),
            ("failures: OF_DAYS", OF_DAYS),
            ("failures: ADD", ADD),
            ("failures: DELETE_BEFORE", DELETE_BEFORE),
            ("failures: DELETE_AFTER", DELETE_AFTER),
        ];
    }
}

/// What staff have set for each shop.
pub(super) mod brakes {
    use crate::account::brakes::Brakes;
    use crate::storage::sql::{DecodeError, Row};

    table! {
        brakes of (String, Brakes), read by read;
        key (shop) columns (
            is_paused day_credits month_credits pacing signed_in_share signed_in_only
            guest_day_tries signed_in_day_tries
        )
        select ALL "WHERE shop >= ''"
        put PUT () ""
    }

    fn read(row: &Row<'_>) -> Result<(String, Brakes), DecodeError> {
        let mut brakes = Brakes::default();
        for (name, _) in Brakes::default().fields() {
            let number: Option<u32> = row.get(name)?;
            brakes.set(name, &number.into());
        }
        Ok((row.get("shop")?, brakes))
    }
}

/// Their changes.
pub(super) mod audit {
    use crate::storage::tables::Named;

    pub(in crate::storage) const ADD: &str =
        "INSERT INTO audit (at_ms, by, shop, change) VALUES (?, ?, ?, ?)";
    // 1,000 are kept: `rows::AUDIT_MAX`.
    pub(in crate::storage) const DELETE_BEYOND: &str = "DELETE FROM audit WHERE id IN \
        (SELECT id FROM audit WHERE id > 0 ORDER BY id DESC LIMIT -1 OFFSET 1000)";
    pub(in crate::storage) const NEWEST: &str = "SELECT at_ms, by, shop, change FROM audit \
        WHERE id > 0 AND (?1 IS NULL OR shop = ?1) ORDER BY id DESC LIMIT 1000";

    pub(in crate::storage) const STATEMENTS: &[Named] =
        &[("audit: ADD", ADD), ("audit: DELETE_BEYOND", DELETE_BEYOND), ("audit: NEWEST", NEWEST)];
}

/// Messages to the merchant's backend that aren't delivered yet.
pub(super) mod outbox {
    use crate::account::rows::OutboxMessage;
    use crate::storage::sql::{DecodeError, Row};

    table! {
        outbox of OutboxMessage, read by read;
        key (id) columns (ticket event at_ms detail tries next_ms outcome url)
        select DUE "WHERE next_ms <= ? ORDER BY next_ms, id LIMIT ?"
        select ONE "WHERE id = ?"
        put PUT () ""
        statement WAITING "SELECT COUNT(*) FROM outbox WHERE next_ms >= ?"
        statement NEXT "SELECT next_ms FROM outbox WHERE next_ms > ? ORDER BY next_ms LIMIT 1"
    }

    fn read(row: &Row<'_>) -> Result<OutboxMessage, DecodeError> {
        Ok(OutboxMessage {
            id: row.get("id")?,
            ticket: row.get("ticket")?,
            event: row.get("event")?,
            at_ms: row.get("at_ms")?,
            detail: row.get("detail")?,
            tries: row.get("tries")?,
            next_ms: row.get("next_ms")?,
            outcome: row.get("outcome")?,
            url: row.get("url")?,
        })
    }
}

/// Messages that the merchant's backend never took.
pub(super) mod dead_letters {
    use crate::account::rows::DeadLetter;
    use crate::storage::sql::{DecodeError, Row};

    // 1,000 are kept: `limits::DEAD_LETTERS_MAX`.
    table! {
        dead_letters of DeadLetter, read by read;
        key (id) columns (event at_ms detail tries outcome dead_ms url)
        select ALL "WHERE dead_ms >= 0 ORDER BY dead_ms, id"
        select ONE "WHERE id = ?"
        put PUT () ""
        statement DELETE_BEFORE "DELETE FROM dead_letters WHERE dead_ms <= ?"
        statement DELETE_BEYOND "DELETE FROM dead_letters WHERE id IN (SELECT id FROM dead_letters \
            WHERE dead_ms >= 0 ORDER BY dead_ms DESC, id DESC LIMIT -1 OFFSET 1000)"
    }

    fn read(row: &Row<'_>) -> Result<DeadLetter, DecodeError> {
        Ok(DeadLetter {
            id: row.get("id")?,
            event: row.get("event")?,
            at_ms: row.get("at_ms")?,
            detail: row.get("detail")?,
            tries: row.get("tries")?,
            outcome: row.get("outcome")?,
            dead_ms: row.get("dead_ms")?,
            url: row.get("url")?,
        })
    }
}

/// What each visitor reserved and spent on a day.
pub(super) mod visitors {
    use crate::account::rows::VisitorDay;
    use crate::storage::sql::{DecodeError, Row};

    // 64 rows at once keep a transaction short: `rows::VISITORS_DELETED_AT_ONCE`.
    table! {
        visitors of VisitorDay, read by read;
        key (day visitor) columns (committed attempts)
        select ONE "WHERE day = ? AND visitor = ?"
        put PUT () ""
        statement ANY_BEFORE "SELECT 1 FROM visitors WHERE day < ? LIMIT 1"
        statement DELETE_BEFORE "DELETE FROM visitors WHERE (day, visitor) IN \
            (SELECT day, visitor FROM visitors WHERE day < ? ORDER BY day, visitor LIMIT 64)"
        statement DELETE_AFTER "DELETE FROM visitors WHERE day > ?"
    }

    fn read(row: &Row<'_>) -> Result<VisitorDay, DecodeError> {
        Ok(VisitorDay { committed: row.get("committed")?, attempts: row.get("attempts")? })
    }
}

/// Which rows could not be understood. Their content is deleted: nothing outlives the time of its
/// own row here.
pub(super) mod quarantine {
    use crate::account::rows::QuarantineEntry;
    use crate::storage::sql::{DecodeError, Row};

    table! {
        quarantine of QuarantineEntry, read by read;
        key (at_ms table_name key) columns (reason)
        select NEWEST "WHERE at_ms > ? ORDER BY at_ms DESC, table_name DESC, key DESC LIMIT ?"
        put PUT () ""
        statement DELETE_BEFORE "DELETE FROM quarantine WHERE at_ms < ?"
        statement DELETE_AFTER "DELETE FROM quarantine WHERE at_ms > ?"
    }

    fn read(row: &Row<'_>) -> Result<QuarantineEntry, DecodeError> {
        Ok(QuarantineEntry {
            at_ms: row.get("at_ms")?,
            table: row.get("table_name")?,
            key: row.get("key")?,
            reason: row.get("reason")?,
        })
    }
}
