//! Files that the storage's tests keep: the database of each release as SQL text, and the statements
//! of this one for a test that runs them in workerd.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;

use fitting_room::account::rows::StorageError;
use fitting_room::storage::rows;
use fitting_room::storage::schema::MIGRATIONS;
use fitting_room::storage::sql::{Sql, Value};
use sqlite_host::{Counter, HostSql};

use crate::{samples, trip};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/databases");
const STATEMENTS: &str = "statements.json";

/// The file of a database of this version.
pub(crate) fn read(version: usize) -> String {
    let path = format!("{DIRECTORY}/v{version}.sql");
    fs::read_to_string(&path).expect("the database of each version is kept")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => unreachable!("no column has {other}"),
    }
}

fn texts(host: &HostSql, statement: &str) -> Vec<String> {
    let rows = host.raw(statement).expect("reads");
    rows.into_iter()
        .map(|row| match row.into_iter().next() {
            Some(Value::String(text)) => text,
            other => panic!("{statement}: {other:?}"),
        })
        .collect()
}

/// A database as SQL text.
fn dump(host: &HostSql) -> String {
    let mut text = String::new();
    let schema = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    for statement in texts(host, schema) {
        writeln!(text, "{statement};").expect("writes");
    }
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
    for table in texts(host, tables) {
        let columns = texts(host, &format!("SELECT name FROM pragma_table_info('{table}')"));
        let columns = columns.join(", ");
        for row in host.raw(&format!("SELECT * FROM {table}")).expect("reads") {
            let values: Vec<_> = row.iter().map(literal).collect();
            let values = values.join(", ");
            writeln!(text, "INSERT INTO {table} ({columns}) VALUES ({values});").expect("writes");
        }
    }
    text
}

/// A database that notes what it is asked, with the rows that each statement writes.
struct Recorder {
    counter: Counter,
    calls: RefCell<Vec<serde_json::Value>>,
}

impl Sql for Recorder {
    fn exec(
        &self,
        statement: &'static str,
        params: &[Value],
    ) -> Result<Vec<Vec<Value>>, StorageError> {
        let rows = self.counter.exec(statement, params)?;
        let written = self.counter.take();
        let written = written.get(statement).map(|written| written.billed);
        self.calls.borrow_mut().push(serde_json::json!({
            "sql": statement,
            "params": params,
            "written": written,
        }));
        Ok(rows)
    }

    fn transaction<T>(
        &self,
        f: impl FnOnce() -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        self.counter.transaction(f)
    }
}

/// Every statement and its name; and what opening an account and a try-on in it call, in order, with
/// the rows that are written. A test in workerd runs both.
fn exported() -> String {
    let statements: Vec<_> = rows::statements()
        .into_iter()
        .map(|(name, sql)| serde_json::json!({ "name": name, "sql": sql }))
        .collect();
    let recorder = Recorder {
        counter: Counter::of(HostSql::new().expect("opens")),
        calls: RefCell::default(),
    };
    rows::open(&recorder, samples::NOW_MS).expect("migrates");
    samples::store(&recorder, trip::begun());
    for (_, writes) in trip::with_message() {
        samples::store(&recorder, writes);
    }
    let calls = recorder.calls.take();
    let exported = serde_json::json!({ "statements": statements, "calls": calls });
    serde_json::to_string_pretty(&exported).expect("is JSON") + "\n"
}

#[test]
#[ignore = "writes tests/databases/: run it by name before a release, and after a statement changed"]
fn write_files() {
    let host = samples::opened();
    samples::store(&host, samples::everything());
    let path = format!("{DIRECTORY}/v{}.sql", MIGRATIONS.len());
    fs::create_dir_all(DIRECTORY).expect("there is room");
    fs::write(path, dump(&host)).expect("writes");
    fs::write(format!("{DIRECTORY}/{STATEMENTS}"), exported()).expect("writes");
}

#[test]
fn the_exported_statements_are_those_that_run() {
    let path = format!("{DIRECTORY}/{STATEMENTS}");
    let kept = fs::read_to_string(path).expect("is kept");
    assert!(
        kept == exported(),
        "statements differ from tests/databases/{STATEMENTS}: run \
         `cargo test --test storage write_files -- --ignored` and commit it"
    );
}
