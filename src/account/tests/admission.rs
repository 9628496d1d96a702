use super::*;
use crate::account::admission::RefusalReason;
use crate::config::limits::RequestWindow;

fn reason(admission: &Admission) -> RefusalReason {
    match admission {
        Admission::Refused(refusal) => refusal.reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn six_go_at_once_and_the_seventh_waits_for_a_slot() {
    let mut desk = Desk::new();
    let first = desk.go(1, "ann");
    for number in 2..=6 {
        desk.go(number, &format!("visitor {number}"));
    }
    let seventh = desk.queue(7, "bob");
    assert!(desk.gone().is_empty());
    desk.completes(first);
    assert_eq!(desk.gone(), [seventh]);
}

#[test]
fn the_same_ticket_gets_the_same_answer() {
    let mut desk = Desk::new();
    desk.go(1, "ann");
    assert_eq!(desk.submit(request(1, "ann")), Admission::Go(1));
    for number in 2..=6 {
        desk.go(number, &format!("visitor {number}"));
    }
    let store = desk.submit(request(7, "bob"));
    assert_eq!(desk.submit(request(7, "bob")), store);
    let ticket = request(7, "bob").spec.ticket;
    desk.body_stored(ticket);
    assert_eq!(desk.submit(request(7, "bob")), Admission::Admitted);
    assert_eq!(desk.run(&ticket).credits, Credits(1));
}

#[test]
fn the_window_holds_what_the_slots_would_let_go() {
    let mut desk = Desk::with(|settings| {
        settings.limits.runs = RequestWindow { requests: 2, window_ms: 60_000 };
        settings.limits.window_margin_ms = 0;
    });
    for number in 1..=2 {
        let ticket = desk.go(number, "ann");
        desk.completes(ticket);
    }
    let third = desk.queue(3, "bob");
    assert_eq!(desk.alarm_ms, Some(NOON + 60_000));
    desk.later(59_999).alarm();
    assert!(desk.gone().is_empty());
    desk.later(1).alarm();
    assert_eq!(desk.gone(), [third]);
}

#[test]
fn the_window_holds_across_a_reset() {
    let mut desk = Desk::with(|settings| {
        settings.limits.runs = RequestWindow { requests: 2, window_ms: 60_000 };
    });
    let first = desk.go(1, "ann");
    desk.completes(first);
    desk.go(2, "bob");
    desk.reset();
    // One call is noted, another may be under way.
    assert!(matches!(desk.submit(request(3, "cat")), Admission::Store(_)));
}

#[test]
fn a_day_s_budget_counts_what_is_reserved_and_what_was_charged() {
    let mut desk = Desk::with(|settings| settings.limits.day_credits = 2);
    let first = desk.go(1, "ann");
    desk.completes(first);
    let second = desk.go(2, "bob");
    let refused = desk.submit(request(3, "cat"));
    assert_eq!(reason(&refused), RefusalReason::DayBudget);
    // What comes to nothing is given back.
    desk.accepted(second);
    desk.ends(second, failed());
    desk.go(4, "cat");
}

#[test]
fn a_new_day_begins_a_new_budget_and_a_clock_that_goes_back_begins_none() {
    let mut desk = Desk::with(|settings| settings.limits.day_credits = 1);
    let first = desk.go(1, "ann");
    desk.completes(first);
    desk.later(12 * 3_600_000 + 1);
    let second = desk.go(2, "bob");
    desk.completes(second);
    desk.now_ms -= 3_600_000;
    let refused = desk.submit(request(3, "cat"));
    assert_eq!(reason(&refused), RefusalReason::DayBudget);
}

#[test]
fn a_visitor_s_credits_and_tries_have_a_bound_each() {
    let mut desk = Desk::with(|settings| {
        settings.limits.visitor_day_credits = 2;
        settings.limits.visitor_day_attempts = 3;
    });
    // Failures cost no credits, but tries.
    for number in 1..=3 {
        let ticket = desk.go(number, "ann");
        desk.accepted(ticket);
        desk.ends(ticket, failed());
    }
    let refused = desk.submit(request(4, "ann"));
    assert_eq!(reason(&refused), RefusalReason::VisitorAttempts);
    for number in 5..=6 {
        let ticket = desk.go(number, "bob");
        desk.completes(ticket);
    }
    let refused = desk.submit(request(7, "bob"));
    assert_eq!(reason(&refused), RefusalReason::VisitorBudget);
    // Staff have neither bound.
    for number in 8..=12 {
        let mut request = request(number, "staff");
        request.spec.is_staff = true;
        let ticket = request.spec.ticket;
        assert_eq!(desk.submit(request), Admission::Go(1));
        desk.completes(ticket);
    }
}

#[test]
fn tries_of_wider_networks_are_counted_too() {
    let mut desk = Desk::with(|settings| settings.limits.visitor_day_attempts = 1);
    // Each visitor at a /64 of its own; the /56 may have as many tries as eight visitors.
    let mut submit = |number: u8, network: &str| {
        let mut request = request(number, &format!("visitor {number}"));
        request.networks = [network, "a /48"].map(|name| Visitor(name.to_owned())).into();
        let ticket = request.spec.ticket;
        let admission = desk.submit(request);
        if admission == Admission::Go(1) {
            desk.completes(ticket);
        }
        admission
    };
    for number in 0..8 {
        assert_eq!(submit(number, "a /56"), Admission::Go(1), "{number}");
    }
    assert_eq!(reason(&submit(8, "a /56")), RefusalReason::VisitorAttempts);
    for number in 9..33 {
        assert_eq!(submit(number, &format!("/56 {}", number / 8)), Admission::Go(1), "{number}");
    }
    assert_eq!(reason(&submit(33, "another /56")), RefusalReason::VisitorAttempts, "the /48 too");
}

#[test]
fn the_queue_has_a_bound_in_all_per_visitor_in_bytes_and_in_time() {
    for (limit, expected) in [
        (0, RefusalReason::QueueFull),
        (1, RefusalReason::VisitorQueueFull),
        (2, RefusalReason::BodiesFull),
        (3, RefusalReason::WaitTooLong),
    ] {
        let mut desk = Desk::with(|settings| {
            let limits = &mut settings.limits;
            limits.slots = 1;
            match limit {
                0 => limits.queue_max = 1,
                1 => limits.queue_per_visitor_max = 1,
                2 => limits.bodies_bytes_max = 500,
                _ => limits.queue_wait_ms = 25_000,
            }
        });
        desk.go(1, "ann");
        desk.queue(2, "ann");
        let refused = desk.submit(request(3, "ann"));
        assert_eq!(reason(&refused), expected);
        assert!(!desk.has(&request(3, "ann").spec.ticket), "nothing is kept of it");
    }
}

#[test]
fn a_place_that_is_never_filled_is_given_up_with_its_credits() {
    let mut desk = Desk::with(|settings| {
        settings.limits.slots = 1;
        settings.limits.visitor_day_credits = 1;
    });
    desk.go(1, "ann");
    let admission = desk.submit(request(2, "bob"));
    assert!(matches!(admission, Admission::Store(_)));
    desk.alarms_until(NOON + 60_000);
    assert!(!desk.has(&request(2, "bob").spec.ticket));
    let admission = desk.submit(request(3, "bob"));
    assert!(!matches!(admission, Admission::Refused(_)), "{admission:?}");
}

#[test]
fn a_body_that_comes_after_its_place_was_given_up_is_dropped() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    desk.go(1, "ann");
    let late = request(2, "bob").spec.ticket;
    desk.submit(request(2, "bob"));
    desk.alarms_until(NOON + 60_000);
    assert!(!desk.body_stored(late));
    assert!(desk.effects.contains(&Effect::DropBody(late)));
}

#[test]
fn nothing_goes_below_the_balance_s_floor() {
    let mut desk = Desk::with(|settings| settings.limits.balance_floor = 10);
    // Until the balance is known nothing goes; it is asked for.
    let admission = desk.submit(request(1, "ann"));
    assert!(matches!(admission, Admission::Store(_)));
    let asked = desk.effects.iter().any(|effect| matches!(effect, Effect::AskBalance { .. }));
    assert!(asked);
    // Where FASHN doesn't tell, it is asked again without anybody's doing.
    desk.balance_answered(None, 0);
    assert_eq!(desk.alarm_ms, Some(NOON + 60_000));
    desk.balance_answered(Some(11), 0);
    let refused = desk.submit(request(2, "bob"));
    assert_eq!(reason(&refused), RefusalReason::BalanceFloor, "the eleventh is reserved");
}

#[test]
fn a_quote_changes_nothing() {
    let desk = Desk::new();
    let before = desk.account.clone();
    let quoted = desk.account.quote(&request(1, "ann"), &desk.rows, NOON);
    assert_eq!(quoted, Ok(Admission::Go(1)));
    assert_eq!(desk.account, before);
}

#[test]
fn a_late_copy_of_a_request_admits_nothing_once_more() {
    let ends: [fn(&mut Desk, Ticket); 4] = [
        |desk, ticket| {
            desk.sent(ticket, 1, refused(RefusalKind::Request));
        },
        |desk, ticket| {
            desk.sent(ticket, 1, refused(RefusalKind::Concurrency));
            desk.apply(|account, tx| account.body_not_stored(tx, ticket));
        },
        |desk, ticket| {
            desk.sent(ticket, 1, refused(RefusalKind::Concurrency));
            desk.body_stored(ticket);
            desk.delete(ticket);
        },
        |desk, ticket| {
            desk.completes(ticket);
            desk.delete(ticket);
        },
    ];
    for end in ends {
        let mut desk = Desk::new();
        let first = keyed(1, "ann", "k", "shirt");
        let ticket = first.spec.ticket;
        assert_eq!(desk.submit(first.clone()), Admission::Go(1));
        end(&mut desk, ticket);
        desk.later(1_000).reset();
        assert_eq!(desk.submit(first), Admission::Admitted);
        assert!(!desk.shows(&ticket));
        assert_eq!(desk.account.slots_taken, 0);
        assert_eq!(desk.rows.dedup(&DedupName("key k".to_owned())), Ok(None), "the key is free");
        desk.alarms_until(NOON + 60_000);
        assert!(!desk.has(&ticket));
    }
}
