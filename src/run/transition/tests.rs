#![expect(unused_must_use, reason = "what an event comes to is often beside the point")]

use fashn::models::Credits;
use proptest::prelude::*;

use super::*;
use crate::auth::ids::{AccountId, Attempt, Jurisdiction, Ticket, Visitor};
use crate::run::dedup::DedupName;
use crate::run::output::StoredOutput;
use crate::run::record::{DurationClass, RunSpec};
use crate::run::times::tests::TIMES;

const NOW: u64 = 1_763_670_000_000;

/// What happens to a run; what names a send counts if it is the current one.
#[derive(Debug, Clone)]
enum Event {
    Stored,
    NotStored,
    Go(Carrier),
    Accepted(Attempt, UpstreamId),
    Again { attempt: Attempt, failed: bool, not_before_ms: u64 },
    GiveUp(Attempt, RuntimeError),
    NoAnswer(Attempt),
    Webhook(Attempt, UpstreamId),
    Status(UpstreamId, News),
    Lost(UpstreamId),
    Delete,
    Due,
}

fn step(run: &mut Run, event: Event, now_ms: u64) -> Decision {
    let now = Now { ms: now_ms, times: &TIMES };
    let current = run.attempt;
    match event {
        Event::Accepted(attempt, _)
        | Event::Again { attempt, .. }
        | Event::GiveUp(attempt, _)
        | Event::NoAnswer(attempt)
            if attempt != current =>
        {
            Decision::Unchanged
        }
        Event::Stored => run.body_stored(now),
        Event::NotStored => run.body_not_stored(now),
        Event::Go(carrier) => run.go(now, carrier),
        Event::Accepted(_, own) => run.accepted(now, own),
        Event::Again { failed, not_before_ms, .. } => run.wait_again(now, failed, not_before_ms),
        Event::GiveUp(_, error) => run.give_up(now, error),
        Event::NoAnswer(_) => run.lose_track(now),
        Event::Webhook(attempt, claimed) => run.webhook(now, attempt, claimed),
        Event::Status(of, news) => run.status(now, &of, news),
        Event::Lost(of) => run.status_not_found(now, &of),
        Event::Delete => run.delete(now),
        Event::Due => run.due(now),
    }
}

fn run() -> Run {
    let account = AccountId::of_key("FASHN_API_KEY", Jurisdiction::Global);
    Run {
        spec: RunSpec {
            ticket: Ticket::mint(account, NOW, [1; 11]),
            visitor: Visitor("ann".into()),
            is_staff: false,
            shop: String::new(),
            model: "tryon-v1.6".into(),
            class: DurationClass("tryon-v1.6/10".into()),
            credits: Credits(3),
            expected_ms: 10_000,
            body_bytes: 400,
            webhook_url: None,
        },
        admitted_ms: NOW,
        go_ms: 0,
        attempt: 0,
        failures: 0,
        turn: None,
        dedup: vec![DedupName("key".into())],
        is_announced: false,
        is_deleted: false,
        charge: Charge::Reserved,
        state: State::Receiving { until_ms: NOW + TIMES.receive_ms },
    }
}

fn id(text: &str) -> UpstreamId {
    UpstreamId::parse(text).expect("an id")
}

fn completed() -> Ending {
    Ending::Completed {
        output: StoredOutput { as_images: false, items: Vec::new() },
        credits_used: Some(Credits(2)),
    }
}

fn failed() -> Ending {
    Ending::Failed(not_stored())
}

/// A run after some events, a second apart, and what the last one came to.
fn after(events: impl IntoIterator<Item = Event>) -> (Run, Decision) {
    let mut run = run();
    let mut decision = Decision::Unchanged;
    for (index, event) in events.into_iter().enumerate() {
        decision = step(&mut run, event, NOW + 1_000 * index as u64);
    }
    (run, decision)
}

fn sending() -> Run {
    after([Event::Go(Carrier::Worker)]).0
}

fn running() -> Run {
    after([Event::Go(Carrier::Worker), Event::Accepted(1, id("a-1"))]).0
}

fn at(run: &mut Run, ms: u64, event: Event) -> Decision {
    step(run, event, NOW + ms)
}

