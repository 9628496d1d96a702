//! Any row and any change, over few keys, so that changes meet.

use std::collections::BTreeMap;

use fashn::error::{RuntimeError, RuntimeErrorName};
use fashn::models::Credits;
use fashn::prediction::Status;
use fashn::response::UpstreamId;
use fitting_room::account::brakes::Brakes;
use fitting_room::account::breaker::Breaker;
use fitting_room::account::limiter::{
    Alerts, Backoff, KnownBalance, Limiter, RecentDurations, ReducedConcurrency,
};
use fitting_room::account::proof::Mark;
use fitting_room::account::rows::{
    AuditEntry, BODIES, DeadLetter, Figures, FiguresKey, Histogram, MessageId, OutboxMessage,
    QuarantineEntry, VisitorDay, Write,
};
use fitting_room::account::window::Window;
use fitting_room::auth::ids::{Ticket, Visitor};
use fitting_room::run::dedup::{Dedup, DedupKind, DedupName, Fingerprint};
use fitting_room::run::output::{StoredItem, StoredOutput};
use fitting_room::run::record::{
    Carrier, Charge, DurationClass, Ending, FairQueueKey, Run, RunSpec, State,
};
use fitting_room::storage::sql::READ_MAX;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::samples;

/// So many runs, names, visitors and days are there.
pub(crate) const KEYS: u16 = 5;

/// Times meet often; some are as large as can be read.
pub(crate) fn time_ms() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 0..20_u64, 1 => 0..=READ_MAX, 1 => Just(READ_MAX)]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9_-]{1,22}",
        any::<String>(),
        Just("a'; DROP TABLE runs --\u{0}é".into()),
    ]
}

fn ticket() -> impl Strategy<Value = Ticket> {
    (0..KEYS).prop_map(samples::ticket)
}

fn dedup_name() -> impl Strategy<Value = DedupName> {
    (0..KEYS).prop_map(samples::dedup_name)
}

pub(crate) fn visitor(number: u16) -> Visitor {
    Visitor(format!("visitor {number}"))
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![proptest::sample::select(Status::KNOWN), Just(Status::from("rendering"))]
}

fn error() -> impl Strategy<Value = RuntimeError> {
    let name = prop_oneof![
        proptest::sample::select(RuntimeErrorName::KNOWN),
        Just(RuntimeErrorName::from("LensError"))
    ];
    (name, text()).prop_map(|(name, message)| RuntimeError { name, message })
}

fn output() -> impl Strategy<Value = StoredOutput> {
    let item = prop_oneof![
        text().prop_map(StoredItem::Url),
        (text(), any::<u32>(), 1..5_usize).prop_map(|(media_type, bytes, pieces)| {
            StoredItem::Kept { media_type, byte_len: bytes as usize, pieces }
        }),
        Just(StoredItem::Expired),
    ];
    (any::<bool>(), vec(item, 0..4))
        .prop_map(|(as_images, items)| StoredOutput { as_images, items })
}

fn ending() -> BoxedStrategy<Ending> {
    prop_oneof![
        (output(), option::of(any::<u32>().prop_map(Credits)))
            .prop_map(|(output, credits_used)| Ending::Completed { output, credits_used }),
        error().prop_map(Ending::Failed),
        option::of(error()).prop_map(Ending::Canceled),
        option::of(error()).prop_map(Ending::TimeOut),
    ]
    .boxed()
}

fn upstream() -> impl Strategy<Value = UpstreamId> {
    "[a-z0-9-]{1,40}".prop_map(|id| UpstreamId::parse(&id).expect("of FASHN's form"))
}

