//! A few thousand histories; `cargo run -p simulation` plays the many.

use simulation::guards::{Guard, Guards};
use simulation::plan::{Behavior, EVENTS_MIN, Key, Kind, MODELS, Plan, Spell, Submission, Trouble};
use simulation::shrink::shrink;
use simulation::tally::Tally;
use simulation::{estimate_errors_ms, play, play_on_sqlite, tell};

/// Unoptimised it takes twenty times as long.
const IS_QUICK: bool = cfg!(not(debug_assertions));

#[test]
fn nothing_accepted_is_lost_and_nothing_is_paid_twice() {
    let mut tally = Tally::default();
    for seed in 0..if IS_QUICK { 3_000 } else { 200 } {
        match play(&Plan::of(seed), Guards::default()) {
            Ok(met) => {
                assert!(met.events >= EVENTS_MIN, "seed {seed}: {}", met.events);
                tally.add(&met);
            }
            Err(violation) => {
                let smallest = shrink(&Plan::of(seed), Guards::default());
                let story = tell(&smallest, Guards::default());
                panic!("seed {seed}: {violation}\n{story}");
            }
        }
    }
    assert!(tally.joined > 0 && tally.queued > 0 && tally.refused > 0 && tally.late > 0);
    if IS_QUICK {
        let unmet = tally.unmet();
        assert!(unmet.is_empty(), "this proves nothing of {unmet:#?}");
    }
}

/// Numbers, order and absent rows are the same from the shipped statements as from memory, or a
/// history would go another way.
#[test]
fn the_shipped_statements_play_the_same_histories() {
    for seed in 0..if IS_QUICK { 1_000 } else { 40 } {
        let plan = Plan::of(seed);
        let in_memory = play(&plan, Guards::default());
        let on_sqlite = play_on_sqlite(&plan, Guards::default());
        assert_eq!(in_memory, on_sqlite, "seed {seed}");
    }
}

#[test]
fn a_history_is_the_same_each_time_it_is_played() {
    for seed in 0..20 {
        let plan = Plan::of(seed);
        let first = play(&plan, Guards::default());
        assert_eq!(first, play(&plan, Guards::default()), "seed {seed}");
    }
}

fn submission(person: u32, garment: u32, behavior: Behavior) -> Submission {
    let [model, ..] = MODELS;
    Submission {
        after_ms: 10,
        person,
        garment,
        model,
        behavior,
        key: None,
        wants_base64: false,
        is_staff: false,
        seed: u64::from(garment) * 1_000 + u64::from(person),
    }
}

/// A history without faults.
fn quiet(submissions: Vec<Submission>) -> Plan {
    let mut plan = Plan::of_kind(Kind::Adversary, 1, &mut fastrand::Rng::with_seed(1));
    plan.submissions = submissions;
    plan.limits = fitting_room::config::limits::AccountLimits::default();
    plan.has_merchant = false;
    plan.events_min = 0;
    plan
}

/// Issue F1: six callers hang up, before their bodies are whole, on their way to FASHN, and while
/// FASHN answers.
#[test]
fn six_callers_that_hang_up_keep_nobody_waiting() {
    let plan_of = |after_ms| {
        let mut submissions: Vec<_> = (0..6)
            .map(|number| submission(0, 1_000 + number, Behavior::HangsUp(after_ms)))
            .collect();
        submissions.push(submission(1, 1, Behavior::Shops));
        quiet(submissions)
    };
    let times_ms = || (20..400).step_by(20);
    for after_ms in times_ms() {
        let met = play(&plan_of(after_ms), Guards::default()).expect("everything holds");
        assert_eq!(met.completed, 7, "those that were sent are not lost either");
    }
    let is_noticed = times_ms().any(|after_ms| {
        play(&plan_of(after_ms), Guards::without(Guard::OutlivesCaller))
            .is_err_and(|violation| violation.what().contains("an honest run waited"))
    });
    assert!(is_noticed, "callers that left hold no slot");
}

