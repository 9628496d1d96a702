//! What one try-on writes, as the platform bills it. An alarm that is set is a row, too.

use fashn::prediction::Status;
use fitting_room::account::rows::{Figures, OutboxMessage, VisitorDay, Write};
use fitting_room::run::record::{Carrier, Run, State};
use sqlite_host::{Counter, RowsWritten};

use crate::samples::{self, DAY, NOW_MS};

/// What a try-on may write.
const ROWS_MAX: u64 = 24;

fn put(run: &Run) -> Write {
    Write::PutRun(Box::new(run.clone()))
}

fn limiter() -> Write {
    Write::PutLimiter(Box::new(samples::limiter()))
}

fn in_state(state: State) -> Run {
    Run {
        attempt: 1,
        go_ms: NOW_MS,
        dedup: vec![samples::dedup_name(1), samples::dedup_name(2)],
        state,
        ..samples::queued(1)
    }
}

fn sending() -> Run {
    in_state(State::Sending { carrier: Carrier::Worker, until_ms: NOW_MS + 50_000, retry_ms: 0 })
}

fn running() -> Run {
    in_state(State::Running {
        upstream: samples::upstream(),
        status: Status::InQueue,
        since_ms: NOW_MS + 1_000,
        holds_slot: true,
        polls: 0,
        next_poll_ms: NOW_MS + 27_000,
    })
}

fn ended() -> Run {
    Run { dedup: running().dedup, ..samples::settled(1) }
}

fn submitted(run: &Run) -> Vec<Write> {
    let day = VisitorDay { committed: 1, attempts: 1 };
    vec![
        Write::PutVisitor(DAY, samples::visitor(), day),
        Write::PutDedup(samples::dedup(1)),
        Write::PutDedup(samples::dedup(2)),
        put(run),
        limiter(),
    ]
}

fn over() -> Vec<Write> {
    let figures = Figures { completed: 1, credits: 1, ..Figures::default() };
    vec![put(&ended()), Write::AddFigures(samples::figures_key(), figures), limiter()]
}

fn expired() -> Vec<Write> {
    vec![
        Write::DeleteDedup(samples::dedup_name(1)),
        Write::DeleteDedup(samples::dedup_name(2)),
        Write::DeleteRun(samples::ticket(1)),
    ]
}

/// An account that has had its first run.
pub(crate) fn begun() -> Vec<Write> {
    vec![limiter(), put(&samples::queued(9))]
}

/// A run that goes at once, and the message about it.
pub(crate) fn with_message() -> Vec<(&'static str, Vec<Write>)> {
    let message = Write::PutMessage(OutboxMessage {
        tries: 1,
        next_ms: NOW_MS + 14_000,
        ..samples::message(1)
    });
    let taken = Write::DeleteMessage(samples::message(1).id);
    vec![
        ("submit", submitted(&sending())),
        ("FASHN has it", vec![put(&running()), limiter()]),
        ("over, and its message goes", [over(), vec![message]].concat()),
        ("it is taken", vec![taken]),
        ("expiry", expired()),
    ]
}

/// The rows of each step, and of all.
fn play(steps: Vec<(&str, Vec<Write>)>) -> (Vec<String>, RowsWritten) {
    let counter = Counter::of(samples::opened());
    samples::store(&counter, begun());
    drop(counter.take());
    let mut sum = RowsWritten::default();
    let mut lines = Vec::new();
    for (name, writes) in steps {
        samples::store(&counter, writes);
        let mut of_step = RowsWritten::default();
        for written in counter.take().into_values() {
            of_step.billed += written.billed;
            of_step.index_entries_removed += written.index_entries_removed;
        }
        sum.billed += of_step.billed;
        sum.index_entries_removed += of_step.index_entries_removed;
        let RowsWritten { billed, index_entries_removed } = of_step;
        lines.push(format!("{name}: {billed}, index entries removed {index_entries_removed}"));
    }
    (lines, sum)
}

#[test]
fn a_run_that_goes_at_once_stays_within_its_rows() {
    let (lines, sum) = play(vec![
        ("submit", submitted(&sending())),
        ("FASHN has it", vec![put(&running()), limiter()]),
        ("over", over()),
        ("expiry", expired()),
    ]);
    assert_eq!(
        lines,
        [
            "submit: 6, index entries removed 0",
            "FASHN has it: 2, index entries removed 0",
            "over: 4, index entries removed 1",
            "expiry: 3, index entries removed 1",
        ]
    );
    let alarms = lines.len() as u64;
    assert!(sum.billed + sum.index_entries_removed + alarms <= ROWS_MAX, "{sum:?}");
}

#[test]
fn with_a_merchant_webhook_it_stays_within_its_rows_but_for_alarms() {
    let (lines, sum) = play(with_message());
    assert_eq!(
        lines,
        [
            "submit: 6, index entries removed 0",
            "FASHN has it: 2, index entries removed 0",
            "over, and its message goes: 6, index entries removed 1",
            "it is taken: 1, index entries removed 1",
            "expiry: 3, index entries removed 1",
        ]
    );
    assert!(sum.billed <= ROWS_MAX, "{sum:?}");
}

#[test]
fn a_run_that_waits_writes_three_rows_more() {
    let receiving = in_state(State::Receiving { until_ms: NOW_MS + 60_000 });
    let queued = in_state(samples::queued(1).state);
    let (lines, sum) = play(vec![
        ("submit", submitted(&receiving)),
        ("its body is stored", vec![put(&queued)]),
        ("it goes", vec![put(&sending()), limiter()]),
        ("FASHN has it", vec![put(&running()), limiter()]),
        ("over", over()),
        ("expiry", expired()),
    ]);
    assert_eq!(
        lines,
        [
            "submit: 6, index entries removed 0",
            "its body is stored: 1, index entries removed 0",
            "it goes: 2, index entries removed 0",
            "FASHN has it: 2, index entries removed 0",
            "over: 4, index entries removed 1",
            "expiry: 3, index entries removed 1",
        ]
    );
    assert!(sum.billed <= ROWS_MAX, "{sum:?}");
}