fn live_state() -> BoxedStrategy<State> {
    let carrier = prop_oneof![Just(Carrier::Worker), Just(Carrier::Body)];
    prop_oneof![
        time_ms().prop_map(|until_ms| State::Receiving { until_ms }),
        (time_ms(), time_ms())
            .prop_map(|(give_up_ms, not_before_ms)| State::Queued { give_up_ms, not_before_ms }),
        (carrier, time_ms(), time_ms()).prop_map(|(carrier, until_ms, retry_ms)| {
            State::Sending { carrier, until_ms, retry_ms }
        }),
        option::of(time_ms()).prop_map(|slot_until_ms| State::Unknown { slot_until_ms }),
        (upstream(), status(), time_ms(), any::<bool>(), any::<u32>(), time_ms()).prop_map(
            |(upstream, status, since_ms, holds_slot, polls, next_poll_ms)| State::Running {
                upstream,
                status,
                since_ms,
                holds_slot,
                polls,
                next_poll_ms,
            }
        ),
    ]
    .boxed()
}

pub(crate) fn state() -> BoxedStrategy<State> {
    let ended = (ending(), option::of(upstream()), time_ms(), time_ms()).prop_map(
        |(ending, upstream, ended_ms, expires_ms)| State::Ended {
            ending,
            upstream,
            ended_ms,
            expires_ms,
        },
    );
    prop_oneof![live_state(), ended].boxed()
}

fn turn() -> impl Strategy<Value = FairQueueKey> {
    (any::<u32>(), time_ms(), time_ms()).prop_map(|(failures, round, sequence)| FairQueueKey {
        failures,
        round,
        sequence,
    })
}

pub(crate) fn run() -> BoxedStrategy<Run> {
    let charge = prop_oneof![
        Just(Charge::Reserved),
        any::<u32>().prop_map(|credits| Charge::Settled(Credits(credits))),
    ];
    let request = (ticket(), text(), text(), text(), any::<u32>(), time_ms());
    let life = (time_ms(), time_ms(), any::<u16>(), any::<u32>());
    let marks = (any::<bool>(), any::<bool>(), any::<bool>());
    let links = (option::of(turn()), vec(dedup_name(), 0..4), option::of(text()));
    (request, life, marks, links, charge, state())
        .prop_map(|(request, life, marks, links, charge, state)| {
            let (ticket, shop, model, class, credits, expected_ms) = request;
            let (admitted_ms, go_ms, attempt, failures) = life;
            let (is_staff, is_announced, is_deleted) = marks;
            let (turn, dedup, webhook_url) = links;
            Run {
                spec: RunSpec {
                    ticket,
                    visitor: Visitor(shop.clone()),
                    is_staff,
                    shop,
                    model,
                    class: DurationClass(class),
                    credits: Credits(credits),
                    expected_ms,
                    body_bytes: expected_ms,
                    webhook_url,
                },
                admitted_ms,
                go_ms,
                attempt,
                failures,
                turn,
                dedup,
                is_announced,
                is_deleted,
                charge,
                state,
            }
        })
        .boxed()
}

fn window() -> impl Strategy<Value = Window> {
    vec((any::<u64>(), any::<u32>()), 0..5).prop_map(|spans| {
        let json = serde_json::to_value(spans).expect("is JSON");
        serde_json::from_value(json).expect("is a window")
    })
}

fn breaker() -> BoxedStrategy<Breaker> {
    prop_oneof![
        vec((0..KEYS).prop_map(visitor), 0..4).prop_map(|failed| Breaker::Closed { failed }),
        (any::<u64>(), any::<u32>())
            .prop_map(|(until_ms, times)| Breaker::Open { until_ms, times }),
        (ticket(), any::<u64>(), any::<u32>())
            .prop_map(|(probe, until_ms, times)| { Breaker::HalfOpen { probe, until_ms, times } }),
    ]
    .boxed()
}

fn backoff() -> impl Strategy<Value = Backoff> {
    (time_ms(), any::<u32>()).prop_map(|(until_ms, times)| Backoff { until_ms, times })
}

