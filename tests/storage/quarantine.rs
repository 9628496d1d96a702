//! A row that can't be understood stops no other.

#[path = "../../src/run/times/tests.rs"]
mod times;

use fitting_room::account::event::Effect;
use fitting_room::account::rows::{
    BODIES, Figures, FiguresKey, QuarantineEntry, Quarantined, Rows, Write,
};
use fitting_room::account::state::{Account, AccountSettings};
use fitting_room::auth::ids::Ticket;
use fitting_room::config::limits::AccountLimits;
use fitting_room::run::record::Run;
use fitting_room::run::times::RunTimes;
use fitting_room::storage::rows;
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

fn one_run(run: Option<Ticket>, reason: &str) -> Vec<Quarantined> {
    vec![Quarantined { table: "runs", reason: reason.into(), run }]
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
        ("admitted_ms = 9007199254740991", "admitted_ms: has a number that is too large"),
        ("until_ms = 9223372036854775807", "until_ms: has a number that is too large"),
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
        let of = (!spoilt.starts_with("ticket")).then_some(receiving);
        assert_eq!(quarantined, one_run(of, reason), "{spoilt}");

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

/// By whichever query the run was read.
#[test]
fn deduplication_rows_go_with_their_run() {
    let by: [fn(&dyn Rows); 3] = [
        |rows| drop(rows.live_runs()),
        |rows| drop(rows.run(&samples::ticket(1))),
        |rows| drop(rows.ended_view(&samples::ticket(1))),
    ];
    for (look, spoilt) in by.into_iter().zip(["", "", ", delete_at_ms = 1"]) {
        let host = filled();
        let name = samples::ticket(1).name();
        spoil(&host, &format!("UPDATE runs SET state = 'flying'{spoilt} WHERE ticket = '{name}'"));
        let (dedup, _) = samples::read(&host, |rows| {
            look(rows);
            rows.dedup(&samples::dedup_name(1))
        });
        assert_eq!(dedup, None);
        assert_eq!(count(&host, "dedup"), Some(1));
    }
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
    assert_eq!(quarantined, one_run(Some(settled), "output: has no value"));
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
    spoil(
        &host,
        &format!(
            "INSERT INTO figures VALUES ({DAY}, 'atelier', 'a', 0, 0, 0, 0, -5, 0, 0, '', '')"
        ),
    );
    let visitor = |name: &str| fitting_room::auth::ids::Visitor(name.into());
    let look = |rows: &dyn Rows| {
        assert_eq!(rows.dedup(&samples::dedup_name(1))?, None);
        assert!(rows.dedup(&samples::dedup_name(2))?.is_some());
        assert_eq!(rows.limiter()?, None);
        assert_eq!(rows.due_messages(NOW_MS + 100, 8)?, []);
        assert_eq!(rows.dead_letters()?, []);
        assert_eq!(rows.visitor(1, &visitor("a"))?, None);
        assert_eq!(rows.visitor(1, &visitor("b"))?.map(|day| day.committed), Some(3));
        assert_eq!(rows.credits((DAY, DAY))?, [(DAY, "atelier".to_owned(), 11)]);
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

/// A row that its key doesn't delete, because the key is no exact number in JavaScript.
#[test]
fn a_row_that_cannot_be_deleted_is_left_out() {
    let host = filled();
    spoil(&host, "INSERT INTO quarantine VALUES (9223372036854775807, 'runs', 'k', 'r')");
    for _ in 0..2 {
        let (entries, _) = samples::read(&host, |rows| rows.quarantine(8));
        assert!(entries.iter().all(|entry| entry.table != "runs"), "{entries:?}");
    }
}

#[test]
fn a_sum_that_is_no_integer_any_more_stops_no_event() {
    let host = filled();
    spoil(&host, "UPDATE figures SET completed = 9223372036854775807, wait_ms = -1");
    let more = Figures { completed: 1, wait_ms: 5, ..Figures::default() };
    samples::store(&host, vec![Write::AddFigures(samples::figures_key(), more)]);
    let sums = host.raw("SELECT completed, wait_ms FROM figures").expect("reads");
    assert_eq!(sums, [[Value::from((1_u64 << 53) - 1), Value::from(4)]]);
}

/// Of the far future, too: a clock was wrong, or the row was spoilt.
#[test]
fn what_is_kept_for_a_while_is_deleted_by_age() {
    let host = samples::opened();
    let entry = |at_ms| {
        Write::PutQuarantine(QuarantineEntry {
            at_ms,
            table: BODIES.into(),
            key: samples::ticket(1).name(),
            reason: String::new(),
        })
    };
    let figures = |day| {
        let key = FiguresKey { day, ..samples::figures_key() };
        Write::AddFigures(key, Figures { credits: 1, ..Figures::default() })
    };
    let kept_ms = 72 * 3_600_000;
    let writes = vec![
        entry(NOW_MS - kept_ms - 1),
        entry(NOW_MS - kept_ms),
        entry(NOW_MS + 2 * kept_ms),
        figures(DAY - 401),
        figures(DAY - 400),
        figures(DAY + 500),
    ];
    samples::store(&host, writes);
    spoil(&host, "INSERT INTO quarantine VALUES (-5, 'runs', 'a', 'b')");
    spoil(&host, &format!("INSERT INTO visitors VALUES ({}, 'a', 0, 0)", DAY + 2));
    spoil(&host, &format!("INSERT INTO visitors VALUES ({}, 'a', 0, 0), (-1, 'a', 0, 0)", DAY + 1));
    assert!(samples::read(&host, |rows| rows.has_visitors_before(0)).0);
    samples::store(
        &host,
        vec![Write::DeleteAged { day: DAY, now_ms: NOW_MS }, Write::DeleteVisitorsBefore(DAY)],
    );
    let left = |column: &str, table: &str| {
        host.raw(&format!("SELECT {column} FROM {table} ORDER BY 1")).expect("reads")
    };
    assert_eq!(left("at_ms", "quarantine"), [[Value::from(NOW_MS - kept_ms)]]);
    assert_eq!(left("day", "figures"), [[Value::from(DAY - 400)]]);
    assert_eq!(left("day", "visitors"), [[Value::from(DAY + 1)]]);
}

/// Migrations only add, so that one without its row is repeated.
#[test]
fn a_version_that_was_lost_or_spoilt_stops_no_release() {
    for statement in [
        "DELETE FROM schema_version",
        "UPDATE schema_version SET version = -version",
        "UPDATE schema_version SET version = 9007199254740991 - version",
    ] {
        let host = filled();
        spoil(&host, statement);
        rows::open(&host, NOW_MS).expect(statement);
        let (live, quarantined) = samples::read(&host, |rows| rows.live_runs());
        assert!(live.len() > 5 && quarantined.is_empty(), "{statement}");
        let known = host.raw("SELECT 1 FROM schema_version WHERE version = 1").expect("reads");
        assert_eq!(known.len(), 1, "{statement}");
    }
}

/// An account that wakes up, and its first event.
fn woken(host: &HostSql) -> (Account, Vec<Effect>) {
    let settings = AccountSettings {
        name: String::new(),
        limits: AccountLimits::default(),
        times: times::TIMES,
        call_ms: 25_000,
        has_merchant_webhook: true,
    };
    let event = rows::transact(host, NOW_MS, |rows| {
        let mut account = Account::restore(settings, rows, NOW_MS)?;
        let ((), step) = account.apply(rows, NOW_MS, |_, _| Ok(()))?;
        Ok(((account, step.effects), step.writes))
    });
    event.expect("no row stops an account").0
}

#[test]
fn the_body_of_a_run_that_cannot_be_understood_is_told_to_delete_itself() {
    for spoilt in ["state = 'flying'", "visitor = '', credits = -1", "turn_round = NULL"] {
        let host = filled();
        let (ticket, others) = (samples::ticket(1), woken(&filled()).0.live.len() - 1);
        let name = ticket.name();
        spoil(&host, &format!("UPDATE runs SET {spoilt} WHERE ticket = '{name}'"));
        let (account, effects) = woken(&host);
        assert_eq!(account.live.len(), others, "{spoilt}");
        assert!(effects.contains(&Effect::DropBody(ticket)), "{spoilt}: {effects:?}");
        // Once: then only the daily look does.
        assert!(!woken(&host).1.contains(&Effect::DropBody(ticket)), "{spoilt}");
    }
}

#[test]
fn after_the_loss_of_the_limiter_both_windows_count_as_full() {
    let limits = AccountLimits::default();
    for statement in ["UPDATE limiter SET breaker = ''", "UPDATE limiter SET round = -1"] {
        let host = samples::opened();
        samples::store(&host, vec![Write::PutLimiter(Box::new(samples::limiter()))]);
        spoil(&host, statement);
        let (account, _) = woken(&host);
        assert_eq!(account.limiter.runs.room(limits.runs, 0), 0, "{statement}");
        assert_eq!(account.limiter.statuses.room(limits.statuses, 0), 0, "{statement}");
    }
}
