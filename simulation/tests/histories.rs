//! A few hundred histories; `npm test -- simulation` plays the many.

use std::collections::BTreeSet;

use simulation::fault::Fault;
use simulation::guards::Guards;
use simulation::plan::{EVENTS_LEAST, Plan};
use simulation::{Tally, play, shrink};

/// Unoptimised it takes twenty times as long.
const HISTORIES: u64 = if cfg!(debug_assertions) { 300 } else { 3_000 };

#[test]
fn nothing_accepted_is_lost_and_nothing_is_paid_twice() {
    let mut tally = Tally::default();
    for seed in 0..HISTORIES {
        match play(&Plan::of(seed), &Guards::default()) {
            Ok(met) => {
                assert!(met.events >= EVENTS_LEAST, "seed {seed}: {}", met.events);
                tally.add(&met);
            }
            Err(violation) => {
                let smallest = shrink(&Plan::of(seed), &Guards::default());
                panic!("seed {seed}: {violation}; shrunk: {smallest}");
            }
        }
    }
    let unmet: Vec<_> = tally.unmet().collect();
    assert_eq!(unmet, [], "never met: this proves nothing of them");
    assert!(tally.reordered > 0 && tally.queued > 0 && tally.refused > 0);
    assert!(tally.unwritten > 0, "nothing unwritten was ever lost");
    assert!(tally.unpermitted > 0, "nobody asked without a permit");
}

#[test]
fn several_dispatchers_of_one_key_keep_to_its_limits_together() {
    let mut tally = Tally::default();
    for (seed, shards) in (0..HISTORIES).zip([2, 3, 4, 8].into_iter().cycle()) {
        let plan = Plan::sharded(seed, shards);
        match play(&plan, &Guards::default()) {
            Ok(met) => tally.add(&met),
            Err(violation) => {
                let smallest = shrink(&plan, &Guards::default());
                panic!("seed {seed}: {violation}; shrunk: {smallest}");
            }
        }
    }
    let unmet: Vec<_> = tally.unmet().collect();
    assert_eq!(unmet, [], "never met: this proves nothing of them");
    assert!(tally.queued > tally.accepted / 10, "its limits were met");
}

#[test]
fn a_history_is_the_same_each_time_it_is_played() {
    let plan = Plan::of(7);
    assert_eq!(
        play(&plan, &Guards::default()),
        play(&plan, &Guards::default())
    );
}

/// Takes one guard away: one of many histories ends with these words. With all guards no history ends so, as the tests
/// above show.
#[track_caller]
fn is_missed(take_away: impl Fn(&mut Guards), says: &str) {
    is_missed_in(Plan::of, take_away, says);
}

#[track_caller]
fn is_missed_in(plan: impl Fn(u64) -> Plan, take_away: impl Fn(&mut Guards), says: &str) {
    let mut guards = Guards::default();
    take_away(&mut guards);
    let mut others = BTreeSet::new();
    let noticed = (0..3_000).any(|seed| match play(&plan(seed), &guards) {
        Err(said) if said.to_string().contains(says) => true,
        Err(said) => {
            others.insert(said.to_string());
            false
        }
        Ok(_) => false,
    });
    assert!(noticed, "nobody said {says:?}; they said {others:#?}");
}

#[test]
fn a_settle_that_is_not_remembered_is_noticed() {
    is_missed(|guards| guards.idempotent_settle = false, "the ledger has");
}

#[test]
fn a_slot_without_a_lease_is_noticed() {
    is_missed(|guards| guards.lease = false, "held its slot for");
}

#[test]
fn a_slot_of_a_prediction_that_isn_t_there_is_noticed() {
    is_missed(
        |guards| guards.absence = false,
        "it holds a slot, and its Prediction isn't there",
    );
}

#[test]
fn a_run_that_is_sent_before_it_is_written_is_noticed() {
    is_missed(
        |guards| guards.pre_write = false,
        "sent before it was written",
    );
}

