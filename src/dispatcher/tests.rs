use fashn::models::Credits;

use super::*;
use crate::auth::ids::Ticket;
use crate::dispatcher::DispatcherLimits;
use crate::stored;

mod any_order;
mod reins;
mod repeats;
mod writing;

const NOW: u64 = 1_763_670_000_000;
/// Let in by a Dispatcher to which nothing bad has come.
const GO: Admission = Admission::Go(1, Reins::Loose);

fn ticket(number: u8) -> Ticket {
    Ticket::mint(NOW, [number; 12])
}

fn application(number: u8, visitor: &str) -> Application {
    Application {
        ticket: ticket(number),
        visitor: Visitor(visitor.into()),
        unlimited: false,
        lane: Lane("tryon-v1.6/balanced".into()),
        credits: Credits(1),
        expected_ms: 8_000,
        repeats: Vec::new(),
        gone: None,
    }
}

fn repeat(name: &str, kind: RepeatKind, fingerprint: &str) -> Repeat {
    Repeat {
        name: RepeatName(name.into()),
        kind,
        fingerprint: Fingerprint(fingerprint.into()),
        kept_ms: 3_600_000,
    }
}

fn dispatcher() -> Dispatcher {
    Dispatcher::new(DispatcherLimits::default())
}

fn admit(dispatcher: &mut Dispatcher, number: u8, visitor: &str, now_ms: u64) -> Admission {
    match dispatcher
        .step(Event::Admit(application(number, visitor)), now_ms)
        .answer
    {
        Answer::Admission(admission) => admission,
        other => panic!("{other:?}"),
    }
}

fn sent(dispatcher: &mut Dispatcher, number: u8, sent: Sent, now_ms: u64) -> Step {
    let attempt = dispatcher.runs.get(&ticket(number)).unwrap().attempt;
    let ticket = ticket(number);
    dispatcher.step(
        Event::Sent {
            ticket,
            attempt,
            sent,
        },
        now_ms,
    )
}

fn refused(kind: RefusalKind) -> Sent {
    Sent::Refused {
        kind,
        retry_after_ms: None,
    }
}

fn ended(dispatcher: &mut Dispatcher, number: u8, outcome: Outcome, now_ms: u64) -> Vec<Ticket> {
    let ticket = ticket(number);
    permits(&dispatcher.step(
        Event::Ended {
            ticket,
            outcome,
            sent_ms: None,
        },
        now_ms,
    ))
}

fn permits(step: &Step) -> Vec<Ticket> {
    step.effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Permit { ticket, .. } => Some(*ticket),
            Effect::AskBalance => None,
        })
        .collect()
}

/// Six in flight of one visitor.
fn full() -> Dispatcher {
    let mut dispatcher = dispatcher();
    for number in 1..=6 {
        assert_eq!(admit(&mut dispatcher, number, "ann", NOW), GO);
        let _ = sent(&mut dispatcher, number, Sent::Accepted, NOW);
    }
    dispatcher
}

#[test]
fn six_go_at_once_and_the_seventh_waits_for_one_to_end() {
    let mut dispatcher = full();
    let Admission::Queued(place) = admit(&mut dispatcher, 7, "ann", NOW) else {
        panic!("no slot is free")
    };
    assert_eq!(place.position, 1);
    let outcome = Outcome::Charged(Some(Credits(1)));
    assert_eq!(ended(&mut dispatcher, 1, outcome, NOW + 8_000), [ticket(7)]);
    assert_eq!(dispatcher.slots_taken(), 6);
}

#[test]
fn one_visitor_s_twenty_don_t_hold_up_another_s_first() {
    let mut dispatcher = full();
    for number in 10..30 {
        assert!(matches!(
            admit(&mut dispatcher, number, "ann", NOW),
            Admission::Queued(_)
        ));
    }
    let Admission::Queued(place) = admit(&mut dispatcher, 40, "bob", NOW) else {
        panic!("no slot is free")
    };
    assert_eq!(place.position, 2);
    let order: Vec<_> = (1..=3)
        .flat_map(|number| ended(&mut dispatcher, number, Outcome::Free, NOW + 1_000))
        .collect();
    assert_eq!(order, [ticket(10), ticket(40), ticket(11)]);
}

