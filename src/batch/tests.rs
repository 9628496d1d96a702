use litemap::LiteMap;
use proptest::prelude::*;

use super::*;

const NOW: u64 = 1_763_670_000_000;

fn ticket(number: u8) -> Ticket {
    Ticket::mint(NOW, [number; 12])
}

#[test]
fn as_many_objects_as_the_runs_and_their_bodies_ask_for() {
    for (case, (requests, seconds), queue_most, body_mb, keys, objects) in [
        ("FASHN's usual rate", (50, 60), 500, 16, 1, 1),
        ("17 a second", (1_000, 60), 500, 16, 1, 3),
        (
            "more than a Dispatcher lets go",
            (100_000, 1),
            500,
            16,
            1,
            32,
        ),
        ("nothing waits", (50, 60), 0, 16, 1, 1),
        ("16 GB of bodies may wait", (50, 60), 1_000, 16, 1, 2),
        ("900 GB", (50, 60), 10_000, 90, 1, 110),
        ("what a byte holds", (50, 60), 10_000, 90, 3, 255),
        (
            "twenty shops with keys of their own",
            (50, 60),
            500,
            16,
            20,
            20,
        ),
    ] {
        let limits = DispatcherLimits {
            runs: RequestWindow {
                requests,
                window_ms: seconds * 1_000,
            },
            queue_most,
            ..DispatcherLimits::default()
        };
        assert_eq!(
            batches(&limits, body_mb << 20, keys).get(),
            objects,
            "{case}"
        );
    }
}

#[test]
fn the_alarm_of_many_is_set_for_the_first() {
    let mut schedule = Schedule::of(vec![(ticket(1), NOW + 15_000)]);
    assert_eq!(schedule.alarm_to_set(NOW), Some(NOW + 15_000));
    // Another a second later is looked at in its time.
    schedule.put(ticket(2), NOW + 16_000);
    assert_eq!(schedule.alarm_to_set(NOW + 1_000), None);
    // The first is over. There is something to do soon, so the alarm stays where it is.
    schedule.put(ticket(1), NOW + 3_600_000);
    assert_eq!(schedule.alarm_to_set(NOW + 2_000), None);
    // And so is the second: nothing is to be done for an hour.
    schedule.put(ticket(2), NOW + 3_601_000);
    assert_eq!(schedule.alarm_to_set(NOW + 3_000), Some(NOW + 3_600_000));
    assert_eq!(schedule.went_off(NOW + 3_600_000), [ticket(1)]);
    assert_eq!(
        schedule.alarm_to_set(NOW + 3_600_000),
        Some(NOW + 3_601_000)
    );
    schedule.remove(&ticket(2));
    assert!(schedule.went_off(NOW + 3_601_000).is_empty());
    assert_eq!(schedule.alarm_to_set(NOW + 3_601_000), None);
}

#[test]
fn an_alarm_stays_if_it_is_a_little_early() {
    const EARLY_MS: u64 = limits::ALARM_EARLY_MS;
    for (case, set_ms, wanted_ms, then) in [
        ("right", Some(NOW + 5), NOW + 5, None),
        ("early", Some(NOW + 5), NOW + 5 + EARLY_MS, None),
        (
            "too early",
            Some(NOW + 5),
            NOW + 6 + EARLY_MS,
            Some(NOW + 6 + EARLY_MS),
        ),
        ("late", Some(NOW + 5), NOW + 4, Some(NOW + 4)),
        ("gone off", Some(NOW), NOW + 5, Some(NOW + 5)),
        ("none is known", None, NOW + 5, Some(NOW + 5)),
    ] {
        assert_eq!(alarm_to_set(set_ms, wanted_ms, NOW), then, "{case}");
    }
}

#[derive(Debug, Clone)]
enum Happens {
    /// Something is to be done for one in so many milliseconds.
    Put(u8, u64),
    Remove(u8),
    /// Time passes.
    Later(u64),
    /// The object is gone from memory.
    Forgets,
}

fn anything() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (0..6_u8, 0..4_000_000_u64).prop_map(|(number, ms)| Happens::Put(number, ms)),
        (0..6_u8).prop_map(Happens::Remove),
        (0..4_000_000_u64).prop_map(Happens::Later),
        Just(Happens::Forgets),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The platform's alarm is played beside it: nobody is forgotten, and nobody is looked at after their time.
    #[test]
    fn whatever_happens_the_alarm_goes_off_in_time(story in prop::collection::vec(anything(), 1..60)) {
        let mut now_ms = NOW;
        // What is stored, the platform's alarm, and what the object remembers of both.
        let mut stored: LiteMap<Ticket, u64> = LiteMap::new();
        let mut alarm_ms: Option<u64> = None;
        let mut schedule = Schedule::default();
        for happens in story {
            match happens {
                Happens::Put(number, ms) => {
                    stored.insert(ticket(number), now_ms + ms);
                    schedule.put(ticket(number), now_ms + ms);
                    alarm_ms = schedule.alarm_to_set(now_ms).or(alarm_ms);
                }
                Happens::Remove(number) => {
                    stored.remove(&ticket(number));
                    schedule.remove(&ticket(number));
                }
                Happens::Later(ms) => {
                    let until_ms = now_ms + ms;
                    let mut went_off = 0;
                    while let Some(at_ms) = alarm_ms.filter(|at_ms| *at_ms <= until_ms) {
                        now_ms = now_ms.max(at_ms);
                        for due in schedule.went_off(now_ms) {
                            prop_assert_eq!(stored.remove(&due), Some(now_ms), "in its time");
                        }
                        alarm_ms = schedule.alarm_to_set(now_ms);
                        went_off += 1;
                        prop_assert!(went_off < 20, "for ever");
                    }
                    now_ms = until_ms;
                }
                Happens::Forgets => schedule = Schedule::of(stored.iter().map(|(ticket, due_ms)| (*ticket, *due_ms)).collect()),
            }
            let first_ms = stored.values().min().copied();
            prop_assert!(first_ms.is_none_or(|first_ms| alarm_ms.is_some_and(|at_ms| at_ms <= first_ms)));
        }
    }
}
