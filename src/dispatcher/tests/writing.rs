//! What an event writes, what is lost with the memory, and when the alarm is set.

use super::*;

#[test]
fn an_alarm_is_set_when_there_is_none_so_early_and_moved_later_by_going_off() {
    let mut dispatcher = dispatcher();
    let first = dispatcher.step(Event::Admit(application(1, "ann")), NOW);
    assert_eq!(
        (first.alarm_ms, first.sets_alarm),
        (Some(NOW + 150_000), true)
    );
    let second = dispatcher.step(Event::Admit(application(2, "ann")), NOW + 1_000);
    assert!(!second.sets_alarm, "the first's is early enough");
    for number in 1..=2 {
        let _ = sent(&mut dispatcher, number, Sent::Accepted, NOW + 2_000);
        let ticket = ticket(number);
        let outcome = Outcome::Charged(None);
        let step = dispatcher.step(
            Event::Ended {
                ticket,
                outcome,
                sent_ms: None,
            },
            NOW + 9_000,
        );
        assert!(!step.sets_alarm && step.alarm_ms > Some(NOW + 150_000));
    }
    let early = dispatcher.step(Event::Alarm, NOW + 150_000);
    assert_eq!(
        (early.alarm_ms, early.sets_alarm, early.effects),
        (Some(NOW + 909_000), true, vec![])
    );
    // One that should have gone off long ago may be lost.
    let step = dispatcher.step(Event::Forgotten(ticket(9)), NOW + 909_000);
    assert!(step.sets_alarm);
    // What it was set to outlives the memory.
    let rows = written([first.rows, second.rows].concat());
    let mut restored = Dispatcher::restore(DispatcherLimits::default(), rows);
    let step = restored.step(Event::Admit(application(3, "ann")), NOW + 10_000);
    assert!(!step.sets_alarm);
}

/// The rows that are there after all these changes.
fn written(changes: Vec<RowChange>) -> Vec<Row> {
    let mut rows = std::collections::BTreeMap::new();
    for change in changes {
        match change {
            RowChange::Put(row) => rows.insert(row.key(), row),
            RowChange::Delete(key) => rows.remove(&key),
        };
    }
    rows.into_values().collect()
}

#[test]
fn that_fashn_has_a_run_is_not_written() {
    let outcome = Outcome::Charged(Some(Credits(1)));
    let mut dispatcher = dispatcher();
    let mut changes = dispatcher
        .step(Event::Admit(application(1, "ann")), NOW)
        .rows;
    let step = sent(&mut dispatcher, 1, Sent::Accepted, NOW + 1_000);
    assert_eq!(step.rows, []);

    // Lost with the memory, it counts as being sent: its start for longer, its slot no longer.
    let mut forgot = Dispatcher::restore(DispatcherLimits::default(), written(changes.clone()));
    let late_ms = NOW + 9_000;
    assert_eq!(ended(&mut forgot, 1, outcome, late_ms), []);
    assert_eq!((forgot.slots_taken(), forgot.gate.charged), (0, 1));
    let room = |of: &Dispatcher| of.gate.runs.room(of.limits.runs, of.permitted);
    assert_eq!(room(&forgot), 49);
    forgot.gate.slide(&forgot.limits.clone(), late_ms + 61_999);
    assert_eq!(room(&forgot), 49, "counted from its end");
    assert_eq!(
        forgot.gate.durations.median_ms(),
        Some(9_000),
        "measured from its permit"
    );

    // Its start alone is stored with the next.
    changes.extend(
        dispatcher
            .step(Event::Admit(application(2, "ann")), NOW + 2_000)
            .rows,
    );
    let knows = Dispatcher::restore(DispatcherLimits::default(), written(changes));
    assert_eq!((knows.permitted, room(&knows)), (2, 47));

    // What says more than that is written at once.
    let _ = dispatcher.step(Event::Admit(application(3, "ann")), NOW + 2_000);
    assert_ne!(
        sent(&mut dispatcher, 2, Sent::Unknown, NOW + 3_000).rows,
        []
    );
    let heals = sent(&mut dispatcher, 3, Sent::Accepted, NOW + 3_000);
    assert_ne!(heals.rows, []);
}

#[test]
fn a_few_status_permits_are_given_between_two_writes_and_count_when_it_wakes_up() {
    let mut dispatcher = dispatcher();
    let wants = |dispatcher: &mut Dispatcher, now_ms| {
        let step = dispatcher.step(Event::StatusWanted, now_ms);
        assert_eq!(step.answer, Answer::Status(StatusPermit::Now));
        step.rows
    };
    let mut rows = wants(&mut dispatcher, NOW);
    assert_ne!(rows, [], "it never wrote how many it may give");
    for _ in 0..6 {
        assert_eq!(wants(&mut dispatcher, NOW + 1_000), []);
    }
    let room = |of: &Dispatcher| of.gate.statuses.room(of.limits.statuses, 0);
    assert_eq!(room(&dispatcher), 50 - 7);

    let mut woken = Dispatcher::restore(DispatcherLimits::default(), written(rows.clone()));
    rows = wants(&mut woken, NOW + 2_000);
    assert_ne!(
        rows,
        [],
        "what may have been given is stored before more is"
    );
    assert_eq!(room(&woken), 50 - 8);
    let mut woken = Dispatcher::restore(DispatcherLimits::default(), written(rows));
    assert_eq!(
        woken.step(Event::PlaceWanted(ticket(1)), NOW + 3_000).rows,
        []
    );
    assert_eq!(room(&woken), 50 - 8 - 6);

    assert_ne!(wants(&mut dispatcher, NOW + 2_000), [], "the seventh");
    // Refused, it changes nothing.
    for _ in 0..50 {
        let _ = dispatcher.step(Event::StatusWanted, NOW + 3_000);
    }
    let step = dispatcher.step(Event::StatusWanted, NOW + 3_000);
    assert!(matches!(
        step.answer,
        Answer::Status(StatusPermit::NotBefore(_))
    ));
    assert_eq!(step.rows, []);
}
