//! A run that the Dispatcher let in: permits, what becomes of each sending, the stored body, the debt.

use super::*;
use crate::dispatcher::{Attempt, Reins};

pub(super) const BODY: StoredBody = StoredBody {
    pieces: 3,
    bytes: 3 << 20,
};
const GIVE_UP_MS: u64 = NOW + 1_800_000;

pub(super) fn queued() -> Record {
    record().queued(BODY, GIVE_UP_MS, NOW)
}

/// Sent out of the queue as this attempt, its body still stored.
pub(super) fn sent(attempt: Attempt) -> Record {
    let mut record = queued();
    let _ = record.step(Event::Permitted(attempt), NOW);
    record
}

pub(super) fn running() -> Record {
    let mut record = sent(1);
    let _ = record.step(Event::Accepted(upstream("a-u1")), NOW);
    record
}

pub(super) fn over(ending: Ending) -> Record {
    let mut record = running();
    let _ = record.step(told("a-u1", News::Over(ending)), NOW);
    record
}

/// Given up at its deadline: nobody knows its price.
pub(super) fn given_up() -> Record {
    let mut record = running();
    let _ = record.step(Event::Alarm, record.deadline_ms);
    record
}

/// Given up, and the Dispatcher took note that nobody knows.
pub(super) fn open() -> Record {
    let mut record = given_up();
    let _ = record.step(Event::Reported(Outcome::Unknown), NOW + 600_000);
    record
}

pub(super) fn failed() -> Ending {
    Ending::Failed(error())
}

fn error() -> RuntimeError {
    RuntimeError {
        name: "UnavailableError".into(),
        message: "Try again later.".into(),
    }
}

pub(super) fn requeued(attempt: Attempt, body: Option<StoredBody>) -> Event {
    Event::Requeued {
        attempt,
        body,
        give_up_ms: GIVE_UP_MS,
    }
}

fn rejected(attempt: Attempt) -> Event {
    Event::Rejected {
        attempt,
        error: error(),
    }
}

/// The state's name alone.
pub(super) fn stands(record: &Record) -> &'static str {
    match record.state {
        State::Queued => "queued",
        State::Sending => "sending",
        State::Running { .. } => "running",
        State::Ended { .. } => "ended",
    }
}

#[test]
fn a_permit_sends_a_run_that_waits_once() {
    let bodiless = record().dispatched(1, Reins::Loose, NOW);
    for (case, mut record, attempt, decision, then) in [
        ("its first", queued(), 1, Decision::Send(BODY, 1), "sending"),
        ("told twice", sent(1), 1, Decision::Keep, "sending"),
        (
            "who sent it is gone",
            sent(1),
            2,
            Decision::Send(BODY, 2),
            "sending",
        ),
        ("late", sent(3), 2, Decision::Keep, "sending"),
        (
            "with nothing left to send",
            bodiless,
            2,
            Decision::Keep,
            "sending",
        ),
        ("it runs", running(), 2, Decision::Keep, "running"),
        ("it is over", over(completed()), 2, Decision::Keep, "ended"),
        ("never dispatched", record(), 1, Decision::Keep, "sending"),
    ] {
        let before = record.clone();
        assert_eq!(
            record.step(Event::Permitted(attempt), NOW),
            decision,
            "{case}"
        );
        assert_eq!(stands(&record), then, "{case}");
        assert!(
            decision != Decision::Keep || record == before,
            "{case}: changed all the same"
        );
    }
}

#[test]
fn the_time_for_a_run_counts_from_its_sending() {
    let mut record = queued();
    assert_eq!(
        (record.deadline_ms, record.alarm_ms()),
        (GIVE_UP_MS, GIVE_UP_MS)
    );
    let late_ms = NOW + 1_000_000;
    let _ = record.step(Event::Permitted(1), late_ms);
    assert_eq!(record.deadline_ms, late_ms + 600_000);
    assert_eq!(record.alarm_ms(), late_ms + limits::SEND_MAX_MS);
}