#[test]
fn a_run_that_goes_at_once_is_sent_accepted_and_over() {
    let (run, _) = after([
        Event::Go(Carrier::Worker),
        Event::Accepted(1, id("a-1")),
        Event::Status(id("a-1"), News::Over(completed())),
    ]);
    assert!(run.is_settled());
    assert_eq!(run.charge, Charge::Settled(Credits(2)), "what FASHN says");
}

#[test]
fn a_run_whose_body_is_stored_waits_and_its_id_is_out() {
    let (run, decision) = after([Event::Stored]);
    assert_eq!(decision, Decision::Save);
    assert!(run.is_announced && run.waits() && run.has_stored_body());
}

#[test]
fn a_place_whose_body_never_comes_leaves_nothing() {
    for event in [Event::NotStored, Event::Due] {
        let mut run = run();
        let decision = at(&mut run, TIMES.receive_ms, event);
        assert_eq!(decision, Decision::Delete);
    }
    assert_eq!(at(&mut run(), 1, Event::Due), Decision::Unchanged);
}

#[test]
fn a_send_without_an_answer_is_never_sent_again() {
    for lost in [Event::NoAnswer(1), Event::Due] {
        let mut run = sending();
        at(&mut run, TIMES.send_ms, lost);
        assert!(matches!(run.state, State::Unknown { .. }));
        assert_eq!(at(&mut run, TIMES.send_ms, Event::Go(Carrier::Body)), Decision::Unchanged);
        let again = Event::Again { attempt: 1, failed: true, not_before_ms: 0 };
        assert_eq!(at(&mut run, TIMES.send_ms, again), Decision::Unchanged);
    }
}

#[test]
fn the_slot_of_an_unknown_send_comes_back_after_the_call_and_the_model_s_longest_time() {
    let mut run = sending();
    at(&mut run, 20_000, Event::NoAnswer(1));
    assert!(run.holds_slot());
    assert_eq!(run.due_ms(&TIMES), NOW + 30_000);
    at(&mut run, 30_000, Event::Due);
    assert!(!run.holds_slot(), "20 s for the call and 10 s for the picture");
    assert!(!run.is_over() && run.charge == Charge::Reserved);
    // The id was never heard: at the deadline it is over for its holder, and its price is open.
    at(&mut run, TIMES.deadline_ms, Event::Due);
    assert!(run.is_over() && run.charge == Charge::Reserved);
    at(&mut run, TIMES.unknown_credits_ms, Event::Due);
    assert_eq!(run.charge, Charge::Settled(Credits(3)), "the dearer truth");
}

#[test]
fn a_webhook_of_an_unknown_send_tells_its_id_and_it_is_shown_after_all() {
    let mut run = sending();
    at(&mut run, 20_000, Event::NoAnswer(1));
    assert_eq!(at(&mut run, 25_000, Event::Webhook(1, id("a-1"))), Decision::AskStatus(id("a-1")));
    assert!(run.holds_slot(), "it is within its time");
    at(&mut run, 26_000, Event::Status(id("a-1"), News::Over(completed())));
    assert!(run.is_settled());
}

#[test]
fn a_webhook_after_the_end_tells_the_price_alone() {
    let mut run = sending();
    at(&mut run, 20_000, Event::NoAnswer(1));
    at(&mut run, TIMES.deadline_ms, Event::Due);
    let late = TIMES.deadline_ms + 1;
    assert_eq!(at(&mut run, late, Event::Webhook(1, id("a-1"))), Decision::AskStatus(id("a-1")));
    at(&mut run, late, Event::Status(id("a-1"), News::Over(completed())));
    assert_eq!(run.charge, Charge::Settled(Credits(2)));
    let State::Ended { ending, .. } = &run.state else {
        panic!("over");
    };
    assert_eq!(*ending, Ending::TimeOut(None), "a terminal state is final");
}

