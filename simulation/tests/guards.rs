//! Takes each guard away: one of many histories then ends with these words. With all guards none
//! does, as `histories.rs` shows.

use std::collections::BTreeSet;

use fastrand::Rng;
use simulation::fault::Fault;
use simulation::guards::{Guard, Guards};
use simulation::plan::{Kind, Plan};
use simulation::play;

/// So many histories are played at most.
const HISTORIES: u64 = 3_000;

#[track_caller]
fn is_missed(guard: Guard, says: &str) {
    is_missed_in(Plan::of, guard, says);
}

#[track_caller]
fn is_missed_in(plan: impl Fn(u64) -> Plan, guard: Guard, says: &str) {
    let mut others = BTreeSet::new();
    let is_noticed = (0..HISTORIES).any(|seed| match play(&plan(seed), Guards::without(guard)) {
        Err(said) if said.what().contains(says) => true,
        Err(said) => {
            others.insert(said.what().to_owned());
            false
        }
        Ok(_) => false,
    });
    assert!(is_noticed, "nothing said {says:?} without {guard:?}; they said {others:#?}");
}

fn of_kind(kind: Kind) -> impl Fn(u64) -> Plan {
    move |seed| Plan::of_kind(kind, seed, &mut Rng::with_seed(seed))
}

/// Histories with faults of one kind alone.
fn with(faults: &'static [(Fault, u16)]) -> impl Fn(u64) -> Plan {
    move |seed| Plan {
        faults: faults.to_vec(),
        ..Plan::of_kind(Kind::Chaos, seed, &mut Rng::with_seed(seed))
    }
}

macro_rules! missed {
    ($($name:ident: $guard:ident, $says:literal $(in $plan:expr)?;)+) => {
        $(
            #[test]
            fn $name() {
                missed!(@ $guard, $says $(, $plan)?);
            }
        )+
    };
    (@ $guard:ident, $says:literal) => { is_missed(Guard::$guard, $says) };
    (@ $guard:ident, $says:literal, $plan:expr) => {
        is_missed_in($plan, Guard::$guard, $says)
    };
}

missed! {
    a_send_that_ends_with_its_caller_is_noticed:
        OutlivesCaller, "FASHN answers normally: at most 5000 ms" in of_kind(Kind::Adversary);
    a_breaker_that_one_visitor_opens_is_noticed:
        FairFailure, "FASHN answers normally: at most 5000 ms" in of_kind(Kind::Adversary);
    a_probe_without_a_time_limit_is_noticed:
        ProbeLimit, "a probe is under way" in of_kind(Kind::Recovery);
    a_send_without_an_end_is_noticed:
        SendLimit, "an honest run waited"
            in with(&[(Fault::InvocationCut, 60)]);
    one_visitor_with_all_slots_is_noticed:
        HalfOfSlots, "holds more than half of the slots" in of_kind(Kind::Adversary);
    deduplication_rows_without_a_bound_are_noticed:
        DedupRows, "more deduplication rows point to" in of_kind(Kind::Adversary);
    admissions_without_a_bound_are_noticed:
        VisitorAttempts, "more admissions than a day has";
    a_queue_without_a_bound_is_noticed:
        QueueLength, "more runs wait than may";
    a_visitor_s_queue_without_a_bound_is_noticed:
        VisitorQueueLength, "more runs of one visitor wait than may";
    bodies_without_a_bound_are_noticed:
        BodiesBytes, "waiting bodies take more room";
    sends_without_a_bound_are_noticed:
        SendAttempts, "more often than it is sent" in of_kind(Kind::Adversary);
    a_key_that_is_forgotten_is_noticed:
        Dedup, "one key and body became two runs";
    places_without_a_time_limit_are_noticed:
        TimedPlaces, "runs aren't over" in with(&[(Fault::InvocationCut, 60)]);
    a_token_without_its_send_is_noticed:
        AttemptInToken, "is bound to the answer of send"
            in with(&[(Fault::RunFailsYetRuns, 300), (Fault::RunAnswerLost, 300)]);
    a_token_that_is_not_verified_is_noticed:
        SignedToken, "which isn't its own";
    a_send_again_without_an_answer_is_noticed:
        NoResendOfUnknown, "nobody knows what became of the last send";
    too_many_runs_in_a_minute_are_noticed:
        RunWindow, "limit was passed: runs in a minute";
    too_many_statuses_in_ten_seconds_are_noticed:
        StatusWindow, "limit was passed: statuses";
    too_many_runs_at_once_are_noticed:
        Slots, "limit was passed: runs at once" in of_kind(Kind::Load);
    a_day_s_budget_that_is_not_kept_is_noticed:
        DayBudget, "the day's budget is passed";
    a_visitor_s_budget_that_is_not_kept_is_noticed:
        VisitorBudget, "a visitor's budget is passed";
    a_run_without_a_deadline_is_noticed:
        Deadline, "runs aren't over";
    a_place_that_is_kept_for_ever_is_noticed:
        ReceiveLimit, "runs aren't over";
    credits_that_stay_reserved_are_noticed:
        UnknownCredits, "are over with reserved credits";
    an_account_that_nothing_touches_is_noticed:
        DailyTouch, "its run never ended" in with(&[(Fault::AlarmLost, 200)]);
    a_decision_that_is_not_stored_first_is_noticed:
        WrittenFirst, "was sent before it was written";
    a_photograph_that_is_kept_is_noticed:
        BodyDeletesItself, "a photograph outlived its time";
}
