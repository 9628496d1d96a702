use super::*;
use crate::run::dedup::Dedup;

#[test]
fn one_key_and_body_is_one_run() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "k", "shirt");
    let ticket = first.spec.ticket;
    assert_eq!(desk.submit(first), Admission::Go(1));
    // Its own request isn't answered yet.
    assert_eq!(desk.submit(keyed(2, "ann", "k", "shirt")), Admission::InProgress);
    desk.accepted(ticket);
    assert_eq!(desk.submit(keyed(3, "ann", "k", "shirt")), Admission::Duplicate(ticket));
    // From another network the same key is the same run.
    assert_eq!(desk.submit(keyed(4, "bob", "k", "shirt")), Admission::Duplicate(ticket));
    assert_eq!(desk.submit(keyed(5, "ann", "k", "dress")), Admission::KeyReused);
    desk.reset();
    assert_eq!(desk.submit(keyed(6, "ann", "k", "shirt")), Admission::Duplicate(ticket));
}

#[test]
fn the_retry_of_a_send_of_unknown_outcome_gets_its_id() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "k", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    desk.sent(ticket, 1, SendOutcome::Unknown);
    assert_eq!(desk.submit(keyed(2, "ann", "k", "shirt")), Admission::Duplicate(ticket));
}

#[test]
fn a_visitor_who_asks_for_the_same_again_gets_the_same_run_and_nobody_else_does() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "one", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    assert_eq!(desk.submit(keyed(2, "ann", "two", "shirt")), Admission::Duplicate(ticket));
    assert_eq!(desk.submit(keyed(3, "bob", "three", "shirt")), Admission::Go(1));
}

/// By its key or by its likeness, each time once.
#[test]
fn a_request_that_an_earlier_run_answers_is_counted() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "one", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    desk.accepted(ticket);
    let joined = |desk: &mut Desk, number, key| {
        let admission = desk.submit(keyed(number, "ann", key, "shirt"));
        assert_eq!(admission, Admission::Duplicate(ticket));
        let counts = desk.writes.iter().filter_map(|write| match write {
            Write::AddFigures(_, figures) => Some(figures.joined),
            _ => None,
        });
        counts.collect::<Vec<_>>()
    };
    assert_eq!(joined(&mut desk, 2, "one"), [1]);
    assert_eq!(joined(&mut desk, 3, "two"), [1]);
    assert_eq!(joined(&mut desk, 4, "two"), [1]);
}

#[test]
fn a_run_that_somebody_joined_fails_openly() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "one", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    desk.submit(keyed(2, "ann", "two", "shirt"));
    assert_eq!(desk.sent(ticket, 1, refused(RefusalKind::Request)), Verdict::GiveUp);
    assert!(desk.run(&ticket).is_over(), "the second holds its id");
}

#[test]
fn a_refused_run_that_nobody_joined_leaves_its_key_free() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "k", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    assert_eq!(desk.sent(ticket, 1, refused(RefusalKind::Request)), Verdict::GiveUp);
    assert!(!desk.shows(&ticket));
    assert_eq!(desk.submit(keyed(2, "ann", "k", "shirt")), Admission::Go(1));
}

#[test]
fn what_failed_is_not_joined_by_likeness_but_its_key_still_names_it() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "one", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    desk.accepted(ticket);
    desk.ends(ticket, failed());
    assert_eq!(desk.submit(keyed(2, "ann", "one", "shirt")), Admission::Duplicate(ticket));
    assert_eq!(desk.submit(keyed(3, "ann", "two", "shirt")), Admission::Go(1));
}

#[test]
fn a_finished_run_is_joined_with_most_of_its_life_left_alone() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "one", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    desk.completes(ticket);
    desk.alarms_until(NOON + 1_700_000);
    assert_eq!(desk.submit(keyed(2, "ann", "two", "shirt")), Admission::Duplicate(ticket));
    desk.alarms_until(NOON + 1_900_000);
    assert_eq!(desk.submit(keyed(3, "ann", "three", "shirt")), Admission::Go(1));
}

#[test]
fn a_key_never_outlives_what_it_points_to() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "one", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    desk.completes(ticket);
    desk.alarms_until(NOON + 3_600_000);
    assert!(!desk.has(&ticket));
    for name in ["key one", "ann shirt"] {
        let row = desk.rows.dedup(&DedupName(name.to_owned()));
        assert_eq!(row, Ok(None), "{name}");
    }
    assert_eq!(desk.submit(keyed(2, "ann", "one", "shirt")), Admission::Go(1));
}

#[test]
fn a_name_that_a_later_run_took_over_stays_when_the_earlier_one_expires() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "one", "shirt");
    let earlier = first.spec.ticket;
    desk.submit(first);
    desk.accepted(earlier);
    desk.ends(earlier, failed());
    desk.later(1_000_000);
    let second = keyed(2, "ann", "two", "shirt");
    let later = second.spec.ticket;
    desk.submit(second);
    desk.completes(later);
    desk.alarms_until(NOON + 3_600_000);
    assert!(!desk.has(&earlier));
    let row = desk.rows.dedup(&DedupName("ann shirt".to_owned()));
    assert_eq!(row.expect("reads").map(|row| row.ticket), Some(later));
}

#[test]
fn one_run_is_found_by_a_bounded_number_of_keys() {
    let mut desk = Desk::new();
    let first = keyed(1, "ann", "first", "shirt");
    let ticket = first.spec.ticket;
    desk.submit(first);
    desk.accepted(ticket);
    for number in 2..=100 {
        let again = keyed(number, "ann", &format!("k{number}"), "shirt");
        assert_eq!(desk.submit(again), Admission::Duplicate(ticket));
    }
    let most = desk.settings.limits.dedup_per_run_max as usize;
    assert_eq!(desk.run(&ticket).dedup.len(), most);
}

/// Their run's row could not be understood, nor the names in it.
#[test]
fn the_daily_look_deletes_deduplication_rows_without_a_run() {
    let mut desk = Desk::new();
    assert_eq!(desk.submit(keyed(1, "ann", "of a run", "body")), Admission::Go(1));
    let row = |number: u8| Dedup {
        name: DedupName(format!("name {number:03}")),
        kind: DedupKind::Likeness,
        fingerprint: Fingerprint("body".to_owned()),
        ticket: request(number.max(2), "bob").spec.ticket,
    };
    for number in 0..200 {
        desk.rows.apply(&Write::PutDedup(row(number))).expect("stores");
    }
    let count =
        |desk: &Desk| desk.rows.dedup_after(&DedupName::default(), 300).expect("rows").len();
    desk.alarm();
    assert_eq!(count(&desk), 202);
    desk.apply(Account::look_daily);
    assert!(count(&desk) > 100, "a few at a time");
    let end_ms = desk.now_ms + 10_000;
    desk.alarms_until(end_ms);
    assert_eq!(count(&desk), 2);
}