#[test]
fn a_webhook_of_another_send_or_with_another_id_binds_nothing() {
    let mut run = sending();
    assert_eq!(at(&mut run, 1, Event::Webhook(2, id("a-1"))), Decision::NotOurs);
    assert_eq!(
        at(&mut run, 1, Event::Status(id("a-1"), News::Over(completed()))),
        Decision::NotOurs
    );
    let mut run = running();
    assert_eq!(at(&mut run, 1, Event::Webhook(1, id("forged"))), Decision::NotOurs);
    assert_eq!(
        at(&mut run, 1, Event::Status(id("forged"), News::Over(completed()))),
        Decision::NotOurs
    );
    let (mut waiting, _) = after([Event::Stored]);
    assert_eq!(at(&mut waiting, 1, Event::Webhook(0, id("a-1"))), Decision::NotOurs);
}

#[test]
fn fashn_s_own_answer_outweighs_a_webhook_that_was_faster() {
    let mut run = sending();
    at(&mut run, 1, Event::Webhook(1, id("forged")));
    at(&mut run, 2, Event::Accepted(1, id("a-1")));
    assert!(matches!(&run.state, State::Running { upstream, .. } if *upstream == id("a-1")));
}

#[test]
fn a_run_that_fashn_has_outlives_its_deadline_without_its_slot_and_is_asked_about_ever_more_rarely()
{
    let mut run = running();
    assert!(run.holds_slot());
    let mut polls = Vec::new();
    while !run.is_over() {
        let due_ms = run.due_ms(&TIMES) - NOW;
        if let Decision::AskStatus(_) = at(&mut run, due_ms, Event::Due) {
            polls.push(due_ms);
        }
        assert_eq!(run.holds_slot(), due_ms < TIMES.deadline_ms, "{due_ms}");
    }
    assert_eq!(polls[0], 20_000, "its longest time and ten seconds");
    assert!(polls.len() < 120, "{} polls in 72 hours", polls.len());
    let State::Ended { ended_ms, .. } = run.state else {
        panic!("over");
    };
    assert_eq!(ended_ms - NOW, 1_000 + limits::FASHN_KEEPS_MS, "FASHN keeps nothing longer");
}

#[test]
fn a_refused_run_waits_where_its_body_is() {
    let again = |failed| Event::Again { attempt: 1, failed, not_before_ms: 0 };
    let mut run = sending();
    at(&mut run, 1_000, again(false));
    assert!(matches!(run.state, State::Receiving { .. }), "the Worker stores it");
    let (mut run, _) = after([Event::Stored, Event::Go(Carrier::Body)]);
    at(&mut run, 2_000, again(true));
    let State::Queued { not_before_ms, .. } = run.state else {
        panic!("queued");
    };
    assert_eq!(not_before_ms, NOW + 2_000 + limits::FAILED_RUN_PAUSE_MIN_MS);
    assert_eq!(run.failures, 1);
}

#[test]
fn a_run_that_is_refused_for_good_is_shown_only_to_a_holder_of_its_id() {
    let give_up = || Event::GiveUp(1, not_stored());
    let mut run = sending();
    assert_eq!(at(&mut run, 1, give_up()), Decision::Delete);
    let mut run = sending();
    run.is_announced = true;
    at(&mut run, 1, give_up());
    assert_eq!(run.charge, Charge::Settled(Credits(0)));
    assert!(run.is_visible(NOW));
}

#[test]
fn a_deleted_run_is_seen_by_nobody_and_still_counts_until_fashn_tells() {
    let mut run = running();
    at(&mut run, 1, Event::Delete);
    assert!(!run.is_visible(NOW + 1) && run.holds_slot() && !run.wants_output());
    let over = Event::Status(id("a-1"), News::Over(completed()));
    assert_eq!(at(&mut run, 2, over), Decision::Delete);
    assert_eq!(run.charge, Charge::Settled(Credits(2)));
}

#[test]
fn what_fashn_never_had_is_deleted_at_once() {
    assert_eq!(after([Event::Delete]).1, Decision::Delete);
    assert_eq!(after([Event::Stored, Event::Delete]).1, Decision::Delete);
    let (mut run, _) = after([
        Event::Go(Carrier::Worker),
        Event::Accepted(1, id("a-1")),
        Event::Status(id("a-1"), News::Over(failed())),
    ]);
    assert_eq!(at(&mut run, 9_000, Event::Delete), Decision::Delete);
}

