//! Runs that repeat another.

use super::*;

const KEY: RepeatKind = RepeatKind::Key;
const SAME: RepeatKind = RepeatKind::Same;

/// Asks for a run with these repeats: (name, kind, fingerprint).
fn ask(
    dispatcher: &mut Dispatcher,
    number: u8,
    repeats: &[(&str, RepeatKind, &str)],
    now_ms: u64,
) -> Admission {
    let mut application = application(number, "ann");
    application.repeats = repeats
        .iter()
        .map(|(name, kind, fingerprint)| repeat(name, *kind, fingerprint))
        .collect();
    answer_to(dispatcher, application, now_ms)
}

fn answer_to(dispatcher: &mut Dispatcher, application: Application, now_ms: u64) -> Admission {
    match dispatcher.step(Event::Admit(application), now_ms).answer {
        Answer::Admission(admission) => admission,
        other => panic!("{other:?}"),
    }
}

fn repeats(number: u8, by: RepeatKind, written: bool) -> Admission {
    Admission::Repeats {
        ticket: ticket(number),
        by,
        written,
    }
}

fn in_use(number: u8) -> Admission {
    Admission::KeyInUse {
        ticket: ticket(number),
    }
}

#[test]
fn while_the_first_request_is_under_way_its_key_is_in_use() {
    let mut dispatcher = dispatcher();
    let key = [("k", KEY, "shirt")];
    assert_eq!(ask(&mut dispatcher, 1, &key, NOW), GO);
    assert_eq!(ask(&mut dispatcher, 2, &key, NOW), in_use(1));
    let _ = sent(&mut dispatcher, 1, Sent::Accepted, NOW);
    assert_eq!(ask(&mut dispatcher, 3, &key, NOW), repeats(1, KEY, true));
    assert_eq!(dispatcher.gate.reserved, 1, "one run, one reservation");
}

#[test]
fn a_key_with_another_body_is_refused_for_a_day() {
    let mut dispatcher = dispatcher();
    let _ = ask(&mut dispatcher, 1, &[("k", KEY, "shirt")], NOW);
    let skirt = [("k", KEY, "skirt")];
    assert_eq!(ask(&mut dispatcher, 2, &skirt, NOW), Admission::KeyReused);
    let _ = ended(&mut dispatcher, 1, Outcome::Charged(None), NOW + 8_000);
    assert_eq!(
        ask(&mut dispatcher, 3, &skirt, NOW + 9_000),
        Admission::KeyReused
    );
    assert_eq!(ask(&mut dispatcher, 4, &skirt, NOW + 3_600_000), GO);
}

#[test]
fn a_key_is_answered_with_its_run_even_when_that_failed() {
    let mut dispatcher = dispatcher();
    let key = [("k", KEY, "shirt")];
    let _ = ask(&mut dispatcher, 1, &key, NOW);
    let _ = sent(&mut dispatcher, 1, Sent::Accepted, NOW);
    let _ = ended(&mut dispatcher, 1, Outcome::Free, NOW + 8_000);
    assert_eq!(
        ask(&mut dispatcher, 2, &key, NOW + 9_000),
        repeats(1, KEY, true)
    );
}

#[test]
fn a_key_whose_request_was_refused_is_free_again() {
    let mut dispatcher = dispatcher();
    let key = [("k", KEY, "shirt")];
    let _ = ask(&mut dispatcher, 1, &key, NOW);
    let _ = sent(&mut dispatcher, 1, refused(RefusalKind::Request), NOW);
    assert_eq!(ask(&mut dispatcher, 2, &key, NOW), GO);
}

#[test]
fn who_asks_for_the_same_joins_the_run_that_waits_flies_or_completed() {
    let mut dispatcher = dispatcher();
    let same = [("shirt", SAME, "shirt")];
    assert_eq!(ask(&mut dispatcher, 1, &same, NOW), GO);
    assert_eq!(ask(&mut dispatcher, 2, &same, NOW), repeats(1, SAME, false));
    let _ = sent(&mut dispatcher, 1, Sent::Accepted, NOW);
    assert_eq!(ask(&mut dispatcher, 2, &same, NOW), repeats(1, SAME, true));
    let _ = ended(&mut dispatcher, 1, Outcome::Charged(None), NOW + 8_000);
    assert_eq!(
        ask(&mut dispatcher, 2, &same, NOW + 9_000),
        repeats(1, SAME, true)
    );
    // Long after the Dispatcher forgot the run, its Prediction may still have the picture.
    let _ = dispatcher.step(Event::Alarm, NOW + 3_000_000);
    assert_eq!(dispatcher.runs.len(), 0);
    assert_eq!(
        ask(&mut dispatcher, 2, &same, NOW + 3_000_001),
        repeats(1, SAME, true)
    );
    assert_eq!(ask(&mut dispatcher, 2, &same, NOW + 3_600_000), GO);
}

