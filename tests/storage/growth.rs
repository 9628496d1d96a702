//! An account reads what lives, however much it has behind it.

use fitting_room::account::proof::FiguresQuery;
use fitting_room::account::rows::{Rows, Write};
use fitting_room::storage::rows;
use fitting_room::storage::schema::{self, MIGRATIONS, Migration};
use fitting_room::storage::sql::Value;
use sqlite_host::HostSql;

use crate::samples::{self, DAY, NOW_MS};

const QUEUED: u16 = 1_000;
const SETTLED: u32 = 100_000;
const DEDUP: u32 = 50_000;

/// A thousand runs wait.
fn busy() -> HostSql {
    let host = samples::opened();
    let runs = (0..QUEUED).map(|number| Write::PutRun(Box::new(samples::queued(number))));
    let others = [
        Write::PutLimiter(Box::new(samples::limiter())),
        Write::PutRun(Box::new(samples::settled(QUEUED))),
        Write::PutDedup(samples::dedup(QUEUED)),
        Write::PutMessage(samples::message(1)),
    ];
    samples::store(&host, runs.chain(others).collect());
    host
}

/// As many rows like the one of this key as are asked for, with keys of their own.
fn multiply(host: &HostSql, table: &str, key: &str, like: &str, times: u32) {
    let columns =
        host.raw(&format!("SELECT name FROM pragma_table_info('{table}')")).expect("reads");
    let others: Vec<_> = columns
        .into_iter()
        .filter_map(|row| match row.into_iter().next() {
            Some(Value::String(name)) if name != key => Some(name),
            _ => None,
        })
        .collect();
    let others = others.join(", ");
    // Keys of the real length, in no order.
    host.raw(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) \
         INSERT INTO {table} ({key}, {others}) \
         SELECT printf('%08x', (i * 2654435761) % 4294967296) || substr({key}, 9), {others} \
         FROM {table}, n WHERE {key} = '{like}'"
    ))
    .expect("multiplies");
}

fn with_history() -> HostSql {
    let host = busy();
    let ticket = samples::ticket(QUEUED).name();
    multiply(&host, "runs", "ticket", &ticket, SETTLED);
    let name = samples::dedup_name(QUEUED).0;
    multiply(&host, "dedup", "name", &name, DEDUP);
    host
}

/// What an account reads when it wakes up.
fn wake(host: &HostSql) -> usize {
    let (live, _) = samples::read(host, |rows: &dyn Rows| {
        rows.limiter()?;
        rows.credits((DAY - 30, DAY))?;
        rows.next_expiry_ms(0)?;
        rows.next_message_ms(0)?;
        rows.live_runs()
    });
    live.len()
}

/// What a submit, a lookup and an alarm with nothing to do read and write.
fn work(host: &HostSql) {
    samples::read(host, |rows: &dyn Rows| {
        rows.dedup(&samples::dedup_name(QUEUED + 1))?;
        rows.visitor(DAY, &samples::visitor())?;
        rows.run(&samples::ticket(QUEUED))?;
        rows.expired(NOW_MS, 8)?;
        rows.due_messages(NOW_MS, 8)?;
        Ok(())
    });
    let run = samples::queued(QUEUED + 1);
    let ticket = run.ticket;
    samples::store(
        host,
        vec![
            Write::PutRun(Box::new(run)),
            Write::PutDedup(samples::dedup(QUEUED + 1)),
            Write::DeleteDedup(samples::dedup_name(QUEUED + 1)),
            Write::DeleteRun(ticket),
        ],
    );
}

/// Steps of SQLite's machine.
fn steps<T>(host: &HostSql, f: impl FnOnce(&HostSql) -> T) -> (T, u64) {
    let before = host.steps();
    let done = f(host);
    (done, host.steps() - before)
}

#[test]
fn history_costs_no_steps() {
    let (short, long) = (busy(), with_history());
    let rows = long.raw("SELECT COUNT(*) FROM runs").expect("counts");
    let expected = u64::from(SETTLED) + u64::from(QUEUED) + 1;
    assert_eq!(rows, [[Value::from(expected)]]);

    assert_eq!(steps(&long, wake), steps(&short, wake));
    assert_eq!(steps(&long, wake).0, usize::from(QUEUED));
    assert_eq!(steps(&long, work), steps(&short, work));
}

#[test]
fn the_whole_database_is_under_64_megabytes() {
    let host = with_history();
    let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let bytes = host.raw(size).expect("reads");
    let bytes = bytes[0][0].as_u64().expect("is a number");
    assert!(bytes < 64_000_000, "{bytes} bytes");
}

/// Of this thread, where the machine tells.
fn cpu_ms() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).map_or(0, |ns| ns / 1_000_000)
}

/// Adding a column to a strict table reads all of it once.
#[test]
#[ignore = "prints how long opening and migrating takes; no time is a test"]
fn measure_opening() {
    let next: &[Migration] = &[&[
        "ALTER TABLE runs ADD COLUMN note TEXT",
        "ALTER TABLE dedup ADD COLUMN note INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX runs_by_note ON runs (note)",
    ]];
    let host = with_history();
    let mut begun_ms = cpu_ms();
    let mut took = |what: &str| {
        println!("{SETTLED} runs, {DEDUP} names: {what} in {} ms of CPU", cpu_ms() - begun_ms);
        begun_ms = cpu_ms();
    };
    rows::open(&host, NOW_MS).expect("opens");
    took("opened");
    assert_eq!(wake(&host), usize::from(QUEUED));
    took("woken up");
    schema::migrate_by(&host, &[MIGRATIONS, next].concat(), NOW_MS).expect("migrates");
    took("two columns and an index added");
}

#[test]
fn beyond_the_rows_of_an_answer_a_day_s_products_are_read_as_one() {
    let host = samples::opened();
    let writes = (0..12).flat_map(|day| {
        (0..500).map(move |number| {
            let product = format!("product {number}");
            Write::CountProduct(DAY + day, "atelier".into(), product, [1, 2, 3, 4, 5])
        })
    });
    samples::store(&host, writes.collect());
    let query = FiguresQuery { from_day: DAY, to_day: DAY + 12, shop: Some("atelier".into()) };
    let (proof, _) = samples::read(&host, |rows| rows.proof(&query));
    let products = proof.get("products").and_then(Value::as_array).expect("a list");
    let sum = |column: usize| -> u64 {
        products.iter().filter_map(|row| row.get(column)?.as_u64()).sum()
    };
    // Day, shop and product, and then impressions, opens, tries, results and carts.
    assert_eq!([3, 4, 5, 6, 7].map(sum), [6_000, 12_000, 18_000, 24_000, 30_000]);
    // Nine whole days, and three that are a row each.
    assert_eq!(products.len(), 9 * 500 + 3);
    let days = [DAY, DAY + 1, DAY + 2];
    for day in days {
        let of_day = products.iter().filter(|row| row.get(0).and_then(Value::as_u64) == Some(day));
        let names: Vec<_> = of_day.filter_map(|row| row.get(2)?.as_str()).collect();
        assert_eq!(names, [""]);
    }
}