#[test]
fn who_only_looks_writes_nothing() {
    let mut dispatcher = full();
    let _ = admit(&mut dispatcher, 7, "ann", NOW);
    let looks = [
        Event::PlaceWanted(ticket(7)),
        Event::PlaceWanted(ticket(1)),
        Event::Quoted(application(8, "bob")),
    ];
    for event in looks {
        let step = dispatcher.step(event.clone(), NOW + 1_000);
        assert_eq!((step.rows, step.effects), (vec![], vec![]), "{event:?}");
    }
    // What is due is seen to all the same.
    let late_ms = NOW + DispatcherLimits::default().queue_wait_ms;
    let step = dispatcher.step(Event::PlaceWanted(ticket(7)), late_ms);
    assert!(!step.rows.is_empty());
}

#[test]
fn everything_told_twice_counts_once() {
    let mut dispatcher = dispatcher();
    assert_eq!(admit(&mut dispatcher, 1, "ann", NOW), GO);
    assert_eq!(admit(&mut dispatcher, 1, "ann", NOW), GO);
    assert_eq!((dispatcher.gate.reserved, dispatcher.slots_taken()), (1, 1));
    let _ = sent(&mut dispatcher, 1, Sent::Accepted, NOW);
    let _ = sent(&mut dispatcher, 1, Sent::Accepted, NOW);
    let _ = sent(&mut dispatcher, 1, refused(RefusalKind::RateLimit), NOW);
    for _ in 0..2 {
        let _ = ended(&mut dispatcher, 1, Outcome::Charged(None), NOW + 5_000);
        let gate = &dispatcher.gate;
        assert_eq!((gate.reserved, gate.charged, gate.account.spent), (0, 1, 1));
        assert_eq!(dispatcher.slots_taken(), 0);
    }
    assert_eq!(
        admit(&mut dispatcher, 1, "ann", NOW + 6_000),
        Admission::Over
    );
}

#[test]
fn each_refusal_of_fashn_s_is_answered_in_its_own_way() {
    for (kind, again, closed) in [
        (RefusalKind::RateLimit, true, false),
        (RefusalKind::Concurrency, true, false),
        (RefusalKind::ServerError, true, false),
        (RefusalKind::OutOfCredits, false, true),
        (RefusalKind::Unauthorized, false, false),
        (RefusalKind::Request, false, false),
    ] {
        let mut dispatcher = dispatcher();
        let _ = admit(&mut dispatcher, 1, "ann", NOW);
        let step = sent(&mut dispatcher, 1, refused(kind), NOW);
        let waits = matches!(step.answer, Answer::Verdict(Verdict::Again(_)));
        assert_eq!(waits, again, "{kind:?}");
        assert_eq!(
            dispatcher.gate.closed_until_balance.is_some(),
            closed,
            "{kind:?}"
        );
        assert_eq!(dispatcher.gate.reserved, u64::from(again), "{kind:?}");
    }
}

#[test]
fn a_fuller_window_holds_everyone_until_it_moved_on() {
    let mut dispatcher = dispatcher();
    let _ = admit(&mut dispatcher, 1, "ann", NOW);
    let step = sent(&mut dispatcher, 1, refused(RefusalKind::RateLimit), NOW);
    assert_eq!((permits(&step), step.alarm_ms), (vec![], Some(NOW + 2_000)));
    assert!(matches!(
        admit(&mut dispatcher, 2, "bob", NOW),
        Admission::Queued(_)
    ));
    let step = dispatcher.step(Event::Alarm, NOW + 2_000);
    assert_eq!(permits(&step), [ticket(1), ticket(2)], "at its old place");
}

#[test]
fn fewer_slots_than_documented_are_kept_to_for_a_while() {
    let mut dispatcher = dispatcher();
    for number in 1..=3 {
        let _ = admit(&mut dispatcher, number, "ann", NOW);
    }
    let _ = sent(&mut dispatcher, 1, Sent::Accepted, NOW);
    let _ = sent(&mut dispatcher, 2, Sent::Accepted, NOW);
    let _ = sent(&mut dispatcher, 3, refused(RefusalKind::Concurrency), NOW);
    assert!(matches!(
        admit(&mut dispatcher, 4, "bob", NOW),
        Admission::Queued(_)
    ));
    let step = dispatcher.step(Event::Alarm, NOW + 29_999);
    assert_eq!(permits(&step), []);
    let step = dispatcher.step(Event::Alarm, NOW + 30_000);
    assert_eq!(permits(&step), [ticket(3), ticket(4)]);
}