#[test]
fn nobody_joins_a_run_that_came_to_nothing() {
    type End = fn(&mut Dispatcher);
    let ends: [(&str, Reins, End); 4] = [
        ("failed", Reins::Loose, |dispatcher| {
            let _ = sent(dispatcher, 1, Sent::Accepted, NOW);
            let _ = ended(dispatcher, 1, Outcome::Free, NOW);
        }),
        ("refused", Reins::Loose, |dispatcher| {
            let _ = sent(dispatcher, 1, refused(RefusalKind::Request), NOW);
        }),
        ("given up", Reins::Tight, |dispatcher| {
            let _ = sent(dispatcher, 1, Sent::Unknown, NOW);
            let _ = ended(dispatcher, 1, Outcome::Unknown, NOW);
        }),
        ("forgotten", Reins::Loose, |dispatcher| {
            let _ = sent(dispatcher, 1, Sent::Accepted, NOW);
            let _ = dispatcher.step(Event::Forgotten(ticket(1)), NOW);
        }),
    ];
    for (how, reins, end) in ends {
        let mut dispatcher = dispatcher();
        let same = [("shirt", SAME, "shirt")];
        let _ = ask(&mut dispatcher, 1, &same, NOW);
        end(&mut dispatcher);
        let again = ask(&mut dispatcher, 2, &same, NOW);
        assert_eq!(again, Admission::Go(1, reins), "{how}");
    }
}

#[test]
fn a_run_whose_picture_is_gone_is_repeated_by_nobody() {
    let mut dispatcher = dispatcher();
    let same = [("shirt", SAME, "shirt")];
    let _ = ask(&mut dispatcher, 1, &same, NOW);
    let _ = ended(&mut dispatcher, 1, Outcome::Charged(None), NOW);
    let mut again = application(2, "ann");
    again.repeats = vec![repeat("shirt", SAME, "shirt")];
    again.gone = Some(ticket(1));
    assert_eq!(answer_to(&mut dispatcher, again, NOW), GO);
    assert_eq!(
        ask(&mut dispatcher, 3, &same, NOW),
        repeats(2, SAME, false),
        "the new one is"
    );
}

#[test]
fn a_run_that_others_joined_before_it_was_refused_has_to_say_so() {
    let mut dispatcher = dispatcher();
    let same = [("shirt", SAME, "shirt")];
    let _ = ask(&mut dispatcher, 1, &same, NOW);
    let _ = ask(&mut dispatcher, 2, &same, NOW);
    let step = sent(&mut dispatcher, 1, refused(RefusalKind::Request), NOW);
    assert_eq!(
        step.answer,
        Answer::Verdict(Verdict::GiveUp { shared: true })
    );
}

#[test]
fn a_new_key_for_the_same_wish_holds_the_run_that_it_joined() {
    let mut dispatcher = dispatcher();
    let both = [("k", KEY, "shirt"), ("shirt", SAME, "shirt")];
    let _ = ask(&mut dispatcher, 1, &both[1..], NOW);
    let _ = sent(&mut dispatcher, 1, Sent::Accepted, NOW);
    assert_eq!(ask(&mut dispatcher, 2, &both, NOW), repeats(1, SAME, true));
    assert_eq!(
        ask(&mut dispatcher, 3, &both[..1], NOW),
        repeats(1, KEY, true)
    );
}

