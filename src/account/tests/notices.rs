//! What events tell of runs, in order.

use fashn::models::Credits;
use fashn::response::RefusalKind;

use super::{Desk, completed, failed, refused, request};
use crate::account::admission::{Admission, RefusalReason};
use crate::account::event::SendOutcome;
use crate::account::notice::{Notice, Outcome, RunNotice};
use crate::auth::ids::Ticket;
use crate::run::record::Carrier;

/// The names of a run's steps so far.
fn steps(desk: &Desk, ticket: Ticket) -> Vec<String> {
    let of_run = desk.notices.iter().filter_map(|notice| match notice {
        Notice::Run(of, step) if *of == ticket => Some(step),
        _ => None,
    });
    of_run
        .map(|step| match step {
            RunNotice::Sent { carrier: Carrier::Worker, .. } => "sent by the Worker".to_owned(),
            RunNotice::Sent { carrier: Carrier::Body, .. } => "sent by its object".to_owned(),
            RunNotice::Reported { outcome, .. } => (*outcome).to_owned(),
            RunNotice::Settled(settlement) => format!(
                "{} for {}, {} + {} ms",
                settlement.outcome.as_str(),
                settlement.credits,
                settlement.wait_ms,
                settlement.run_ms
            ),
            other => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_run_s_whole_life_is_told() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.later(2_000).accepted(ticket);
    desk.later(7_000).ends(ticket, completed());
    desk.delete(ticket);
    assert_eq!(
        steps(&desk, ticket),
        [
            "Admitted { waits: false }",
            "sent by the Worker",
            "accepted",
            "Webhook",
            "completed for 1, 0 + 9000 ms",
            "Deleted"
        ]
    );
}

#[test]
fn a_run_that_waits_is_told_of_when_it_goes_and_expires() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    let ticket = desk.queue(2, "ben");
    desk.later(1_000).completes(first);
    desk.accepted(ticket);
    desk.later(5_000).ends(ticket, failed());
    desk.alarms_until(desk.now_ms + desk.settings.times.result_ttl_ms);
    assert_eq!(
        steps(&desk, ticket),
        [
            "Admitted { waits: true }",
            "sent by its object",
            "accepted",
            "Webhook",
            "failed for 0, 1000 + 5000 ms",
            "Expired"
        ]
    );
}

#[test]
fn an_end_without_a_webhook_is_told_as_missed() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.accepted(ticket);
    desk.ends_by_poll(ticket, completed());
    let told = steps(&desk, ticket);
    assert!(told.contains(&"WebhookMissed".to_owned()), "{told:?}");
    assert!(!told.contains(&"Webhook".to_owned()), "{told:?}");
}

#[test]
fn a_run_that_came_to_nothing_is_settled_all_the_same() {
    for (outcome, name) in [
        (refused(RefusalKind::Request), "refused: request"),
        (refused(RefusalKind::Unauthorized), "refused: unauthorized"),
        (SendOutcome::NotSent, "not sent"),
    ] {
        let mut desk = Desk::new();
        let ticket = desk.go(1, "ann");
        desk.sent(ticket, 1, outcome);
        let told = steps(&desk, ticket);
        assert!(told.contains(&name.to_owned()), "{told:?}");
        let settled = told.iter().filter(|step| step.contains(" for 0,")).count();
        assert_eq!(settled, 1, "{told:?}");
    }
}

#[test]
fn a_waiting_run_that_its_holder_deletes_is_dropped() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    desk.go(1, "ann");
    let ticket = desk.queue(2, "ben");
    desk.later(3_000).delete(ticket);
    let told = steps(&desk, ticket);
    assert_eq!(told[1..], ["Deleted", "dropped for 0, 3000 + 0 ms"], "{told:?}");
    let mut again = Desk::new();
    let ticket = again.go(1, "ann");
    again.sent(ticket, 1, SendOutcome::Unknown);
    again.alarms_until(again.now_ms + again.settings.times.unknown_credits_ms);
    let told = steps(&again, ticket);
    let ended = format!("{:?}", RunNotice::Ended { outcome: Outcome::TimeOut });
    let is_ended = told.contains(&ended);
    assert!(is_ended, "its price wasn't known: {told:?}");
    assert!(told.iter().any(|step| step.starts_with("time_out for 1,")), "{told:?}");
}

#[test]
fn a_refusal_names_shop_model_and_reason() {
    let mut desk = Desk::with(|settings| settings.limits.day_credits = 1);
    let mut dear = request(1, "ann");
    dear.spec.credits = Credits(2);
    assert!(matches!(desk.submit(dear), Admission::Refused(_)));
    assert_eq!(
        desk.notices[..1],
        [Notice::Refused {
            shop: "north".to_owned(),
            model: "tryon-v1.6".to_owned(),
            reason: RefusalReason::DayBudget
        }]
    );
}

#[test]
fn the_breaker_is_told_of_when_it_opens_and_when_it_closes() {
    let mut desk = Desk::with(|settings| settings.limits.breaker_failures = 2);
    let runs: Vec<_> = (1..=2).map(|number| desk.go(number, &format!("v{number}"))).collect();
    for ticket in &runs {
        desk.sent(*ticket, 1, SendOutcome::Unknown);
    }
    let breaker = |desk: &Desk| {
        let told = desk.notices.iter().filter_map(|notice| match notice {
            Notice::Breaker { is_open } => Some(*is_open),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(breaker(&desk), [true]);
    let queued = desk.queue(3, "v3");
    let probe = desk.alarms_until_one_goes();
    assert_eq!(probe, queued);
    assert_eq!(breaker(&desk), [true], "a probe closes nothing");
    desk.accepted(probe);
    assert_eq!(breaker(&desk), [true, false]);
}
