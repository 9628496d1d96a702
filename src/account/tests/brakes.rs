//! What staff set for a shop holds its shoppers, and what a page says is what the next one meets.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::account::admission::{Refusal, RefusalReason};
use crate::account::brakes::{Brakes, date_of};
use crate::account::budget::{Braked, BudgetQuery};
use crate::account::opening::ClosedReason;
use crate::account::state::DAY_MS;

const HOUR_MS: u64 = 3_600_000;

/// The shop of the tests' runs.
const SHOP: &str = "north";

impl Desk {
    fn brake(&mut self, shop: &str, set: &Value) -> bool {
        let set = set.as_object().expect("an object").clone().into_iter().collect::<Vec<_>>();
        let is_changed =
            self.apply(|account, tx| Ok(account.brake(tx, shop.into(), "ana".into(), &set)));
        assert_eq!(self.restored().brakes_of(shop), self.account.brakes_of(shop), "it is stored");
        is_changed
    }

    fn braked(&self, credits: u32, is_signed_in: bool) -> Option<Braked> {
        let credits = Credits(credits);
        let asked = BudgetQuery { shop: SHOP, credits, is_staff: false, is_signed_in };
        let braked = self.account.braked(asked, self.now_ms);
        let closed = self.account.closed(asked, self.now_ms);
        assert_eq!(closed.is_some(), braked.is_some(), "{closed:?}, {braked:?}");
        braked
    }

    fn guest(&self) -> Option<RefusalReason> {
        self.braked(1, false).map(|(reason, _)| reason)
    }

    fn signed_in(&self) -> Option<RefusalReason> {
        self.braked(1, true).map(|(reason, _)| reason)
    }

    /// So many runs go and complete, each of a visitor of its own.
    fn spends(&mut self, from: u8, runs: u8) {
        for number in from..from + runs {
            let ticket = self.go(number, &format!("visitor {number}"));
            self.completes(ticket);
        }
    }

