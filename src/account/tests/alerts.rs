//! Alerts: each crossing is told once, also across restarts.

use fashn::models::Credits;
use fashn::response::RefusalKind;

use super::{Desk, completed, refused, request};
use crate::account::admission::Admission;
use crate::account::event::{Effect, SendOutcome};
use crate::account::notice::{Alert, Notice};
use crate::account::state::DAY_MS;

/// The alerts of all events so far.
fn alerts(desk: &Desk) -> Vec<Alert> {
    let alerts = desk.notices.iter().filter_map(|notice| match notice {
        Notice::Alert(alert) => Some(*alert),
        _ => None,
    });
    alerts.collect()
}

fn spend(desk: &mut Desk, number: u8, credits: u32) -> Admission {
    let mut request = request(number, &format!("visitor {number}"));
    request.spec.credits = Credits(credits);
    desk.submit(request)
}

#[test]
fn the_day_s_budget_is_told_at_half_at_four_fifths_and_at_its_end_once_each() {
    let mut desk = Desk::with(|settings| {
        settings.limits.day_credits = 100;
        settings.limits.visitor_day_credits = 100;
    });
    let budget = |percent| Alert::Budget { percent };
    spend(&mut desk, 1, 40);
    assert_eq!(alerts(&desk), []);
    spend(&mut desk, 2, 10);
    spend(&mut desk, 3, 10);
    assert_eq!(alerts(&desk), [budget(50)]);
    desk.reset();
    spend(&mut desk, 4, 20);
    assert_eq!(alerts(&desk), [budget(50), budget(80)], "a restart repeats nothing");
    // 85 are committed, and 16 don't fit.
    spend(&mut desk, 5, 5);
    assert!(matches!(spend(&mut desk, 6, 16), Admission::Refused(_)));
    assert!(matches!(spend(&mut desk, 7, 16), Admission::Refused(_)));
    assert_eq!(alerts(&desk), [budget(50), budget(80), budget(100)]);
    let next_day_ms = (desk.now_ms / DAY_MS + 1) * DAY_MS;
    desk.alarms_until(next_day_ms);
    desk.notices.clear();
    spend(&mut desk, 8, 90);
    assert_eq!(alerts(&desk), [budget(80)], "of several that are crossed at once the highest");
}

#[test]
fn a_low_balance_is_told_once_until_it_is_better() {
    let mut desk = Desk::with(|settings| settings.limits.balance_floor = 100);
    let mark = |desk: &Desk| desk.account.limiter.charged;
    for (total, told) in [(500, 0), (200, 1), (150, 1), (190, 1), (201, 1), (199, 2)] {
        let mark = mark(&desk);
        desk.balance_answered(Some(total), mark);
        assert_eq!(alerts(&desk), vec![Alert::BalanceLow; told], "{total}");
        desk.reset();
    }
}

#[test]
fn a_balance_that_fashn_says_is_empty_is_low_without_a_floor() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.sent(ticket, 1, refused(RefusalKind::OutOfCredits));
    assert_eq!(alerts(&desk), [Alert::BalanceLow]);
    desk.later(60_000).alarm();
    desk.balance_answered(Some(0), 0);
    assert_eq!(alerts(&desk), [Alert::BalanceLow]);
    desk.later(60_000).alarm();
    desk.balance_answered(Some(50), 0);
    let ticket = desk.go(2, "ben");
    desk.sent(ticket, 1, refused(RefusalKind::OutOfCredits));
    assert_eq!(alerts(&desk), [Alert::BalanceLow; 2]);
}

#[test]
fn a_breaker_that_a_probe_opens_again_is_told_once() {
    let mut desk = Desk::with(|settings| settings.limits.breaker_failures = 1);
    let ticket = desk.go(1, "ann");
    desk.sent(ticket, 1, SendOutcome::Unknown);
    assert_eq!(alerts(&desk), [Alert::BreakerOpen]);
    desk.queue(2, "ben");
    let probe = desk.alarms_until_one_goes();
    desk.sent(probe, 1, SendOutcome::Unknown);
    desk.reset();
    desk.queue(3, "cem");
    let probe = desk.alarms_until_one_goes();
    assert_eq!(alerts(&desk), [Alert::BreakerOpen]);
    desk.accepted(probe);
    let ticket = desk.go(4, "dan");
    desk.sent(ticket, 1, SendOutcome::Unknown);
    assert_eq!(alerts(&desk), [Alert::BreakerOpen; 2], "it was closed between");
}

#[test]
fn webhooks_that_stay_away_are_told_after_three_and_again_after_they_came_back() {
    let mut desk = Desk::new();
    let mut number = 0;
    let mut end = |desk: &mut Desk, by_webhook: bool| {
        number += 1;
        let ticket = desk.go(number, &format!("visitor {number}"));
        desk.accepted(ticket);
        if by_webhook {
            desk.ends(ticket, completed());
        } else {
            desk.ends_by_poll(ticket, completed());
        }
        desk.reset();
    };
    for _ in 0..2 {
        end(&mut desk, false);
    }
    assert_eq!(alerts(&desk), []);
    for _ in 0..3 {
        end(&mut desk, false);
    }
    assert_eq!(alerts(&desk), [Alert::WebhooksMissing]);
    end(&mut desk, true);
    for _ in 0..3 {
        end(&mut desk, false);
    }
    assert_eq!(alerts(&desk), [Alert::WebhooksMissing; 2]);
}

#[test]
fn rows_in_quarantine_are_told_once_for_as_long_as_they_are_kept() {
    let mut desk = Desk::new();
    let quarantined = |desk: &mut Desk| {
        desk.apply(|account, tx| {
            account.rows_quarantined(tx);
            Ok(())
        });
    };
    quarantined(&mut desk);
    desk.reset();
    desk.later(3_600_000);
    quarantined(&mut desk);
    assert_eq!(alerts(&desk), [Alert::Quarantine]);
    desk.later(72 * 3_600_000);
    quarantined(&mut desk);
    assert_eq!(alerts(&desk), [Alert::Quarantine; 2]);
}

#[test]
fn an_alert_is_a_message_to_the_merchant_s_backend() {
    let mut desk = Desk::with(|settings| {
        settings.has_merchant_webhook = true;
        settings.limits.day_credits = 10;
    });
    spend(&mut desk, 1, 5);
    let message = desk.effects.iter().find_map(|effect| match effect {
        Effect::Deliver(message) => Some((**message).clone()),
        _ => None,
    });
    let message = message.expect("is under way");
    assert_eq!((&*message.event, message.ticket), ("alert.budget", None));
    assert_eq!(message.detail.as_deref(), Some(r#"{"percent":50}"#));
    assert_eq!(message.id.0.len(), 32);
    spend(&mut desk, 2, 5);
    let ids = desk.effects.iter().filter_map(|effect| match effect {
        Effect::Deliver(other) => Some(other.id.clone()),
        _ => None,
    });
    assert!(ids.clone().count() == 1 && ids.clone().all(|id| id != message.id));
}
