//! Messages to the merchant's backend over 28 hours.

use super::{Desk, NOON, completed, request};
use crate::account::event::Effect;
use crate::account::notice::{MessageOutcome, Notice};
use crate::account::rows::{MessageId, Rows as _};
use crate::account::staff::{StaffChange, StaffOutcome};
use crate::auth::ids::Ticket;
use crate::config::limits;

const HOUR_MS: u64 = 3_600_000;

fn desk() -> Desk {
    Desk::with(|settings| settings.has_merchant_webhook = true)
}

/// A run that completed; its message is under way.
fn ended(desk: &mut Desk, number: u8) -> Ticket {
    let ticket = desk.go(number, &format!("visitor {number}"));
    desk.completes(ticket);
    ticket
}

/// The backend fails until no more is sent; answers the times of the tries.
fn fails_for_good(desk: &mut Desk, ticket: Ticket) -> Vec<u64> {
    let id = MessageId::of_run(&ticket);
    let mut tries_ms = vec![desk.now_ms];
    desk.message_sent(ticket, false);
    while desk.message(ticket).is_some() {
        let at_ms = desk.alarm_ms.expect("a message waits");
        desk.now_ms = at_ms;
        desk.alarm();
        if desk.effects.iter().any(|effect| format!("{effect:?}").contains(&id.0)) {
            tries_ms.push(at_ms);
            desk.message_sent(ticket, false);
        }
    }
    tries_ms
}

#[test]
fn a_message_is_tried_for_28_hours_ever_more_rarely_and_at_its_own_times() {
    let times = |number: u8| {
        let mut desk = desk();
        let ticket = ended(&mut desk, number);
        fails_for_good(&mut desk, ticket)
    };
    let (one, other) = (times(1), times(2));
    for tries_ms in [&one, &other] {
        assert_eq!(tries_ms.len(), limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX as usize);
        let hours = (tries_ms[8] - tries_ms[0]) / HOUR_MS;
        assert!((28..=34).contains(&hours), "{hours} hours");
        let pauses = tries_ms.windows(2).map(|pair| pair[1] - pair[0]);
        for (pause_ms, seconds) in pauses.zip(limits::MERCHANT_WEBHOOK_PAUSES_SECONDS) {
            let least_ms = seconds * 1_000;
            assert!((least_ms..=least_ms + least_ms / 5 + 1).contains(&pause_ms), "{pause_ms}");
        }
    }
    assert_ne!(one, other, "messages that fail together don't come again together");
    assert_eq!(one, times(1), "the same message has the same times");
}

#[test]
fn after_the_result_s_end_its_message_has_nothing_that_leads_to_the_run() {
    let mut desk = desk();
    let ticket = ended(&mut desk, 1);
    desk.message_sent(ticket, false);
    assert_eq!(desk.message(ticket).expect("waits").ticket, Some(ticket));
    let until_ms = desk.now_ms + desk.settings.times.result_ttl_ms + 1;
    while desk.now_ms < until_ms {
        desk.alarms_until(desk.alarm_ms.expect("a message waits").min(until_ms));
        if desk.delivered() == Some(ticket) {
            desk.message_sent(ticket, false);
        }
    }
    assert!(!desk.has(&ticket), "its row is gone");
    let message = desk.message(ticket).expect("still waits");
    assert_eq!((message.ticket, message.detail), (None, None));
    assert_eq!(message.event, "prediction.completed");
    assert_eq!(message.outcome.as_deref(), Some("it was answered with 503"));
    assert!(message.id.0.starts_with(&ticket.short_hash()));
}

#[test]
fn a_holder_s_delete_drops_what_was_not_sent() {
    let mut waiting = desk();
    let ticket = ended(&mut waiting, 1);
    waiting.message_sent(ticket, false);
    assert!(waiting.delete(ticket));
    assert_eq!(waiting.message(ticket), None);
    waiting.alarms_until(NOON + 40 * HOUR_MS);
    assert_eq!(waiting.delivered(), None);

    // While it is under way, its end changes nothing any more.
    let mut under_way = desk();
    let ticket = ended(&mut under_way, 1);
    assert!(under_way.delete(ticket));
    under_way.message_sent(ticket, false);
    assert_eq!(under_way.message(ticket), None);

    // Dead letters too, if the result lives so long.
    let mut dead = Desk::with(|settings| {
        settings.has_merchant_webhook = true;
        settings.times.result_ttl_ms = 72 * HOUR_MS;
    });
    let ticket = ended(&mut dead, 1);
    fails_for_good(&mut dead, ticket);
    assert_eq!(dead.rows.dead_letters().expect("reads").len(), 1);
    assert!(dead.delete(ticket));
    assert_eq!(dead.rows.dead_letters(), Ok(Vec::new()));
}

