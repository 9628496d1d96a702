//! Databases of earlier releases are read, and earlier releases read those of later ones.

use std::collections::BTreeSet;

use fitting_room::account::proof::FiguresQuery;
use fitting_room::account::rows::{Rows, Write};
use fitting_room::storage::rows;
use fitting_room::storage::schema::{self, MIGRATIONS, Migration};
use fitting_room::storage::sql::Value;
use sqlite_host::HostSql;

use crate::files;
use crate::samples::{self, DAY, NOW_MS};

/// What [`samples::everything`] wrote so often is read.
fn is_complete(host: &HostSql, times: u64) {
    let by_name = |runs: Vec<_>| -> Vec<_> {
        let mut runs: Vec<_> = runs;
        runs.sort_by_key(|run: &fitting_room::run::record::Run| run.ticket.name());
        runs
    };
    let read = |rows: &dyn Rows| {
        let mut runs = rows.live_runs()?;
        runs.extend(rows.expired(u64::MAX >> 11, 100)?);
        assert_eq!(by_name(runs), by_name(samples::runs()));
        assert_eq!(rows.limiter()?, Some(samples::limiter()));
        let visitor = rows.visitor(DAY, &samples::visitor())?;
        assert_eq!(visitor.map(|day| (day.committed, day.attempts)), Some((2, 3)));
        assert_eq!(rows.dedup(&samples::dedup_name(1))?, Some(samples::dedup(1)));
        assert!(rows.dedup(&samples::dedup_name(2))?.is_some());
        assert_eq!(rows.credits((DAY, DAY))?.first().map(|row| row.2), Some(11 * times));
        let query = FiguresQuery { from_day: DAY, to_day: DAY, shop: None };
        let proof = rows.proof(&query)?;
        let read = |path| proof.pointer(path).and_then(Value::as_u64);
        assert_eq!(read("/products/0/3"), Some(90 * times));
        assert_eq!(read("/orders/0/7"), Some(39_900 * times));
        assert_eq!(rows.message(&samples::message(1).id)?, Some(samples::message(1)));
        Ok(())
    };
    let ((), quarantined) = samples::read(host, read);
    assert_eq!(quarantined, []);
}

/// Each table's columns, and each index.
fn shape(host: &HostSql) -> BTreeSet<String> {
    let statement = "\
        SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk \
        FROM sqlite_schema t, pragma_table_xinfo(t.name) c ORDER BY 1, 2";
    let rows = host.raw(statement).expect("reads");
    rows.iter().map(|row| format!("{row:?}")).collect()
}

#[test]
fn a_database_of_each_version_is_migrated_and_read() {
    let fresh = shape(&samples::opened());
    for version in 1..=MIGRATIONS.len() {
        let host = HostSql::from_text(&files::read(version)).expect("is SQL");
        rows::open(&host, NOW_MS).expect("migrates");
        assert_eq!(shape(&host), fresh, "version {version} becomes what a new one is");
        is_complete(&host, 1);
        // And it is written.
        samples::store(&host, samples::everything());
        is_complete(&host, 2);
    }
}

/// A later release's migration, as such must be.
const LATER: Migration = &[
    "ALTER TABLE runs ADD COLUMN note TEXT",
    "ALTER TABLE limiter ADD COLUMN pauses INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT",
    "CREATE INDEX notes_by_note ON notes (note)",
];

#[test]
fn a_release_reads_and_writes_the_database_of_the_next() {
    let host = samples::opened();
    samples::store(&host, samples::everything());
    let next = [MIGRATIONS, &[LATER]].concat();
    schema::migrate_by(&host, &next, NOW_MS + 1).expect("migrates");
    host.raw("UPDATE runs SET note = 'kept'").expect("writes");
    is_complete(&host, 1);

    // This release opens it, and writes what it knows.
    rows::open(&host, NOW_MS + 2).expect("opens");
    samples::store(&host, samples::everything());
    is_complete(&host, 2);
    let kept = host.raw("SELECT COUNT(*) FROM runs WHERE note = 'kept'").expect("reads");
    let runs = host.raw("SELECT COUNT(*) FROM runs").expect("reads");
    assert_eq!(kept, runs, "an update leaves columns that it doesn't know");
    let versions = host.raw("SELECT version FROM schema_version").expect("reads");
    let known = MIGRATIONS.len() as u64;
    let expected: Vec<_> = (1..=known + 1).map(|version| vec![Value::from(version)]).collect();
    assert_eq!(versions, expected);
}

/// Whether a later migration leaves what the former release reads and writes.
fn only_adds(statement: &str) -> bool {
    let words: Vec<_> = statement.split_whitespace().collect();
    match words.as_slice() {
        ["CREATE", "TABLE", ..] => statement.contains("STRICT"),
        ["CREATE", "INDEX", ..] => true,
        ["ALTER", "TABLE", _, "ADD", "COLUMN", ..] => {
            !statement.contains("NOT NULL") || statement.contains("DEFAULT")
        }
        _ => false,
    }
}

#[test]
fn later_migrations_only_add() {
    let later = MIGRATIONS.iter().skip(1).flat_map(|migration| *migration);
    for statement in later.chain(LATER) {
        assert!(only_adds(statement), "{statement}");
    }
    for refused in [
        "ALTER TABLE runs DROP COLUMN shop",
        "ALTER TABLE runs RENAME COLUMN shop TO store",
        "ALTER TABLE runs ADD COLUMN note TEXT NOT NULL",
        "CREATE UNIQUE INDEX runs_by_shop ON runs (shop)",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY)",
        "DROP TABLE dedup",
        "UPDATE runs SET shop = ''",
    ] {
        assert!(!only_adds(refused), "{refused}");
    }
}

#[test]
fn a_migration_that_fails_leaves_the_database_as_it_was() {
    let host = samples::opened();
    samples::store(&host, samples::everything());
    let before = shape(&host);
    let broken: &[Migration] = &[&["CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT", "CREATE"]];
    let next = [MIGRATIONS, broken].concat();
    assert!(schema::migrate_by(&host, &next, NOW_MS).is_err());
    assert_eq!(shape(&host), before);
    is_complete(&host, 1);
}

#[test]
fn all_tables_are_strict() {
    let statement = "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict \
                     AND name NOT LIKE 'sqlite_%'";
    assert_eq!(samples::opened().raw(statement), Ok(Vec::new()));
}

#[test]
fn a_write_that_fails_leaves_no_part_of_its_transaction() {
    let host = samples::opened();
    let writes = vec![
        Write::PutMessage(samples::message(1)),
        Write::PutMessage(fitting_room::account::rows::OutboxMessage {
            next_ms: u64::MAX,
            ..samples::message(2)
        }),
    ];
    assert!(rows::transact(&host, NOW_MS, |_| Ok(((), writes))).is_err());
    let (left, _) = samples::read(&host, |rows| rows.message(&samples::message(1).id));
    assert_eq!(left, None);
}
