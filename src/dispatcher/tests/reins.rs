use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::config::limits::RequestWindow;

fn go(dispatcher: &mut Dispatcher, number: u8, now_ms: u64) -> Reins {
    match admit(dispatcher, number, "ann", now_ms) {
        Admission::Go(1, reins) => reins,
        other => panic!("{other:?}"),
    }
}

/// One whose window has so many runs, and slots for more.
fn with_runs(requests: u32, window_ms: u64) -> Dispatcher {
    Dispatcher::new(DispatcherLimits {
        runs: RequestWindow {
            requests,
            window_ms,
        },
        slots: 20,
        ..DispatcherLimits::default()
    })
}

/// The second to the eighth go at `at_ms`, and FASHN had them at `sent_ms`.
fn seven_more(dispatcher: &mut Dispatcher, at_ms: u64, sent_ms: u64) {
    for number in 2..=8 {
        let _ = go(dispatcher, number, at_ms);
    }
    for number in 2..=8 {
        let _ = sent(dispatcher, number, Sent::Accepted, sent_ms);
    }
}

fn told_with_its_end(number: u8, sent_ms: u64) -> Event {
    Event::Ended {
        ticket: ticket(number),
        outcome: Outcome::Charged(None),
        sent_ms: Some(sent_ms),
    }
}

#[test]
fn runs_go_on_loose_reins_while_all_is_well() {
    type Trouble = fn(&mut Dispatcher);
    let troubles: [(&str, Trouble); 3] = [
        ("FASHN gave no answer", |dispatcher| {
            let _ = sent(dispatcher, 1, Sent::Unknown, NOW);
        }),
        ("too many runs", |dispatcher| {
            let _ = sent(dispatcher, 1, refused(RefusalKind::RateLimit), NOW);
        }),
        ("too many statuses", |dispatcher| {
            let _ = dispatcher.step(
                Event::StatusRefused {
                    retry_after_ms: Some(1),
                },
                NOW,
            );
        }),
    ];
    for (what, trouble) in troubles {
        let mut dispatcher = dispatcher();
        assert_eq!(go(&mut dispatcher, 1, NOW), Reins::Loose, "{what}");
        trouble(&mut dispatcher);
        assert_eq!(dispatcher.reins(), Reins::Tight, "{what}");
    }
}

#[test]
fn few_may_be_on_loose_reins_at_once() {
    let mut dispatcher = with_runs(16, 60_000);
    assert_eq!(go(&mut dispatcher, 1, NOW), Reins::Loose);
    assert_eq!(go(&mut dispatcher, 2, NOW), Reins::Loose);
    assert_eq!(
        go(&mut dispatcher, 3, NOW),
        Reins::Tight,
        "an eighth of the window is held"
    );
    let _ = dispatcher.step(told_with_its_end(1, NOW), NOW + 1);
    assert_eq!(
        go(&mut dispatcher, 4, NOW + 1),
        Reins::Tight,
        "of the third nobody said that it was sent"
    );
    let _ = sent(&mut dispatcher, 3, Sent::Accepted, NOW + 2);
    let _ = sent(&mut dispatcher, 4, Sent::Accepted, NOW + 2);
    assert_eq!(go(&mut dispatcher, 5, NOW + 3), Reins::Loose);
}

#[test]
fn a_run_counts_from_when_fashn_had_it_although_that_is_told_with_its_end() {
    let mut dispatcher = with_runs(8, 60_000);
    assert_eq!(go(&mut dispatcher, 1, NOW), Reins::Loose);
    seven_more(&mut dispatcher, NOW, NOW + 20_000);
    let _ = dispatcher.step(told_with_its_end(1, NOW + 500), NOW + 30_000);
    let opens_ms = NOW + 500 + 60_000 + dispatcher.limits.window_margin_ms;
    let ninth = admit(&mut dispatcher, 9, "bob", opens_ms - 1);
    assert!(matches!(ninth, Admission::Queued(_)), "{ninth:?}");
    let step = dispatcher.step(Event::Alarm, opens_ms);
    assert_eq!(permits(&step), [ticket(9)]);
}

#[test]
fn a_run_of_which_nobody_heard_counts_until_it_is_given_up() {
    let mut dispatcher = with_runs(1, 3_600_000);
    let _ = go(&mut dispatcher, 1, NOW);
    let _ = ended(&mut dispatcher, 1, Outcome::Unknown, NOW + 600_000);
    let next = admit(&mut dispatcher, 2, "bob", NOW + 600_000);
    assert!(!matches!(next, Admission::Go(..)), "{next:?}");
}