#[test]
fn what_is_due_moves_only_when_fashn_is_asked_and_at_the_end() {
    let mut record = record().dispatched(1, Reins::Loose, NOW);
    let poll_ms = NOW + 15_000;
    assert_eq!(record.due_ms(None, NOW), poll_ms);
    // FASHN took it, and is asked at the time that was meant.
    let _ = record.step(Event::Accepted(upstream("a-u1")), NOW + 500);
    assert_eq!(record.alarm_ms(), poll_ms);
    assert_eq!(record.due_ms(None, NOW + 500), poll_ms);
    let mut unheard = record.clone();
    assert_eq!(
        unheard.step(Event::Alarm, poll_ms),
        Decision::Ask(upstream("a-u1"))
    );
    assert_eq!(unheard.due_ms(None, poll_ms), poll_ms + 10_000);
    // What is over is wiped in time, and whoever is to be told of it is told in time.
    let _ = record.step(told("a-u1", News::Over(failed())), NOW + 8_000);
    let _ = record.step(Event::Reported(Outcome::Free), NOW + 8_000);
    let expires_ms = NOW + 8_000 + 3_600_000;
    for (other_ms, due_ms) in [
        (None, expires_ms),
        (Some(NOW + 9_000), NOW + 9_000),
        (Some(expires_ms + 1), expires_ms),
    ] {
        assert_eq!(record.due_ms(other_ms, NOW + 8_000), due_ms);
    }
}

#[test]
fn a_run_that_is_being_sent_is_looked_at_when_fashn_would_be_asked_unless_that_is_over() {
    for (case, record, now_ms, due_ms) in [
        ("sent", sent(1), NOW, NOW + 15_000),
        (
            "too long on its way",
            sent(1),
            NOW + 15_000,
            sent(1).alarm_ms(),
        ),
        ("waits", queued(), NOW, GIVE_UP_MS),
        ("running", running(), NOW, running().alarm_ms()),
    ] {
        assert_eq!(record.due_ms(None, now_ms), due_ms, "{case}");
    }
}

#[test]
fn only_what_is_stored_for_this_sending_is_sent() {
    assert!(sent(2).is_to_be_sent(2));
    let mut forgotten = sent(2);
    let _ = forgotten.step(Event::Forget, NOW);
    let mut given_up = sent(2);
    let _ = given_up.step(Event::Alarm, NOW + 700_000);
    for (case, record) in [
        ("another sending", sent(1)),
        (
            "sent by the Worker",
            record().dispatched(2, Reins::Loose, NOW),
        ),
        ("it waits", queued()),
        ("forgotten", forgotten),
        ("given up", given_up),
    ] {
        assert!(!record.is_to_be_sent(2), "{case}");
    }
}

#[test]
fn a_run_that_was_long_on_its_way_is_not_asked_about_at_once() {
    let first_poll = |accepted_ms| {
        let mut record = record().dispatched(1, Reins::Loose, NOW);
        let _ = record.step(Event::Accepted(upstream("a-u1")), accepted_ms);
        record.alarm_ms()
    };
    let asked: Vec<_> = [0, 4_000, 6_000, 30_000]
        .map(|took_ms| first_poll(NOW + took_ms) - NOW)
        .into();
    assert_eq!(asked, [15_000, 15_000, 16_000, 40_000]);
    assert_eq!(
        first_poll(NOW - 60_000),
        NOW - 45_000,
        "by a clock that went back"
    );
}

/// Takes one event in: the decision, where it stands then, and whether its body is stored.
fn after_one(mut record: Record, event: Event) -> (Decision, &'static str, bool) {
    let before = record.clone();
    let decision = record.step(event, NOW + 1_000);
    if decision == Decision::Keep {
        assert_eq!(record, before, "changed, and not saved");
    }
    (decision, stands(&record), record.body().is_some())
}

#[test]
fn a_refused_sending_waits_again_if_there_is_something_to_send() {
    use Decision::{Keep, Save};
    let bodiless = || record().dispatched(1, Reins::Loose, NOW);
    for (case, record, attempt, body, then) in [
        (
            "its body is still stored",
            sent(1),
            1,
            None,
            (Save, "queued", true),
        ),
        (
            "the Worker brings it",
            bodiless(),
            1,
            Some(BODY),
            (Save, "queued", true),
        ),
        (
            "nothing to send",
            bodiless(),
            1,
            None,
            (Save, "ended", false),
        ),
        (
            "an earlier sending",
            sent(2),
            1,
            None,
            (Keep, "sending", true),
        ),
        (
            "it waits already",
            queued(),
            1,
            None,
            (Keep, "queued", true),
        ),
        (
            "after its webhook",
            running(),
            1,
            Some(BODY),
            (Keep, "running", false),
        ),
        (
            "after its end",
            over(failed()),
            1,
            Some(BODY),
            (Keep, "ended", false),
        ),
    ] {
        assert_eq!(after_one(record, requeued(attempt, body)), then, "{case}");
    }
}

