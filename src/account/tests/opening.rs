use super::*;
use crate::account::budget::BudgetQuery;
use crate::account::opening::ClosedReason;

impl Desk {
    fn closed(&self) -> Option<ClosedReason> {
        self.closed_for(1)
    }

    /// For a guest that asks for so many credits.
    fn closed_for(&self, credits: u32) -> Option<ClosedReason> {
        let credits = Credits(credits);
        let asked = BudgetQuery { shop: "", credits, is_staff: false, is_signed_in: false };
        self.account.closed(asked, self.now_ms)
    }

    /// Whether a shopper that the account doesn't know yet would be admitted.
    fn admits_a_stranger(&self) -> bool {
        let quote = self.account.quote(&request(200, "stranger"), &self.rows, self.now_ms);
        !matches!(quote.expect("rows in memory don't fail"), Admission::Refused(_))
    }

    /// What a page says of the shop is what its next shopper meets.
    fn says(&self, expected: Option<ClosedReason>) {
        assert_eq!(self.closed(), expected);
        assert_eq!(self.admits_a_stranger(), expected.is_none(), "{expected:?}");
    }
}

#[test]
fn a_shop_is_open_while_its_runs_go_or_wait() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    desk.says(None);
    desk.go(1, "ann");
    desk.queue(2, "bob");
    desk.says(None);
}

#[test]
fn it_is_closed_once_the_day_s_credits_are_spent_or_reserved_until_the_next_day() {
    let mut desk = Desk::with(|settings| settings.limits.day_credits = 2);
    let first = desk.go(1, "ann");
    desk.completes(first);
    assert_eq!(desk.closed_for(2), Some(ClosedReason::Budget));
    desk.says(None);
    let second = desk.go(2, "bob");
    desk.says(Some(ClosedReason::Budget));
    desk.accepted(second);
    desk.ends(second, failed());
    desk.says(None);
    let third = desk.go(3, "cat");
    desk.completes(third);
    desk.says(Some(ClosedReason::Budget));
    // No event has begun the day yet.
    desk.later(12 * 3_600_000);
    desk.says(None);
}

#[test]
fn it_is_closed_while_fashn_has_no_credits_for_it() {
    let mut desk = Desk::new();
    let ticket = desk.go(1, "ann");
    desk.sent(ticket, 1, refused(RefusalKind::OutOfCredits));
    desk.says(Some(ClosedReason::Credits));
    desk.balance_answered(Some(10), 0);
    desk.says(None);
    let mut desk = Desk::with(|settings| settings.limits.balance_floor = 9);
    desk.balance_answered(Some(10), 0);
    desk.says(None);
    desk.go(1, "ann");
    desk.says(Some(ClosedReason::Credits));
}

#[test]
fn it_is_closed_while_the_queue_is_full_by_number_by_bytes_or_by_time() {
    for change in [
        (|settings| settings.limits.queue_max = 1) as fn(&mut AccountSettings),
        |settings| settings.limits.bodies_bytes_max = 400,
        |settings| settings.limits.queue_wait_ms = 21_000,
    ] {
        let mut desk = Desk::with(|settings| {
            settings.limits.slots = 1;
            change(settings);
        });
        let first = desk.go(1, "ann");
        desk.says(None);
        let second = desk.queue(2, "bob");
        desk.later(1).says(Some(ClosedReason::Queue));
        // A slot that is free again takes the run that waits.
        desk.completes(first);
        desk.accepted(second);
        desk.says(None);
    }
}

#[test]
fn it_is_closed_while_the_breaker_is_open_and_the_next_shopper_is_the_probe() {
    let mut desk = Desk::with(|settings| settings.limits.breaker_failures = 2);
    for (number, visitor) in [(1, "ann"), (2, "bob")] {
        let ticket = desk.go(number, visitor);
        desk.says(None);
        desk.sent(ticket, 1, refused(RefusalKind::ServerError));
        desk.delete(ticket);
    }
    assert_eq!(desk.closed(), Some(ClosedReason::Unavailable));
    desk.now_ms += desk.settings.limits.breaker_min_ms;
    desk.says(None);
    let probe = desk.go(3, "cat");
    assert_eq!(desk.closed(), Some(ClosedReason::Unavailable));
    desk.completes(probe);
    desk.says(None);
}

#[test]
fn a_reason_of_a_later_release_reads_as_one_of_this() {
    let read = |json| serde_json::from_str::<ClosedReason>(json).expect("reads");
    assert_eq!(read(r#""budget""#), ClosedReason::Budget);
    assert_eq!(read(r#""on_holiday""#), ClosedReason::Unavailable);
}
