//! A few thousand histories; the many are played by `cargo run --release -p simulation`.

use simulation::guards::Guards;
use simulation::plan::{Fault, Plan};
use simulation::{Tally, play, shrink};

/// Unoptimised it takes twenty times as long.
const HISTORIES: u64 = if cfg!(debug_assertions) { 300 } else { 2_000 };

#[test]
fn nothing_accepted_is_lost_and_nothing_is_paid_twice() {
    let mut tally = Tally::default();
    for seed in 0..HISTORIES {
        match play(&Plan::of(seed), &Guards::default()) {
            Ok(met) => tally.add(&met),
            Err(violation) => {
                let smallest = shrink(&Plan::of(seed), &Guards::default());
                panic!("seed {seed}: {violation}; shrunk: {smallest:#?}");
            }
        }
    }
    for fault in Fault::ALL {
        assert!(
            tally.faults.contains_key(&fault),
            "{fault:?} was never met: this proves nothing of it"
        );
    }
    assert!(tally.reordered > 0 && tally.queued > 0 && tally.refused > 0);
}

#[test]
fn a_history_is_the_same_each_time_it_is_played() {
    let plan = Plan::of(7);
    let first = play(&plan, &Guards::default()).expect("holds");
    let again = play(&plan, &Guards::default()).expect("holds");
    assert_eq!(format!("{first:?}"), format!("{again:?}"));
}

/// What the checks say of the first of many histories that notices a missing guard.
fn noticed(guards: &Guards) -> Option<String> {
    (0..1_000).find_map(|seed| Some(play(&Plan::of(seed), guards).err()?.to_string()))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of guards")]
fn each_guard_is_missed_when_it_is_taken_away() {
    let all = Guards::default;
    for (guard, without, says) in [
        (
            "idempotent settle",
            Guards {
                idempotent_settle: false,
                ..all()
            },
            "the ledger has",
        ),
        (
            "lease",
            Guards {
                lease: false,
                ..all()
            },
            "never comes to rest",
        ),
        (
            "pre-write",
            Guards {
                pre_write: false,
                ..all()
            },
            "sent before it was written",
        ),
        (
            "run window",
            Guards {
                run_window: false,
                ..all()
            },
            "RateLimit",
        ),
        (
            "status window",
            Guards {
                status_window: false,
                ..all()
            },
            "statuses in 10 s",
        ),
        (
            "slots",
            Guards {
                slots: false,
                ..all()
            },
            "more slots than there are",
        ),
        (
            "no resend of an unknown",
            Guards {
                no_resend_of_unknown: false,
                ..all()
            },
            "paid twice",
        ),
        (
            "terminal is final",
            Guards {
                terminal_is_final: false,
                ..all()
            },
            "came back to life",
        ),
        (
            "a webhook is a hint",
            Guards {
                webhook_is_a_hint: false,
                ..all()
            },
            "completed here and not at FASHN",
        ),
        (
            "body wiped",
            Guards {
                body_wiped: false,
                ..all()
            },
            "a photo outlived",
        ),
        (
            "fair queue",
            Guards {
                fair_queue: false,
                ..all()
            },
            "was let in",
        ),
        (
            "budget",
            Guards {
                budget: false,
                ..all()
            },
            "budget is passed",
        ),
    ] {
        let violation = noticed(&without);
        assert!(
            violation
                .as_deref()
                .is_some_and(|violation| violation.contains(says)),
            "{guard}: {violation:?}"
        );
    }
}

#[test]
fn a_failing_history_shrinks_and_still_fails() {
    let guards = Guards {
        no_resend_of_unknown: false,
        ..Guards::default()
    };
    let plan = (0..1_000)
        .map(Plan::of)
        .find(|plan| play(plan, &guards).is_err())
        .expect("one fails");
    let smallest = shrink(&plan, &guards);
    assert!(play(&smallest, &guards).is_err());
    assert!(smallest.presses < plan.presses && smallest.faults.len() < plan.faults.len());
}
