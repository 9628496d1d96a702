use super::*;
use crate::account::rows::{Figures, Histogram};
use crate::account::state::DAY_MS;
use crate::config::limits;
use crate::run::record::unavailable;

impl Desk {
    /// Credits of the day that the tests begin on, as they are stored.
    fn spent(&self) -> u64 {
        let today = NOON / DAY_MS;
        let credits = self.rows.credits((today, today)).expect("rows in memory don't fail");
        credits.iter().map(|(_, _, credits)| credits).sum()
    }
}

#[test]
fn a_try_on_is_counted_with_its_credits_and_times() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.later(2_000).accepted(ticket);
    desk.later(8_000).ends(ticket, completed());
    assert_eq!(desk.spent(), 1);
    assert_eq!(desk.account.slots_taken, 0);
    assert_eq!(desk.account.live.len(), 0, "memory holds live runs alone");
    let expected = Figures {
        completed: 1,
        credits: 1,
        run_ms: 10_000,
        waits: Histogram::of(0),
        durations: Histogram::of(10_000),
        ..Figures::default()
    };
    let figures = desk.writes.iter().filter_map(|write| match write {
        Write::AddFigures(_, figures) => Some(figures.clone()),
        _ => None,
    });
    assert_eq!(figures.collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_time_falls_into_the_bucket_that_its_bound_ends() {
    for (ms, bucket) in [(0, 0), (250, 0), (251, 1), (900_000, 14), (900_001, 15), (u64::MAX, 15)] {
        let Histogram(counts) = Histogram::of(ms);
        assert_eq!((counts.len(), counts.last()), (bucket + 1, Some(&1)), "{ms}");
    }
    let mut sum = Histogram::of(7_000);
    sum.add(&Histogram::of(0));
    sum.add(&Histogram::of(7_000));
    assert_eq!(sum, Histogram(vec![1, 0, 0, 0, 2]));
    // A row that was spoilt doesn't grow.
    sum.add(&Histogram(vec![u64::MAX; 99]));
    let Histogram(counts) = &sum;
    assert_eq!(counts.len(), 16);
}

#[test]
fn a_failure_is_counted_by_its_name() {
    for (ending, name) in [
        (Ending::Failed(unavailable("busy")), "UnavailableError"),
        (Ending::Canceled(None), "Canceled"),
        (Ending::TimeOut(None), "TimeOut"),
    ] {
        let mut desk = Desk::new();
        let ticket = desk.go(1, "ann");
        desk.accepted(ticket);
        desk.ends(ticket, ending);
        let failures: Vec<_> = desk
            .writes
            .iter()
            .filter_map(|write| match write {
                Write::AddFailure(_, name) => Some(&**name),
                _ => None,
            })
            .collect();
        assert_eq!(failures, [name]);
    }
}

#[test]
fn a_webhook_that_can_t_be_confirmed_now_is_confirmed_by_the_alarm() {
    let mut desk = Desk::with(|settings| settings.limits.statuses.requests = 1);
    let (first, second) = (desk.go(1, "ann"), desk.go(2, "bob"));
    desk.completes(first);
    desk.accepted(second);
    assert_eq!(desk.webhook(second), WebhookDecision::Known);
    let at_ms = desk.alarm_ms.expect("the window opens");
    desk.now_ms = at_ms - 1;
    desk.alarm();
    assert!(!asks_status(&desk));
    desk.later(1).alarm();
    assert!(asks_status(&desk));
}

#[test]
fn no_more_status_calls_are_under_way_than_the_object_has_connections_for() {
    let mut desk = Desk::new();
    let tickets: Vec<_> = (1..=6).map(|n| desk.go(n, &format!("visitor {n}"))).collect();
    for ticket in &tickets {
        desk.accepted(*ticket);
    }
    desk.later(20_000).alarm();
    let calls = desk.effects.iter().filter(|effect| matches!(effect, Effect::AskStatus(_)));
    assert_eq!(calls.count(), limits::STATUS_CALLS_MAX);
    // The place of a call is released by time where its invocation was cut.
    desk.alarms_until(NOON + 60_000);
    let asked = tickets.iter().filter(|ticket| match desk.run(ticket).state {
        crate::run::record::State::Running { polls, .. } => polls > 0,
        _ => false,
    });
    assert_eq!(asked.count(), 6);
}

#[test]
fn a_webhook_stores_nothing_before_fashn_confirmed_it() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.accepted(ticket);
    assert!(matches!(desk.webhook(ticket), WebhookDecision::Confirm(_)));
    assert_eq!(desk.writes, []);
}

/// Calls that the object didn't live to count, each time anew.
#[test]
fn status_calls_that_a_reset_cut_off_count_in_their_window() {
    let most = 2 * limits::STATUS_CALLS_MAX + 1;
    let mut desk = Desk::with(|settings| settings.limits.statuses.requests = 7);
    let tickets: Vec<_> = (1..=6).map(|n| desk.go(n, &format!("visitor {n}"))).collect();
    for ticket in &tickets {
        desk.accepted(*ticket);
    }
    let mut begun = 0;
    for _ in 0..4 {
        for ticket in &tickets {
            begun += usize::from(matches!(desk.webhook(*ticket), WebhookDecision::Confirm(_)));
        }
        desk.reset();
        desk.later(10);
    }
    assert_eq!(begun, most);
    desk.later(60_000);
    assert!(matches!(desk.webhook(tickets[0]), WebhookDecision::Confirm(_)));
}

