use super::*;
use crate::account::breaker::Breaker;
use crate::account::report::{Alarm, Report};
use crate::account::rows::{BODIES, QuarantineEntry, VisitorDay};
use crate::account::staff::{SignedChange, StaffChange, StaffOutcome};
use crate::run::record::State;

impl Desk {
    pub(super) fn change(&mut self, change: StaffChange) -> StaffOutcome {
        let (by, shop) = ("ana".to_owned(), String::new());
        let change = SignedChange { change, by, shop };
        self.apply(|account, tx| account.staff_change(tx, change))
    }

    /// What is listed of changes: role, shop and text, the newest first.
    pub(super) fn listed(&self) -> Vec<[String; 3]> {
        let changes = self.rows.audit(None).expect("rows in memory don't fail");
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let rows = changes.as_array().into_iter().flatten();
        rows.map(|row| [text(&row[1]), text(&row[2]), text(&row[3])]).collect()
    }

    fn report(&self) -> Report {
        self.account.report(&self.rows, Alarm::default(), self.now_ms).expect("rows")
    }

    fn has_breaker(&self, state: &str) -> bool {
        self.report().breaker.state == state
    }
}

#[test]
fn a_breaker_that_staff_close_lets_runs_go() {
    let mut desk = Desk::new();
    for number in 1..=5 {
        let ticket = desk.go(number, &format!("visitor {number}"));
        desk.sent(ticket, 1, refused(RefusalKind::Unauthorized));
    }
    assert!(desk.has_breaker("open"), "{:?}", desk.account.limiter.breaker);
    let waiting = desk.queue(6, "ann");
    assert_eq!(desk.change(StaffChange::CloseBreaker), StaffOutcome::Changed);
    assert_eq!(desk.gone(), [waiting]);
    assert!(desk.has_breaker("closed"));
    desk.reset();
    assert_eq!(desk.account.limiter.breaker, Breaker::default(), "it is stored");
    assert_eq!(desk.change(StaffChange::CloseBreaker), StaffOutcome::Unchanged);
    assert_eq!(desk.listed(), [["ana", "", "breaker: closed"]], "once");
}

#[test]
fn a_slot_that_staff_free_goes_to_the_next_run() {
    let sending: fn(&mut Desk, Ticket) = |_, _| {};
    let unknown: fn(&mut Desk, Ticket) =
        |desk, ticket| assert_eq!(desk.sent(ticket, 1, SendOutcome::Unknown), Verdict::Noted);
    let running: fn(&mut Desk, Ticket) = Desk::accepted;
    for reach in [sending, unknown, running] {
        let mut desk = Desk::with(|settings| settings.limits.slots = 1);
        let stuck = desk.go(1, "ann");
        reach(&mut desk, stuck);
        let waiting = desk.queue(2, "bob");
        assert_eq!(desk.change(StaffChange::FreeSlot(stuck)), StaffOutcome::Changed);
        assert_eq!(desk.gone(), [waiting]);
        assert_eq!(desk.report().slots.taken, 1);
        assert!(desk.shows(&stuck));
        assert_eq!(desk.change(StaffChange::FreeSlot(stuck)), StaffOutcome::Unchanged);
        assert_eq!(desk.listed(), [["ana", "north", "slot: freed"]], "with the run's shop");
        // What FASHN makes of it is shown all the same.
        assert!(matches!(desk.webhook(stuck), WebhookDecision::Confirm(_)));
        desk.status_answered(stuck, StatusOutcome::News(News::Over(completed())));
        assert!(desk.run(&stuck).is_over());
        assert_eq!(desk.report().slots.taken, 1, "the other's");
    }
}

#[test]
fn a_send_whose_slot_staff_free_counts_in_the_window_and_is_never_sent_again() {
    let mut desk = Desk::with(|settings| {
        settings.limits.slots = 1;
        settings.limits.runs.requests = 1;
    });
    let stuck = desk.go(1, "ann");
    desk.queue(2, "bob");
    assert_eq!(desk.change(StaffChange::FreeSlot(stuck)), StaffOutcome::Changed);
    assert_eq!(desk.gone(), [], "the window is full");
    assert_eq!(desk.sent(stuck, 1, refused(RefusalKind::RateLimit)), Verdict::GiveUp);
    assert!(matches!(desk.run(&stuck).state, State::Unknown { slot_until_ms: None }));
}

