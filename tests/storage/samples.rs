//! Rows that tests begin with.

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::Status;
use fashn::response::UpstreamId;
use fitting_room::account::brakes::Brakes;
use fitting_room::account::breaker::Breaker;
use fitting_room::account::limiter::{
    Backoff, KnownBalance, Limiter, RecentDurations, ReducedConcurrency,
};
use fitting_room::account::proof::Mark;
use fitting_room::account::rows::{
    AuditEntry, DeadLetter, Figures, FiguresKey, Histogram, MessageId, OutboxMessage, Quarantined,
    Rows, StorageError, VisitorDay, Write,
};
use fitting_room::auth::ids::{AccountId, Jurisdiction, Ticket, Visitor};
use fitting_room::config::limits::AccountLimits;
use fitting_room::run::dedup::{Dedup, DedupKind, DedupName, Fingerprint};
use fitting_room::run::output::{StoredItem, StoredOutput};
use fitting_room::run::record::{
    Carrier, Charge, DurationClass, Ending, FairQueueKey, Run, RunSpec, State,
};
use fitting_room::storage::rows;
use fitting_room::storage::sql::Sql;
use sqlite_host::HostSql;

pub(crate) const NOW_MS: u64 = 1_763_670_000_000;
pub(crate) const DAY: u64 = NOW_MS / 86_400_000;
pub(crate) const KEEPS_MS: u64 = 3_600_000;

/// An empty account.
pub(crate) fn opened() -> HostSql {
    let host = HostSql::new().expect("opens");
    rows::open(&host, NOW_MS).expect("migrates");
    host
}

/// Stores changes in one transaction.
pub(crate) fn store<S: Sql>(sql: &S, writes: Vec<Write>) {
    let done = rows::transact(sql, NOW_MS, |_| Ok(((), writes)));
    assert_eq!(done, Ok(((), Vec::new())));
}

/// Reads in one transaction; with what went into quarantine.
pub(crate) fn read<S: Sql, T>(
    sql: &S,
    read: impl FnOnce(&dyn Rows) -> Result<T, StorageError>,
) -> (T, Vec<Quarantined>) {
    rows::transact(sql, NOW_MS, |rows| Ok((read(rows)?, Vec::new()))).expect("reads")
}

pub(crate) fn ticket(number: u16) -> Ticket {
    let account = AccountId::of_key("FASHN_API_KEY", Jurisdiction::Global);
    let [high, low] = number.to_be_bytes();
    let mut random = [0x5a; 11];
    random[0] = low.wrapping_mul(151);
    random[9] = high;
    random[10] = low;
    Ticket::mint(account, NOW_MS, random)
}

pub(crate) fn dedup_name(number: u16) -> DedupName {
    DedupName(format!("name-{number:05}-of-a-request"))
}

pub(crate) fn dedup(number: u16) -> Dedup {
    Dedup {
        name: dedup_name(number),
        kind: DedupKind::Likeness,
        fingerprint: Fingerprint("4f7Zp0iUwq1Jd2rXkTtKcm8G3pHvYsNeQbLaxO5RiUg".into()),
        ticket: ticket(number),
    }
}

pub(crate) fn message(number: u16) -> OutboxMessage {
    OutboxMessage {
        id: MessageId::of_run(&ticket(number)),
        ticket: Some(ticket(number)),
        event: "prediction.completed".into(),
        at_ms: NOW_MS,
        detail: None,
        tries: 1,
        next_ms: NOW_MS + u64::from(number),
        outcome: None,
        url: None,
    }
}

pub(crate) fn dead_letter(number: u16) -> DeadLetter {
    DeadLetter {
        id: MessageId::of_run(&ticket(number)),
        event: "prediction.failed".into(),
        at_ms: NOW_MS - 101_550_000,
        detail: None,
        tries: 9,
        outcome: Some("it was answered with 503".into()),
        dead_ms: NOW_MS,
        url: None,
    }
}

/// A run that waits, its body stored.
pub(crate) fn queued(number: u16) -> Run {
    Run {
        spec: RunSpec {
            ticket: ticket(number),
            visitor: Visitor("dQw4w9WgXcQ2Zp0iUwq1Jd".into()),
            is_staff: false,
            shop: "atelier".into(),
            model: "tryon-v1.6".into(),
            class: DurationClass("tryon-v1.6/17".into()),
            credits: Credits(1),
            expected_ms: 17_000,
            body_bytes: 1 << 20,
            webhook_url: None,
        },
        admitted_ms: NOW_MS,
        go_ms: 0,
        attempt: 0,
        failures: 0,
        turn: Some(FairQueueKey { failures: 0, round: 3, sequence: u64::from(number) }),
        dedup: vec![dedup_name(number)],
        is_announced: true,
        is_deleted: false,
        charge: Charge::Reserved,
        state: State::Queued { give_up_ms: NOW_MS + 1_800_000, not_before_ms: 0 },
    }
}

pub(crate) fn upstream() -> UpstreamId {
    UpstreamId::parse("123a87r9-4129-4bb3-be18-9c9fb5bd7fc1-u1").expect("FASHN's form")
}

/// A run that completed and whose price is known.
pub(crate) fn settled(number: u16) -> Run {
    let address = format!("https://cdn.fashn.ai/{}/output_0.png", upstream().as_str());
    Run {
        go_ms: NOW_MS + 1_000,
        attempt: 1,
        turn: None,
        charge: Charge::Settled(Credits(1)),
        state: State::Ended {
            ending: Ending::Completed {
                output: StoredOutput { as_images: false, items: vec![StoredItem::Url(address)] },
                credits_used: Some(Credits(1)),
            },
            upstream: Some(upstream()),
            ended_ms: NOW_MS + 9_000,
            expires_ms: NOW_MS + KEEPS_MS + u64::from(number),
        },
        ..queued(number)
    }
}

