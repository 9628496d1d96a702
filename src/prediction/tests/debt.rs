//! What a run that is over, or forgotten, still owes the Dispatcher.

use super::dispatched::{
    BODY, failed, given_up, open, over, queued, requeued, running, sent, stands,
};
use super::*;

#[test]
fn each_end_owes_the_dispatcher_what_is_known_of_its_price() {
    for (case, record, outcome) in [
        (
            "completed",
            over(completed()),
            Some(Outcome::Charged(Some(Credits(1)))),
        ),
        ("failed", over(failed()), Some(Outcome::Free)),
        (
            "canceled",
            over(Ending::Canceled(None)),
            Some(Outcome::Free),
        ),
        (
            "FASHN's own time-out",
            over(Ending::TimeOut(None)),
            Some(Outcome::Free),
        ),
        ("nobody heard of it", given_up(), Some(Outcome::Unknown)),
        ("it waits", queued(), None),
        ("it is being sent", sent(1), None),
        ("it runs", running(), None),
        ("told that nobody knows", open(), None),
        (
            "never dispatched",
            after([
                Event::Accepted(upstream("a-u1")),
                told("a-u1", News::Over(completed())),
            ])
            .0,
            None,
        ),
    ] {
        assert_eq!(record.report(), outcome, "{case}");
    }
}

#[test]
fn a_debt_is_told_again_less_and_less_often_until_it_is_noted() {
    let mut record = over(completed());
    let mut told_seconds = Vec::new();
    for _ in 0..5 {
        let alarm_ms = record.alarm_ms();
        assert_eq!(record.step(Event::Alarm, alarm_ms - 1), Decision::Keep);
        assert_eq!(record.step(Event::Alarm, alarm_ms), Decision::Save);
        assert!(record.report().is_some());
        told_seconds.push((alarm_ms - NOW) / 1_000);
    }
    assert_eq!(told_seconds, [10, 20, 40, 80, 140]);

    let price = Outcome::Charged(Some(Credits(1)));
    assert_eq!(
        record.step(Event::Reported(Outcome::Free), NOW),
        Decision::Keep,
        "not what it owed"
    );
    assert_eq!(record.step(Event::Reported(price), NOW), Decision::Save);
    assert_eq!(
        record.step(Event::Reported(price), NOW),
        Decision::Keep,
        "noted twice"
    );
    assert_eq!(
        (record.report(), record.alarm_ms()),
        (None, NOW + 3_600_000),
        "only its expiry is left"
    );
}

#[test]
fn a_late_webhook_tells_the_price_and_does_not_change_the_end() {
    for (case, mut record) in [
        ("not told yet", given_up()),
        ("told that nobody knows", open()),
    ] {
        let ended = record.state.clone();
        let hint = Event::Hinted(upstream("a-u1"));
        assert_eq!(
            record.step(hint.clone(), NOW + 700_000),
            Decision::Ask(upstream("a-u1")),
            "{case}"
        );
        let live = told("a-u1", News::Live(Status::Processing));
        assert_eq!(
            record.step(live, NOW + 700_000),
            Decision::Keep,
            "{case}: no price yet"
        );
        let truth = told("a-u1", News::Over(completed()));
        assert_eq!(
            record.step(truth.clone(), NOW + 700_000),
            Decision::Save,
            "{case}"
        );
        assert_eq!(
            record.report(),
            Some(Outcome::Charged(Some(Credits(1)))),
            "{case}"
        );
        assert_eq!(
            record.step(truth, NOW + 700_001),
            Decision::Keep,
            "{case}: told twice"
        );
        assert_eq!(
            record.step(hint, NOW + 700_002),
            Decision::Keep,
            "{case}: nothing is left to ask"
        );
        assert_eq!(record.state, ended, "{case}");
    }
}

/// The Dispatcher has heard how it ended.
fn told_of(mut record: Record) -> Record {
    let outcome = record.report().expect("it owes a report");
    let _ = record.step(Event::Reported(outcome), NOW);
    record
}

#[test]
fn what_is_forgotten_shows_and_stores_nothing_and_stays_until_its_price_is_told() {
    for (case, mut record, decision) in [
        ("it waits", queued(), Decision::Wipe),
        ("it is being sent", sent(1), Decision::Save),
        ("it runs", running(), Decision::Save),
        (
            "it is over, and nobody told",
            over(completed()),
            Decision::Save,
        ),
        ("it is over", told_of(over(completed())), Decision::Wipe),
    ] {
        assert_eq!(record.step(Event::Forget, NOW), decision, "{case}");
        if decision == Decision::Save {
            assert!(!record.is_alive(NOW), "{case}");
            assert_eq!(record.body(), None, "{case}");
            let shows = State::Ended {
                ending: completed(),
                expires_ms: NOW + 3_600_000,
            };
            assert_ne!(record.state, shows, "{case}");
        }
    }

    let mut record = running();
    let _ = record.step(Event::Forget, NOW);
    assert_eq!(
        record.step(told("a-u1", News::Over(completed())), NOW),
        Decision::Save
    );
    assert!(
        matches!(
            record.state,
            State::Ended {
                ending: Ending::Canceled(None),
                ..
            }
        ),
        "no picture is kept"
    );
    let price = Outcome::Charged(Some(Credits(1)));
    assert_eq!(record.report(), Some(price));
    assert_eq!(record.step(Event::Reported(price), NOW), Decision::Wipe);
}

#[test]
fn what_is_forgotten_while_it_is_sent_does_not_wait_again() {
    for body in [None, Some(BODY)] {
        let mut record = sent(1);
        let _ = record.step(Event::Forget, NOW);
        assert_eq!(record.step(requeued(1, body), NOW), Decision::Save);
        assert_eq!(
            (stands(&record), record.body()),
            ("ended", None),
            "{body:?}"
        );
        assert_eq!(
            record.step(Event::Reported(Outcome::Free), NOW),
            Decision::Wipe
        );
    }
}