    fn refusal(&mut self, request: AdmissionRequest) -> Refusal {
        match self.submit(request) {
            Admission::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_brake_holds_guests_and_customers_as_it_says() {
    use RefusalReason::{Paused, SignedInOnly};
    for (set, guest, signed_in) in [
        (json!({}), None, None),
        (json!({"is_paused": true}), Some(Paused), Some(Paused)),
        (json!({"signed_in_only": true}), Some(SignedInOnly), None),
        (json!({"signed_in_share": 100}), Some(SignedInOnly), None),
        (json!({"signed_in_share": 99}), None, None),
        (
            json!({"day_credits": 0}),
            Some(RefusalReason::ShopBudget),
            Some(RefusalReason::ShopBudget),
        ),
        (
            json!({"month_credits": 0}),
            Some(RefusalReason::MonthBudget),
            Some(RefusalReason::MonthBudget),
        ),
        (json!({"pacing": true, "day_credits": 24}), None, None),
    ] {
        let mut desk = Desk::new();
        let is_changed = desk.brake(SHOP, &set);
        assert_eq!(is_changed, set != json!({}));
        assert_eq!((desk.guest(), desk.signed_in()), (guest, signed_in), "{set}");
        assert!(!desk.brake(SHOP, &set), "nothing is left to change");
        // Another shop of the same key goes on, and so do staff.
        let mut elsewhere = request(1, "ann");
        elsewhere.spec.shop = String::new();
        assert_eq!(desk.submit(elsewhere), Admission::Go(1), "{set}");
        let mut of_staff = request(2, "staff");
        of_staff.spec.is_staff = true;
        assert_eq!(desk.submit(of_staff), Admission::Go(1), "{set}");
    }
}

#[test]
fn a_paused_shop_takes_no_run_until_it_goes_on_and_lets_those_finish_that_it_has() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    let second = desk.queue(2, "bob");
    desk.brake(SHOP, &json!({"is_paused": true}));
    let refusal = desk.refusal(request(3, "eve"));
    assert_eq!((refusal.reason, refusal.retry_after_seconds), (RefusalReason::Paused, 0));
    desk.completes(first);
    desk.completes(second);
    desk.reset();
    assert_eq!(desk.guest(), Some(RefusalReason::Paused), "it is stored");
    desk.brake(SHOP, &json!({"is_paused": false}));
    desk.go(4, "eve");
}

#[test]
fn a_shop_s_day_is_spent_by_its_own_runs_reserved_ones_included() {
    let mut desk = Desk::new();
    desk.brake(SHOP, &json!({"day_credits": 3}));
    let mut elsewhere = request(1, "ann");
    elsewhere.spec.shop = String::new();
    assert_eq!(desk.submit(elsewhere), Admission::Go(1));
    desk.spends(2, 2);
    let third = desk.go(4, "visitor 4");
    let refusal = desk.refusal(request(5, "visitor 5"));
    assert_eq!(refusal.reason, RefusalReason::ShopBudget);
    assert_eq!(refusal.retry_after_seconds, 12 * 3_600);
    // A run that fails gives its credit back.
    desk.accepted(third);
    desk.ends(third, failed());
    assert_eq!(desk.guest(), None);
    desk.spends(6, 1);
    desk.reset();
    assert_eq!(desk.guest(), Some(RefusalReason::ShopBudget));
    let shown = desk.account.brakes_shown(&[SHOP.to_owned(), String::new()], desk.now_ms);
    assert_eq!(shown[0]["spent"], json!({"day": 3, "month": 3}));
    assert_eq!(shown[1]["spent"], json!({"day": 1, "month": 1}));
    // No event has begun the day yet.
    desk.later(12 * HOUR_MS);
    assert_eq!(desk.guest(), None);
}

#[test]
fn a_month_is_spent_over_its_days_and_begins_anew() {
    // 20 November 2025; ten days are left.
    let mut desk = Desk::with(|settings| settings.limits.month_credits = Some(4));
    desk.spends(1, 2);
    desk.later(DAY_MS).alarm();
    desk.spends(3, 1);
    desk.brake(SHOP, &json!({"month_credits": 3}));
    let (reason, retry_ms) = desk.braked(1, true).expect("braked");
    assert_eq!(reason, RefusalReason::MonthBudget);
    assert_eq!(retry_ms, Some(9 * DAY_MS + 12 * HOUR_MS), "until 1 December");
    let mut elsewhere = request(9, "ann");
    elsewhere.spec.shop = String::new();
    let ticket = elsewhere.spec.ticket;
    assert_eq!(desk.submit(elsewhere), Admission::Go(1), "the setting has one left");
    desk.completes(ticket);
    desk.brake(SHOP, &json!({"month_credits": null}));
    assert_eq!(desk.guest(), Some(RefusalReason::MonthBudget), "the setting's, of all shops");
    let mut of_staff = request(10, "staff");
    of_staff.spec.is_staff = true;
    assert_eq!(desk.refusal(of_staff).reason, RefusalReason::MonthBudget);
    desk.reset();
    assert_eq!(desk.guest(), Some(RefusalReason::MonthBudget));
    desk.later(9 * DAY_MS + 12 * HOUR_MS - 1);
    assert_eq!(desk.guest(), Some(RefusalReason::MonthBudget));
    desk.later(1);
    assert_eq!(desk.guest(), None);
}

#[test]
fn months_have_their_lengths() {
    for (day, date) in [
        (0, (1970, 1, 1)),
        (30, (1970, 1, 31)),
        (58, (1970, 2, 28)),
        (59, (1970, 3, 1)),
        (789, (1972, 2, 29)),
        (11_016, (2000, 2, 29)),
        (20_412, (2025, 11, 20)),
        (20_453, (2025, 12, 31)),
    ] {
        assert_eq!(date_of(day), date, "{day}");
    }
}

#[test]
fn a_paced_day_is_an_hour_ahead_of_its_time() {
    let mut desk = Desk::new();
    desk.now_ms = NOON - 12 * HOUR_MS;
    desk.reset();
    desk.brake(SHOP, &json!({"pacing": true, "day_credits": 48}));
    // Two credits an hour: at midnight the first hour's.
    desk.spends(1, 2);
    let refusal = desk.refusal(request(3, "visitor 3"));
    assert_eq!(refusal.reason, RefusalReason::Pacing);
    // The next credit's time begins just after the hour.
    assert_eq!(refusal.retry_after_seconds, 1);
    desk.later(1_000);
    desk.spends(4, 1);
    let (_, retry_ms) = desk.braked(1, true).expect("braked");
    desk.later(retry_ms.expect("waiting helps") - 1);
    assert_eq!(desk.signed_in(), Some(RefusalReason::Pacing));
    desk.later(1);
    assert_eq!(desk.signed_in(), None);
    // At the end of the day all of it is allowed, and no more.
    desk.now_ms = NOON + 12 * HOUR_MS - 1;
    desk.spends(10, 45);
    assert_eq!(desk.guest(), Some(RefusalReason::ShopBudget));
}

#[test]
fn the_last_part_of_the_day_is_for_customers_that_are_signed_in() {
    let mut desk = Desk::new();
    desk.brake(SHOP, &json!({"day_credits": 10, "signed_in_share": 30}));
    desk.spends(1, 7);
    assert_eq!((desk.guest(), desk.signed_in()), (Some(RefusalReason::SignedInOnly), None));
    let refusal = desk.refusal(request(8, "visitor 8"));
    assert_eq!((refusal.reason, refusal.retry_after_seconds), (RefusalReason::SignedInOnly, 0));
    for number in 9..=11 {
        let mut request = request(number, "customer");
        request.is_signed_in = true;
        assert_eq!(desk.submit(request), Admission::Go(1));
    }
    assert_eq!(desk.signed_in(), Some(RefusalReason::ShopBudget));
}

#[test]
fn tries_are_counted_apart_for_guests_and_customers_and_the_setting_is_the_bound() {
    for (set, guest, signed_in) in [
        (json!({}), 3, 3),
        (json!({"guest_day_tries": 1}), 1, 3),
        (json!({"signed_in_day_tries": 2}), 3, 2),
        (json!({"guest_day_tries": 0, "signed_in_day_tries": 9}), 0, 3),
    ] {
        let mut desk = Desk::with(|settings| settings.limits.visitor_day_attempts = 3);
        desk.brake(SHOP, &set);
        for (visitor, is_signed_in, tries) in [("ann", false, guest), ("bob", true, signed_in)] {
            for number in 1..=tries + 1 {
                let mut request = request(number + u8::from(is_signed_in) * 10, visitor);
                request.is_signed_in = is_signed_in;
                let ticket = request.spec.ticket;
                if number > tries {
                    let refusal = desk.refusal(request);
                    assert_eq!(refusal.reason, RefusalReason::VisitorAttempts, "{set}");
                } else {
                    assert_eq!(desk.submit(request), Admission::Go(1), "{set}");
                    desk.completes(ticket);
                }
            }
        }
    }
}

#[test]
fn a_change_is_written_down_with_its_name() {
    let mut desk = Desk::new();
    desk.brake(SHOP, &json!({"is_paused": true, "day_credits": 40}));
    desk.brake("", &json!({"pacing": true}));
    desk.brake(SHOP, &json!({"is_paused": true, "day_credits": null}));
    let audit = |shop| desk.rows.audit(shop).expect("rows in memory don't fail");
    let texts = |audit: Value| -> Vec<String> {
        let rows = audit.as_array().into_iter().flatten();
        rows.map(|row| row[3].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(
        texts(audit(None)),
        [
            "day_credits: 40 → null",
            "pacing: false → true",
            "is_paused: false → true; day_credits: null → 40",
        ]
    );
    assert_eq!(audit(Some(""))[0], json!([NOON, "ana", "", "pacing: false → true"]));
    assert_eq!(texts(audit(Some(SHOP))).len(), 2);
}

/// Settings may be lowered below what staff once set.
#[test]
fn a_setting_that_is_lower_than_a_brake_holds() {
    let mut desk = Desk::with(|settings| settings.limits.day_credits = 2);
    desk.brake(SHOP, &json!({"day_credits": 100, "pacing": true}));
    desk.spends(1, 2);
    assert_eq!(desk.guest(), Some(RefusalReason::DayBudget));
}

fn brakes() -> impl Strategy<Value = Brakes> {
    let number = |most| proptest::option::of(0..=most);
    (any::<bool>(), number(60_u32), number(200_u32), any::<bool>(), 0..=100_u32, any::<bool>())
        .prop_map(|(is_paused, day_credits, month_credits, pacing, share, signed_in_only)| Brakes {
            is_paused,
            day_credits,
            month_credits,
            pacing,
            signed_in_share: share,
            signed_in_only,
            ..Brakes::default()
        })
}

proptest! {
    /// A brake never lets more through, and where waiting is said to help, it does.
    #[test]
    fn brakes_only_hold(
        brakes in brakes(),
        spent in 0..70_u64,
        credits in 1..5_u32,
        is_signed_in in any::<bool>(),
        ms_of_day in 0..DAY_MS,
    ) {
        let mut desk = Desk::new();
        let today = NOON / DAY_MS;
        desk.now_ms = today * DAY_MS + ms_of_day;
        desk.reset();
        desk.account.spent.add(SHOP, today, today, spent);
        let without = desk.braked(credits, is_signed_in);
        desk.account.brakes = vec![(SHOP.to_owned(), brakes.clone())];
        let guest = desk.braked(credits, false);
        let signed_in = desk.braked(credits, true);
        prop_assert!(without.is_none());
        prop_assert!(guest.is_some() || signed_in.is_none(), "a guest may what a customer may not");
        let needed = spent + u64::from(credits);
        let is_over = brakes.day_credits.is_some_and(|most| needed > most.into());
        prop_assert!(!is_over || signed_in.is_some());
        if let Some((RefusalReason::Pacing, retry_ms)) = signed_in {
            let ms = retry_ms.expect("waiting helps");
            prop_assert!(ms > 0 && ms_of_day + ms < DAY_MS);
            desk.now_ms += ms - 1;
            prop_assert!(matches!(desk.braked(credits, true), Some((RefusalReason::Pacing, _))));
            desk.now_ms += 1;
            prop_assert!(!matches!(desk.braked(credits, true), Some((RefusalReason::Pacing, _))));
        }
        let is_closed = |reason| desk.account.closed(
            BudgetQuery { shop: SHOP, credits: Credits(credits), is_staff: false, is_signed_in: true },
            desk.now_ms,
        ) == Some(reason);
        prop_assert_eq!(is_closed(ClosedReason::Paused), brakes.is_paused);
    }
}