pub(crate) fn visitor() -> Visitor {
    queued(0).spec.visitor
}

pub(crate) fn figures_key() -> FiguresKey {
    FiguresKey { day: DAY, shop: "atelier".into(), model: "tryon-v1.6".into() }
}

/// Each field says something.
pub(crate) fn limiter() -> Limiter {
    let limits = AccountLimits::default();
    let mut limiter = Limiter {
        run_backoff: Backoff { until_ms: NOW_MS + 2_000, times: 1 },
        reduced_concurrency: Some(ReducedConcurrency {
            slots: 3,
            until_ms: NOW_MS + 30_000,
            hold_until_ms: NOW_MS,
        }),
        out_of_credits_until_ms: Some(NOW_MS + 60_000),
        breaker: Breaker::HalfOpen { probe: ticket(3), until_ms: NOW_MS + 30_000, times: 2 },
        charged: 12_345,
        balance: Some(KnownBalance { total: 234, mark: 12_300 }),
        balance_asked_ms: NOW_MS - 1_000,
        round: 7,
        sequence: 1_234,
        day: DAY,
        durations: RecentDurations(
            [("tryon-v1.6/17".into(), vec![8_000, 9_000])].into_iter().collect(),
        ),
        ..Limiter::default()
    };
    for before_ms in [900, 600, 300] {
        limiter.runs.note(limits.runs, 1, NOW_MS - before_ms);
    }
    limiter.statuses.note(limits.statuses, 1, NOW_MS - 100);
    limiter
}

/// A run in each state and with each ending.
pub(crate) fn runs() -> Vec<Run> {
    let error = |name, message: &str| RuntimeError { name, message: message.into() };
    let ended = |ending| State::Ended {
        ending,
        upstream: Some(upstream()),
        ended_ms: NOW_MS + 9_000,
        expires_ms: NOW_MS + KEEPS_MS,
    };
    let pose = error(RuntimeErrorName::PoseError, "Failed to detect body pose.");
    let states = [
        State::Receiving { until_ms: NOW_MS + 60_000 },
        queued(0).state,
        State::Sending { carrier: Carrier::Worker, until_ms: NOW_MS + 50_000, retry_ms: 0 },
        State::Sending {
            carrier: Carrier::Body,
            until_ms: NOW_MS + 50_000,
            retry_ms: NOW_MS + 5_000,
        },
        State::Unknown { slot_until_ms: Some(NOW_MS + 600_000) },
        State::Unknown { slot_until_ms: None },
        State::Running {
            upstream: upstream(),
            status: Status::Processing,
            since_ms: NOW_MS + 1_000,
            holds_slot: true,
            polls: 1,
            next_poll_ms: NOW_MS + 27_000,
        },
        ended(Ending::Failed(pose.clone())),
        ended(Ending::Canceled(None)),
        ended(Ending::Canceled(Some(pose.clone()))),
        ended(Ending::TimeOut(None)),
        ended(Ending::TimeOut(Some(pose))),
        ended(Ending::Completed {
            output: StoredOutput {
                as_images: true,
                items: vec![
                    StoredItem::Kept {
                        media_type: "image/png".into(),
                        byte_len: 1_234_567,
                        pieces: 1,
                    },
                    StoredItem::Expired,
                ],
            },
            credits_used: None,
        }),
    ];
    let runs = (0..).zip(states).map(|(number, state)| Run {
        charge: match state {
            State::Ended { .. } => Charge::Settled(Credits(0)),
            _ => Charge::Reserved,
        },
        state,
        ..queued(number)
    });
    let unsettled = Run { charge: Charge::Reserved, turn: None, ..settled(100) };
    runs.chain([settled(101), unsettled]).collect()
}

/// Every table has rows.
pub(crate) fn everything() -> Vec<Write> {
    let by_key = Dedup { kind: DedupKind::Key, ..dedup(2) };
    let day = VisitorDay { committed: 2, attempts: 3 };
    let figures = Figures {
        completed: 10,
        failed: 2,
        timed_out: 1,
        joined: 4,
        credits: 11,
        wait_ms: 12_000,
        run_ms: 90_000,
        waits: Histogram(vec![8, 0, 2]),
        durations: Histogram(vec![0, 0, 0, 0, 1, 9]),
    };
    let runs = runs().into_iter().map(|run| Write::PutRun(Box::new(run)));
    let others = [
        Write::PutLimiter(Box::new(limiter())),
        Write::PutVisitor(DAY, visitor(), day),
        Write::PutDedup(dedup(1)),
        Write::PutDedup(by_key),
        Write::AddFigures(figures_key(), figures),
        Write::AddFailure(figures_key(), "PoseError".into()),
        Write::PutBrakes(
            "atelier".into(),
            Brakes { day_credits: Some(40), pacing: true, ..Brakes::default() },
        ),
        Write::AddAudit(AuditEntry {
            at_ms: NOW_MS,
            by: "ana".into(),
            shop: "atelier".into(),
            change: "pacing: false → true".into(),
        }),
        Write::CountProduct(DAY, "atelier".into(), "48211".into(), [90, 30, 20, 18, 5]),
        Write::PutOrder("9f86d081884c7d659a2feaa0c55ad015".into(), DAY),
        Write::CountOrders(DAY, "atelier".into(), Mark::Tried, "EUR".into(), [0, 4, 5, 39_900]),
        Write::PutMessage(message(1)),
        Write::PutDeadLetter(dead_letter(2)),
    ];
    runs.chain(others).collect()
}