#[test]
fn a_status_call_that_was_cut_counts_once_its_time_is_over() {
    let mut desk = Desk::with(|settings| settings.limits.statuses.requests = 1);
    let (first, second) = (desk.go(1, "ann"), desk.go(2, "bob"));
    desk.accepted(first);
    desk.accepted(second);
    assert!(matches!(desk.webhook(first), WebhookDecision::Confirm(_)));
    assert_eq!(desk.webhook(second), WebhookDecision::Known, "beside the one under way");
    desk.later(desk.settings.call_ms).alarm();
    assert!(!asks_status(&desk), "FASHN may have got it just now");
    let window_ms = desk.account.settings.limits.statuses.window_ms;
    desk.later(window_ms).alarm();
    assert!(asks_status(&desk));
}

#[test]
fn a_status_outage_past_the_deadline_loses_nothing() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.accepted(ticket);
    let end_ms = NOON + 2 * 3_600_000;
    while desk.now_ms < end_ms {
        let next_ms = desk.alarm_ms.expect("it is looked after").min(end_ms);
        desk.alarms_until(next_ms);
        if asks_status(&desk) {
            desk.status_answered(ticket, StatusOutcome::Nothing);
        }
    }
    assert!(!desk.run(&ticket).is_over());
    assert_eq!(desk.account.slots_taken, 0, "its slot came back at the deadline");
    desk.ends(ticket, completed());
    assert!(desk.run(&ticket).is_visible(desk.now_ms), "the late picture is shown");
}

#[test]
fn a_deleted_run_is_gone_for_its_holder_now_and_for_the_account_when_its_price_is_known() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.accepted(ticket);
    assert!(desk.delete(ticket));
    assert!(!desk.delete(ticket));
    assert!(!desk.run(&ticket).is_visible(desk.now_ms));
    desk.ends(ticket, completed());
    assert!(!desk.shows(&ticket));
    assert_eq!(desk.spent(), 1, "it was paid");
}

#[test]
fn a_run_that_waits_is_deleted_with_its_body_at_once() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    desk.go(1, "ann");
    let waiting = desk.queue(2, "bob");
    desk.delete(waiting);
    assert!(!desk.shows(&waiting));
    assert!(desk.effects.contains(&Effect::DropBody(waiting)));
}

#[test]
fn results_are_deleted_at_their_time_without_anybody_asking() {
    let mut desk = Desk::new();
    let mut tickets = Vec::new();
    for number in 1..=20 {
        let ticket = desk.go(number, &format!("visitor {number}"));
        desk.completes(ticket);
        tickets.push(ticket);
    }
    desk.alarms_until(NOON + 3_599_999);
    assert!(tickets.iter().all(|ticket| desk.has(ticket)));
    desk.alarms_until(NOON + 3_600_100);
    assert!(!tickets.iter().any(|ticket| desk.has(ticket)));
    assert_eq!(desk.alarm_ms, None, "nothing is left to wait for");
}

#[test]
fn the_merchant_is_told_until_its_backend_has_heard() {
    let mut desk = Desk::with(|settings| settings.has_merchant_webhook = true);
    let ticket = desk.go(1, "ann");
    desk.completes(ticket);
    // Its row is written once, with the first try begun.
    let messages = desk.writes.iter().filter(|write| matches!(write, Write::PutMessage(_)));
    assert_eq!(messages.count(), 1);
    assert_eq!(desk.delivered(), Some(ticket));
    desk.message_sent(ticket, false);
    let mut tries = 1;
    while desk.message(ticket).is_some() && tries < 3 {
        let next_ms = desk.alarm_ms.expect("a message waits");
        desk.alarms_until(next_ms);
        if desk.delivered() == Some(ticket) {
            tries += 1;
            desk.message_sent(ticket, tries == 3);
        }
    }
    assert_eq!(tries, 3);
    assert_eq!(desk.message(ticket), None);
}

#[test]
fn a_backend_that_hangs_takes_two_places_and_no_status_call_s() {
    let mut desk = Desk::with(|settings| settings.has_merchant_webhook = true);
    let mut messages = 0;
    for number in 1..=5 {
        let ticket = desk.go(number, &format!("visitor {number}"));
        desk.completes(ticket);
        messages += usize::from(desk.delivered() == Some(ticket));
    }
    desk.later(1).alarm();
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Deliver(_))));
    assert_eq!(messages, limits::MESSAGES_MAX);
    let ticket = desk.go(6, "ann");
    desk.accepted(ticket);
    assert!(matches!(desk.webhook(ticket), WebhookDecision::Confirm(_)));
}

#[test]
fn rows_of_visitors_of_an_earlier_day_are_deleted_however_many() {
    let mut desk = Desk::with(|settings| {
        settings.limits.slots = 300;
        settings.limits.runs.requests = 300;
    });
    for number in 0..200 {
        desk.go(number, &format!("visitor {number}"));
    }
    desk.later(12 * 3_600_000).alarm();
    let end_ms = desk.now_ms + 10_000;
    desk.alarms_until(end_ms);
    assert_eq!(desk.rows.has_visitors_before(desk.now_ms / DAY_MS), Ok(false));
}

#[test]
fn a_lost_limiter_is_taken_for_full_windows_while_runs_are_live() {
    let mut desk = Desk::new();
    desk.go(1, "ann");
    let lost = MemoryRows::default();
    lost.apply(&Write::PutRun(Box::new(desk.run(&request(1, "ann").spec.ticket)))).expect("stores");
    desk.rows = lost;
    desk.reset();
    let admission = desk.submit(request(2, "bob"));
    assert!(matches!(admission, Admission::Store(_)), "{admission:?}");
}

fn asks_status(desk: &Desk) -> bool {
    desk.effects.iter().any(|effect| matches!(effect, Effect::AskStatus(_)))
}