#[test]
fn what_became_of_a_sending_counts_for_that_sending_alone() {
    use Decision::{Ask, Keep, Save};
    let (a, unanswered) = (|| upstream("a-u1"), Event::Unanswered);
    for (case, record, event, then) in [
        ("rejected", sent(1), rejected(1), (Save, "ended", false)),
        (
            "rejected before",
            sent(2),
            rejected(1),
            (Keep, "sending", true),
        ),
        (
            "rejected, yet it runs",
            running(),
            rejected(1),
            (Keep, "running", false),
        ),
        (
            "unanswered",
            sent(1),
            unanswered(1),
            (Save, "sending", false),
        ),
        (
            "unanswered before",
            sent(2),
            unanswered(1),
            (Keep, "sending", true),
        ),
        (
            "unanswered, yet it runs",
            running(),
            unanswered(1),
            (Keep, "running", false),
        ),
        (
            "accepted",
            sent(1),
            Event::Accepted(a()),
            (Save, "running", false),
        ),
        (
            "hinted",
            sent(1),
            Event::Hinted(a()),
            (Ask(a()), "running", false),
        ),
    ] {
        assert_eq!(after_one(record, event), then, "{case}");
    }
}

#[test]
fn nothing_at_fashn_belongs_to_what_still_waits() {
    for event in [
        Event::Accepted(upstream("a-u1")),
        Event::Hinted(upstream("a-u1")),
        told("a-u1", News::Over(completed())),
    ] {
        let mut record = queued();
        assert_eq!(
            record.step(event.clone(), NOW),
            Decision::Disown,
            "{event:?}"
        );
        assert_eq!(record, queued());
    }
}

#[test]
fn a_run_that_waited_too_long_ends_without_a_price() {
    let mut record = queued();
    assert_eq!(record.step(Event::Alarm, GIVE_UP_MS - 1), Decision::Keep);
    assert_eq!(record.step(Event::Alarm, GIVE_UP_MS), Decision::Save);
    assert!(matches!(
        record.state,
        State::Ended {
            ending: Ending::TimeOut(None),
            ..
        }
    ));
    assert_eq!(
        (record.report(), record.body()),
        (Some(Outcome::Free), None)
    );
}

#[test]
fn a_body_whose_sender_is_gone_is_deleted_by_the_alarm() {
    let mut record = sent(1);
    let until_ms = NOW + limits::SEND_MAX_MS;
    assert_eq!(record.step(Event::Alarm, until_ms - 1), Decision::Keep);
    assert!(record.body().is_some());
    assert_eq!(record.step(Event::Alarm, until_ms), Decision::Save);
    assert_eq!((stands(&record), record.body()), ("sending", None));
    assert_eq!(
        record.alarm_ms(),
        record.deadline_ms,
        "then its deadline is next"
    );
}

#[test]
fn since_when_fashn_has_a_run_is_known_with_its_id() {
    let mut record = record().dispatched(1, Reins::Loose, NOW);
    assert_eq!(record.sent_ms(), None);
    let _ = record.step(Event::Hinted(upstream("b-u1")), NOW + 400);
    assert_eq!(record.sent_ms(), Some(NOW + 400));
    let _ = record.step(Event::Accepted(upstream("a-u1")), NOW + 900);
    assert_eq!(record.sent_ms(), Some(NOW + 900), "its own is told later");
    let _ = record.step(told("a-u1", News::Over(completed())), NOW + 8_000);
    assert_eq!(
        record.sent_ms(),
        Some(NOW + 900),
        "the Dispatcher is told with its end"
    );
}

#[test]
fn only_a_live_run_on_loose_reins_may_be_asked_about_without_a_permit() {
    let mut loose = record().dispatched(1, Reins::Loose, NOW);
    assert!(loose.has_status_call(NOW));
    assert!(!loose.has_status_call(loose.deadline_ms), "given up");
    let tight = record().dispatched(1, Reins::Tight, NOW);
    assert!(!tight.has_status_call(NOW) && !queued().has_status_call(NOW));
    let mut again = loose.clone();
    let requeued = Event::Requeued {
        attempt: 1,
        body: Some(StoredBody::of(7)),
        give_up_ms: GIVE_UP_MS,
    };
    assert_eq!(again.step(requeued, NOW), Decision::Save);
    assert!(!again.has_status_call(NOW), "it waits again");
    let _ = loose.step(Event::Accepted(upstream("a-u1")), NOW);
    assert!(loose.has_status_call(NOW));
    let _ = loose.step(told("a-u1", News::Over(completed())), NOW);
    assert!(!loose.has_status_call(NOW), "over");
}

#[test]
fn the_stored_records_of_dispatched_runs_are_pinned() {
    for (name, record) in [
        ("queued", queued()),
        ("sending_again", sent(2)),
        ("owing", over(failed())),
        ("open", open()),
    ] {
        insta::assert_snapshot!(name, crate::stored::pin(&record));
    }
}
