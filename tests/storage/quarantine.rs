//! A row that can't be understood stops no other.

use fitting_room::account::rows::{Rows, Write};
use fitting_room::run::record::Run;
use fitting_room::storage::rows::{self, Quarantined};
use fitting_room::storage::sql::Value;
use sqlite_host::HostSql;

use crate::samples::{self, DAY, NOW_MS};

fn filled() -> HostSql {
    let host = samples::opened();
    samples::store(&host, samples::everything());
    host
}

fn spoil(host: &HostSql, statement: &str) {
    host.raw(statement).expect("is SQL");
}

fn entries(host: &HostSql) -> Vec<Vec<Value>> {
    host.raw("SELECT table_name, key, reason, at_ms FROM quarantine ORDER BY table_name, key")
        .expect("reads")
}

fn one(table: &'static str, reason: &str) -> Vec<Quarantined> {
    vec![Quarantined { table, reason: reason.into() }]
}

/// How many rows a table has.
fn count(host: &HostSql, table: &str) -> Option<u64> {
    let rows = host.raw(&format!("SELECT COUNT(*) FROM {table}")).ok()?;
    rows.first()?.first()?.as_u64()
}

#[test]
fn a_live_run_that_cannot_be_understood_is_skipped_and_the_others_are_read() {
    for (spoilt, reason) in [
        ("state = 'flying'", "state: has a text that this release doesn't know"),
        ("until_ms = NULL", "until_ms: has no value"),
        ("credits = -1", "credits: has a value of the wrong type"),
        ("attempt = 70000", "attempt: has a value of the wrong type"),
        ("is_staff = 2", "is_staff: has a value of the wrong type"),
        ("turn_round = NULL", "turn_failures: has no value"),
        (
            "state = 'sending', carrier = 'pigeon'",
            "carrier: has a text that this release doesn't know",
        ),
        ("dedup_names = '['", "dedup_names: has a text that this release doesn't know"),
        ("ticket = 'no ticket'", "ticket: has a text that this release doesn't know"),
    ] {
        let host = filled();
        let receiving = samples::ticket(0);
        let name = receiving.name();
        spoil(&host, &format!("UPDATE runs SET {spoilt} WHERE ticket = '{name}'"));
        let (live, quarantined) = samples::read(&host, |rows| rows.live_runs());
        let mut expected: Vec<Run> = samples::runs();
        expected.retain(|run| !run.is_settled() && run.ticket != receiving);
        expected.sort_by_key(|run| run.ticket.name());
        assert_eq!(live, expected, "{spoilt}");
        assert_eq!(quarantined, one("runs", reason), "{spoilt}");

        // It is reported once, and gone.
        let (again, quarantined) = samples::read(&host, |rows| rows.live_runs());
        assert_eq!((again, quarantined), (expected, Vec::new()), "{spoilt}");
    }
}

#[test]
fn the_quarantine_names_table_and_key_and_has_no_content() {
    let host = filled();
    let name = samples::ticket(1).name();
    spoil(&host, &format!("UPDATE runs SET state = 'flying' WHERE ticket = '{name}'"));
    let (run, _) = samples::read(&host, |rows| rows.run(&samples::ticket(1)));
    assert_eq!(run, None);
    let text = |text: &str| Value::String(text.into());
    assert_eq!(
        entries(&host),
        [vec![
            text("runs"),
            text(&name),
            text("state: has a text that this release doesn't know"),
            Value::from(NOW_MS),
        ]]
    );
}

#[test]
fn deduplication_rows_go_with_their_run() {
    let host = filled();
    let name = samples::ticket(1).name();
    spoil(&host, &format!("UPDATE runs SET state = 'flying' WHERE ticket = '{name}'"));
    let (dedup, _) = samples::read(&host, |rows| {
        rows.live_runs()?;
        rows.dedup(&samples::dedup_name(1))
    });
    assert_eq!(dedup, None);
    assert_eq!(count(&host, "dedup"), Some(1));
}

