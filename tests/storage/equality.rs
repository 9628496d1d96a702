//! Rows in memory and rows on SQLite answer alike.

use fitting_room::account::proof::FiguresQuery;
use fitting_room::account::rows::{MessageId, Rows, StorageError, VisitorDay, Write};
use fitting_room::auth::ids::Visitor;
use fitting_room::run::record::Run;
use fitting_room::storage::rows;
use proptest::collection::vec;
use proptest::prelude::*;
use sqlite_host::MemoryRows;

use crate::arbitrary::{self, KEYS};
use crate::samples::{self, NOW_MS};

/// All that can be read, as text.
fn everything(rows: &dyn Rows, time_ms: u64, most: usize) -> Result<Vec<String>, StorageError> {
    let mut read = vec![
        format!("{:#?}", rows.live_runs()?),
        format!("{:#?}", rows.expired(time_ms, most)?),
        format!("{:?}", rows.next_expiry_ms(time_ms)?),
        format!("{:#?}", rows.limiter()?),
        format!("{:?}", rows.due_messages(time_ms, most)?),
        format!("{:?}", rows.next_message_ms(time_ms)?),
        format!("{:?}", rows.quarantine(most)?),
        format!("{:?}", (rows.messages_waiting()?, rows.schema_version()?)),
        format!("{:?}", rows.dead_letters()?),
        format!("{:?}", rows.figures((0, time_ms), None)?),
        format!("{:?}", rows.figures((1, 3), Some(""))?),
        format!("{:?}", (rows.brakes()?, rows.audit(None)?, rows.audit(Some("north"))?)),
    ];
    for shop in [None, Some(String::new())] {
        let query = FiguresQuery { from_day: 1, to_day: 3, shop };
        read.push(format!("{:#}", rows.proof(&query)?));
    }
    for number in 0..KEYS {
        let (ticket, day) = (samples::ticket(number), u64::from(number));
        read.push(format!("{:#?}", rows.run(&ticket)?));
        read.push(format!("{:#?}", rows.ended_view(&ticket)?));
        let id = MessageId::of_run(&ticket);
        read.push(format!("{:?}", rows.message(&id)?));
        read.push(format!("{:?}", rows.dead_letter(&id)?));
        read.push(format!("{:?}", rows.dedup(&samples::dedup_name(number))?));
        read.push(format!("{:?}", rows.dedup_after(&samples::dedup_name(number), most)?));
        read.push(format!("{:?}", rows.has_visitors_before(day)?));
        read.push(format!("{:?}", rows.credits((day, time_ms))?));
        read.push(format!("{:?}", rows.has_order(&samples::dedup_name(number).0)?));
        read.push(format!("{:?}", rows.orders_of_day(day)?));
        for other in 0..KEYS {
            read.push(format!("{:?}", rows.visitor(day, &arbitrary::visitor(other))?));
        }
    }
    Ok(read)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn memory_and_sqlite_answer_alike(
        transactions in vec(
            (vec(arbitrary::write(), 0..5), arbitrary::time_ms(), 0..5_usize),
            1..12,
        ),
    ) {
        let (host, memory) = (samples::opened(), MemoryRows::default());
        for (writes, time_ms, most) in transactions {
            let stored = rows::transact(&host, NOW_MS, |_| Ok(((), writes.clone())));
            let (stored, quarantined) = match stored {
                Ok(((), quarantined)) => (Ok(()), quarantined),
                Err(error) => (Err(error), Vec::new()),
            };
            prop_assert_eq!(stored, memory.transact(|_| Ok(((), writes))));
            prop_assert_eq!(quarantined, Vec::new());
            let (on_sqlite, _) = samples::read(&host, |rows| everything(rows, time_ms, most));
            let in_memory = everything(&memory, time_ms, most).expect("reads");
            prop_assert_eq!(on_sqlite, in_memory);
        }
    }

    #[test]
    fn a_run_is_read_as_it_was_written(run in arbitrary::run()) {
        let host = samples::opened();
        samples::store(&host, vec![Write::PutRun(Box::new(run.clone()))]);
        let (read, quarantined) = samples::read(&host, |rows| rows.run(&run.ticket));
        prop_assert_eq!(read, Some(run));
        prop_assert_eq!(quarantined, Vec::new());
    }

    #[test]
    fn the_limiter_is_read_as_it_was_written(limiter in arbitrary::limiter()) {
        let host = samples::opened();
        samples::store(&host, vec![Write::PutLimiter(Box::new(limiter.clone()))]);
        let (read, quarantined) = samples::read(&host, |rows| rows.limiter());
        prop_assert_eq!(read, Some(limiter));
        prop_assert_eq!(quarantined, Vec::new());
    }
}

/// A change and then one that fails: a settled run would become live again.
fn failing() -> (Run, Vec<Write>) {
    let settled = samples::settled(1);
    let writes = vec![
        Write::PutVisitor(1, Visitor("v".into()), VisitorDay::default()),
        Write::DeleteRun(samples::ticket(2)),
        Write::PutRun(Box::new(samples::queued(1))),
    ];
    (settled, writes)
}

#[test]
fn an_error_rolls_back_the_whole_transaction() {
    let (settled, writes) = failing();
    let before =
        vec![Write::PutRun(Box::new(settled.clone())), Write::PutRun(Box::new(samples::queued(2)))];
    let (host, memory) = (samples::opened(), MemoryRows::default());
    samples::store(&host, before.clone());
    memory.transact(|_| Ok(((), before))).expect("stores");

    let on_sqlite = rows::transact(&host, NOW_MS, |_| Ok(((), writes.clone())));
    let in_memory = memory.transact(|_| Ok(((), writes)));
    assert_eq!(on_sqlite.map(|_| ()), in_memory);
    assert!(in_memory.is_err());

    let look = |rows: &dyn Rows| {
        let visitor = rows.visitor(1, &Visitor("v".into()))?;
        let runs = (rows.run(&samples::ticket(1))?, rows.run(&samples::ticket(2))?);
        Ok((visitor, runs))
    };
    let expected = (None, (Some(settled), Some(samples::queued(2))));
    assert_eq!(samples::read(&host, look).0, expected);
    assert_eq!(look(&memory), Ok(expected));
}

#[test]
fn an_integer_that_is_not_exact_as_a_number_is_an_error() {
    let mut run = samples::queued(1);
    run.spec.body_bytes = 1 << 53;
    let host = samples::opened();
    let stored = rows::transact(&host, NOW_MS, |_| Ok(((), vec![Write::PutRun(Box::new(run))])));
    assert!(stored.is_err());
}