#[test]
fn a_run_without_a_slot_keeps_its_place() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    let waiting = desk.queue(2, "bob");
    assert_eq!(desk.change(StaffChange::FreeSlot(waiting)), StaffOutcome::Unchanged);
    desk.completes(first);
    assert_eq!(desk.change(StaffChange::FreeSlot(first)), StaffOutcome::Unchanged);
    let unknown = request(9, "eve").spec.ticket;
    assert_eq!(desk.change(StaffChange::FreeSlot(unknown)), StaffOutcome::NotFound);
    assert_eq!(desk.change(StaffChange::ResetVisitor(unknown)), StaffOutcome::NotFound);
    assert_eq!(desk.listed(), [[""; 3]; 0]);
}

#[test]
fn a_visitor_whose_day_staff_reset_may_try_again() {
    let mut desk = Desk::with(|settings| settings.limits.visitor_day_credits = 2);
    let first = desk.go(1, "ann");
    desk.completes(first);
    let second = desk.go(2, "ann");
    let refused = |desk: &mut Desk, number| {
        matches!(desk.submit(request(number, "ann")), Admission::Refused(_))
    };
    assert!(refused(&mut desk, 3));
    assert_eq!(desk.change(StaffChange::ResetVisitor(first)), StaffOutcome::Changed);
    let day = desk.account.limiter.day;
    let of_day = desk.rows.visitor(day, &Visitor("ann".to_owned())).expect("rows");
    // The second run isn't settled yet.
    assert_eq!(of_day, Some(VisitorDay { committed: 1, attempts: 0 }));
    assert_eq!(desk.submit(request(4, "ann")), Admission::Go(1));
    assert!(refused(&mut desk, 5));
    desk.completes(second);
    assert_eq!(desk.change(StaffChange::ResetVisitor(second)), StaffOutcome::Changed);
    assert_eq!(desk.listed(), [["ana", "north", "visitor_day: reset"]; 2]);
    desk.later(86_400_000).alarm();
    assert_eq!(desk.change(StaffChange::ResetVisitor(first)), StaffOutcome::NotFound, "expired");
}

#[test]
fn a_quarantine_that_staff_clear_is_empty_and_its_bodies_are_told_once_more() {
    let mut desk = Desk::new();
    let lost = request(7, "ann").spec.ticket;
    for (table, key) in [(BODIES, lost.name()), ("limiter", "1".to_owned())] {
        let entry = QuarantineEntry {
            at_ms: desk.now_ms,
            table: table.to_owned(),
            key,
            reason: "round: has no value".to_owned(),
        };
        desk.rows.apply(&Write::PutQuarantine(entry)).expect("stores");
    }
    let report = desk.report();
    assert_eq!(report.quarantine.len(), 2);
    assert_eq!(report.notices.first().map(|notice| notice.about), Some("quarantine"));
    assert_eq!(desk.change(StaffChange::ClearQuarantine), StaffOutcome::Changed);
    assert!(desk.effects.contains(&Effect::DropBody(lost)));
    let report = desk.report();
    assert_eq!((report.quarantine, report.notices), (Vec::new(), Vec::new()));
    assert_eq!(desk.change(StaffChange::ClearQuarantine), StaffOutcome::Unchanged);
    assert_eq!(desk.listed(), [["ana", "", "quarantine: cleared"]]);
}

#[test]
fn a_report_counts_what_is_there() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 2);
    let running = desk.go(1, "ann");
    desk.accepted(running);
    desk.go(2, "bob");
    desk.queue(3, "eve");
    assert!(matches!(desk.submit(request(4, "joe")), Admission::Store(_)));
    let report = desk.report();
    let counts = &report.runs;
    assert_eq!(
        (counts.receiving, counts.queued, counts.sending, counts.running),
        (1, 1, 1, 1),
        "{counts:?}"
    );
    assert_eq!((report.slots.taken, report.slots.usable, report.slots.limit), (2, 2, 2));
    assert_eq!((report.queue.waiting, report.queue.held_by), (2, Some("event")));
    assert_eq!((report.windows.runs.used, report.windows.runs.limit), (2, 50));
    assert_eq!((report.day.spent, report.day.reserved), (0, 4));
    desk.sent(running, 1, SendOutcome::Unknown);
    let alarm = Alarm { at_ms: Some(1), late_ms: Some(9_000) };
    let report = desk.account.report(&desk.rows, alarm, desk.now_ms).expect("rows");
    let notices: Vec<_> = report.notices.iter().map(|notice| &*notice.message).collect();
    assert_eq!(notices, ["the alarm was 9 s late; it was set again now"]);
}