#[test]
fn out_of_credits_is_closed_until_a_balance_says_otherwise() {
    let mut dispatcher = dispatcher();
    let _ = admit(&mut dispatcher, 1, "ann", NOW);
    let step = sent(&mut dispatcher, 1, refused(RefusalKind::OutOfCredits), NOW);
    assert_eq!(step.effects, [Effect::AskBalance]);
    let Admission::Refused(refusal) = admit(&mut dispatcher, 2, "ann", NOW) else {
        panic!("it is closed")
    };
    assert_eq!(
        (refusal.reason, refusal.retry_helps),
        (Reason::OutOfCredits, false)
    );
    let _ = dispatcher.step(Event::BalanceTold { total: 0, mark: 0 }, NOW);
    assert!(matches!(
        admit(&mut dispatcher, 2, "ann", NOW),
        Admission::Refused(_)
    ));
    let _ = dispatcher.step(Event::BalanceTold { total: 5, mark: 0 }, NOW);
    assert_eq!(admit(&mut dispatcher, 2, "ann", NOW), GO);
}

#[test]
fn a_breaker_opens_lets_one_through_and_closes() {
    let mut dispatcher = dispatcher();
    for number in 1..=5 {
        let _ = admit(&mut dispatcher, number, "ann", NOW);
        let _ = sent(&mut dispatcher, number, Sent::Unknown, NOW);
    }
    assert!(matches!(dispatcher.gate.breaker, Breaker::Open { .. }));
    for number in 6..=7 {
        assert!(matches!(
            admit(&mut dispatcher, number, "ann", NOW),
            Admission::Queued(_)
        ));
    }
    for number in 1..=5 {
        assert_eq!(ended(&mut dispatcher, number, Outcome::Free, NOW), []);
    }
    let step = dispatcher.step(Event::Alarm, NOW + 10_000);
    assert_eq!(permits(&step), [ticket(6)], "one, to see");
    let step = sent(&mut dispatcher, 6, Sent::Accepted, NOW + 11_000);
    assert_eq!(permits(&step), [ticket(7)]);
    assert_eq!(dispatcher.gate.breaker, Breaker::default());
}

#[test]
fn budgets_and_the_balance_s_floor_are_reserved_before_they_are_spent() {
    let limits = DispatcherLimits {
        day_credits: 3,
        visitor_credits: 2,
        ..DispatcherLimits::default()
    };
    let mut dispatcher = Dispatcher::new(limits);
    let reason = |admission| match admission {
        Admission::Refused(refusal) => Some(refusal.reason),
        _ => None,
    };
    assert_eq!(reason(admit(&mut dispatcher, 1, "ann", NOW)), None);
    assert_eq!(reason(admit(&mut dispatcher, 2, "ann", NOW)), None);
    assert_eq!(
        reason(admit(&mut dispatcher, 3, "ann", NOW)),
        Some(Reason::VisitorBudget)
    );
    assert_eq!(reason(admit(&mut dispatcher, 4, "bob", NOW)), None);
    assert_eq!(
        reason(admit(&mut dispatcher, 5, "eve", NOW)),
        Some(Reason::DayBudget)
    );
    // One that failed gives its credits back.
    let _ = ended(&mut dispatcher, 1, Outcome::Free, NOW);
    let _ = dispatcher.step(Event::BalanceTold { total: 2, mark: 0 }, NOW);
    assert_eq!(
        reason(admit(&mut dispatcher, 5, "eve", NOW)),
        Some(Reason::BalanceFloor)
    );
    let _ = dispatcher.step(Event::BalanceTold { total: 3, mark: 0 }, NOW);
    assert_eq!(reason(admit(&mut dispatcher, 5, "eve", NOW)), None);
}

