use super::*;
use crate::account::breaker::Breaker;
use crate::config::limits;

#[test]
fn a_rate_limit_holds_all_runs_and_the_refused_one_waits_at_its_place() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 2);
    let first = desk.go(1, "ann");
    desk.go(2, "bob");
    let waiting = desk.queue(3, "cat");
    let refused = SendOutcome::Refused {
        kind: RefusalKind::RateLimit,
        retry_after_ms: Some(7_000),
        error: error(),
    };
    assert_eq!(desk.sent(first, 1, refused), Verdict::Again);
    assert!(desk.gone().is_empty());
    desk.body_stored(first);
    desk.alarms_until(NOON + 6_999);
    assert_eq!(desk.account.slots_taken, 1);
    desk.later(1).alarm();
    assert_eq!(desk.gone(), [waiting], "it was there first");
}

#[test]
fn a_concurrency_limit_reduces_the_slots_for_a_while() {
    let mut desk = Desk::new();
    let tickets: Vec<_> = (1..=3).map(|n| desk.go(n, &format!("visitor {n}"))).collect();
    let verdict = desk.sent(tickets[2], 1, refused(RefusalKind::Concurrency));
    assert_eq!(verdict, Verdict::Again);
    desk.body_stored(tickets[2]);
    assert!(desk.gone().is_empty(), "two slots, both taken");
    desk.later(30_000).alarm();
    assert_eq!(desk.gone(), [tickets[2]]);
}

#[test]
fn one_visitor_s_failures_don_t_open_the_breaker_and_go_behind_all_that_never_failed() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let poison = desk.go(1, "mallory");
    assert_eq!(desk.sent(poison, 1, refused(RefusalKind::ServerError)), Verdict::Again);
    desk.body_stored(poison);
    for attempt in 2..=4_u16 {
        // Its own pause is over, and it goes as nobody else waits.
        assert_eq!(desk.alarms_until_one_goes(), poison);
        let verdict = desk.sent(poison, attempt, refused(RefusalKind::ServerError));
        let is_last = attempt == 4;
        assert_eq!(verdict, if is_last { Verdict::GiveUp } else { Verdict::Again });
    }
    assert!(matches!(desk.account.limiter.breaker, Breaker::Closed { .. }));
    desk.go(9, "ann");
}

#[test]
fn a_failed_run_never_goes_ahead_of_one_that_never_failed() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let poison = desk.go(1, "mallory");
    let honest: Vec<_> = (2..=4).map(|n| desk.queue(n, &format!("visitor {n}"))).collect();
    desk.sent(poison, 1, refused(RefusalKind::ServerError));
    desk.body_stored(poison);
    for ticket in honest {
        desk.later(5_000);
        desk.alarm();
        assert!(desk.run(&ticket).holds_slot());
        desk.completes(ticket);
    }
    assert!(desk.run(&poison).holds_slot(), "nobody else waits");
}

#[test]
fn failures_of_distinct_visitors_open_the_breaker_and_a_probe_closes_it() {
    let mut desk = Desk::new();
    let mut waiting = Vec::new();
    for number in 1..=5 {
        let ticket = desk.go(number, &format!("visitor {number}"));
        desk.sent(ticket, 1, refused(RefusalKind::ServerError));
        desk.body_stored(ticket);
        waiting.push(ticket);
    }
    assert!(matches!(desk.account.limiter.breaker, Breaker::Open { .. }));
    let fresh = desk.queue(6, "ann");
    desk.alarms_until(NOON + 9_999);
    assert_eq!(desk.account.slots_taken, 0, "open");
    desk.later(1).alarm();
    assert_eq!(desk.gone(), [fresh], "the probe is a run that never failed");
    desk.accepted(fresh);
    assert!(matches!(desk.account.limiter.breaker, Breaker::Closed { .. }));
    assert_eq!(desk.gone().len(), 5);
}

#[test]
fn a_probe_whose_sender_is_gone_holds_others_for_its_own_time_alone() {
    let mut desk = Desk::with(|settings| settings.limits.breaker_failures = 1);
    let failed = desk.go(1, "ann");
    desk.sent(failed, 1, refused(RefusalKind::ServerError));
    desk.later(10_000).alarm();
    desk.go(2, "mallory");
    let honest = desk.queue(3, "bob");
    desk.later(29_999).alarm();
    assert!(!desk.run(&honest).holds_slot());
    desk.later(1).alarm();
    assert!(desk.run(&honest).holds_slot());
}