/// Issue F2: one visitor's bodies are answered 500, free of charge.
#[test]
fn poison_of_one_visitor_keeps_nobody_waiting() {
    let poison = (0..6).map(|number| submission(0, 1_000 + number, Behavior::Poisons));
    let honest = (1..=40).map(|number| submission(number, number, Behavior::Shops));
    let plan = quiet(poison.chain(honest).collect());
    let met = play(&plan, Guards::default()).expect("everything holds");
    assert_eq!(met.completed, 40, "each of the honest runs");
    let poisoned = met.sent - met.taken;
    assert!(poisoned <= 24, "the poison got {poisoned} calls");
}

/// Issue F7: one key from two networks.
#[test]
fn one_uuid_key_from_two_networks_is_one_run() {
    let with_key = |person, after_ms| Submission {
        key: Some(Key::Uuid(7)),
        after_ms,
        ..submission(person, 5, Behavior::Shops)
    };
    let plan = quiet(vec![with_key(1, 0), with_key(2, 3_000), with_key(3, 90_000)]);
    let met = play(&plan, Guards::default()).expect("everything holds");
    assert_eq!((met.taken, met.announced, met.joined), (1, 3, 2));
}

/// Issue F6: FASHN completes and charges, and its status can't be had for longer than the deadline.
#[test]
fn a_picture_is_shown_after_a_status_outage_of_an_hour() {
    let mut plan = quiet(vec![submission(1, 1, Behavior::Shops)]);
    plan.kind = Kind::Blind;
    for trouble in [Trouble::StatusOut, Trouble::WebhooksOut] {
        plan.spells.push(Spell { from_ms: 0, to_ms: 3_600_000, trouble });
    }
    let met = play(&plan, Guards::default()).expect("everything holds");
    assert_eq!((met.completed, met.timed_out, met.late), (1, 0, 1));
}

#[test]
fn hanging_backends_and_bodies_under_way_keep_no_status_call_waiting() {
    let submissions = (1..=12)
        .map(|number| Submission { after_ms: 400, ..submission(number, number, Behavior::Shops) });
    let mut plan = quiet(submissions.collect());
    plan.has_merchant = true;
    plan.spells.push(Spell { from_ms: 0, to_ms: 600_000, trouble: Trouble::MerchantHangs });
    let met = play(&plan, Guards::default()).expect("everything holds");
    assert!(met.queued >= 6, "six bodies are sent from their objects");
    assert!(met.confirm_max_ms <= 1_000, "{} ms", met.confirm_max_ms);
}

/// Sixty shoppers within two seconds, on the limits that FASHN documents; a run takes between three
/// quarters of its longest time, which is typical, and that. Each looks after 3 s and after 25 s.
#[test]
fn a_burst_is_told_how_long_it_waits() {
    let mut errors_ms = Vec::new();
    for seed in 0..20 {
        let shoppers = (1..=60).map(|number| {
            let mut one = submission(number, number, Behavior::Shops);
            one.after_ms = u64::from(number) * 30;
            one.seed += seed * 1_000_000;
            one
        });
        let mut plan = quiet(shoppers.collect());
        plan.quickest_percent = 75;
        let errors = estimate_errors_ms(&plan).expect("everything holds");
        assert!(errors.len() > 60, "{}", errors.len());
        errors_ms.extend(errors);
    }
    errors_ms.sort_unstable();
    let at = |hundredth: usize| errors_ms[errors_ms.len() * hundredth / 100];
    println!("off by {} ms, nine in ten by {} ms at most", at(50), at(90));
    assert!(at(50) < 5_000 && at(90) < 15_000, "{} ms, {} ms", at(50), at(90));
}

#[test]
fn a_failing_history_shrinks_to_what_makes_it_fail() {
    let guards = Guards::without(Guard::NoResendOfUnknown);
    let plan = (0..1_000)
        .map(Plan::of)
        .find(|plan| {
            let played = play(plan, guards);
            played.is_err_and(|violation| violation.what().contains("was sent again"))
        })
        .expect("one fails");
    let smallest = shrink(&plan, guards);
    let violation = play(&smallest, guards).expect_err("it still fails");
    assert!(violation.what().contains("was sent again"), "{violation}");
    assert!(smallest.submissions.len() <= 7, "{:#?}", smallest.submissions);
    assert!(
        smallest.faults.len() + smallest.spells.len() <= 3,
        "{:?} {:?}",
        smallest.faults,
        smallest.spells
    );
    let story = tell(&smallest, guards);
    assert!(story.contains("wants garment"), "{story}");
}