#[test]
fn a_lease_that_ran_out_frees_its_slot_and_holds_its_credits_for_a_day() {
    let mut dispatcher = full();
    let lease_ms = NOW + DispatcherLimits::default().lease_ms;
    let _ = dispatcher.step(Event::Alarm, lease_ms);
    assert_eq!((dispatcher.slots_taken(), dispatcher.gate.reserved), (0, 6));
    // The truth may still come.
    let _ = ended(&mut dispatcher, 1, Outcome::Free, lease_ms + 1);
    assert_eq!((dispatcher.gate.reserved, dispatcher.gate.charged), (5, 0));
    let _ = dispatcher.step(Event::Alarm, lease_ms + 86_400_000);
    assert_eq!((dispatcher.gate.reserved, dispatcher.gate.charged), (0, 5));
}

#[test]
fn a_permit_that_nobody_answers_is_told_again() {
    let mut dispatcher = full();
    let _ = admit(&mut dispatcher, 7, "ann", NOW);
    let told_ms = NOW + 1_000;
    assert_eq!(
        ended(&mut dispatcher, 1, Outcome::Free, told_ms),
        [ticket(7)]
    );
    let step = dispatcher.step(Event::Alarm, told_ms + 5_000);
    assert_eq!(
        (permits(&step), step.alarm_ms),
        (vec![ticket(7)], Some(told_ms + 15_000))
    );
    // Its Prediction is still on its way, then it never will be.
    let _ = dispatcher.step(Event::Absent(ticket(7)), told_ms + 5_100);
    assert_eq!(dispatcher.slots_taken(), 6);
    let _ = dispatcher.step(Event::Absent(ticket(7)), NOW + 150_000);
    assert_eq!(dispatcher.slots_taken(), 5);
}

#[test]
fn a_permit_that_its_worker_has_is_told_again_when_there_must_be_a_prediction() {
    let mut dispatcher = dispatcher();
    let step = dispatcher.step(Event::Admit(application(1, "ann")), NOW);
    assert_eq!(step.alarm_ms, Some(NOW + 150_000));
    let step = dispatcher.step(Event::Alarm, NOW + 150_000);
    assert_eq!(permits(&step), [ticket(1)]);
    let _ = dispatcher.step(Event::Absent(ticket(1)), NOW + 150_000);
    assert_eq!(dispatcher.slots_taken(), 0);
}

#[test]
fn the_stored_rows_are_pinned() {
    let mut dispatcher = full();
    let mut waits = application(7, "bob");
    waits.repeats = vec![repeat("bob's shirt", RepeatKind::Same, "shirt")];
    let mut rows = dispatcher.step(Event::Admit(waits), NOW).rows;
    let outcome = Outcome::Charged(Some(Credits(1)));
    let ticket = ticket(1);
    let ended = Event::Ended {
        ticket,
        outcome,
        sent_ms: None,
    };
    rows.extend(dispatcher.step(ended, NOW + 8_000).rows);
    let pins: Vec<_> = rows
        .iter()
        .map(|change| match change {
            RowChange::Put(row) => format!("{}\n{}", row.key().name(), stored::pin(row)),
            RowChange::Delete(key) => format!("{} deleted", key.name()),
        })
        .collect();
    insta::assert_snapshot!("rows", pins.join("\n\n"));
}

#[test]
fn every_phase_and_breaker_is_stored_and_read_again() {
    let (since_ms, lease_ms, until_ms) = (1, 2, 3);
    let phases = [
        Phase::Queued,
        Phase::Permitted {
            redeliver_ms: 1,
            told: 2,
            lease_ms,
        },
        Phase::InFlight { since_ms, lease_ms },
        Phase::Adrift { until_ms },
        Phase::Settled { until_ms },
    ];
    let breakers = [
        Breaker::Closed { failures: 3 },
        Breaker::Open { until_ms, times: 1 },
        Breaker::HalfOpen {
            trial: ticket(1),
            times: 2,
        },
    ];
    let pins: Vec<_> = phases
        .iter()
        .map(stored::pin)
        .chain(breakers.iter().map(stored::pin))
        .collect();
    insta::assert_snapshot!("phases", pins.join("\n"));
}