#[test]
fn what_is_told_after_its_window_makes_no_room() {
    let mut dispatcher = with_runs(8, 10_000);
    assert_eq!(go(&mut dispatcher, 1, NOW), Reins::Loose);
    seven_more(&mut dispatcher, NOW + 20_000, NOW + 20_000);
    let _ = admit(&mut dispatcher, 9, "bob", NOW + 20_001);
    let _ = admit(&mut dispatcher, 10, "bob", NOW + 20_001);
    let step = dispatcher.step(told_with_its_end(1, NOW + 100), NOW + 20_002);
    assert_eq!(permits(&step), [ticket(9)], "its own room, and no more");
}

/// What a shop, its shoppers and FASHN do.
#[derive(Debug, Clone)]
enum Deed {
    Admit,
    Ask,
    AskByItself(u8),
    End(u8),
    Pass(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Admit),
        6 => Just(Deed::Ask),
        3 => (0_u8..200).prop_map(Deed::AskByItself),
        2 => (0_u8..200).prop_map(Deed::End),
        4 => (0_u64..200).prop_map(Deed::Pass),
    ]
}

/// One of those that are out.
fn pick(loose: &BTreeMap<u8, (u64, bool)>, lot: u8) -> Option<u8> {
    let which = usize::from(lot).checked_rem(loose.len())?;
    loose.keys().nth(which).copied()
}

fn most_in(window: RequestWindow, calls: &[u64]) -> usize {
    let within = |from: u64| {
        let inside = |at: &&u64| (from..from + window.window_ms).contains(*at);
        calls.iter().filter(inside).count()
    };
    calls.iter().map(|at| within(*at)).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn neither_window_is_passed_by_runs_on_loose_reins(
        requests in 8_u32..33,
        deeds in prop::collection::vec(deed(), 1..300),
    ) {
        let window = RequestWindow { requests, window_ms: 1_000 };
        let mut dispatcher = Dispatcher::new(DispatcherLimits {
            runs: window,
            statuses: window,
            window_margin_ms: 0,
            slots: 200,
            visitor_credits: 1_000,
            ..DispatcherLimits::default()
        });
        let (mut now_ms, mut next) = (NOW, 0_u8);
        let (mut runs, mut statuses) = (Vec::new(), Vec::new());
        // When each was sent, and whether it may still ask by itself.
        let mut loose: BTreeMap<u8, (u64, bool)> = BTreeMap::new();
        for deed in deeds {
            now_ms += 1;
            match deed {
                Deed::Admit if next < 200 => {
                    next += 1;
                    if let Admission::Go(_, reins) = admit(&mut dispatcher, next, "ann", now_ms) {
                        runs.push(now_ms);
                        match reins {
                            Reins::Loose => {
                                loose.insert(next, (now_ms, true));
                            }
                            Reins::Tight => {
                                let _ = sent(&mut dispatcher, next, Sent::Accepted, now_ms);
                            }
                        }
                    }
                }
                Deed::Admit => {}
                Deed::Ask => {
                    let answer = dispatcher.step(Event::StatusWanted, now_ms).answer;
                    if answer == Answer::Status(StatusPermit::Now) {
                        statuses.push(now_ms);
                    }
                }
                Deed::AskByItself(lot) => {
                    if let Some((_, may_ask)) = pick(&loose, lot).and_then(|number| loose.get_mut(&number))
                        && std::mem::take(may_ask)
                    {
                        statuses.push(now_ms);
                    }
                }
                Deed::End(lot) => {
                    if let Some((number, (sent_ms, _))) = pick(&loose, lot).and_then(|number| loose.remove_entry(&number)) {
                        let step = dispatcher.step(told_with_its_end(number, sent_ms), now_ms);
                        for run in permits(&step) {
                            runs.push(now_ms);
                            prop_assert_eq!(dispatcher.runs.get(&run).map(|run| run.reins), Some(Reins::Tight));
                        }
                    }
                }
                Deed::Pass(ms) => now_ms += ms,
            }
        }
        prop_assert!(most_in(window, &runs) <= requests as usize, "runs: {runs:?}");
        prop_assert!(most_in(window, &statuses) <= requests as usize, "statuses: {statuses:?}");
    }
}