#[test]
fn fashn_s_500_for_a_large_body_is_that_body_s_fault() {
    let mut desk = Desk::with(|settings| settings.limits.breaker_failures = 1);
    let mut large = request(1, "ann");
    large.spec.body_bytes = limits::LARGE_BODY_BYTES + 1;
    let ticket = large.spec.ticket;
    desk.submit(large);
    desk.sent(ticket, 1, refused(RefusalKind::ServerError));
    desk.go(2, "bob");
}

#[test]
fn out_of_credits_closes_until_the_balance_says_otherwise() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    assert_eq!(desk.sent(ticket, 1, refused(RefusalKind::OutOfCredits)), Verdict::GiveUp);
    let asked = desk.effects.iter().any(|effect| matches!(effect, Effect::AskBalance { .. }));
    assert!(asked);
    assert!(matches!(desk.submit(request(2, "bob")), Admission::Refused(_)));
    desk.balance_answered(Some(0), 0);
    assert!(matches!(desk.submit(request(3, "bob")), Admission::Refused(_)));
    desk.alarms_until(NOON + 60_000);
    desk.balance_answered(Some(100), 0);
    desk.go(4, "bob");
}

#[test]
fn a_worker_that_fails_before_it_calls_gives_its_slot_back_at_once() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    let second = desk.queue(2, "bob");
    assert_eq!(desk.sent(first, 1, SendOutcome::NotSent), Verdict::GiveUp);
    assert_eq!(desk.gone(), [second]);
    assert!(!desk.shows(&first));
    // Nothing left: the window is untouched by it.
    assert_eq!(desk.account.limiter.runs, crate::account::window::Window::default());
}

#[test]
fn a_sender_that_can_t_live_any_more_ends_as_unknown_and_its_slot_comes_back() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    let second = desk.queue(2, "bob");
    desk.alarms_until(NOON + 49_999);
    assert!(desk.run(&first).holds_slot());
    desk.alarms_until(NOON + 50_000);
    assert!(!desk.run(&first).holds_slot());
    assert!(desk.run(&second).holds_slot());
    // It was slow, not dead: its report binds the id all the same.
    let outcome = SendOutcome::Accepted(upstream(&first));
    assert_eq!(desk.sent(first, 1, outcome), Verdict::Noted);
}

#[test]
fn a_report_of_an_earlier_send_is_out_of_date() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let ticket = desk.go(1, "ann");
    desk.sent(ticket, 1, refused(RefusalKind::Concurrency));
    desk.body_stored(ticket);
    desk.alarms_until(NOON + 30_000);
    assert_eq!(desk.run(&ticket).attempt, 2);
    assert_eq!(desk.sent(ticket, 1, SendOutcome::Unknown), Verdict::OutOfDate);
    assert!(desk.run(&ticket).holds_slot());
}

#[test]
fn a_body_object_that_has_nothing_fails_the_run_openly() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    let second = desk.queue(2, "bob");
    desk.completes(first);
    desk.apply(|account, tx| account.body_missing(tx, second, 1));
    assert!(desk.run(&second).is_over());
    assert_eq!(desk.account.slots_taken, 0);
}

#[test]
fn a_late_answer_to_a_send_that_was_given_up_asks_for_the_price() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.sent(ticket, 1, SendOutcome::Unknown);
    desk.alarms_until(NOON + 600_000);
    assert!(desk.run(&ticket).is_over());
    let outcome = SendOutcome::Accepted(upstream(&ticket));
    assert_eq!(desk.sent(ticket, 1, outcome), Verdict::Noted);
    let asks = |effect: &_| matches!(effect, Effect::AskStatus(call) if call.ticket == ticket);
    assert!(desk.effects.iter().any(asks));
}

#[test]
fn a_wait_that_a_clock_going_back_shortens_stays_short_after_a_reset() {
    let mut desk = Desk::with(|settings| settings.limits.runs.requests = 1);
    let first = desk.go(1, "ann");
    desk.completes(first);
    desk.now_ms -= 3_600_000;
    desk.alarm();
    desk.later(30_000).reset();
    desk.later(32_000);
    desk.go(2, "bob");
}