#[test]
fn what_is_remembered_is_stored_and_deleted_when_its_time_is_over() {
    let mut dispatcher = dispatcher();
    let mut first = application(1, "ann");
    first.repeats = vec![repeat("k", KEY, "shirt")];
    let step = dispatcher.step(Event::Admit(first), NOW);
    let name = RowKey::Repeat(RepeatName("k".into()));
    let put = |change: &RowChange| matches!(change, RowChange::Put(row) if row.key() == name);
    assert!(step.rows.iter().any(put));
    let rows = step.rows.into_iter().filter_map(|change| match change {
        RowChange::Put(row) => Some(row),
        RowChange::Delete(_) => None,
    });
    let mut restored = Dispatcher::restore(DispatcherLimits::default(), rows);
    assert_eq!(
        ask(&mut restored, 2, &[("k", KEY, "shirt")], NOW),
        in_use(1)
    );
    let step = restored.step(Event::Alarm, NOW + 3_600_000);
    assert!(step.rows.contains(&RowChange::Delete(name)));
}

#[test]
fn nobody_knows_that_a_run_is_written_before_its_first_sending_was_told_of() {
    type Happens = fn(&mut Dispatcher);
    let lets_one_wait: Happens = |dispatcher| {
        for number in 10..10 + u8::try_from(dispatcher.limits.slots).unwrap() {
            let _ = admit(dispatcher, number, "bob", NOW);
        }
    };
    let frees_a_slot: Happens = |dispatcher| {
        let _ = ended(dispatcher, 10, Outcome::Free, NOW);
    };
    let cases: [(&str, Vec<Happens>, bool); 4] = [
        ("it waits", vec![], false),
        ("it may go", vec![frees_a_slot], false),
        (
            "it waits again",
            vec![frees_a_slot, |dispatcher| {
                let _ = sent(dispatcher, 1, refused(RefusalKind::RateLimit), NOW);
            }],
            true,
        ),
        (
            "FASHN has it",
            vec![frees_a_slot, |dispatcher| {
                let _ = sent(dispatcher, 1, Sent::Accepted, NOW);
            }],
            true,
        ),
    ];
    for (case, happens, written) in cases {
        let mut dispatcher = dispatcher();
        lets_one_wait(&mut dispatcher);
        for kind in [KEY, SAME] {
            let mut dispatcher = dispatcher.clone();
            let repeat = [("shirt", kind, "shirt")];
            let first = ask(&mut dispatcher, 1, &repeat, NOW);
            assert!(matches!(first, Admission::Queued(_)), "{case}: {first:?}");
            for happen in &happens {
                happen(&mut dispatcher);
            }
            let second = ask(&mut dispatcher, 2, &repeat, NOW);
            assert_eq!(second, repeats(1, kind, written), "{case}");
        }
    }
}

#[test]
fn a_run_that_is_never_written_is_repeated_by_nobody() {
    let mut dispatcher = dispatcher();
    let grace_ms = NOW + dispatcher.limits.absence_grace_ms;
    let both = [("k", KEY, "shirt"), ("shirt", SAME, "shirt")];
    let joins = [("j", KEY, "shirt"), ("shirt", SAME, "shirt")];
    assert_eq!(ask(&mut dispatcher, 1, &both, NOW), GO);
    assert_eq!(
        ask(&mut dispatcher, 2, &joins, NOW),
        repeats(1, SAME, false)
    );

    let _ = dispatcher.step(Event::Absent(ticket(1)), grace_ms - 1);
    let early = ask(&mut dispatcher, 3, &both, grace_ms - 1);
    assert_eq!(early, in_use(1), "it may still be on its way");

    let _ = dispatcher.step(Event::Absent(ticket(1)), grace_ms);
    for (number, key) in [(4, "k"), (5, "j")] {
        let again = ask(&mut dispatcher, number, &[(key, KEY, "shirt")], grace_ms);
        assert_eq!(again, GO, "{key}");
    }
}

#[test]
fn a_run_that_waits_and_is_never_written_gives_its_place_and_credits_back() {
    let mut dispatcher = dispatcher();
    for number in 10..10 + u8::try_from(dispatcher.limits.slots).unwrap() {
        let _ = admit(&mut dispatcher, number, "bob", NOW);
    }
    let key = [("k", KEY, "shirt")];
    let reserved = dispatcher.gate.reserved;
    let _ = ask(&mut dispatcher, 1, &key, NOW);
    let grace_ms = NOW + dispatcher.limits.absence_grace_ms;
    let _ = dispatcher.step(Event::Absent(ticket(1)), grace_ms);
    assert_eq!(
        (dispatcher.waiting(), dispatcher.gate.reserved),
        (0, reserved)
    );
    let again = ask(&mut dispatcher, 2, &key, grace_ms);
    assert!(matches!(again, Admission::Queued(_)), "{again:?}");
}