#[test]
fn a_consent_is_told_once_where_there_is_a_backend_and_dropped_with_its_run() {
    let agreed = |number| {
        let mut request = request(number, "visitor");
        request.consent = Some(r#"{"version":"2026-11"}"#.to_owned());
        request
    };
    let (mut desk, asked) = (desk(), agreed(1));
    let ticket = asked.spec.ticket;
    let id = MessageId::of_consent(&ticket);
    desk.submit(asked.clone());
    let message = desk.rows.message(&id).expect("reads").expect("waits");
    assert_eq!((&*message.event, message.ticket), ("consent.given", None));
    assert_eq!(message.detail, asked.consent);
    assert_eq!(message.tries, 1);
    // The same ticket again changes nothing.
    desk.submit(asked);
    assert_eq!(desk.rows.message(&id), Ok(Some(message)));
    assert!(desk.delete(ticket));
    assert_eq!(desk.rows.message(&id), Ok(None));

    let mut alone = Desk::with(|_| {});
    let asked = agreed(2);
    let id = MessageId::of_consent(&asked.spec.ticket);
    alone.submit(asked);
    assert_eq!(alone.rows.message(&id), Ok(None));
}

#[test]
fn after_the_last_try_staff_find_the_message_and_send_it_again() {
    let mut desk = desk();
    let ticket = ended(&mut desk, 1);
    fails_for_good(&mut desk, ticket);
    let letters = desk.rows.dead_letters().expect("reads");
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.tries, limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX);
    assert_eq!((&*letter.event, letter.dead_ms), ("prediction.completed", desk.now_ms));
    assert_eq!(letter.outcome.as_deref(), Some("it was answered with 503"));
    let dead = desk
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::Message { outcome: MessageOutcome::Dead, .. }));
    assert_eq!(dead.count(), 1);

    let id = letter.id.clone();
    let unknown = MessageId("0".repeat(32));
    let again = |id: &MessageId| StaffChange::SendAgain(id.clone());
    assert_eq!(desk.change(again(&unknown)), StaffOutcome::NotFound);
    assert_eq!(desk.change(again(&id)), StaffOutcome::Changed);
    assert_eq!(desk.rows.dead_letters(), Ok(Vec::new()));
    assert!(format!("{:?}", desk.effects).contains(&id.0), "it is under way");
    desk.message_sent(ticket, true);
    assert_eq!(desk.message(ticket), None);
    assert_eq!(desk.change(again(&id)), StaffOutcome::NotFound, "once");
    assert_eq!(desk.listed(), [["ana", "", &format!("message: sent again, {}", id.0)]]);
}

#[test]
fn a_try_that_was_cut_counts_and_the_last_is_a_dead_letter_all_the_same() {
    let mut desk = desk();
    let ticket = ended(&mut desk, 1);
    // No report ever comes: the object is reset after each try.
    for _ in 0..limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX {
        desk.reset();
        desk.alarm();
        let at_ms = desk.message(ticket).expect("waits").next_ms;
        desk.alarms_until(at_ms);
    }
    assert_eq!(desk.message(ticket), None);
    assert_eq!(desk.rows.dead_letters().expect("reads").len(), 1);
}

#[test]
fn a_run_that_ends_while_all_places_are_taken_is_told_later() {
    let mut desk = desk();
    let tickets: Vec<_> = (1..=3).map(|number| desk.go(number, "ann")).collect();
    for ticket in &tickets {
        desk.accepted(*ticket);
    }
    for ticket in &tickets {
        desk.ends(*ticket, completed());
    }
    assert_eq!(desk.delivered(), None, "two are under way");
    desk.message_sent(tickets[0], true);
    desk.later(1).alarm();
    assert_eq!(desk.delivered(), Some(tickets[2]));
}

/// A run of staff that ended; its end is told to this address too.
fn ended_for_staff(desk: &mut Desk) -> Ticket {
    let mut request = request(1, "staff");
    request.spec.is_staff = true;
    request.spec.webhook_url = Some("https://hooks.example/run".to_owned());
    let ticket = request.spec.ticket;
    desk.apply(|account, tx| account.admit(tx, request));
    desk.completes(ticket);
    ticket
}

#[test]
fn staff_s_own_address_has_a_message_beside_the_merchant_s_or_alone() {
    for (mut desk, own) in [(desk(), true), (Desk::with(|_| ()), false)] {
        let ticket = ended_for_staff(&mut desk);
        assert_eq!(desk.message(ticket).map(|message| message.url), own.then_some(None));
        let id = MessageId::for_staff(&ticket);
        let message = desk.rows.message(&id).expect("reads").expect("waits");
        assert_eq!(message.url.as_deref(), Some("https://hooks.example/run"));
        assert!(message.id.0.starts_with(&ticket.hash()));
        // A reset forgets nothing of it.
        desk.reset();
        assert!(desk.delete(ticket));
        assert_eq!(desk.rows.message(&id), Ok(None));
        assert_eq!(desk.message(ticket), None);
    }
}

#[test]
fn staff_s_own_message_is_retried_expires_and_dies_as_the_merchant_s_does() {
    let mut desk = Desk::with(|settings| settings.times.result_ttl_ms = HOUR_MS);
    let ticket = ended_for_staff(&mut desk);
    let id = MessageId::for_staff(&ticket);
    let mut tries = 1;
    let fails = |desk: &mut Desk| {
        let failure = Some("it was answered with 503".to_owned());
        desk.apply(|account, tx| account.message_sent(tx, &id, failure));
    };
    fails(&mut desk);
    while let Some(message) = desk.rows.message(&id).expect("reads") {
        let has_expired = desk.now_ms > NOON + 2 * HOUR_MS;
        assert_eq!(message.ticket.is_none(), has_expired || !desk.has(&ticket));
        desk.now_ms = desk.alarm_ms.expect("a message waits");
        desk.alarm();
        if desk.effects.iter().any(|effect| matches!(effect, Effect::Deliver(_))) {
            tries += 1;
            fails(&mut desk);
        }
    }
    assert_eq!(tries, limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX);
    let [letter] = &desk.rows.dead_letters().expect("reads")[..] else { panic!("one letter") };
    assert_eq!(letter.url.as_deref(), Some("https://hooks.example/run"));
    assert!(desk.apply(|account, tx| account.send_again(tx, &id)));
    let message = desk.rows.message(&id).expect("reads").expect("waits");
    assert_eq!(message.url.as_deref(), Some("https://hooks.example/run"));
}
