//! No statement reads a growing table whole, and none does what the platform refuses.

use std::collections::BTreeSet;

use fitting_room::storage::rows;
use fitting_room::storage::sql::Sql;
use sqlite_host::HostSql;

use crate::samples;

/// Each line of a statement's plan; it is searched by an index, and sorted by it.
fn is_indexed(line: &str) -> bool {
    line.starts_with("SEARCH ") || line.starts_with("LIST SUBQUERY")
}

#[test]
fn every_statement_searches_by_an_index() {
    let host = samples::opened();
    for (name, statement) in rows::statements() {
        let plan = host.plan(statement).expect(name);
        assert!(plan.iter().all(|line| is_indexed(line)), "{name}: {plan:#?}");
    }
    let scan = host.plan("SELECT ticket FROM runs WHERE shop = ?").expect("a plan");
    assert!(!scan.iter().all(|line| is_indexed(line)), "{scan:?}");
}

#[test]
fn statements_and_their_names_are_different_ones() {
    let statements = rows::statements();
    let names: BTreeSet<_> = statements.iter().map(|(name, _)| name).collect();
    let texts: BTreeSet<_> = statements.iter().map(|(_, text)| text).collect();
    assert_eq!((names.len(), texts.len()), (statements.len(), statements.len()));
}

#[test]
fn what_the_platform_refuses_is_refused() {
    let host = samples::opened();
    for statement in [
        "PRAGMA user_version",
        "PRAGMA journal_mode = OFF",
        "ATTACH 'other.db' AS other",
        "CREATE TEMP TABLE t (a)",
        "CREATE TABLE _cf_t (a)",
        "CREATE TRIGGER t AFTER INSERT ON outbox BEGIN SELECT 1; END",
        "BEGIN",
        "SAVEPOINT s",
        "SELECT load_extension('x')",
        "VACUUM",
    ] {
        let refused = host.exec(statement, &[]).expect_err(statement);
        assert!(
            refused.0.contains("not authorized") || refused.0.contains("authorization denied"),
            "{statement}: {refused}"
        );
    }
}

#[test]
fn a_row_over_two_megabytes_is_refused() {
    use fitting_room::storage::sql::Value;
    let host = samples::opened();
    let put = "INSERT INTO outbox (id, event, at_ms, tries, next_ms) VALUES (?, '', 1, 1, 1)";
    let text = |bytes| [Value::String("x".repeat(bytes))];
    assert_eq!(host.exec(put, &text(1_900_000)), Ok(Vec::new()));
    assert!(host.exec(put, &text(2_000_001)).is_err());
}

#[test]
fn nothing_is_left_over_after_an_empty_database_was_opened_twice() {
    let host = HostSql::new().expect("opens");
    rows::open(&host, 1).expect("migrates");
    let version = host.raw("SELECT version, at_ms FROM schema_version");
    rows::open(&host, 2).expect("opens again");
    assert_eq!(host.raw("SELECT version, at_ms FROM schema_version"), version);
}