#[test]
fn too_many_runs_in_a_minute_are_noticed() {
    is_missed(
        |guards| guards.run_window = false,
        "limit was passed: RateLimit",
    );
}

#[test]
fn too_many_statuses_in_ten_seconds_are_noticed() {
    is_missed(|guards| guards.status_window = false, "too many statuses");
}

#[test]
fn status_permits_that_are_forgotten_are_noticed() {
    is_missed_in(
        |seed| Plan::sharded(seed, 1),
        |guards| guards.statuses_ahead = false,
        "too many statuses",
    );
}

#[test]
fn too_many_at_once_are_noticed() {
    is_missed(|guards| guards.slots = false, "more slots than there are");
}

#[test]
fn a_run_that_is_sent_again_without_an_answer_is_noticed() {
    is_missed(|guards| guards.no_resend_of_unknown = false, "paid twice");
}

#[test]
fn an_end_that_isn_t_final_is_noticed() {
    is_missed(
        |guards| guards.terminal_is_final = false,
        "came back to life",
    );
}

#[test]
fn a_webhook_with_a_forged_token_is_noticed() {
    is_missed(
        |guards| guards.webhook_token = false,
        "a token that wasn't minted here was taken",
    );
}

#[test]
fn a_webhook_that_is_believed_is_noticed() {
    is_missed(
        |guards| guards.webhook_is_a_hint = false,
        "completed here and not at FASHN",
    );
}

#[test]
fn a_webhook_with_another_run_s_id_is_noticed() {
    is_missed(|guards| guards.own_id = false, "shows another's picture");
}

#[test]
fn an_alarm_that_does_not_ask_is_noticed() {
    is_missed(|guards| guards.alarm_asks = false, "given up, and it was");
}

#[test]
fn a_run_without_a_deadline_is_noticed() {
    is_missed(|guards| guards.deadline = false, "ms after it was let in");
}

#[test]
fn an_answer_with_a_run_that_is_never_written_is_noticed() {
    is_missed(
        |guards| guards.repeat_is_written = false,
        "was handed out and never ended",
    );
}

#[test]
fn a_photo_that_is_kept_is_noticed() {
    is_missed(|guards| guards.body_wiped = false, "a photo outlived");
}

#[test]
fn a_queue_without_turns_is_noticed() {
    is_missed(|guards| guards.fair_queue = false, "was let in");
}

#[test]
fn a_budget_that_is_not_kept_is_noticed() {
    is_missed(|guards| guards.budget = false, "budget is passed");
}

#[test]
fn dispatchers_that_take_the_whole_each_are_noticed() {
    for says in [
        "limit was passed: RateLimit",
        "limit was passed: Concurrency",
        "too many statuses",
        "credits of a day in all",
    ] {
        is_missed_in(
            |seed| Plan::sharded(seed, 4),
            |guards| guards.shares = false,
            says,
        );
    }
}

#[test]
fn a_failing_history_shrinks_to_what_makes_it_fail() {
    let guards = Guards {
        no_resend_of_unknown: false,
        ..Guards::default()
    };
    // One that is met often, so that few presses meet it too.
    let often = |plan: &Plan| {
        let mut faults = plan.faults.iter();
        faults.any(|(fault, rate)| *fault == Fault::TimeoutAfterAcceptance && *rate >= 50)
    };
    let plan = (0..1_000)
        .map(Plan::of)
        .find(|plan| often(plan) && play(plan, &guards).is_err())
        .expect("one fails");
    let smallest = shrink(&plan, &guards);
    assert!(play(&smallest, &guards).is_err());
    let faults: Vec<_> = smallest.faults.iter().map(|(fault, _)| *fault).collect();
    assert_eq!(faults, [Fault::TimeoutAfterAcceptance], "{smallest}");
    assert_eq!(smallest.presses.len(), 1, "{smallest}");
    assert_eq!(
        (smallest.span_ms(), smallest.jumps.len()),
        (0, 0),
        "{smallest}"
    );
}