#[test]
fn a_settled_run_that_cannot_be_understood_goes_when_its_time_is_over() {
    let host = filled();
    let (settled, later) = (samples::ticket(101), NOW_MS + samples::KEEPS_MS + 101);
    let name = settled.name();
    spoil(&host, &format!("UPDATE runs SET output = NULL WHERE ticket = '{name}'"));
    let before = count(&host, "runs");
    let (expired, quarantined) = samples::read(&host, |rows| rows.expired(later, 100));
    assert!(!expired.is_empty() && expired.iter().all(|run| run.ticket != settled));
    assert_eq!(quarantined, one("runs", "output: has no value"));
    assert_eq!(count(&host, "runs"), before.map(|runs| runs - 1));
}

#[test]
fn what_goes_into_quarantine_takes_no_place_of_the_rows_behind_it() {
    let host = samples::opened();
    let runs = (1..=3).map(|number| Write::PutRun(Box::new(samples::settled(number))));
    samples::store(&host, runs.collect());
    let name = samples::ticket(1).name();
    spoil(&host, &format!("UPDATE runs SET output = '' WHERE ticket = '{name}'"));
    let later_ms = NOW_MS + samples::KEEPS_MS + 3;
    let (expired, _) = samples::read(&host, |rows| rows.expired(later_ms, 2));
    assert_eq!(expired, [samples::settled(2), samples::settled(3)]);
}

#[test]
fn rows_of_the_other_tables_are_skipped_likewise() {
    let host = filled();
    for statement in [
        "UPDATE dedup SET kind = 'echo' WHERE name LIKE '%00001%'",
        "UPDATE limiter SET breaker = 'broken'",
        "UPDATE outbox SET tries = -1",
        "UPDATE dead_letters SET tries = -1",
        "INSERT INTO visitors VALUES (1, 'a', -1, 0), (1, 'b', 3, 4)",
    ] {
        spoil(&host, statement);
    }
    spoil(&host, &format!("INSERT INTO figures VALUES ({DAY}, 'atelier', 'a', 0, 0, 0, -5, 0, 0)"));
    let visitor = |name: &str| fitting_room::auth::ids::Visitor(name.into());
    let look = |rows: &dyn Rows| {
        assert_eq!(rows.dedup(&samples::dedup_name(1))?, None);
        assert!(rows.dedup(&samples::dedup_name(2))?.is_some());
        assert_eq!(rows.limiter()?, None);
        assert_eq!(rows.due_messages(NOW_MS + 100, 8)?, []);
        assert_eq!(rows.dead_letters()?, []);
        assert_eq!(rows.visitor(1, &visitor("a"))?, None);
        assert_eq!(rows.visitor(1, &visitor("b"))?.map(|day| day.committed), Some(3));
        assert_eq!(rows.credits_of_day(DAY)?, 11);
        Ok(())
    };
    let ((), quarantined) = samples::read(&host, look);
    let tables: Vec<_> = quarantined.iter().map(|row| row.table).collect();
    assert_eq!(tables, ["dedup", "limiter", "outbox", "dead_letters", "visitors", "figures"]);
    assert_eq!(entries(&host).len(), tables.len());

    let ((), again) = samples::read(&host, look);
    assert_eq!(again, []);
}

#[test]
fn a_transaction_that_fails_leaves_the_row_where_it_was() {
    let host = filled();
    spoil(&host, "UPDATE limiter SET breaker = 'broken'");
    let failed = rows::transact(&host, NOW_MS, |rows| {
        rows.limiter()?;
        Err::<((), Vec<_>), _>(fitting_room::account::rows::StorageError("no".into()))
    });
    assert!(failed.is_err());
    assert_eq!((count(&host, "limiter"), count(&host, "quarantine")), (Some(1), Some(0)));
}

#[test]
fn entries_are_deleted_by_age() {
    let host = filled();
    spoil(&host, "UPDATE limiter SET breaker = 'broken'");
    samples::read(&host, |rows| rows.limiter());
    let kept_ms = 72 * 3_600_000;
    rows::open(&host, NOW_MS + kept_ms).expect("opens");
    assert_eq!(count(&host, "quarantine"), Some(1));
    rows::open(&host, NOW_MS + kept_ms + 1).expect("opens");
    assert_eq!(count(&host, "quarantine"), Some(0));
}