pub(crate) fn limiter() -> BoxedStrategy<Limiter> {
    let reduced =
        (any::<u32>(), time_ms(), time_ms()).prop_map(|(slots, until_ms, hold_until_ms)| {
            ReducedConcurrency { slots, until_ms, hold_until_ms }
        });
    let balance = (time_ms(), time_ms()).prop_map(|(total, mark)| KnownBalance { total, mark });
    let durations = btree_map(text(), vec(any::<u64>(), 0..4), 0..3);
    let counters = (time_ms(), time_ms(), time_ms(), time_ms());
    (
        (window(), window(), backoff(), backoff()),
        option::of(reduced),
        option::of(time_ms()),
        breaker(),
        (time_ms(), option::of(balance)),
        counters,
        durations,
    )
        .prop_map(|(windows, reduced, out_of_credits, breaker, money, counters, durations)| {
            let (runs, statuses, run_backoff, status_backoff) = windows;
            let reduced_is_none = reduced.is_none();
            let (charged, balance) = money;
            let (balance_asked_ms, round, sequence, day) = counters;
            let durations: BTreeMap<String, Vec<u64>> = durations;
            Limiter {
                runs,
                statuses,
                run_backoff,
                status_backoff,
                reduced_concurrency: reduced,
                out_of_credits_until_ms: out_of_credits,
                breaker,
                charged,
                balance,
                balance_asked_ms,
                round,
                sequence,
                day,
                durations: RecentDurations(durations.into_iter().collect()),
                alerts: Alerts {
                    budget_day: day,
                    webhooks_missed: reduced_is_none.into(),
                    ..Alerts::default()
                },
            }
        })
        .boxed()
}

fn visitor_day() -> impl Strategy<Value = VisitorDay> {
    (time_ms(), any::<u32>()).prop_map(|(committed, attempts)| VisitorDay { committed, attempts })
}

fn dedup() -> impl Strategy<Value = Dedup> {
    let kind = prop_oneof![Just(DedupKind::Key), Just(DedupKind::Likeness)];
    (dedup_name(), kind, text(), ticket()).prop_map(|(name, kind, fingerprint, ticket)| Dedup {
        name,
        kind,
        fingerprint: Fingerprint(fingerprint),
        ticket,
    })
}

fn figures_key() -> impl Strategy<Value = FiguresKey> {
    (0..u64::from(KEYS), text(), text()).prop_map(|(day, shop, model)| FiguresKey {
        day,
        shop,
        model,
    })
}

fn figures() -> impl Strategy<Value = Figures> {
    let count = || any::<u32>().prop_map(u64::from);
    let times = || vec(any::<u64>(), 0..20).prop_map(Histogram);
    (count(), count(), count(), count(), count(), count(), count(), times(), times()).prop_map(
        |(completed, failed, timed_out, joined, credits, wait_ms, run_ms, waits, durations)| {
            Figures {
                completed,
                failed,
                timed_out,
                joined,
                credits,
                wait_ms,
                run_ms,
                waits,
                durations,
            }
        },
    )
}

fn shop() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["", "north", "a'; DROP TABLE brakes --"]).prop_map(str::to_owned)
}

fn brakes() -> impl Strategy<Value = Brakes> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let number = || option::of(any::<u32>());
    (flags, number(), number(), 0..=100_u32, number(), number()).prop_map(
        |((is_paused, pacing, signed_in_only), day, month, signed_in_share, guest, signed_in)| {
            Brakes {
                is_paused,
                day_credits: day,
                month_credits: month,
                pacing,
                signed_in_share,
                signed_in_only,
                guest_day_tries: guest,
                signed_in_day_tries: signed_in,
            }
        },
    )
}

fn audit_entry() -> impl Strategy<Value = AuditEntry> {
    (time_ms(), text(), shop(), text()).prop_map(|(at_ms, by, shop, change)| AuditEntry {
        at_ms,
        by,
        shop,
        change,
    })
}