#[test]
fn a_run_that_waited_too_long_is_over_and_free() {
    let (mut run, _) = after([Event::Stored]);
    assert_eq!(at(&mut run, TIMES.queue_ms - 1, Event::Due), Decision::Unchanged);
    at(&mut run, TIMES.queue_ms, Event::Due);
    assert!(run.is_settled());
    assert_eq!(run.charge, Charge::Settled(Credits(0)));
}

#[test]
fn a_body_object_that_is_silent_is_told_again() {
    let (mut run, _) = after([Event::Stored, Event::Go(Carrier::Body)]);
    let retry_ms = run.due_ms(&TIMES) - NOW;
    assert_eq!(retry_ms, 1_000 + limits::SEND_RETRY_MS);
    assert_eq!(at(&mut run, retry_ms, Event::Due), Decision::SendAgain);
    assert!(run.due_ms(&TIMES) > NOW + retry_ms);
}

fn any_event() -> impl Strategy<Value = Event> {
    let upstream = || prop_oneof![Just(id("a-1")), Just(id("b-2"))];
    let news = prop_oneof![
        Just(News::Live(Status::Processing)),
        Just(News::Live(Status::InQueue)),
        Just(News::Over(completed())),
        Just(News::Over(failed())),
        Just(News::Over(Ending::Canceled(None))),
        Just(News::Over(Ending::TimeOut(None))),
    ];
    prop_oneof![
        Just(Event::Stored),
        Just(Event::NotStored),
        prop_oneof![Just(Carrier::Worker), Just(Carrier::Body)].prop_map(Event::Go),
        (0_u16..4, upstream()).prop_map(|(attempt, id)| Event::Accepted(attempt, id)),
        (0_u16..4, any::<bool>(), 0_u64..10_000).prop_map(|(attempt, failed, after)| {
            Event::Again { attempt, failed, not_before_ms: NOW + after }
        }),
        (0_u16..4).prop_map(|attempt| Event::GiveUp(attempt, not_stored())),
        (0_u16..4).prop_map(Event::NoAnswer),
        (0_u16..4, upstream()).prop_map(|(attempt, id)| Event::Webhook(attempt, id)),
        (upstream(), news).prop_map(|(id, news)| Event::Status(id, news)),
        upstream().prop_map(Event::Lost),
        Just(Event::Delete),
        Just(Event::Due),
        Just(Event::Due),
    ]
}

proptest! {
    #[test]
    fn any_life_keeps_its_word(
        events in prop::collection::vec((any_event(), 0_u64..200_000), 1..40),
    ) {
        let mut run = run();
        let mut now_ms = NOW;
        for (event, pause_ms) in events {
            now_ms += pause_ms;
            let before = run.clone();
            let decision = step(&mut run, event.clone(), now_ms);
            match decision {
                Decision::Unchanged | Decision::NotOurs => prop_assert_eq!(&run, &before),
                Decision::Delete => {
                    let was_at_fashn = matches!(
                        before.state,
                        State::Unknown { .. } | State::Running { .. }
                    );
                    // What FASHN has is deleted only when its price is known.
                    prop_assert!(!was_at_fashn || run.reserved() == 0);
                    return Ok(());
                }
                Decision::Save | Decision::AskStatus(_) | Decision::SendAgain => {}
            }
            if before.is_over() {
                prop_assert!(run.is_over(), "a terminal state is final");
            }
            if before.is_settled() {
                prop_assert_eq!(run.charge, before.charge, "settled once");
            }
            if matches!(before.state, State::Unknown { .. } | State::Running { .. }) {
                prop_assert!(!run.waits(), "never sent again");
                prop_assert_eq!(run.attempt, before.attempt);
            }
            prop_assert!(!(run.holds_slot() && run.waits()));
            if !before.holds_slot() && run.holds_slot() {
                prop_assert!(matches!(event, Event::Go(_)), "a slot is given by going alone");
            }
        }
        // Left alone, it comes to an end.
        for _ in 0..400 {
            now_ms = run.due_ms(&TIMES).max(now_ms + 1);
            if step(&mut run, Event::Due, now_ms) == Decision::Delete {
                return Ok(());
            }
        }
        prop_assert!(false, "still there: {run:?}");
    }
}