fn message() -> impl Strategy<Value = OutboxMessage> {
    let texts = (text(), option::of(text()), option::of(text()), option::of(text()));
    (ticket(), any::<bool>(), texts, any::<u32>(), time_ms(), time_ms()).prop_map(
        |(ticket, has_expired, (event, detail, outcome, url), tries, at_ms, next_ms)| {
            OutboxMessage {
                id: MessageId::of_run(&ticket),
                ticket: (!has_expired).then_some(ticket),
                event,
                at_ms,
                detail,
                tries,
                next_ms,
                outcome,
                url,
            }
        },
    )
}

fn dead_letter() -> impl Strategy<Value = DeadLetter> {
    (message(), time_ms()).prop_map(|(message, dead_ms)| {
        let OutboxMessage { id, event, at_ms, detail, tries, outcome, url, .. } = message;
        DeadLetter { id, event, at_ms, detail, tries, outcome, dead_ms, url }
    })
}

fn entry() -> impl Strategy<Value = QuarantineEntry> {
    let table = prop_oneof![Just("runs".to_owned()), Just(BODIES.to_owned())];
    (1..500_u64, table, 0..KEYS, text()).prop_map(|(day, table, number, reason)| QuarantineEntry {
        at_ms: day * 86_400_000,
        table,
        key: samples::ticket(number).name(),
        reason,
    })
}

fn mark() -> impl Strategy<Value = Mark> {
    prop_oneof![Just(Mark::Held), Just(Mark::Shown), Just(Mark::Tried)]
}

/// One change.
pub(crate) fn write() -> BoxedStrategy<Write> {
    let day = || 0..u64::from(KEYS);
    prop_oneof![
        6 => run().prop_map(|run| Write::PutRun(Box::new(run))),
        2 => ticket().prop_map(Write::DeleteRun),
        1 => limiter().prop_map(|limiter| Write::PutLimiter(Box::new(limiter))),
        2 => (day(), 0..KEYS, visitor_day())
            .prop_map(|(day, number, row)| Write::PutVisitor(day, visitor(number), row)),
        1 => day().prop_map(Write::DeleteVisitorsBefore),
        2 => dedup().prop_map(Write::PutDedup),
        1 => dedup_name().prop_map(Write::DeleteDedup),
        2 => (figures_key(), figures())
            .prop_map(|(key, figures)| Write::AddFigures(key, figures)),
        2 => (figures_key(), text()).prop_map(|(key, name)| Write::AddFailure(key, name)),
        1 => (shop(), brakes()).prop_map(|(shop, brakes)| Write::PutBrakes(shop, brakes)),
        1 => audit_entry().prop_map(Write::AddAudit),
        2 => (figures_key(), vec(0..1_000_u64, 5)).prop_map(|(key, counts)| {
            let counts = counts.try_into().expect("five");
            Write::CountProduct(key.day, key.shop, key.model, counts)
        }),
        2 => (figures_key(), mark(), vec(0..1_000_u64, 4)).prop_map(|(key, mark, sums)| {
            let sums = sums.try_into().expect("four");
            Write::CountOrders(key.day, key.shop, mark, key.model, sums)
        }),
        2 => (0..KEYS, 0..80_u64)
            .prop_map(|(number, day)| Write::PutOrder(samples::dedup_name(number).0, day)),
        2 => message().prop_map(Write::PutMessage),
        1 => (0..500_u64).prop_map(|day| Write::DeleteAged { day, now_ms: day * 86_400_000 }),
        2 => entry().prop_map(Write::PutQuarantine),
        1 => entry().prop_map(Write::DeleteQuarantine),
        1 => Just(Write::ClearQuarantine),
        1 => message().prop_map(|message| Write::DeleteMessage(message.id)),
        2 => dead_letter().prop_map(Write::PutDeadLetter),
        1 => message().prop_map(|message| Write::DeleteDeadLetter(message.id)),
    ]
    .boxed()
}
